from __future__ import annotations

from bot.console.people import ROLES
from runbooks.schema import ROLES as KNOWN
from tests.bot.console.conftest import Tab


async def test_everybody_is_there_with_roles_teams_and_zone_and_who_is_on_call(maria: Tab) -> None:
    text = (await maria.get("/people")).text
    for person in maria.services.people.by_id.values():
        assert person.name in text and person.zone in text
    assert "Maria Alvarez (you)" in text and "(second)" in text


def test_every_role_is_explained() -> None:
    assert {name for name, _ in ROLES} == set(KNOWN)
