"""Lines of one pattern."""

from __future__ import annotations

import pytest

from insight.facts import Level, LogLine
from insight.logs import clusters, new_clusters, pattern


def line(text: str, at: float = 0.0, level: Level = "error", service: str = "api") -> LogLine:
    return LogLine(at, service, "production", level, text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("200 /v1/answer in 43 ms", "200 /v1/search/7?x=1 in 1,204.5 ms"),
        ("call to 10.0.0.1:443 failed", "call to 10.9.8.7 failed"),
        ("trace 8f3a2b9c1d0e is slow", "trace 11aa22bb33cc is slow"),
        ("job 123e4567-e89b-12d3-a456-426614174000 ended", "job 00000000-e89b-12d3-a456-426614174001 ended"),
        ("at 2026-11-20T10:00:00Z it ended", "at 2026-11-21 11:30:12+01:00 it ended"),
        ("retry  4 of 9", "retry 5 of 9"),
    ],
)
def test_lines_that_differ_in_the_moment_alone_are_of_one_pattern(one: str, other: str) -> None:
    assert pattern(one) == pattern(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("call to vector-db failed", "call to billing failed"),
        ("KeyError: 'citations'", "KeyError: 'ranks'"),
        ("lock wait", "lock timeout"),
    ],
)
def test_lines_that_say_different_things_are_not(one: str, other: str) -> None:
    assert pattern(one) != pattern(other)


def test_names_with_numbers_in_them_stay_names() -> None:
    assert pattern("gpt-4o answered with utf8 in v2") == pattern("gpt-4o answered with utf8 in v2")
    assert "v2" in pattern("answered in v2")


def test_clusters_count_and_keep_the_newest_line_the_largest_first() -> None:
    lines = [line(f"lock wait of {n} ms", at=n) for n in range(3)]
    lines += [line("200 /a in 3 ms", at=n, level="info") for n in range(5)]
    lines += [line("lock wait of 9 ms", at=9.0, service="other")]
    found = clusters(lines)
    assert [(one.service, one.level, one.count) for one in found] == [
        ("api", "info", 5),
        ("api", "error", 3),
        ("other", "error", 1),
    ]
    assert (found[1].first, found[1].last, found[1].example) == (0.0, 2.0, "lock wait of 2 ms")
    assert sum(one.count for one in found) == len(lines)
    assert clusters([]) == ()


def test_what_was_said_before_is_not_new() -> None:
    before = clusters([line("lock wait of 1 ms")])
    now = clusters(
        [line("lock wait of 7 ms"), line("queue is full"), line("lock wait of 2 ms", service="other")]
    )
    assert {(one.service, one.pattern) for one in new_clusters(now, before)} == {
        ("api", "queue is full"),
        ("other", "lock wait of <n> ms"),
    }
