from __future__ import annotations

import io
from zoneinfo import ZoneInfo

import pytest

from bot.terminal.look import WIDEST, Look, changes, data_table, make_console, shows_unicode


def shown(item: object, width: int = 60) -> str:
    out = io.StringIO()
    make_console(out, width=width).print(item)
    return out.getvalue()


LOOK = Look(zone=ZoneInfo("UTC"), now=0.0)


def test_values_read_as_words() -> None:
    words = shown(changes([["a", None, True], ["b", ["x", "y"], []], ["c", 1, 2.5]], LOOK))
    assert "nothing → yes" in words and "x, y → nothing" in words and "1 → 2.5" in words


def test_no_change_is_said() -> None:
    assert "nothing changes" in shown(changes([], LOOK))


def test_a_table_keeps_markup_in_cells_as_text() -> None:
    assert "[red]" in shown(data_table(["a"], [["[red]"]]))


def test_a_very_wide_screen_is_not_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    assert make_console(io.StringIO()).width == WIDEST


def test_a_stream_without_unicode_is_recognised() -> None:
    ascii_stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert not shows_unicode(make_console(ascii_stream))
    ascii_stream.close()
    utf8 = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert shows_unicode(make_console(utf8))
    utf8.close()
