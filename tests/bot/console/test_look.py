from __future__ import annotations

import pytest

from bot.console.look import RISKS, STATES, Look, lines, risk, seconds, state, value
from bot.times import lasted
from store.transitions import APPROVAL, RUN, STEP
from tests.support.fleet import people

NOW = 1_790_071_200.0  # Tuesday 2026-09-22, 10:00 UTC


def look(zone: str = "Europe/Madrid") -> Look:
    return Look(zone, NOW, people())


def test_instants_are_in_the_readers_zone_with_its_name_and_for_machines_in_utc() -> None:
    assert str(look().time(NOW)) == '<time datetime="2026-09-22T10:00:00Z">12:00 CEST</time>'
    assert "22 Sep 2026" not in look().time(NOW)
    assert "21 Sep, 15:30 IST" in look("Asia/Kolkata").time("2026-09-21T10:00:00.000Z")
    assert "21 Sep 2025, 10:00 UTC" in look("UTC").time("2025-09-21T10:00:00.000Z")
    assert "UTC" in look("Nowhere/At_All").time(NOW)
    assert look().time(None) == ""


def test_time_left_counts_down_to_an_instant_that_is_said() -> None:
    words = look().left(NOW + 150)
    assert 'data-until="2026-09-22T10:02:30Z"' in words and "2 min 30 s left" in words and "CEST" in words
    assert look().left(NOW) == "expired"


def test_every_state_of_the_ledger_has_a_mark_and_its_word() -> None:
    for name in (*RUN, *STEP, *APPROVAL):
        shown = state(name)
        assert name.replace("_", " ") in shown and "aria-hidden" in shown
        assert name in STATES or name in ("failed", "denied", "undo_failed"), name


def test_a_state_is_never_its_colour_alone() -> None:
    tones: dict[tuple[str, str], set[str]] = {}
    for name, (mark, tone) in STATES.items():
        tones.setdefault((mark, name), set()).add(tone)
    assert all(mark.strip() for mark, _ in STATES.values())
    assert len({mark for mark, _ in RISKS.values()}) == len(RISKS)
    assert "high risk" in risk("high")


@pytest.mark.parametrize(
    ("span", "words"),
    [(0.44, "0.4 s"), (12, "12 s"), (185, "3 min 5 s"), (3600, "1 h"), (7800, "2 h 10 min"), (273_600, "3 d 4 h"),
     (-3, "0.0 s"), (59.7, "1 min")],
)  # fmt: skip
def test_durations_are_said_in_two_units_at_most(span: float, words: str) -> None:
    assert lasted(span) == words


@pytest.mark.parametrize(
    ("one", "words"),
    [(None, "nothing"), ("", "nothing"), (True, "yes"), (0.25, "0.25"), ([1, None], "1, nothing"), ({}, "nothing"),
     ({"a": {"b": 1}}, "a b 1"), ("<b>", "<b>")],
)  # fmt: skip
def test_values_are_plain_words(one: object, words: str) -> None:
    assert value(one) == words


def test_line_breaks_are_kept_and_nothing_else_is_taken_as_markup() -> None:
    assert str(lines("a\n<b>")) == "a<br>&lt;b&gt;"
    assert str(lines("say `run <x>` or `\n`")) == "say <code>run &lt;x&gt;</code> or `<br>`"


def test_people_are_called_by_their_names() -> None:
    assert look().names(["maria", "ghost"]) == "Maria Alvarez, ghost"
    assert seconds("2026-09-22T10:00:00") == NOW


def test_what_took_how_long_and_how_long_ago() -> None:
    assert look().took("2026-09-22T10:00:00Z", "2026-09-22T10:00:02Z") == "2.0 s"
    assert look().took(None, None) == ""
    assert "10 min ago" in look().ago(NOW - 600)
    assert look().iso() == "2026-09-22T10:00:00Z"
