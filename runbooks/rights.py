"""Who may decide what one stage of an approval asks for, and how that is said."""

from __future__ import annotations

from itertools import product
from typing import Literal

from config.people import People, Person
from store.records import Approval, Required


def may_decide(required: Required, approval: Approval, person: Person) -> str | None:
    """Why this person's approval does not count for `required`; None: it does."""
    if required.not_requester and person.id == approval.requester:
        return "You asked for this change yourself, so somebody else must approve it."
    if not holds(required, person):
        return f"Approving this needs {describe(required)}; you do not have that."
    return None


def may_deny(required: Required, approval: Approval, person: Person) -> str | None:
    """Who may approve may deny, and so may the person who asked."""
    if person.id == approval.requester or holds(required, person):
        return None
    return f"Denying this needs {describe(required)}; you do not have that."


def who_can(required: Required, people: People, requester: str) -> list[str]:
    """Ids of those who may approve, sorted."""
    return sorted(
        person.id
        for person in people.by_id.values()
        if holds(required, person) and not (required.not_requester and person.id == requester)
    )


def describe(required: Required) -> str:
    """`required` in words."""
    who = f"{required.count} people" if required.count > 1 else "one person"
    parts = [f"{who} with the role {' or '.join(required.roles)}" if required.roles else who]
    if required.groups:
        parts.append(f"of the group {' or '.join(required.groups)}")
    if required.teams:
        parts.append(f"of the team {' or '.join(required.teams)}")
    if required.people:
        parts.append(f"among {', '.join(required.people)}")
    if required.not_requester:
        parts.append("other than the requester")
    return " ".join(parts)


def holds(required: Required, person: Person) -> bool:
    """Whether the person has the role, the group and the team, and is named; nobody counts without a role."""
    if not person.roles:
        return False
    by_role = not required.roles or any(_has_all(person, one, "roles") for one in required.roles)
    by_group = not required.groups or any(_has_all(person, one, "groups") for one in required.groups)
    by_team = not required.teams or bool(person.teams & set(required.teams))
    return by_role and by_group and by_team and (not required.people or person.id in required.people)


def both(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """One of `first` and one of `second`, as a list of alternatives `a` or `a+b`."""
    if not first or not second:
        return first or second
    pairs = {frozenset(pair) for pair in product(first, second)}
    least = [pair for pair in pairs if not any(other < pair for other in pairs)]
    return tuple(sorted("+".join(sorted(pair)) for pair in least))


def _has_all(person: Person, wanted: str, kind: Literal["roles", "groups"]) -> bool:
    """`a+b` is held by who holds both."""
    held: frozenset[str] = frozenset(person.roles) if kind == "roles" else person.groups
    return all(one in held for one in wanted.split("+"))
