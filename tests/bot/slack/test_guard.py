"""What is refused before anything reads it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import pytest

from bot.slack.guard import MOST_BYTES, OLDEST, Refused, check, sign

SECRET, NOW = b"secret-of-the-app", 1_800_000_000.0
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
EVENT = json.dumps({"type": "event_callback", "event_id": "Ev1"}).encode()


def headers(raw: bytes, kind: str = JSON, at: float = NOW, secret: bytes = SECRET) -> dict[str, str]:
    stamp = str(int(at))
    return {
        "Content-Type": kind,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": sign(raw, stamp, secret),
    }


def refused(raw: bytes, given: Mapping[str, str]) -> int:
    with pytest.raises(Refused) as caught:
        check(raw, given, SECRET, NOW)
    return caught.value.status


def test_a_signed_event_and_a_signed_command_are_read() -> None:
    assert check(EVENT, headers(EVENT), SECRET, NOW)["event_id"] == "Ev1"
    form = urlencode({"command": "/ops", "text": "help & more"}).encode()
    assert check(form, headers(form, FORM), SECRET, NOW)["text"] == "help & more"
    click = urlencode({"payload": json.dumps({"type": "block_actions"})}).encode()
    assert check(click, headers(click, f"{FORM}; charset=utf-8"), SECRET, NOW) == {"type": "block_actions"}


@pytest.mark.parametrize("age", [OLDEST + 1, -OLDEST - 1])
def test_an_old_or_future_stamp_is_refused_whatever_its_signature(age: float) -> None:
    assert refused(EVENT, headers(EVENT, at=NOW - age)) == 401
    check(EVENT, headers(EVENT, at=NOW - age + (1 if age > 0 else -1)), SECRET, NOW)


def test_another_secret_another_body_and_no_signature_are_refused() -> None:
    assert refused(EVENT, headers(EVENT, secret=b"another")) == 401
    assert refused(EVENT + b" ", headers(EVENT)) == 401
    for name in ("X-Slack-Signature", "X-Slack-Request-Timestamp"):
        assert refused(EVENT, {key: value for key, value in headers(EVENT).items() if key != name}) == 401


@pytest.mark.parametrize("stamp", ["", "abc", "1e9", "-1", "١٢٣٤", "9" * 400, "1800000000.5", " 1800000000"])
def test_a_stamp_that_is_no_number_is_refused(stamp: str) -> None:
    assert refused(EVENT, headers(EVENT) | {"X-Slack-Request-Timestamp": stamp}) == 401


@pytest.mark.parametrize("signature", ["v0=", "v1=00", "é" * 67, "\udcff", "v0=" + "0" * 64])
def test_a_strange_signature_is_refused(signature: str) -> None:
    assert refused(EVENT, headers(EVENT) | {"X-Slack-Signature": signature}) == 401


def malformed(seed: int = 20_261_120) -> Iterator[tuple[bytes, str]]:
    """Bodies that are signed and still no payload: JSON corner cases, wrong types, broken forms, noise."""
    texts = [
        "", " ", "null", "true", "1", "1e999", "-", '"text"', "[]", "[{}]", "{", "}", "{}}", "{'a': 1}", '{"a": NaN}',
        '{"a": Infinity}', '{"a": -Infinity}', '{"a": 1, "a": 2}', '{"a"}', '{"a":}', '{"a": 01}', '{"a": "\\x"}',
        '{"a": "\\ud800"', '{"a": 1,}', "{,}", '{"a": "\n"}', "//{}", "{}//", "\ufeff{}", "[" * 5_000, '{"a":' * 3_000,
        '{"a": ' + "9" * 5_000 + "}", "\x00", '{"\\u0000": 1} x', "<xml/>", "undefined", "{}{}", "{} {}", '"',
    ]  # fmt: skip
    yield from ((text.encode("utf-8", "surrogatepass"), JSON) for text in texts)
    yield from ((raw, JSON) for raw in (b"\xff\xfe{}", b'{"a": "\xff"}', b"\xc0\x80", b"\xed\xa0\x80"))
    forms = [
        "", "payload=", "payload=[]", "payload=null", "payload=1", "payload={", "a=1", "command=", "%", "%zz=1",
        "command=&command=/x", "payload={}&payload={}", "&" * 200, "=" * 50, "payload=%FF",
        "payload=%7B%22a%22%3A%20NaN%7D",
    ]  # fmt: skip
    yield from ((text.encode(), FORM) for text in forms)
    dice = random.Random(seed)
    for _ in range(140):
        raw = bytearray(EVENT)
        for _ in range(dice.randint(1, 6)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        yield bytes(raw), JSON
    for _ in range(120):
        yield bytes(dice.randrange(256) for _ in range(dice.randint(1, 200))), dice.choice([JSON, FORM])


BODIES = list(malformed())


def test_bodies_that_are_no_payload_are_refused_or_read_and_never_break() -> None:
    assert len(BODIES) >= 318
    statuses = set()
    for raw, kind in BODIES:
        try:
            assert isinstance(check(raw, headers(raw, kind), SECRET, NOW), dict)
        except Refused as err:
            statuses.add(err.status)
    assert statuses <= {400, 401, 413, 415}


def test_what_is_too_large_or_of_another_kind_is_refused_before_its_signature_is_looked_at() -> None:
    assert refused(b"x" * (MOST_BYTES + 1), {"Content-Type": JSON}) == 413
    for kind in ("", "text/plain", "multipart/form-data; boundary=x", "application/xml", "application/json2"):
        assert refused(EVENT, headers(EVENT) | {"Content-Type": kind}) == 415
