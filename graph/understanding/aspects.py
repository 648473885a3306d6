"""What of a matter is asked for: grouped by what, which side of it, how far ahead, which kind of report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from graph.understanding.quantities import Quantity
from graph.understanding.times import zone_of

if TYPE_CHECKING:
    from graph.understanding.entities import Extracted

_GROUPS = {
    "team": "team", "teams": "team", "model": "model", "models": "model", "llm": "model", "service": "service",
    "services": "service", "project": "service", "projects": "service", "app": "service", "product": "service",
    "person": "person", "people": "person", "user": "person", "users": "person", "member": "person",
    "members": "person", "engineer": "person", "engineers": "person", "developer": "person",
    "developers": "person", "author": "person", "head": "person", "day": "day", "environment": "environment",
    "environments": "environment", "stage": "environment",
}  # fmt: skip
_GROUP_WORDS = "|".join(sorted(_GROUPS, key=len, reverse=True))
_GROUP = re.compile(
    rf"\b(?:by|per|each|every|(?:for|of) each|across|among|which|what|between)\s+(?:the\s+|our\s+|single\s+)*"
    rf"(?:team\s+(?=member))?({_GROUP_WORDS})\b|\b(who)\b(?=.*\b(?:most|least|often)\b)"
)


def _table(**words: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(rf"\b(?:{'|'.join(some)})\b")) for name, some in words.items())


#: side of the matter → the words for it; the first that is said counts
_ASPECTS = _table(
    burn=(r"burn[- ]?rates?", r"burning (?:through|too)", r"burn (?:the|our|its)"),
    error_budget=(r"error[- ]budgets?", r"budget (?:left|remaining)", r"remaining budget"),
    breached=(
        r"breach\w*", r"violat\w*", r"miss(?:ed|ing)?", r"out of (?:slo|target)", r"at risk", r"in danger",
        r"(?:not|aren't|isn't) meeting", r"failing",
    ),
    savings=(
        r"sav(?:e|es|ing|ings)", r"cheaper", r"wast(?:e|es|ed|ing)", r"optimi[sz]\w*", r"cut (?:costs?|spend\w*)",
        r"cut (?:our|its|the) (?:costs?|spend\w*|bill)", r"reduce (?:\w+ ){0,3}(?:costs?|spend\w*|bill)",
    ),
    projection=(
        r"forecast\w*", r"project(?:ed|ion|ing)", r"predict\w*", r"expect\w*", r"end of (?:the )?month",
        r"month[- ]end", r"on track", r"going to (?:cost|pay|spend)", r"will (?:\w+ )?(?:cost|pay|spend)",
    ),
    budget=(r"budgets?", r"over ?spen[dt]\w*", r"allowance"),
    unit=(
        r"(?:per|for (?:a|each|every)|an?) (?:single )?(?:request|token|call|1k|conversation|answer|query)s?",
        r"(?:per|for a|a|1,?000|1000|1k|thousand|million) (?:thousand|1,?000|1k|million)? ?"
        r"(?:requests?|tokens?|calls?)",
        r"unit (?:cost|economics|price)s?",
    ),
    lead_time=(
        r"lead[- ]times?", r"cycle time",
        r"how long (?:does|do|did|until|till|from) .*(?:deploy\w*|change|release|ship\w*|production|live|build)",
    ),
    restore=(
        r"mttr", r"mean time to (?:recover\w*|restore|repair|resolve)", r"time to (?:restore|recover\w*)",
        r"(?:recovery|restore|restoration) times?",
        r"how (?:fast|quick(?:ly)?) (?:do|did) we (?:recover|fix|restore)",
    ),
    failure_rate=(
        r"(?:change )?failure[- ]rates?", r"success[- ]rates?", r"fail(?:s|ed|ing|ures?)?", r"(?:goes|go|went) wrong",
        r"bad (?:deploy\w*|releases?)",
    ),
    rollbacks=(r"roll(?:ed|ing)?[- ]?backs?", r"revert\w*", r"undone", r"taken back"),
    frequency=(r"frequen\w*", r"how (?:often|many)", r"velocity", r"cadence", r"per (?:day|week)"),
)  # fmt: skip
_REPORTS = _table(
    compliance=(r"(?<!slo )compliance", r"gdpr", r"soc ?2", r"hipaa", r"iso ?27001", r"data handling", r"privacy"),
    handover=(r"hand-?over", r"on-?call", r"shift"),
    cost=(r"costs?", r"spend\w*", r"financ\w*", r"bills?", r"budgets?", r"money", r"expens\w*"),
    capacity=(r"capacity", r"growth"),
    delivery=(r"deliver\w*", r"deploy\w*", r"dora", r"releases?", r"shipped", r"velocity", r"rollbacks?"),
    incident=(r"incidents?", r"outages?", r"postmortems?"),
    reliability=(r"reliab\w*", r"slos?", r"availab\w*", r"uptime", r"service levels?"),
    executive=(
        r"executives?", r"exec", r"management", r"managers?", r"board", r"leadership", r"boss", r"stakeholders?",
        r"ceo", r"cto", r"c-level", r"quarterly", r"monthly", r"q[1-4]",
    ),
    weekly=(r"weekly", r"status", r"week", r"operations", r"ops"),
)  # fmt: skip
_EXPORT = re.compile(r"\b(?:export\w*|markdown|as (?:a )?(?:file|text|document)|download|attach\w*|copy)\b")

_COUNTS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "twelve": 12,
    "few": 3,
}
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_AHEAD = re.compile(
    r"\b(?:(?:next|coming|following|upcoming)\s+(?:(\d{1,3}|a|an|one|two|three|four|five|six|twelve|few)\s+)?"
    r"(day|week|month|quarter|year)s?"
    r"|(?:in|within)\s+(\d{1,3}|a|an|one|two|three|four|five|six|twelve)\s+(day|week|month|quarter|year)s?(?:'s? time)?"
    r"|(\d{1,3}|one|two|three|four|five|six|twelve)\s+(day|week|month|quarter|year)s?\s+(?:from now|ahead|out))\b"
)
_NAMED = re.compile(
    r"\b(?:end of (?:the |this )?(month|quarter|year)|(christmas|xmas|black friday|cyber monday|new year))\b"
)


def find(low: str) -> Iterator[Quantity]:
    """Of a lower-case text: `group_by`, and `horizon` (`+30d`, `end_of_quarter`, `christmas`)."""
    if group := _GROUP.search(low):
        value = _GROUPS[group[1]] if group[1] else "person"
        yield Quantity("group_by", value, group.start(), group.end(1) if group[1] else group.end(2))
    if match := _AHEAD.search(low):
        count = match[1] or match[3] or match[5] or "a"
        unit = match[2] or match[4] or match[6]
        days = (int(count) if count.isdigit() else _COUNTS[count]) * _DAYS[unit]
        yield Quantity("horizon", f"+{days}d", match.start(), match.end())
    elif match := _NAMED.search(low):
        said = f"end_of_{match[1]}" if match[1] else match[2].replace("xmas", "christmas").replace(" ", "_")
        yield Quantity("horizon", said, match.start(), match.end())


def aspect(text: str, extracted: Extracted) -> dict[str, Any]:
    """Which side of the matter is asked for; nothing when none is said."""
    low = text.lower()
    for name, pattern in _ASPECTS:
        if pattern.search(low):
            return {"aspect": name}
    return {}


def report(text: str, extracted: Extracted) -> dict[str, Any]:
    """`report_type` (several kinds joined with +) and `export`, as said."""
    low = text.lower()
    kinds = [name for name, pattern in _REPORTS if pattern.search(low)]
    found: dict[str, Any] = {"report_type": "+".join(kinds)} if kinds else {}
    return found | ({"export": True} if _EXPORT.search(low) else {})


def days_ahead(horizon: str, now: float, zone: str) -> int:
    """Whole days from `now` to the horizon, at least one. Raises ValueError for a symbol that is none."""
    if horizon.startswith("+") and horizon.endswith("d") and horizon[1:-1].isdigit():
        return max(1, int(horizon[1:-1]))
    here = datetime.fromtimestamp(now, zone_of(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    then = _instant(horizon, here)
    if then <= here:
        then = _instant(horizon, here.replace(year=here.year + 1, day=min(here.day, 28)))
    return max(1, round((then - here).total_seconds() / 86_400))


def _instant(horizon: str, here: datetime) -> datetime:
    """Midnight of the named day in the year of `here`, or of the day after the named period."""
    month = here.replace(day=1)
    match horizon:
        case "end_of_month":
            return (month + timedelta(days=32)).replace(day=1)
        case "end_of_quarter":
            last = month.replace(month=3 * ((month.month - 1) // 3) + 3)
            return (last + timedelta(days=32)).replace(day=1)
        case "end_of_year" | "new_year":
            return here.replace(year=here.year + 1, month=1, day=1)
        case "christmas":
            return here.replace(month=12, day=24)
        case "black_friday" | "cyber_monday":
            first = here.replace(month=11, day=1)
            thanksgiving = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
            return thanksgiving + timedelta(days=1 if horizon == "black_friday" else 4)
    raise ValueError(f"{horizon!r} is no time ahead; say for example 'next month' or 'in 6 weeks'")
