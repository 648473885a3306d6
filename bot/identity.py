"""Who is speaking: one person in all faces, and the demo company's act-as switch."""

from __future__ import annotations

from dataclasses import dataclass

from config.errors import Forbidden, NotFound
from config.people import People, Person
from config.settings import Mode


@dataclass(frozen=True, slots=True)
class Caller:
    """A person as a face knows them; `acting_as` is set when the demo's act-as switch chose them.

    `via` names the identity that spoke (`rest:maria`, `terminal:maria`) for the audit.
    """

    person: Person
    via: str
    acting_as: str | None = None


@dataclass(frozen=True)
class Identity:
    """Resolves people. `local` is whether this process listens on loopback only."""

    people: People
    mode: Mode
    local: bool = True

    def first_operator(self) -> Person:
        """Who you are in the demo company: its first operator. Raises NotFound when there is none."""
        for person in self.people.by_id.values():
            if person.may("operator"):
                return person
        raise NotFound("people.yaml has nobody with the role operator. Give one person that role.")

    def in_terminal(self, name: str | None) -> Caller:
        """The person at this terminal; in demo mode `--as NAME` chooses whom to be.

        Raises Forbidden for `--as` outside the demo, NotFound for an unknown name.
        """
        if self.mode != "demo":
            if name is None:
                raise Forbidden("Say who you are with a token: COPILOT_TOKEN, made by `token --user NAME`.")
            raise Forbidden("--as exists in demo mode only. Sign in as yourself.")
        return self.acting(self.first_operator(), name or "", "terminal")

    def acting(self, me: Person, name: str, face: str) -> Caller:
        """`me`, or in the demo whom `me` chose to be at that face. Raises Forbidden outside the demo, NotFound."""
        if not name or name == me.id:
            return Caller(me, f"{face}:{me.id}")
        if self.mode != "demo":
            raise Forbidden("Acting as others exists in demo mode only. Sign in as yourself.")
        person = self.people.get(name)
        if person is None:
            raise NotFound(f"Nobody is called {name!r} here. People: {', '.join(self.people.by_id)}.")
        return Caller(person, f"{face}:{me.id}", acting_as=person.id)

    def by_subject(self, subject: str) -> Person | None:
        return self.people.by_subject(subject)

    def person(self, person_id: str, roles: tuple[str, ...] | None = None) -> Person | None:
        """The person as of now; a token's `roles` narrow (never widen) their own."""
        person = self.people.get(person_id)
        if person is None or roles is None:
            return person
        return person.model_copy(update={"roles": person.roles & frozenset(roles)})
