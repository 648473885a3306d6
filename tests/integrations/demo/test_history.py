"""Ninety generated days."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from integrations.demo.history import DAY, History
from tests.support.fleet import TUESDAY, catalogue, people

START = TUESDAY - 90 * DAY


def history(seed: int = 1) -> History:
    return History(catalogue(), people(), seed)


def test_the_same_seed_gives_the_same_ninety_days_and_another_seed_others() -> None:
    first = list(history().between("rag-api", "production", START, TUESDAY))
    assert first == list(history().between("rag-api", "production", START, TUESDAY))
    assert first != list(history(2).between("rag-api", "production", START, TUESDAY))


def test_every_service_was_released_and_set_everywhere_on_working_days() -> None:
    known = history()
    for service in catalogue().services:
        for environment in catalogue().environments:
            changes = list(known.between(service, environment, START, TUESDAY))
            kinds = [change.kind for change in changes]
            assert kinds.count("deployment") >= 5, (service, environment)
            assert all(datetime.fromtimestamp(change.at, UTC).weekday() < 6 for change in changes)
            assert [change.at for change in changes] == sorted(change.at for change in changes)
    everything = [c for s in catalogue().services for c in known.between(s, "production", START, TUESDAY)]
    assert sum(change.kind == "config" for change in everything) > 50
    assert 0 < sum(not change.succeeded for change in everything) < 0.1 * len(everything)


def test_a_build_reaches_dev_then_staging_then_production() -> None:
    known = history()
    reached = {
        environment: {
            c.after: c.at
            for c in known.between("checkout", environment, START, TUESDAY)
            if c.kind == "deployment"
        }
        for environment in ("dev", "staging", "production")
    }
    for version, at in reached["production"].items():
        if version in reached["dev"]:
            assert reached["dev"][version] < reached["staging"][version] < at


def test_who_did_it_is_of_the_team_that_owns_the_service() -> None:
    for change in history().between("vector-db", "production", START, TUESDAY):
        person = people().get(change.by)
        assert person is not None and "database" in person.teams


def test_releases_follow_each_other() -> None:
    deployed = [
        c for c in history().between("billing", "production", START, TUESDAY) if c.kind == "deployment"
    ]
    for earlier, later in pairwise(deployed):
        assert later.before == (earlier.after if earlier.succeeded else earlier.before)


def test_ids_are_unique() -> None:
    ids = [c.id for s in catalogue().services for c in history().between(s, "production", START, TUESDAY)]
    assert len(set(ids)) == len(ids)
