"""What the list of changes tells of nodes and certificates."""

from __future__ import annotations

from integrations.demo.events import Event
from integrations.demo.hosts import Hosts, day
from tests.support.fleet import TUESDAY


def test_every_service_of_a_node_is_told_of_it() -> None:
    data = {"node": "gpu-1", "environment": "production", "services": ["a", "b"]}
    notes = Hosts().apply(Event(1, "node.drained", TUESDAY, data))
    assert [(one.service, one.before, one.after) for one in notes] == [
        ("a", "gpu-1=open", "gpu-1=drained"),
        ("b", "gpu-1=open", "gpu-1=drained"),
    ]
    (one,) = Hosts().apply(Event(2, "node.uncordoned", TUESDAY, {**data, "services": ["a"]}))
    assert (one.after, one.summary) == ("gpu-1=open", "gpu-1 was opened again")


def test_a_renewed_certificate_is_told_with_its_end() -> None:
    data = {"service": "a", "environment": "production", "expires_at": TUESDAY}
    (one,) = Hosts().apply(Event(1, "certificate.renewed", TUESDAY, data))
    assert one.summary == "A new certificate for a, good until 2026-09-22 10:00 UTC"
    assert day(TUESDAY) < day(TUESDAY + 60) < day(TUESDAY + 400 * 86_400)
