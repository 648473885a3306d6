from __future__ import annotations

import dataclasses

import pytest

from store.schedule_records import DIGESTS, Schedule


def test_a_digest_has_a_name_of_one_word_for_commands() -> None:
    assert all(name.isalpha() and name.islower() for name in DIGESTS)


def test_a_schedule_is_not_changed_in_place() -> None:
    one = Schedule("s", "active", "digest", "team", None, "UTC", "skip", "m", None, "rest:1", 1, 0.0, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.status = "paused"  # type: ignore[misc]
