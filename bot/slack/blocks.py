"""Neutral blocks (graph/cards.py) as Slack blocks, in pages that Slack takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.slack import cards, rich
from bot.slack.cards import Look
from bot.slack.rich import Block

#: blocks of a message, leaving room for the footer and the button of the next page; Slack takes 50
MOST_BLOCKS = 45
#: characters of all blocks of a message; Slack takes about 13,000
MOST_CHARACTERS = 10_000
_MOST_CHOICES = 10
_MOST_ROWS = 60
_MOST_CELL = 60

Views = Mapping[str, Mapping[str, Any]]


def pages(body: Mapping[str, Any], views: Views, look: Look, footer: str) -> list[list[Block]]:
    """An answer or a post (graph.message.Reply.body) as messages; `views` are what it names, by id."""
    shown = [block for one in body.get("blocks") or () for block in _render(one, body, views, look)]
    if not shown:
        shown = rich.paragraphs(str(body.get("text", ""))) or rich.paragraphs("(nothing)")
    run = views.get(str(body.get("run")))
    if run is not None and run["status"] != "waiting" and not _has_progress(body):
        shown += cards.run(run, look)
    _tell_apart(shown)
    return [[*page, rich.context(footer)] if footer else page for page in _split(shown)]


def _tell_apart(blocks: Sequence[Block]) -> None:
    """Each choice of a message has a name of its own, also where an answer offers twice."""
    choices = [one for block in blocks if block["type"] == "actions" for one in block["elements"]]
    for number, one in enumerate(one for one in choices if one["action_id"].startswith("say.")):
        one["action_id"] = f"say.{number}"


def _has_progress(body: Mapping[str, Any]) -> bool:
    return any(block["type"] == "progress" for block in body.get("blocks") or ())


def _split(blocks: Sequence[Block]) -> list[list[Block]]:
    found: list[list[Block]] = [[]]
    length = 0
    for block in blocks:
        long = rich.size(block)
        if found[-1] and (len(found[-1]) == MOST_BLOCKS or length + long > MOST_CHARACTERS):
            found.append([])
            length = 0
        found[-1].append(block)
        length += long
    return found


def _render(block: Mapping[str, Any], body: Mapping[str, Any], views: Views, look: Look) -> list[Block]:
    if _repeated(block, body, views):
        return []
    if block["type"] == "approval":
        view = views.get(str(block["approval_id"]))
        words = f"Approval {block['approval_id']} is not in the ledger any more."
        return rich.paragraphs(words) if view is None else cards.approval(view, look)
    if block["type"] == "progress":
        return cards.run(views.get(str(block["run_id"])) or {**block, "id": block["run_id"]}, look)
    return _SHOWN.get(str(block["type"]), _unknown)(block)


def _repeated(block: Mapping[str, Any], body: Mapping[str, Any], views: Views) -> bool:
    """Whether the approval's card, which is shown with it, says the same: change, reach, checks, undo."""
    carded = any(one["type"] == "approval" for one in body.get("blocks") or ())
    same = block["type"] == "diff" or (block["type"] == "facts" and not block.get("title"))
    return carded and same and str(body.get("approval")) in views


def _text(block: Mapping[str, Any]) -> list[Block]:
    return rich.paragraphs(str(block["text"]))


def _titled(block: Mapping[str, Any]) -> list[rich.Element]:
    return [rich.run(f"{block['title']}\n", bold=True)] if block.get("title") else []


def _facts(block: Mapping[str, Any]) -> list[Block]:
    elements = _titled(block)
    for label, value in block["facts"]:
        elements += [rich.run(f"{label}: ", bold=True), *rich.runs(str(value)), rich.run("\n")]
    return cards.fitting(elements)


def _table(block: Mapping[str, Any]) -> list[Block]:
    rows = [[rich.cut(str(cell), _MOST_CELL) for cell in row] for row in block["rows"][:_MOST_ROWS]]
    columns = [str(name) for name in block["columns"]]
    widths = [max(len(row[at]) for row in [columns, *rows]) for at in range(len(columns))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [columns, *rows]
    ]
    if len(block["rows"]) > _MOST_ROWS:
        lines.append(f"… and {len(block['rows']) - _MOST_ROWS} rows more")
    title = cards.fitting(_titled(block))
    return [*title, *rich.preformatted("\n".join(lines))]


def _code(block: Mapping[str, Any]) -> list[Block]:
    return rich.preformatted(str(block["text"]))


def _diff(block: Mapping[str, Any]) -> list[Block]:
    elements = [rich.run(f"{block['target']}\n", bold=True)]
    for key, before, after in block["changes"]:
        elements += [part for line in cards.differing({key: before}, {key: after}) for part in line]
    return cards.fitting(elements)


def _choices(block: Mapping[str, Any]) -> list[Block]:
    """Buttons that say exact words; what is too long for a button is text."""
    shown = rich.paragraphs(str(block["question"])) if block.get("question") else []
    options = block["options"][:_MOST_CHOICES]
    fitting = [one for one in options if len(one["say"]) <= rich.MOST_VALUE]
    buttons = [rich.button(str(one["label"]), f"say.{at}", str(one["say"])) for at, one in enumerate(fitting)]
    return [*shown, *([rich.actions(buttons)] if buttons else [])]


def _chart(block: Mapping[str, Any]) -> list[Block]:
    summary = str(block.get("summary") or "")
    return cards.fitting([rich.run(f"{block['title']}\n", bold=True), *rich.runs(summary)])


def _error(block: Mapping[str, Any]) -> list[Block]:
    elements = [rich.run(f"{block['title']}\n", bold=True), *rich.runs(str(block["detail"]))]
    if block.get("error_id") and str(block["error_id"]) not in str(block["detail"]):
        elements.append(rich.run(f"\nerror id {block['error_id']}", code=True))
    return cards.fitting(elements)


def _unknown(block: Mapping[str, Any]) -> list[Block]:
    return rich.paragraphs(str(block.get("text") or ""))


_SHOWN: Mapping[str, Callable[[Mapping[str, Any]], list[Block]]] = {
    "text": _text,
    "facts": _facts,
    "table": _table,
    "code": _code,
    "diff": _diff,
    "choices": _choices,
    "chart": _chart,
    "error": _error,
}
