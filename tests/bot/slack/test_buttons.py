"""Button values: read back as they were made, and refused when anything in them was touched."""

from __future__ import annotations

import random

import pytest

from bot.slack.buttons import Buttons, Pressed
from config.errors import BadRequest

BUTTONS = Buttons(b"k" * 32)
VALUE = BUTTONS.value("apr_1m7wv7f37de4qxah", 1, "ab" * 32)


def test_a_value_is_read_back_as_it_was_made() -> None:
    assert BUTTONS.read(VALUE) == Pressed("apr_1m7wv7f37de4qxah", 1, "ab" * 32)


def test_another_key_makes_another_signature_and_the_token_key_itself_signs_no_button() -> None:
    with pytest.raises(BadRequest):
        Buttons(b"x" * 32).read(VALUE)


def test_no_value_with_a_character_changed_added_or_taken_away_is_read() -> None:
    dice = random.Random(3)
    for _ in range(500):
        at, kind = dice.randrange(len(VALUE)), dice.choice(["change", "add", "take"])
        char = dice.choice("abcdef0123456789:_é\x00")
        touched = {
            "change": VALUE[:at] + char + VALUE[at + 1 :],
            "add": VALUE[:at] + char + VALUE[at:],
            "take": VALUE[:at] + VALUE[at + 1 :],
        }[kind]
        if touched != VALUE:
            with pytest.raises(BadRequest, match="Nothing was done"):
                BUTTONS.read(touched)
