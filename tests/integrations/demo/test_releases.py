"""Which version runs where."""

from __future__ import annotations

import pytest

from integrations.demo.history import DAY, History
from integrations.demo.releases import PAUSE, Deployment, Releases
from integrations.errors import Absent
from tests.support.fleet import TUESDAY, catalogue, people

WHERE = ("rag-api", "production")


@pytest.fixture
def releases() -> Releases:
    return Releases(catalogue(), History(catalogue(), people(), 1))


def test_what_runs_is_the_last_release_that_took_the_traffic(releases: Releases) -> None:
    before = releases.current(*WHERE, TUESDAY).version
    releases.add(*WHERE, Deployment(TUESDAY + 20, 1, "9.9.9"), TUESDAY)
    assert releases.current(*WHERE, TUESDAY + 19).version == before
    assert releases.current(*WHERE, TUESDAY + 20).version == "9.9.9"
    assert releases.desired(*WHERE, TUESDAY) == "9.9.9"
    assert releases.previous(*WHERE, TUESDAY + 20) == before


def test_a_release_that_was_taken_back_is_not_the_previous_one(releases: Releases) -> None:
    good = releases.current(*WHERE, TUESDAY).version
    older = releases.previous(*WHERE, TUESDAY)
    releases.add(*WHERE, Deployment(TUESDAY + 20, 1, "9.9.9"), TUESDAY)
    releases.add(*WHERE, Deployment(TUESDAY + 90, 2, good, back=True), TUESDAY)
    assert releases.current(*WHERE, TUESDAY + 100).version == good
    assert releases.previous(*WHERE, TUESDAY + 100) == older
    assert releases.ran(*WHERE, TUESDAY + 100)[:2] == [good, "9.9.9"]


def test_a_roll_out_never_overtakes_one_that_was_asked_for_earlier(releases: Releases) -> None:
    releases.add(*WHERE, Deployment(TUESDAY + 35, 1, "9.9.9"), TUESDAY)
    releases.add(*WHERE, Deployment(TUESDAY + 25, 2, "9.9.8"), TUESDAY + 5)
    assert releases.current(*WHERE, TUESDAY + 30).version not in ("9.9.9", "9.9.8")
    assert releases.current(*WHERE, TUESDAY + 40).version == releases.desired(*WHERE, TUESDAY + 5) == "9.9.8"


def test_generated_releases_pause_after_somebody_acted(releases: Releases) -> None:
    releases.add(*WHERE, Deployment(TUESDAY, 1, "9.9.9"), TUESDAY)
    assert releases.paused(*WHERE, TUESDAY + PAUSE - 1)
    assert not releases.paused(*WHERE, TUESDAY + PAUSE + 1)
    assert not releases.paused("checkout", "production", TUESDAY + 60)
    assert releases.current(*WHERE, TUESDAY + PAUSE - 1).version == "9.9.9"
    assert releases.current(*WHERE, TUESDAY + 30 * DAY).version != "9.9.9"


def test_a_build_is_known_from_any_environment_and_the_newest_comes_first(releases: Releases) -> None:
    releases.add("rag-api", "dev", Deployment(TUESDAY - 5, 1, "9.9.9"), TUESDAY)
    builds = releases.builds("rag-api", TUESDAY)
    assert builds[0] == "9.9.9"
    assert releases.current(*WHERE, TUESDAY).version in builds
    assert releases.taken("rag-api", "9.9.9") and not releases.taken("billing", "9.9.9")


def test_a_service_that_was_never_deployed_is_told() -> None:
    company = catalogue()
    releases = Releases(company, History(company, people(), 1))
    with pytest.raises(Absent, match="rag-api was never deployed to production"):
        releases.current("rag-api", "production", 0.0)
