"""The error tree: what a face maps."""

from __future__ import annotations

import pytest

from config.errors import BadRequest, Busy, Conflict, CopilotError, Forbidden, NotFound, SettingsError


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (BadRequest, 400),
        (Forbidden, 403),
        (NotFound, 404),
        (Conflict, 409),
        (Busy, 503),
        (SettingsError, 500),
    ],
)
def test_every_kind_has_the_status_that_a_face_shows(kind: type[CopilotError], status: int) -> None:
    assert kind.status == status
    assert issubclass(kind, CopilotError)


def test_titles_differ_so_that_people_can_tell_kinds_apart() -> None:
    kinds: tuple[type[CopilotError], ...] = (CopilotError, *CopilotError.__subclasses__())
    titles = [kind.title for kind in kinds if kind.__module__ == "config.errors"]
    assert len(set(titles)) == len(titles) >= 7


def test_the_text_is_what_is_shown() -> None:
    assert str(NotFound("There is no run 7.")) == "There is no run 7."
