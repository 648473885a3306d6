from __future__ import annotations

import pytest

from config.people import Person
from runbooks.rights import both, describe, holds
from store.records import Required

ANNA = Person(
    id="anna",
    name="Anna",
    roles=frozenset({"approver"}),
    groups=frozenset({"oncall"}),
    teams=frozenset({"search"}),
)


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        (Required(0, 1), True),
        (Required(0, 1, ("approver",), ("oncall",), True, ("anna",), ("search",)), True),
        (Required(0, 1, ("admin",)), False),
        (Required(0, 1, (), ("other",)), False),
        (Required(0, 1, people=("bert",)), False),
        (Required(0, 1, teams=("platform",)), False),
        (Required(0, 1, ("admin", "approver")), True),
        (Required(0, 1, ("admin+approver",)), False),
    ],
)
def test_every_part_of_a_wish_must_be_held(wanted: Required, held: bool) -> None:
    assert holds(wanted, ANNA) is held


def test_somebody_without_any_role_counts_for_nothing() -> None:
    assert not holds(Required(0, 1), Person(id="x", name="X", groups=frozenset({"oncall"})))


def test_both_of_two_lists_is_a_list_of_pairs() -> None:
    assert both(("a", "b"), ("a", "c")) == ("a", "b+c")
    assert both((), ("a",)) == both(("a",), ()) == ("a",)


def test_teams_and_names_are_said() -> None:
    wish = Required(0, 1, (), (), True, ("anna",), ("search",))
    assert describe(wish) == "one person of the team search among anna other than the requester"
