from __future__ import annotations

import pytest

from config.shapes import LONG, SHORT, entropy, iban, is_named_secret, luhn, mixed


def test_the_check_digit_of_a_card() -> None:
    assert luhn("4111 1111 1111 1111") and luhn("378282246310005")
    assert not luhn("4111 1111 1111 1112") and not luhn("0000000000000000")


def test_the_check_digits_of_an_iban() -> None:
    assert iban("DE89 3704 0044 0532 0130 00") and iban("GB82WEST12345698765432")
    assert (
        not iban("DE88 3704 0044 0532 0130 00")
        and not iban("DE89 3704 0044")
        and not iban("XX89370400440532")
    )


def test_entropy_tells_random_letters_from_words() -> None:
    assert entropy("") == 0.0 and entropy("aaaa") == 0.0
    assert mixed("a8Xk2mQ9vB1z") and not mixed("aaaaaaaaaaa1") and not mixed("configuration")


@pytest.mark.parametrize(
    ("name", "value", "is_one"),
    [
        ("password", "hunter2", True),
        ("db_password", "required", False),
        ("max_tokens", "a8Xk2mQ9vB1zQ", False),
        ("access_token", "a8Xk2mQ9vB1zQ", True),
        ("token_type", "a8Xk2mQ9vB1zQ", False),
        ("api_key", "sha256:abc123def456", False),
        ("api_key", "short1", False),
        ("secret", "[hidden: secret]", False),
        ("client_secret", "${CLIENT_SECRET}", False),
    ],
)
def test_a_name_and_a_value_together_make_a_secret(name: str, value: str, is_one: bool) -> None:
    assert is_named_secret(name, value) is is_one


def test_every_shape_has_its_hints_in_lower_case() -> None:
    for shape in (*LONG, *SHORT):
        assert shape.hints and all(hint == hint.lower() for hint in shape.hints)
        assert "s" in shape.pattern.groupindex or shape.pattern.groups == 0
