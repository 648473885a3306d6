"""Limits of services."""

from __future__ import annotations

from integrations.demo.events import Event
from integrations.demo.limits import LIMITS, Limits
from tests.support.fleet import catalogue


def test_every_usual_value_lies_within_its_bounds_and_only_models_have_token_limits() -> None:
    limits = Limits(catalogue())
    for service, one in catalogue().services.items():
        names = [limit.name for limit in limits.of(service)]
        speaks = bool(one.gpu or one.models or one.provider)
        assert names == [limit.name for limit in LIMITS if speaks or not limit.speaking]
        for limit in limits.of(service):
            assert limit.low <= limits.value((service, "production"), limit.name) <= limit.high


def test_a_limit_that_is_set_holds_in_its_place_alone() -> None:
    limits = Limits(catalogue())
    before = limits.value(("rag-api", "staging"), "concurrency")
    data = {"service": "rag-api", "environment": "production", "name": "concurrency", "value": 8.0}
    (note,) = limits.apply(Event(1, "limit.set", 0.0, data))
    assert note.after == "concurrency=8"
    assert limits.value(("rag-api", "production"), "concurrency") == 8.0
    assert limits.value(("rag-api", "staging"), "concurrency") == before
