"""Which faces are opened: those whose settings are there."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot.faces import FACES, configured
from config.settings import Settings, Slack

SECRET = SecretStr("x")


def test_without_settings_no_platform_is_reached() -> None:
    assert configured(Settings()) == ()


@pytest.mark.parametrize("key", ["bot_token", "app_token", "signing_secret"])
def test_half_of_the_settings_opens_the_face_so_that_it_can_say_what_is_missing(key: str) -> None:
    assert [face.name for face in configured(Settings(slack=Slack(**{key: SECRET})))] == ["Slack"]


def test_every_face_has_its_own_name() -> None:
    assert len({face.name for face in FACES}) == len(FACES)
