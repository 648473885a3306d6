"""Who sits at the browser: a signed cookie of twelve hours, its CSRF token, and the link that `serve` prints once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import jwt
from sqlalchemy import Connection

from bot.http.auth import ALGORITHM, NAME, Speaker, Tokens
from bot.http.refusals import Unauthorized
from bot.identity import Caller, Identity
from config.clock import Clock
from config.errors import Forbidden
from config.people import Person
from store import runtime

AUDIENCE = "llm-copilot console"
LASTS = 12 * 3600.0
#: where the ids of tickets are kept that were given back before their time; the value is when they would have ended
_GIVEN_BACK = "console.ended:"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the cookie holds. `me` is who signed in, `acting_as` whom the demo's switch made of them.

    `roles` are a token's, when they narrow the person's own; `expires` is Unix seconds.
    """

    id: str
    me: str
    acting_as: str | None
    roles: tuple[str, ...] | None
    expires: float


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person at a browser. `csrf` is in every form of theirs; `me` is who signed in."""

    ticket: Ticket
    caller: Caller
    me: Person
    csrf: str

    @property
    def person(self) -> Person:
        return self.caller.person

    @property
    def speaker(self) -> Speaker:
        return Speaker(self.caller, self.ticket.roles if self.caller.acting_as is None else None)


class Access:
    """Makes and reads tickets. `demo` is whether this is the demo company on loopback: then the link that was printed
    signs its first operator in, and one may act as the others."""

    def __init__(self, key: bytes, wall: Clock, identity: Identity, demo: bool) -> None:
        self._key, self._wall, self._identity = key, wall, identity
        self._tokens = Tokens(key, wall)
        self.demo = demo
        self._link = secrets.token_urlsafe(24) if demo else None

    @property
    def link(self) -> str | None:
        """The one-time token that is good now; None outside the demo and once it was used."""
        return self._link

    def by_link(self, given: str) -> Ticket:
        """Raises Unauthorized for any but the token that was printed, and for it when it was used before."""
        if self._link is None or not hmac.compare_digest(self._link.encode(), given.encode()):
            raise Unauthorized(
                "This link was used before, or belongs to an earlier start. Sign in with a token."
            )
        self._link = None
        return self._new(self._identity.first_operator().id, None)

    def by_token(self, given: str) -> Ticket:
        """A ticket for the bearer of an access token; it ends with the token. Raises Unauthorized, Forbidden."""
        claims = self._tokens.read(given.strip())
        person = self._identity.by_subject(claims.subject)
        if person is None:
            raise Forbidden(f"Nobody here has the token subject {claims.subject[:80]!r}. Ask an admin.")
        left = person.roles.intersection(claims.roles)
        ticket = self._new(person.id, None if left == person.roles else tuple(sorted(left)))
        return replace(ticket, expires=min(ticket.expires, claims.expires))

    def acting(self, visitor: Visitor, name: str) -> Ticket:
        """The same visit as another person of the demo company. Raises Forbidden, NotFound."""
        if not self.demo:
            raise Forbidden("Acting as others exists in the demo on this machine only. Sign in as yourself.")
        caller = self._identity.acting(visitor.me, name, "console")
        return replace(visitor.ticket, acting_as=caller.acting_as)

    def seal(self, ticket: Ticket) -> str:
        """The cookie's value."""
        claims = {
            "iss": NAME, "aud": AUDIENCE, "jti": ticket.id, "sub": ticket.me, "as": ticket.acting_as,
            "roles": ticket.roles, "exp": int(ticket.expires),
        }  # fmt: skip
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def visitor(self, sealed: str) -> Visitor | None:
        """Who holds this cookie, as people.yaml has them now; None when it is not ours, too old, or nobody's."""
        ticket = self._read(sealed)
        if ticket is None:
            return None
        me = self._identity.person(ticket.me, ticket.roles)
        if me is None:
            return None
        caller = Caller(me, f"console:{me.id}")
        if ticket.acting_as is not None:
            if not self.demo or self._identity.person(ticket.acting_as) is None:
                return None
            caller = self._identity.acting(me, ticket.acting_as, "console")
        return Visitor(ticket, caller, me, self.csrf(ticket))

    def csrf(self, ticket: Ticket) -> str:
        return hmac.new(self._key, f"csrf:{ticket.id}".encode(), hashlib.sha256).hexdigest()[:32]

    def is_csrf(self, visitor: Visitor, given: str) -> bool:
        return hmac.compare_digest(visitor.csrf.encode(), given.encode())

    def give_back(self, conn: Connection, ticket: Ticket) -> None:
        """Sign out: the cookie is worth nothing from now on, in every process."""
        now = self._wall.now()
        old = [key for key, until in runtime.every(conn, _GIVEN_BACK).items() if float(until) < now]
        runtime.drop(conn, old)
        runtime.put(conn, f"{_GIVEN_BACK}{ticket.id}", str(ticket.expires))

    def _new(self, me: str, roles: tuple[str, ...] | None) -> Ticket:
        return Ticket(secrets.token_hex(12), me, None, roles, self._wall.now() + LASTS)

    def _read(self, sealed: str) -> Ticket | None:
        try:
            claims: Mapping[str, Any] = jwt.decode(
                sealed, self._key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=NAME,
                options={"require": ["sub", "jti", "exp"], "verify_exp": False},
            )  # fmt: skip
        except jwt.PyJWTError:
            return None
        if not self._wall.now() < float(claims["exp"]):
            return None
        roles = claims.get("roles")
        return Ticket(
            str(claims["jti"]),
            str(claims["sub"]),
            claims.get("as"),
            None if roles is None else tuple(str(one) for one in roles),
            float(claims["exp"]),
        )


def was_given_back(conn: Connection, ticket: Ticket) -> bool:
    return runtime.get(conn, f"{_GIVEN_BACK}{ticket.id}") is not None
