from __future__ import annotations

import io
import math
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bot.terminal import render
from bot.terminal.look import Look, make_console
from graph import cards, charts
from insight.facts import MetricSeries, Point

NOW = 1_794_000_000.0
LOOK = Look(zone=ZoneInfo("Europe/Madrid"), now=NOW)
VIEW: dict[str, Any] = {
    "id": "apv_1",
    "status": "pending",
    "runbook": "rollback-service",
    "inputs": {"service": "rag-api"},
    "environment": "production",
    "requester": "maria",
    "plan_hash": "abc",
    "plan": {
        "steps": [
            {"id": "now", "action": "deployments.status", "effect": "read", "inputs": {}, "change": None},
            {
                "id": "rollback",
                "action": "deployments.rollback",
                "effect": "write",
                "inputs": {},
                "change": {"before": {"version": "4.2.2", "x": 1}, "after": {"version": "4.2.1", "x": 1}},
                "summary": "rag-api goes back to 4.2.1",
                "verify": "error_rate < 0.02 within 5m",
                "undo": "deployments.release version 4.2.2",
            },
        ],
        "blast_radius": {"services": ["rag-api"], "dependants": ["chat-frontend"], "traffic_share": 0.45},
        "cost": None,
    },
    "required": [{"stage": 0, "count": 1, "roles": ["approver"], "groups": [], "not_requester": True}],
    "decisions": [],
    "expires_at": "2026-11-06T21:35:00+00:00",
    "run_id": "run_1",
}
RUN: dict[str, Any] = {
    "id": "run_1",
    "status": "running",
    "runbook": "rollback-service",
    "dry_run": False,
    "steps": [
        {
            "id": "now",
            "action": "deployments.status",
            "effect": "read",
            "status": "done",
            "attempts": 1,
            "started_at": "2026-11-06T21:20:00+00:00",
            "ended_at": "2026-11-06T21:20:01+00:00",
            "output": {"current": "4.2.2", "healthy": True},
            "error": None,
        },
        {
            "id": "tell",
            "action": "chat.post",
            "effect": "record",
            "status": "failed",
            "attempts": 2,
            "error": "gone",
        },
    ],
}


def shown(*blocks: Mapping[str, Any], look: Look = LOOK, width: int = 80, color: bool = False) -> str:
    out = io.StringIO()
    console = make_console(out, width=width, color=color)
    console.print(render.blocks(blocks, look, width))
    return out.getvalue()


def series(values: list[float], unit: str = "ms") -> MetricSeries:
    points = tuple(Point(NOW - 60 * (len(values) - n), value) for n, value in enumerate(values))
    return MetricSeries(
        "rag-api", "production", "latency", "p95", unit, 60.0, points, "demo: p95 latency of rag-api"
    )


def drawn(one: MetricSeries, title: str) -> Mapping[str, Any]:
    return charts.series(one, title, zone="Europe/Berlin", now=NOW)


def test_text_facts_and_tables_are_shown_in_words() -> None:
    words = shown(
        cards.text("It is slow."),
        cards.facts({"p95": "2,410 ms"}, title="Now"),
        cards.table(["when", "what"], [["14:02", "release 4.2.2"]], title="Changes"),
    )
    for expected in ("It is slow.", "Now", "p95", "2,410 ms", "when", "14:02", "release 4.2.2"):
        assert expected in words


def test_markup_in_data_is_shown_as_it_is() -> None:
    assert "[bold red]boo[/] :warning:" in shown(cards.text("[bold red]boo[/] :warning:"))


def test_control_and_bidi_characters_in_data_are_escaped() -> None:
    words = shown(cards.facts({"log\x1b[2J": "a\u202eb\x07"}), cards.code("x\x9by\u200b"))
    assert "\x1b" not in words and "\u202e" not in words and "\x9b" not in words
    assert "\\x1b[2J" in words and "\\u202e" in words


def test_without_colour_there_is_no_escape_sequence_and_with_colour_there_is() -> None:
    assert "\x1b" not in shown(cards.error("It failed", "why"))
    assert "\x1b" in shown(cards.error("It failed", "why"), color=True)


def test_a_chart_has_a_curve_axes_and_its_figures() -> None:
    wave = [1000 + 800 * math.sin(n / 3) for n in range(30)]
    words = shown(drawn(series(wave), "p95 latency of rag-api"))
    assert "p95 latency of rag-api" in words
    assert any("\u2800" < char <= "\u28ff" for char in words)
    assert "lowest" in words and "highest" in words and "CET" in words
    assert "1,7" in words


def test_a_ratio_is_a_percentage() -> None:
    assert "12.5 %" in shown(drawn(series([0.01, 0.125], unit="ratio"), "errors"))


def test_a_chart_without_points_says_so() -> None:
    assert "no data" in shown(drawn(series([]), "p95"))


def test_everything_is_ascii_on_a_screen_without_unicode() -> None:
    look = Look(zone=ZoneInfo("UTC"), now=NOW, unicode=False, views={"apv_1": VIEW, "run_1": RUN})
    words = shown(
        drawn(series([1.0, 2.0]), "p95"), cards.approval(VIEW), cards.progress(RUN), look=look
    ).replace("·", ".")
    assert words.isascii(), [char for char in words if not char.isascii()]


def test_nothing_is_wider_than_sixty_columns() -> None:
    look = Look(zone=ZoneInfo("UTC"), now=NOW, views={"apv_1": VIEW, "run_1": RUN})
    words = shown(
        drawn(series([1.0, 2000.0]), "p95"),
        cards.approval(VIEW),
        cards.progress(RUN),
        cards.table(["service", "what happened"], [["rag-api", "a long story " * 12]]),
        cards.text("w" * 200),
        look=look,
        width=60,
    )
    assert max(len(line) for line in words.splitlines()) <= 60


def test_choices_are_numbered_and_say_what_they_say() -> None:
    words = shown(cards.choices([("Roll it back", "roll back rag-api in production")], "What now?"))
    assert "What now?" in words and "1  Roll it back" in words and "roll back rag-api in production" in words


def test_a_diff_shows_before_and_after() -> None:
    words = shown(cards.diff("rag-api", {"version": "2", "same": 1}, {"version": "1", "same": 1}))
    assert "2 → 1" in words and "same" not in words


def test_an_approval_that_is_not_in_the_ledger_is_named() -> None:
    assert "apv_1" in shown(cards.approval(VIEW))


def test_an_approval_block_is_rendered_from_the_ledgers_view() -> None:
    look = Look(zone=ZoneInfo("UTC"), now=NOW, views={"apv_1": {**VIEW, "status": "approved"}})
    assert "✓ approved" in shown(cards.approval(VIEW), look=look)


def test_a_progress_block_shows_the_stored_steps_until_the_ledger_knows_more() -> None:
    assert "▸ running" in shown(cards.progress(RUN))


def test_an_error_shows_its_id_once() -> None:
    assert shown(cards.error("Oh", "See err_12.", "err_12")).count("err_12") == 1
    assert "error id err_12" in shown(cards.error("Oh", "See the log.", "err_12"))


def test_a_block_of_a_kind_we_do_not_know_is_said() -> None:
    assert "hologram" in shown({"type": "hologram"})


def test_a_reply_without_blocks_shows_its_text() -> None:
    out = io.StringIO()
    make_console(out, width=80).print(render.reply({"text": "Hello.", "blocks": []}, LOOK, 80))
    assert out.getvalue().strip() == "Hello."
