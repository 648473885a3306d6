"""What the kinds of back-end trouble say about a write."""

from __future__ import annotations

import pytest

from config.errors import CopilotError
from integrations.errors import Absent, IntegrationError, Refused, TimedOut, Unavailable


@pytest.mark.parametrize(
    ("kind", "happened", "status"),
    [(Unavailable, None, 502), (TimedOut, None, 502), (Refused, False, 502), (Absent, False, 404)],
)
def test_only_an_answered_no_says_that_a_write_did_not_happen(
    kind: type[IntegrationError], happened: bool | None, status: int
) -> None:
    assert (kind.happened, kind.status) == (happened, status)
    assert issubclass(kind, CopilotError)
