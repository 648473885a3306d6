"""In front of Bolt: size, kind, time, signature and JSON are judged on the raw bytes, before anything reads them.

Bolt parses a body before it verifies it, and answers 500 to what it cannot parse.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from bot.http.reading import parse_object
from config.errors import BadRequest

#: Slack's own bodies stay far below
MOST_BYTES = 1_000_000
#: seconds that a signed request may be old (docs.slack.dev, "Verifying requests from Slack")
OLDEST = 300.0
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_MOST_FIELDS = 100


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """`status` goes to the sender; `why` goes to the log alone."""

    status: int
    why: str


def check(raw: bytes, headers: Mapping[str, str], secret: bytes, now: float) -> Mapping[str, Any]:
    """The payload of a request that Slack signed less than five minutes ago.

    `headers` are compared without case. Raises Refused: 413 too large, 415 another kind, 401 not signed by Slack or
    too old, 400 not a payload.
    """
    if len(raw) > MOST_BYTES:
        raise Refused(413, f"the body has {len(raw)} bytes")
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in (_JSON, _FORM):
        raise Refused(415, f"the body is {kind[:60]!r}")
    _signed(raw, headers, secret, now)
    try:
        return parse_object(raw) if kind == _JSON else _form(raw)
    except BadRequest as err:
        raise Refused(400, str(err)) from err


def sign(raw: bytes, stamp: str, secret: bytes) -> str:
    """The signature that Slack sends with `raw` (version v0)."""
    return "v0=" + hmac.new(secret, b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()


def _signed(raw: bytes, headers: Mapping[str, str], secret: bytes, now: float) -> None:
    stamp, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise Refused(401, "no timestamp")
    if abs(now - int(stamp)) > OLDEST:
        raise Refused(401, f"the timestamp is {now - int(stamp):.0f} s off")
    if not hmac.compare_digest(sign(raw, stamp, secret).encode(), signature.encode("utf-8", "replace")):
        raise Refused(401, "the signature is not Slack's")


def _form(raw: bytes) -> Mapping[str, Any]:
    """A slash command's fields, or the object in a form's `payload`. Raises BadRequest."""
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as err:
        raise BadRequest(f"The form cannot be read: {err}.") from err
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadRequest("The form names a field twice.")
    if "payload" in fields:
        return parse_object(fields["payload"].encode("utf-8"))
    if not fields.get("command"):
        raise BadRequest("The form is neither a command nor a payload.")
    return fields
