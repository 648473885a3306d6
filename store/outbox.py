"""The outbox: every post once, the newest revision wins, sent by whoever claims it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    text,
    update,
)

from store.dialect import insert, stored
from store.hide import hidden_in
from store.records import Json, Outgoing
from store.tables import OUTBOX_UNSENT, outbox

LEASE = 30.0

_COLUMNS = [column for column in outbox.c if column.name != "seq"]
_THIS = and_(outbox.c.key == bindparam("of_key"), outbox.c.place == bindparam("at_place"))
_CLAIM = (
    update(outbox)
    .where(outbox.c.seq.in_(bindparam("rows", expanding=True)))
    .values(
        status="claimed",
        owner=bindparam("by"),
        lease_until=bindparam("until"),
        attempts=outbox.c.attempts + 1,
        unsure=or_(outbox.c.unsure, outbox.c.status == "claimed"),
    )
    .returning(outbox)
)
_SENT = (
    update(outbox)
    .where(_THIS)
    .values(
        status=case((outbox.c.revision == bindparam("of_revision"), "sent"), else_="new"),
        attempts=case((outbox.c.revision == bindparam("of_revision"), outbox.c.attempts), else_=0),
        ref=bindparam("as_ref"),
        sent_at=bindparam("at"),
        owner=None,
        lease_until=None,
        error=None,
        unsure=False,
    )
)
_CLAIMED = and_(_THIS, outbox.c.status == "claimed")
_GIVEN_BACK: dict[str, Any] = {"owner": None, "lease_until": None, "error": bindparam("why")}
_AGAIN = (
    update(outbox)
    .where(_CLAIMED)
    .values(
        status="new",
        not_before=bindparam("after"),
        unsure=or_(outbox.c.unsure, bindparam("unclear", type_=Boolean)),
        **_GIVEN_BACK,
    )
)
_LATER = (
    update(outbox)
    .where(_CLAIMED)
    .values(
        status="new",
        not_before=bindparam("after"),
        attempts=case((outbox.c.attempts > 0, outbox.c.attempts - 1), else_=0),
        owner=None,
        lease_until=None,
    )
)
_DEAD = update(outbox).where(_CLAIMED).values(status="dead", **_GIVEN_BACK)


@cache
def _put(dialect: str) -> Any:
    """A row that is being sent stays claimed: `sent` with the older revision then offers it again, with its ref."""
    new = insert(dialect, outbox)
    return new.on_conflict_do_update(
        index_elements=["key", "place"],
        set_={
            "revision": new.excluded.revision,
            "kind": new.excluded.kind,
            "body": new.excluded.body,
            "status": case((outbox.c.status == "claimed", "claimed"), else_="new"),
            "attempts": 0,
            "not_before": new.excluded.not_before,
            "error": None,
        },
        where=new.excluded.revision > outbox.c.revision,
    ).returning(outbox.c.seq)


def put(
    conn: Connection,
    *,
    key: str,
    place: str,
    kind: str,
    body: Json,
    now: float,
    revision: int = 1,
    read_there: bool = False,
) -> bool:
    """Ask for a post. False: the same or a higher revision is there, nothing was changed.

    A post that was sent and gets a higher revision is offered again with its `ref`, for the face to edit.
    `read_there`: nobody sends it, people of that place fetch it (REST).
    """
    row = {
        "key": key,
        "place": place,
        "revision": revision,
        "kind": kind,
        "body": hidden_in(conn, body),
        "status": "sent" if read_there else "new",
        "attempts": 0,
        "not_before": now,
        "created_at": now,
    }
    return stored(conn, _put(conn.dialect.name), row)


def _within(place: str) -> ColumnElement[bool]:
    return or_(outbox.c.place == place, outbox.c.place.startswith(f"{place}:", autoescape=True))


@cache
def _due(faces: tuple[str, ...]) -> Any:
    return (
        select(outbox.c.seq)
        .where(
            text("status IN ('new', 'claimed')"),
            outbox.c.not_before <= bindparam("now"),
            or_(outbox.c.status == "new", outbox.c.lease_until < bindparam("now")),
            or_(*(_within(place) for place in faces)),
        )
        .order_by(outbox.c.seq + 0)
        .limit(bindparam("most"))
    )


@cache
def _free(faces: tuple[str, ...]) -> Any:
    return _due(faces).with_for_update(skip_locked=True)


def claim(
    conn: Connection, *, faces: Sequence[str], owner: str, now: float, lease: float = LEASE, limit: int = 20
) -> list[Outgoing]:
    """What may be sent now, oldest first, to places that are or lie within one of `faces` (`slack`, `terminal:c1`).

    One whose sender let its lease run out may have been shown: it is `unsure`.
    """
    if not faces:
        return []
    rows = list(conn.execute(_free(tuple(faces)), {"now": now, "most": limit}).scalars())
    if not rows:
        return []
    got = conn.execute(_CLAIM, {"rows": rows, "by": owner, "until": now + lease}).all()
    return [Outgoing(*row[:-1]) for row in sorted(got, key=lambda row: row.seq)]


def any_due(conn: Connection, *, faces: Sequence[str], now: float) -> bool:
    """Whether `claim` would find something: a look that locks nothing."""
    return bool(faces) and conn.execute(_due(tuple(faces)), {"now": now, "most": 1}).first() is not None


def sent(conn: Connection, *, key: str, place: str, revision: int, ref: str | None, now: float) -> None:
    """The face has posted `revision` as `ref`. Should a newer one have come meanwhile, it is offered next."""
    found = {"of_key": key, "at_place": place, "of_revision": revision, "as_ref": ref, "at": now}
    conn.execute(_SENT, found)


def again(
    conn: Connection, *, key: str, place: str, not_before: float, error: str, unsure: bool = False
) -> None:
    """The post failed for now: offer it again from `not_before` on. `unsure`: it may have been shown all the same."""
    found = {"of_key": key, "at_place": place, "after": not_before, "why": error, "unclear": unsure}
    conn.execute(_AGAIN, found)


def later(conn: Connection, *, key: str, place: str, not_before: float) -> None:
    """The post was not tried, for its place rests: offer it from `not_before` on; this was no attempt."""
    conn.execute(_LATER, {"of_key": key, "at_place": place, "after": not_before})


def dead(conn: Connection, *, key: str, place: str, error: str) -> None:
    """The post can never be delivered; a higher revision would try again."""
    conn.execute(_DEAD, {"of_key": key, "at_place": place, "why": error})


def get(conn: Connection, key: str, place: str | None = None) -> Outgoing | None:
    """The post; without `place` the first that has the key."""
    wanted = select(*_COLUMNS).where(outbox.c.key == key)
    if place is not None:
        wanted = wanted.where(outbox.c.place == place)
    row = conn.execute(wanted.order_by(outbox.c.seq).limit(1)).first()
    return None if row is None else Outgoing(*row)


def since(conn: Connection, place: str, after_created: float, limit: int = 100) -> list[Outgoing]:
    """Posts of a place made after that instant, oldest first, whatever their status."""
    wanted = (
        select(*_COLUMNS)
        .where(outbox.c.place == place, outbox.c.created_at > after_created)
        .order_by(outbox.c.created_at, outbox.c.seq)
        .limit(limit)
    )
    return [Outgoing(*row) for row in conn.execute(wanted)]


def latest(conn: Connection, place: str, limit: int = 100) -> list[Outgoing]:
    """The last posts of a place, oldest first, whatever their status."""
    wanted = (
        select(*_COLUMNS)
        .where(outbox.c.place == place)
        .order_by(outbox.c.created_at.desc(), outbox.c.seq.desc())
        .limit(limit)
    )
    return [Outgoing(*row) for row in reversed(conn.execute(wanted).all())]


def unsent(conn: Connection) -> int:
    """How many posts a face has still to send."""
    return conn.execute(select(func.count()).select_from(outbox).where(text(OUTBOX_UNSENT))).scalar_one()
