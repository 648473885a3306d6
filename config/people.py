"""Who is who and who may what: one person in all faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.errors import SettingsError

Role = Literal["viewer", "operator", "approver", "incident-commander", "auditor", "admin"]


class Person(BaseModel):
    """One person. `subject` is the token subject (default: the id); a role includes no other but operator ⊃ viewer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    email: str | None = None
    subject: str | None = None
    slack: tuple[str, str] | None = None
    entra: str | None = None
    roles: frozenset[Role] = frozenset()
    groups: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    zone: str = "UTC"

    def may(self, role: Role) -> bool:
        """Whether this person holds `role`; an admin, an operator, an approver … is also a viewer."""
        if role == "viewer":
            return bool(self.roles)
        return role in self.roles


class _Shift(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    team: str
    people: tuple[str, ...] = Field(min_length=1)
    week_starts: Literal["monday"] = "monday"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    people: dict[str, dict[str, object]]
    rota: tuple[_Shift, ...] = ()


@dataclass(frozen=True)
class People:
    """Everyone we know, by id, and the weekly rota of each team (people take turns by ISO week)."""

    by_id: Mapping[str, Person]
    rota: Mapping[str, tuple[str, ...]]

    def get(self, person_id: str) -> Person | None:
        return self.by_id.get(person_id)

    def by_subject(self, subject: str) -> Person | None:
        for person in self.by_id.values():
            if (person.subject or person.id) == subject:
                return person
        return None

    def by_slack(self, team: str, user: str) -> Person | None:
        for person in self.by_id.values():
            if person.slack == (team, user):
                return person
        return None

    def by_email(self, email: str) -> Person | None:
        """Compared without case; None when two people share it."""
        wanted = email.casefold()
        found = [one for one in self.by_id.values() if one.email and one.email.casefold() == wanted]
        return found[0] if len(found) == 1 else None

    def holders(self, role: Role) -> tuple[Person, ...]:
        return tuple(person for person in self.by_id.values() if person.may(role))


def load_people(path: Path) -> People:
    """Read `people.yaml`.

    Raises SettingsError naming the file, the key and what is wanted.
    """
    try:
        read = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        people = {key: Person.model_validate({"id": key, **value}) for key, value in read.people.items()}
    except OSError as err:
        raise SettingsError(
            f"{path}: cannot be read ({err.strerror}). Check the file or COPILOT_CONFIG_DIR."
        ) from err
    except (yaml.YAMLError, UnicodeDecodeError) as err:
        raise SettingsError(f"{path}: is not YAML: {err}. Mend the line it names.") from err
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{path}: {where}: {first['msg']}. Mend that key.") from err
    for shift in read.rota:
        for one in shift.people:
            if one not in people:
                raise SettingsError(
                    f"{path}: rota of {shift.team} names {one!r}, who is not among people. "
                    f"Add that person or mend the name."
                )
    return People(by_id=people, rota={shift.team: shift.people for shift in read.rota})
