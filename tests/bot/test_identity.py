"""Who is speaking."""

from __future__ import annotations

import pytest

from bot.identity import Identity
from config.errors import Forbidden, NotFound
from config.people import People, Person

MARIA = Person(id="maria", name="Maria", roles=frozenset({"operator", "viewer"}))
PRIYA = Person(id="priya", name="Priya", subject="idp|42", roles=frozenset({"approver"}))
PEOPLE = People(by_id={"priya": PRIYA, "maria": MARIA}, rota={})


def test_in_the_demo_you_are_its_first_operator() -> None:
    caller = Identity(PEOPLE, "demo").in_terminal(None)
    assert (caller.person, caller.acting_as) == (MARIA, None)


def test_the_act_as_switch_is_remembered_for_the_audit() -> None:
    caller = Identity(PEOPLE, "demo").in_terminal("priya")
    assert (caller.person, caller.acting_as, caller.via) == (PRIYA, "priya", "terminal:maria")


def test_an_unknown_name_is_told_who_there_is() -> None:
    with pytest.raises(NotFound, match="priya, maria"):
        Identity(PEOPLE, "demo").in_terminal("bob")


@pytest.mark.parametrize("mode", ["observe", "propose", "act"])
@pytest.mark.parametrize("name", [None, "priya"])
def test_outside_the_demo_nobody_is_believed_without_a_token(mode: str, name: str | None) -> None:
    with pytest.raises(Forbidden):
        Identity(PEOPLE, mode).in_terminal(name)  # type: ignore[arg-type]


def test_a_token_narrows_rights_and_never_widens_them() -> None:
    identity = Identity(PEOPLE, "act")
    narrowed = identity.person("maria", ("viewer", "admin"))
    assert narrowed is not None
    assert narrowed.roles == {"viewer"}
    assert identity.by_subject("idp|42") == PRIYA
    assert identity.person("nobody", ("admin",)) is None
