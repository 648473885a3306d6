"""What an operator says about alerts: silence them for an hour at most, end that, make a rule of their own, delete it.

A longer silence changes what people hear of: it takes the runbook's way, with its plan and approval.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from config.errors import NotFound
from graph import cards
from graph.answers import asking
from graph.answers.recording import record, speaker
from graph.answers.words import amount, length, listed, metric_words, moment
from graph.intents.model import Answer, Ask, Slots
from graph.ports import Tools
from graph.understanding import ahead
from graph.understanding.watching import Wish
from insight.facts import METRICS, Monitor, Silence, Stat
from integrations.ports import Alerts
from runbooks.plan import RunRequest

#: seconds of the longest silence that one person's word is enough for, and of one without a length
_BRIEF, _UNSAID = 3600.0, 1800.0
_MUTE = "mute-alerts"


class WishSlots(Slots):
    wish: Wish = "create"
    service: str | None = None
    environment: str | None = None
    metric: str | None = None
    stat: Stat | None = None
    threshold: float | None = None
    above: bool = True
    seconds: float | None = None
    until: str | None = None
    monitor: str | None = None
    channel: str | None = None


async def manage(tools: Tools, ask: Ask) -> Answer | RunRequest:
    """Raises CopilotError."""
    slots: WishSlots = ask.slots
    port = tools.sources.alerts
    if port is None:
        raise NotFound("No back end for alerts is configured, so there is nothing to silence or to make.")
    match slots.wish:
        case "silence":
            return await _silence(tools, ask, port)
        case "unsilence":
            return await _unsilence(tools, ask, port)
        case "delete":
            return await _delete(tools, ask, port)
    return await _create(tools, ask)


def _environment(tools: Tools, slots: WishSlots) -> str:
    return slots.environment or next(iter(tools.catalogue.environments))


async def _silence(tools: Tools, ask: Ask, port: Alerts) -> Answer | RunRequest:
    slots: WishSlots = ask.slots
    if slots.service is None:
        return _which_service(tools, "silence {service} for 30 minutes")
    environment, now = _environment(tools, slots), tools.clock.now()
    seconds = slots.seconds or (ahead.end_of(slots.until, now, ask.zone) - now if slots.until else _UNSAID)
    name = await _monitor_name(tools, slots, port, environment)
    if isinstance(name, Answer):
        return name
    if seconds > _BRIEF:
        return _mute(tools, ask, environment, name, seconds)
    await record(
        tools, ask, "alerts.silence", service=slots.service, environment=environment, name=name,
        duration=seconds, reason=f"asked for by {speaker(ask).id}",
    )  # fmt: skip
    which = f"{name} of {slots.service}" if name else f"Every alert of {slots.service}"
    length_ = "" if slots.seconds or slots.until else " (no length was said: half an hour)"
    words = (
        f"{which} in {environment} pages nobody until {moment(now + seconds, ask.zone, now)}{length_}. "
        f"It still shows among the alerts. To end it: `unsilence {slots.service} in {environment}`."
    )
    return _told(words, slots.service, environment)


async def _monitor_name(
    tools: Tools, slots: WishSlots, port: Alerts, environment: str
) -> str | Answer | None:
    """The rule that is meant when a metric was named; None: every alert of the service."""
    if slots.metric is None:
        return None
    rules = await port.monitors()
    fitting = [
        one
        for one in rules
        if (one.service, one.environment, one.metric) == (slots.service, environment, slots.metric)
    ]
    if fitting:
        return fitting[0].name
    mine = [one.name for one in rules if (one.service, one.environment) == (slots.service, environment)]
    metric = metric_words(slots.metric, None)
    return asking.question(
        f"No alert rule of {slots.service} in {environment} looks at {metric}. It has: {listed(mine) or 'none'}. "
        f"All of them: `silence {slots.service} in {environment} for 30 minutes`."
    )


def _mute(tools: Tools, ask: Ask, environment: str, name: str | None, seconds: float) -> Answer | RunRequest:
    slots: WishSlots = ask.slots
    if _MUTE not in tools.library.by_id:
        say = f"silence {slots.service} in {environment} for 1 hour"
        return asking.question(
            f"A silence of {length(seconds)} needs an approved runbook ({_MUTE}), which is not in the library here. "
            f"One hour at most goes by your own word:",
            [(say, say)],
        )
    inputs: dict[str, Any] = {
        "service": slots.service,
        "environment": environment,
        "hours": round(seconds / 3600.0, 2),
        "reason": f"asked for by {speaker(ask).id}: {ask.message.text[:100]}",
    }
    if name is not None:
        inputs["monitor"] = name
    message = ask.message
    return RunRequest(_MUTE, inputs, speaker(ask).id, message.place, message.id, message.acting_as)


async def _unsilence(tools: Tools, ask: Ask, port: Alerts) -> Answer:
    slots: WishSlots = ask.slots
    on = [one for one in await port.silences() if _meant(slots, one)]
    if not on:
        of = f" of {slots.service}" if slots.service else ""
        return asking.question(f"No alert{of} is silenced now; nothing was changed.")
    if len(on) > 1:
        options = [
            (f"{one.name or 'all'} of {one.service} in {one.environment}", f"unsilence {one.id}")
            for one in on
        ]
        return asking.question(f"{len(on)} silences are on. Which one should end?", options)
    await record(tools, ask, "alerts.unsilence", silence=on[0].id)
    which = on[0].name or "all alerts"
    words = f"Ended the silence of {which} of {on[0].service} in {on[0].environment}: they page again."
    return _told(words, on[0].service, on[0].environment)


def _meant(slots: WishSlots, one: Silence) -> bool:
    named = slots.monitor in (None, one.id)
    return named and slots.service in (None, one.service) and slots.environment in (None, one.environment)


async def _create(tools: Tools, ask: Ask) -> Answer:
    slots: WishSlots = ask.slots
    if slots.metric is None or slots.service is None or slots.threshold is None:
        return _incomplete(tools, slots)
    environment = _environment(tools, slots)
    made = await record(
        tools, ask, "alerts.create", service=slots.service, environment=environment, metric=slots.metric,
        threshold=slots.threshold, stat=slots.stat, above=slots.above, severity="warning",
    )  # fmt: skip
    side, unit = "above" if slots.above else "below", METRICS[slots.metric]
    words = (
        f"Made the alert rule {made['id']} ({made['name']}): it fires when {metric_words(slots.metric, slots.stat)} of "
        f"{slots.service} in {environment} stays {side} {amount(slots.threshold, unit)} for a minute. "
        f"To take it away: `delete alert {made['id']}`."
    )
    if slots.channel:
        words += f" I cannot choose where it pages (#{slots.channel}): the alerts back end routes it as all others."
    return _told(words, slots.service, environment)


def _incomplete(tools: Tools, slots: WishSlots) -> Answer:
    """What is missing for a rule, with a sentence that has it."""
    wants = [
        *([] if slots.service else ["a service"]),
        *(
            []
            if slots.metric
            else [f"a metric ({listed([metric_words(name, None) for name in METRICS], 'or')})"]
        ),
        *([] if slots.threshold is not None else ["a limit"]),
    ]
    service = slots.service or next(iter(tools.catalogue.user_facing or tools.catalogue.services))
    metric = metric_words(slots.metric or "error_rate", None)
    unit = METRICS[slots.metric or "error_rate"]
    limit = {"ratio": "5%", "ms": "800 ms"}.get(unit, "100")
    say = f"alert when {metric} of {service} goes {'above' if slots.above else 'below'} {limit}"
    environment = f" in {slots.environment}" if slots.environment else ""
    verb = "To change a rule, make a new one and delete the old one. " if slots.wish == "change" else ""
    return asking.question(f"{verb}An alert rule needs {listed(wants)}. For example: `{say}{environment}`.")


async def _delete(tools: Tools, ask: Ask, port: Alerts) -> Answer:
    slots: WishSlots = ask.slots
    rules = await port.monitors()
    found = [one for one in rules if _fits(slots, one)]
    if slots.monitor is None and slots.service is None and slots.metric is None:
        return asking.question("Which alert rule? Say its id: `show alert rules` lists them.")
    if not found:
        return asking.question("No alert rule fits that; nothing was deleted. `show alert rules` lists them.")
    if len(found) > 1:
        options = [
            (f"{one.name} of {one.service} in {one.environment}", f"delete alert {one.id}") for one in found
        ]
        return asking.question(f"{len(found)} alert rules fit that. Which one?", options)
    await record(tools, ask, "alerts.delete", monitor=found[0].id)
    words = f"Deleted the alert rule {found[0].id} ({found[0].name} of {found[0].service} in {found[0].environment})."
    return _told(words, found[0].service, found[0].environment)


def _fits(slots: WishSlots, one: Monitor) -> bool:
    if slots.monitor is not None:
        return one.id.lower() == slots.monitor
    return (
        slots.service in (None, one.service)
        and slots.environment in (None, one.environment)
        and slots.metric in (None, one.metric)
    )


def _which_service(tools: Tools, say: str) -> Answer:
    names: Sequence[str] = tuple(tools.catalogue.services)
    example = say.replace("{service}", names[0])
    return asking.question(f"Which service? There are: {', '.join(names)}. For example: `{example}`.")


def _told(words: str, service: str, environment: str) -> Answer:
    entities: dict[str, Any] = {"service": service, "environment": environment}
    return Answer(words, (cards.text(words),), entities=entities)
