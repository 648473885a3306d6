from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest

from bot.http.auth import REMEMBERED, Door, Tokens, issue
from bot.http.refusals import Unauthorized
from bot.identity import Identity
from config.errors import Forbidden
from config.people import People, Person

KEY = b"k" * 32
NOW = 1_800_000_000.0
GOOD: dict[str, Any] = {
    "iss": "llm-copilot",
    "aud": "llm-copilot",
    "sub": "maria",
    "roles": ["viewer", "operator"],
    "iat": NOW,
    "exp": NOW + 3600,
}


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


def people(*roles: str) -> People:
    maria = Person.model_validate({"id": "maria", "name": "Maria", "roles": roles or ("viewer", "operator")})
    amara = Person.model_validate(
        {"id": "amara", "name": "Amara Diallo", "subject": "a-17", "roles": ["admin"]}
    )
    return People({"maria": maria, "amara": amara}, {})


def door(known: People | None = None) -> Door:
    return Door(KEY, Hand(), Identity(known or people(), "demo"))


def bearer(**changed: Any) -> str:
    return "Bearer " + jwt.encode({**GOOD, **changed}, KEY, algorithm="HS256")


def raw(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, claims)
    ]
    return ".".join([*parts, signature])


def test_an_issued_token_says_who_speaks() -> None:
    token = issue(KEY, "maria", ["operator", "viewer"], 60, now=NOW)
    speaker = door().speaker(f"Bearer {token}")
    assert speaker.caller.person.id == "maria"
    assert speaker.caller.via == "rest:maria"
    assert speaker.narrowed is None


def test_a_subject_of_its_own_leads_to_the_person() -> None:
    token = issue(KEY, "a-17", ["admin"], 60, now=NOW)
    assert door().speaker(f"bearer {token}").caller.person.id == "amara"


def test_token_roles_narrow_and_never_widen() -> None:
    narrow = door().speaker(bearer(roles=["viewer", "admin"]))
    assert narrow.caller.person.roles == {"viewer"}
    assert narrow.narrowed == ("viewer",)
    assert door().speaker(bearer(roles=[])).caller.person.roles == frozenset()
    wide = door().speaker(bearer(roles=["viewer", "operator", "admin"]))
    assert wide.caller.person.roles == {"viewer", "operator"}
    assert wide.narrowed is None


def test_an_unknown_subject_is_told_how_to_be_added() -> None:
    with pytest.raises(Forbidden, match=r"'nobody'.*Ask Amara Diallo to add you to people\.yaml"):
        door().speaker(bearer(sub="nobody"))


def test_a_person_taken_out_is_refused_with_a_token_that_was_good() -> None:
    known = dict(people().by_id)
    guarded = door(People(known, {}))
    assert guarded.speaker(bearer()).caller.person.id == "maria"
    del known["maria"]
    with pytest.raises(Forbidden):
        guarded.speaker(bearer())


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic bWFyaWE6eA==", "x" * 300])
def test_no_bearer_token_is_refused_with_what_to_do(header: str | None) -> None:
    with pytest.raises(Unauthorized, match="llm-copilot token --user NAME"):
        door().speaker(header)


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "other"},
        {"aud": ["other"]},
        {"iss": "other"},
        {"exp": NOW - 31},
        {"exp": "soon"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": 10**400},
        {"iat": NOW + 60},
        {"iat": None},
        {"nbf": NOW + 60},
        {"nbf": "x"},
        {"roles": "admin"},
        {"roles": [1]},
        {"roles": None},
        {"sub": 7},
    ],
    ids=str,
)
def test_a_wrong_claim_is_refused(changed: dict[str, Any]) -> None:
    claims = {**GOOD, **changed}
    token = jwt.api_jws.encode(json.dumps(claims).encode(), KEY, algorithm="HS256")
    with pytest.raises(Unauthorized):
        door().speaker(f"Bearer {token}")


@pytest.mark.parametrize("name", ["sub", "roles", "iat", "exp", "iss", "aud"])
def test_a_missing_claim_is_named(name: str) -> None:
    claims = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(Unauthorized, match=name):
        door().speaker("Bearer " + jwt.encode(claims, KEY, algorithm="HS256"))


def test_other_algorithms_keys_and_garbage_are_refused() -> None:
    good = jwt.encode(GOOD, KEY, algorithm="HS256")
    head, body, signature = good.split(".")
    tokens = [
        jwt.encode(GOOD, b"w" * 32, algorithm="HS256"),
        jwt.encode(GOOD, b"k" * 64, algorithm="HS512"),
        raw({"alg": "none", "typ": "JWT"}, GOOD),
        raw({"alg": "None", "typ": "JWT"}, GOOD),
        raw({"alg": "RS256", "typ": "JWT"}, GOOD, signature),
        raw({"alg": ["HS256"]}, GOOD, signature),
        raw({"typ": "JWT"}, GOOD, signature),
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{signature}.{body}",
        good[:-4],
        "a.b.c",
        "....",
        "é.é.é",
        "\x00",
        "e30.e30.e30",
        raw({"alg": "HS256", "crit": ["x"]}, GOOD, signature),
        "[" * 5000,
    ]
    for token in tokens:
        with pytest.raises(Unauthorized):
            door().speaker(f"Bearer {token}")


def test_a_remembered_token_still_expires() -> None:
    hand = Hand()
    tokens = Tokens(KEY, hand)
    token = issue(KEY, "maria", ["viewer"], 60, now=NOW)
    assert tokens.read(token).subject == "maria"
    hand.at = NOW + 60 + 29
    assert tokens.read(token).subject == "maria"
    hand.at = NOW + 60 + 30
    with pytest.raises(Unauthorized, match="expired"):
        tokens.read(token)


def test_only_so_many_tokens_are_remembered() -> None:
    tokens = Tokens(KEY, Hand())
    many = [issue(KEY, f"p{number}", [], 60, now=NOW) for number in range(REMEMBERED + 5)]
    assert [tokens.read(token).subject for token in many] == [f"p{number}" for number in range(len(many))]
    assert tokens.remembered == REMEMBERED
