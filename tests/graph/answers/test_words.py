from __future__ import annotations

import pytest

from graph.answers.words import amount, change, length, listed, metric_words, moment


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.0123, "ratio", "1.23 %"),
        (0.0, "ratio", "0 %"),
        (412.3, "ms", "412 ms"),
        (1720.0, "ms", "1.72 s"),
        (125991.4, "tokens/s", "125,991 tokens/s"),
        (7.25, "req/s", "7.25 req/s"),
        (3.0, "", "3"),
    ],
)
def test_an_amount_is_short_and_has_its_unit(value: float, unit: str, words: str) -> None:
    assert amount(value, unit) == words


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (110, 100, "+10 %"),
        (50, 100, "-50 %"),
        (101, 100, "about the same"),
        (500, 100, "5.0 times as much"),
        (1, 0, "up from none"),
        (0, 0, "about the same"),
    ],
)
def test_a_change_is_said_as_a_share(now: float, before: float, words: str) -> None:
    assert change(now, before) == words


def test_a_moment_is_in_the_readers_zone_with_the_date_when_it_is_another_day() -> None:
    assert moment(1_760_000_000.0, "Europe/Berlin", 1_760_000_000.0) == "10:53 CEST"
    assert moment(1_760_000_000.0 - 86_400, "UTC", 1_760_000_000.0) == "08 Oct 08:53 UTC"


def test_lengths_of_time_are_rounded_to_what_matters() -> None:
    assert [length(one) for one in (-5, 40, 900, 7200, 200_000)] == ["0 s", "40 s", "15 min", "2 h", "2 days"]


def test_names_are_listed() -> None:
    assert (listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "or")) == (
        "",
        "a",
        "a and b",
        "a, b or c",
    )


def test_a_metric_is_said_with_its_percentile_only() -> None:
    assert metric_words("latency", "p95") == "latency p95"
    assert metric_words("error_rate", "mean") == "error rate"
    assert metric_words("ttft", "p99") == "time to first token p99"
