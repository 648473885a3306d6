from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from store.policy_records import Use


def test_a_record_cannot_be_changed() -> None:
    use = Use("run_1", "std_1", 1.0)
    with pytest.raises(FrozenInstanceError):
        use.told = True  # type: ignore[misc]
    assert use.told is False
