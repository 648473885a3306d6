"""Access tokens: JWT, HS256 only, issuer and audience `llm-copilot`. Who you are over HTTP comes from here alone."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from bot.http.refusals import Unauthorized
from bot.identity import Caller, Identity
from config.clock import Clock
from config.errors import Forbidden

NAME = "llm-copilot"
ALGORITHM = "HS256"
SKEW = 30.0
REMEMBERED = 1024
LATEST = 1e12  # seconds; also keeps NaN, infinity and endless integers out
_REQUIRED = ("sub", "roles", "iat", "exp", "iss", "aud")
_HOW = "Make a token with `llm-copilot token --user NAME` and send it as `Authorization: Bearer TOKEN`"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says; instants are Unix seconds."""

    subject: str
    roles: tuple[str, ...]
    not_before: float
    expires: float


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who sent a request, with the roles left after the token narrowed them.

    `narrowed` is what the token left when it left less than the person has, else None.
    """

    caller: Caller
    narrowed: tuple[str, ...] | None


def issue(key: bytes, subject: str, roles: Iterable[str], ttl: float, *, now: float) -> str:
    """A signed token for `subject` that holds for `ttl` seconds from `now` and narrows to `roles`."""
    claims = {
        "iss": NAME,
        "aud": NAME,
        "sub": subject,
        "roles": sorted(roles),
        "iat": int(now),
        "exp": int(now + ttl),
        "jti": secrets.token_hex(8),
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM)


class Tokens:
    """Verifies tokens; one that was verified is remembered by its text until it expires."""

    def __init__(self, key: bytes, wall: Clock) -> None:
        self._key, self._wall = key, wall
        self._known: OrderedDict[str, Claims] = OrderedDict()

    @property
    def remembered(self) -> int:
        return len(self._known)

    def read(self, token: str) -> Claims:
        """Raises Unauthorized that says what is wrong with the token."""
        claims = self._known.get(token)
        if claims is None:
            claims = _verified(token, self._key)
            self._known[token] = claims
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        now = self._wall.now()
        if not now < claims.expires + SKEW:
            self._known.pop(token, None)
            raise Unauthorized(f"The token has expired {now - claims.expires:.0f} s ago. {_HOW}.")
        if not claims.not_before - SKEW <= now:
            raise Unauthorized("The token is from the future. Set this machine's clock, or the issuer's.")
        return claims


class Door:
    """Turns an Authorization header into the person who speaks, as people.yaml has them now."""

    def __init__(self, key: bytes, wall: Clock, identity: Identity) -> None:
        self._tokens, self._identity = Tokens(key, wall), identity

    def speaker(self, header: str | None) -> Speaker:
        """Raises Unauthorized without a good token, Forbidden for a subject that is nobody here."""
        kind, _, token = (header or "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise Unauthorized(f"The request has no bearer token. {_HOW}.")
        claims = self._tokens.read(token.strip())
        person = self._identity.by_subject(claims.subject)
        if person is None:
            raise Forbidden(_stranger(claims.subject, self._identity))
        left = person.roles.intersection(claims.roles)
        if left == person.roles:
            return Speaker(Caller(person, f"rest:{person.id}"), None)
        roles = tuple(sorted(left))
        narrow = self._identity.person(person.id, roles) or person
        return Speaker(Caller(narrow, f"rest:{person.id}"), roles)


def _verified(token: str, key: bytes) -> Claims:
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=NAME,
            issuer=NAME,
            options={
                "require": list(_REQUIRED),
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.MissingRequiredClaimError as err:
        raise Unauthorized(f"The token lacks {err.claim!r}. {_HOW}.") from err
    except (jwt.InvalidAudienceError, jwt.InvalidIssuerError) as err:
        raise Unauthorized(f"The token was made for something else ({err}). {_HOW}.") from err
    except jwt.PyJWTError as err:
        raise Unauthorized(f"The token is not one of ours ({err}). {_HOW}.") from err
    roles = claims["roles"]
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise Unauthorized(f"The token's roles are not a list of names. {_HOW}.")
    starts = max(_instant(claims, "iat"), _instant(claims, "nbf") if "nbf" in claims else 0.0)
    return Claims(str(claims["sub"]), tuple(roles), starts, _instant(claims, "exp"))


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LATEST:
        raise Unauthorized(f"The token's {name} is not a number of seconds. {_HOW}.")
    return float(value)


def _stranger(subject: str, identity: Identity) -> str:
    admins = ", ".join(person.name for person in identity.people.holders("admin")) or "an admin"
    return (
        f"Nobody here has the token subject {subject[:80]!r}. Ask {admins} to add you to people.yaml "
        f"(a person whose id or `subject` is {subject[:80]!r}, with a role)."
    )
