from __future__ import annotations

from tests.graph.world import World


def test_the_lexicon_knows_the_catalogue_the_library_and_the_people(world: World) -> None:
    lexicon = world.tools.lexicon
    assert lexicon.find(("rag",)) == ("service", "rag-api")
    assert lexicon.find(("provider", "failover")) == ("runbook", "provider-failover")
    assert lexicon.find(("priya",)) == ("user", "priya")
