"""What a diagnosis looks at and says are plain frozen values."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from insight.evidence import Cause, Evidence, Remedy


def test_evidence_of_nothing_can_be_had() -> None:
    nothing = Evidence(None, "production")
    assert nothing.series == () and nothing.missing == () and dict(nothing.dependencies) == {}


def test_a_cause_cannot_be_changed_on_its_way_to_people() -> None:
    cause = Cause("release", "api", "words", 0.9, ("a",), (), Remedy("some-runbook", {"service": "api"}))
    with pytest.raises(FrozenInstanceError):
        cause.score = 0.1  # type: ignore[misc]
