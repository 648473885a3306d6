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

#: side of the matter → the words for it; the first that is said counts
_ASPECTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"\b(?:{words})\b"))
    for name, words in (
        ("burn", r"burn[- ]?rates?|burning (?:through|too)|burn (?:the|our|its)"),
        ("error_budget", r"error[- ]budgets?|budget (?:left|remaining)|remaining budget"),
        (
            "breached",
            r"breach\w*|violat\w*|miss(?:ed|ing)?|out of (?:slo|target)|(?:not|aren't|isn't) meeting|failing",
        ),
        ("savings", r"sav(?:e|es|ing|ings)|cheaper|wast(?:e|es|ed|ing)|optimi[sz]\w*|cut (?:costs?|spend\w*)|reduce (?:\w+ ){0,3}(?:costs?|spend\w*|bill)"),
        ("projection", r"forecast\w*|project(?:ed|ion|ing)|predict\w*|expect\w*|end of (?:the )?month|month[- ]end|on track|going to (?:cost|pay|spend)|will (?:\w+ )?(?:cost|pay|spend)"),
        ("budget", r"budgets?|over ?spen[dt]\w*|allowance|allocat\w*"),
        ("unit", r"(?:per|for (?:a|each|every)|a) (?:single |thousand |1000 |1k |million )?(?:requests?|tokens?|calls?|1k|conversations?|answers?|quer(?:y|ies))|unit (?:cost|economics|price)s?"),
        ("lead_time", r"lead[- ]times?|how long (?:does|do|did|until|till|from) .*(?:deploy\w*|change|release|ship\w*|production|live)|cycle time"),
        ("restore", r"mttr|mean time to (?:recover\w*|restore|repair|resolve)|time to (?:restore|recover\w*)|(?:recovery|restore|restoration) times?|how (?:fast|quick(?:ly)?) (?:do|did) we (?:recover|fix|restore)"),
        ("failure_rate", r"(?:change )?failure[- ]rates?|success[- ]rates?|fail(?:ed|ures?)? (?:deploy\w*|releases?|changes?)|(?:deploy\w*|releases?|changes?) (?:that )?fail\w*|bad (?:deploy\w*|releases?)"),
        ("rollbacks", r"roll(?:ed|ing)?[- ]?backs?|revert\w*|undone|taken back"),
        ("frequency", r"frequen\w*|how (?:often|many)|velocity|cadence|throughput|per (?:day|week)"),
    )
)  # fmt: skip

_REPORTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"\b(?:{words})\b"))
    for name, words in (
        ("compliance", r"compliance|gdpr|soc ?2|hipaa|iso ?27001|data (?:handling|protection)|privacy"),
        ("handover", r"hand-?over|on-?call|shift"),
        ("cost", r"costs?|spend\w*|financ\w*|bills?|billing report|budgets?|money|expens\w*"),
        ("capacity", r"capacity|growth|scaling"),
        ("delivery", r"deliver\w*|deploy\w*|dora|releases?|shipped|velocity|rollbacks?"),
        ("incident", r"incidents?|outages?|postmortems?"),
        ("reliability", r"reliab\w*|slos?|availab\w*|uptime|service levels?"),
        ("executive", r"executives?|exec|management|managers?|board|leadership|boss|stakeholders?|ceo|cto|c-level|quarterly|monthly|q[1-4]"),
        ("weekly", r"weekly|status|week|operations|ops"),
    )
)  # fmt: skip
_EXPORT = re.compile(r"\b(?:export\w*|markdown|as (?:a )?(?:file|text|document)|download|attach\w*|copy)\b")

_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "twelve": 12, "few": 3}
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
