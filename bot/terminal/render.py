"""Neutral blocks → what a terminal shows: with colour or without, in a pipe, in 60 columns. Words carry all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from bot.clean import one_line
from bot.terminal.chart import chart
from bot.terminal.look import Block, Look, changes, data_table, facts_table, framed, heading, plain
from bot.terminal.ticket import approval_card, run_card


def reply(body: Mapping[str, Any], look: Look, width: int) -> RenderableType:
    """An answer (graph.message.Reply.body): its blocks, or its text where it has none."""
    items = [block for block in body.get("blocks") or () if not _repeated(block, body, look)]
    return blocks(items, look, width) if items else plain(body["text"])


def _repeated(block: Block, body: Mapping[str, Any], look: Look) -> bool:
    """Whether the approval's card, which is shown with it, says the same: change, reach, checks, undo."""
    view = look.views.get(str(body.get("approval")))
    asked = view is not None and view["status"] == "pending"
    carded = any(one["type"] == "approval" for one in body["blocks"])
    return (
        asked
        and carded
        and (block["type"] == "diff" or (block["type"] == "facts" and not block.get("title")))
    )


def blocks(items: Sequence[Block], look: Look, width: int) -> Group:
    """Every block, a blank line between two."""
    shown: list[RenderableType] = []
    for item in items:
        rendered = _SHOWN.get(str(item.get("type")), _unknown)(item, look, width)
        shown.extend([Text(), rendered] if shown else [rendered])
    return Group(*shown)


def _text(block: Block, look: Look, width: int) -> RenderableType:
    return plain(block["text"])


def _facts(block: Block, look: Look, width: int) -> RenderableType:
    return _titled(block, facts_table([(name, plain(value)) for name, value in block["facts"]]))


def _table(block: Block, look: Look, width: int) -> RenderableType:
    return _titled(block, data_table(block["columns"], block["rows"]))


def _titled(block: Block, body: RenderableType) -> RenderableType:
    return Group(heading(block["title"]), body) if block.get("title") else body


def _code(block: Block, look: Look, width: int) -> RenderableType:
    return Padding(plain(block["text"], "cyan"), (0, 0, 0, 4))


def _diff(block: Block, look: Look, width: int) -> RenderableType:
    return Group(
        heading(block["target"]), changes([[f"  {key}", *rest] for key, *rest in block["changes"]], look)
    )


def _choices(block: Block, look: Look, width: int) -> RenderableType:
    lines: list[RenderableType] = [plain(block["question"])] if block.get("question") else []
    numbered = block.get("numbered", True)
    for number, option in enumerate(block["options"], start=1):
        label, say = str(option["label"]), str(option["say"])
        line = Text.assemble((f"  {number if numbered else '·'}  ", "bold"), plain(label))
        if say != label:
            line.append_text(plain(f"  ({say})", "dim"))
        lines.append(line)
    return Group(*lines)


def _error(block: Block, look: Look, width: int) -> RenderableType:
    body = plain(block["detail"])
    if block.get("error_id") and block["error_id"] not in block["detail"]:
        body.append(f"\nerror id {one_line(str(block['error_id']))}", "dim")
    return framed(body, str(block["title"]), "red", look)


def _approval(block: Block, look: Look, width: int) -> RenderableType:
    view = look.views.get(str(block["approval_id"]))
    if view is None:
        return plain(f"Approval {block['approval_id']}: see it with `approvals list`.")
    return approval_card(view, look)


def _progress(block: Block, look: Look, width: int) -> RenderableType:
    return run_card(look.views.get(str(block["run_id"])) or {**block, "id": block["run_id"]}, look)


def _unknown(block: Block, look: Look, width: int) -> RenderableType:
    return plain(block.get("text") or f"(a {block.get('type')} that a terminal cannot show)", "dim")


_SHOWN: Mapping[str, Callable[[Block, Look, int], RenderableType]] = {
    "text": _text,
    "facts": _facts,
    "table": _table,
    "code": _code,
    "diff": _diff,
    "choices": _choices,
    "chart": chart,
    "error": _error,
    "approval": _approval,
    "progress": _progress,
}
