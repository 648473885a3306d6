"""Places: written, read back, and which thread they mean."""

from __future__ import annotations

import pytest

from bot.slack.places import Spot, begun_by, in_thread, of_ref, ref


@pytest.mark.parametrize(
    "spot",
    [Spot("T1", "D1"), in_thread("T1", "C1", "1700.1"), begun_by("T1", "C1", "13.2.abc"), Spot("T1", "C1")],
)
def test_a_place_is_read_back_as_it_was_written(spot: Spot) -> None:
    assert Spot.parse(spot.place) == spot
    assert spot.place == f"slack:{spot.conversation}"


def test_only_a_thread_whose_first_message_is_known_has_one() -> None:
    assert in_thread("T1", "C1", "1700.1").thread == "1700.1"
    assert begun_by("T1", "C1", "x").thread is None and Spot("T1", "D1").thread is None


def test_a_message_has_one_name() -> None:
    assert of_ref(ref("C1", "1700.1")) == ("C1", "1700.1")
