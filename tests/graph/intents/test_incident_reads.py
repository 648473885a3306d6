from __future__ import annotations

from graph.intents.incident_reads import INCIDENT_READS


def test_they_are_reads_for_viewers_that_can_be_asked_again() -> None:
    for intent in INCIDENT_READS:
        assert (intent.role, intent.act, intent.request) == ("viewer", None, None)
        assert intent.traits.follows


def test_only_the_review_is_a_report_that_people_are_asked_about() -> None:
    assert [intent.name for intent in INCIDENT_READS if intent.rated] == ["incident.review"]
