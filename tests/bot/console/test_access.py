from __future__ import annotations

from dataclasses import replace

import jwt
import pytest

from bot.console.access import AUDIENCE, LASTS, Access, was_given_back
from bot.http.auth import issue
from bot.http.refusals import Unauthorized
from bot.identity import Identity
from config.errors import Forbidden, NotFound
from store.engine import Database
from tests.support.clock import ManualClock
from tests.support.fleet import people

KEY = b"k" * 32


def access(clock: ManualClock, demo: bool = True) -> Access:
    return Access(KEY, clock, Identity(people(), "demo" if demo else "act"), demo)


def test_the_printed_link_works_once(clock: ManualClock) -> None:
    door = access(clock)
    link = door.link
    assert link is not None and len(link) >= 32
    assert door.by_link(link).me == "maria"
    with pytest.raises(Unauthorized, match="used before"):
        door.by_link(link)
    assert door.link is None


@pytest.mark.parametrize("given", ["", "x", "ü" * 32])
def test_a_wrong_link_leaves_the_right_one_good(clock: ManualClock, given: str) -> None:
    door = access(clock)
    with pytest.raises(Unauthorized):
        door.by_link(given)
    assert door.link is not None


def test_outside_the_demo_there_is_no_link_and_nobody_else_to_be(clock: ManualClock) -> None:
    door = access(clock, demo=False)
    assert door.link is None
    token = issue(KEY, "maria", ["viewer", "operator"], 3600, now=clock.now())
    visitor = door.visitor(door.seal(door.by_token(token)))
    assert visitor is not None
    with pytest.raises(Forbidden):
        door.acting(visitor, "priya")
    forged = replace(visitor.ticket, acting_as="priya")
    assert door.visitor(door.seal(forged)) is None


def test_a_cookie_holds_for_twelve_hours_and_no_longer_than_its_token(clock: ManualClock) -> None:
    door = access(clock)
    assert door.link is not None
    sealed = door.seal(door.by_link(door.link))
    short = door.seal(door.by_token(issue(KEY, "priya", ["approver"], 60, now=clock.now())))
    clock.advance(61)
    assert door.visitor(short) is None and door.visitor(sealed) is not None
    clock.advance(LASTS)
    assert door.visitor(sealed) is None


def test_a_token_narrows_what_the_visitor_may(clock: ManualClock) -> None:
    door = access(clock)
    visitor = door.visitor(door.seal(door.by_token(issue(KEY, "priya", ["viewer"], 60, now=clock.now()))))
    assert visitor is not None and visitor.person.roles == {"viewer"}
    assert visitor.speaker.narrowed == ("viewer",)


def test_acting_as_another_names_both_and_ends_by_being_oneself(clock: ManualClock) -> None:
    door = access(clock)
    assert door.link is not None
    visitor = door.visitor(door.seal(door.by_link(door.link)))
    assert visitor is not None
    as_priya = door.visitor(door.seal(door.acting(visitor, "priya")))
    assert as_priya is not None
    assert (as_priya.person.id, as_priya.caller.acting_as, as_priya.caller.via) == (
        "priya",
        "priya",
        "console:maria",
    )
    assert door.acting(as_priya, "maria").acting_as is None
    with pytest.raises(NotFound, match="nobody2"):
        door.acting(visitor, "nobody2")


def test_neither_a_token_nor_a_cookie_is_taken_for_the_other(clock: ManualClock) -> None:
    door = access(clock)
    token = issue(KEY, "maria", ["viewer"], 3600, now=clock.now())
    assert door.visitor(token) is None
    sealed = door.seal(door.by_token(token))
    with pytest.raises(Unauthorized):
        door.by_token(sealed)


@pytest.mark.parametrize("broken", ["", "x", "a.b.c"])
def test_a_cookie_that_is_not_ours_is_nobody(clock: ManualClock, broken: str) -> None:
    assert access(clock).visitor(broken) is None
    other = jwt.encode(
        {"sub": "maria", "jti": "1", "exp": 9e9, "aud": AUDIENCE, "iss": "llm-copilot"}, b"z" * 32
    )
    assert access(clock).visitor(other) is None


def test_somebody_who_left_people_yaml_is_nobody(clock: ManualClock) -> None:
    door = access(clock)
    sealed = door.seal(replace(door.by_token(issue(KEY, "maria", [], 60, now=clock.now())), me="gone"))
    assert door.visitor(sealed) is None


async def test_a_ticket_that_was_given_back_is_remembered_until_it_ends(
    database: Database, clock: ManualClock
) -> None:
    door = access(clock)
    first = door.by_token(issue(KEY, "maria", [], 60, now=clock.now()))
    await database.write(lambda conn: door.give_back(conn, first))
    assert await database.read(lambda conn: was_given_back(conn, first))
    clock.advance(61)
    second = door.by_token(issue(KEY, "maria", [], 60, now=clock.now()))
    assert not await database.read(lambda conn: was_given_back(conn, second))
    await database.write(lambda conn: door.give_back(conn, second))
    assert not await database.read(lambda conn: was_given_back(conn, first))


def test_csrf_tokens_belong_to_one_visit(clock: ManualClock) -> None:
    door = access(clock)
    one, other = (
        door.visitor(door.seal(door.by_token(issue(KEY, "maria", [], 60, now=clock.now())))) for _ in range(2)
    )
    assert one is not None and other is not None
    assert door.is_csrf(one, one.csrf) and not door.is_csrf(one, other.csrf) and not door.is_csrf(one, "")
