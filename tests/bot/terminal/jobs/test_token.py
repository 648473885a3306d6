from __future__ import annotations

from typing import Any

import jwt

from bot.terminal.token import token
from tests.bot.terminal.house import House, call


def claims(words: str) -> dict[str, Any]:
    read: dict[str, Any] = jwt.decode(words.strip(), options={"verify_signature": False})
    return read


def test_a_token_carries_the_persons_roles_and_holds_an_hour(house: House) -> None:
    read = claims(call(house, token, "--user", "maria").stdout)
    assert (read["sub"], read["roles"], read["exp"] - read["iat"]) == ("maria", ["operator", "viewer"], 3600)


def test_roles_narrow_and_ttl_is_as_said(house: House) -> None:
    read = claims(call(house, token, "--user", "maria", "--roles", "viewer", "--ttl", "90s").stdout)
    assert read["roles"] == ["viewer"] and read["exp"] - read["iat"] == 90


def test_a_role_that_the_person_does_not_hold_is_refused(house: House) -> None:
    result = call(house, token, "--user", "maria", "--roles", "viewer,approver")
    assert result.exit_code == 1 and "approver" in result.stderr and result.stdout == ""


def test_nobody_gets_no_token(house: House) -> None:
    result = call(house, token, "--user", "bob")
    assert result.exit_code == 1 and "maria" in result.stderr
