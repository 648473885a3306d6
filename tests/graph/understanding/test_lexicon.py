from __future__ import annotations

from graph.understanding.lexicon import METRIC_WORDS, STAT_WORDS, Lexicon, phrase, pieces
from insight.facts import METRICS
from tests.graph.world import catalogue, lexicon


def test_every_metric_and_only_metrics_have_words() -> None:
    assert set(METRIC_WORDS) == set(METRICS)


def test_no_word_means_two_metrics_or_two_statistics() -> None:
    for table in (METRIC_WORDS, STAT_WORDS):
        words = [phrase(word) for some in table.values() for word in some]
        assert len(words) == len(set(words))


def test_hyphens_underscores_and_case_do_not_matter() -> None:
    assert phrase("RAG-api") == phrase("rag_API") == ("rag", "api")


def test_an_alias_leads_to_the_canonical_name() -> None:
    assert lexicon().find(("payment", "service")) == ("service", "payments-api")
    assert lexicon().find(("prod",)) == ("environment", "production")
    assert lexicon().find(("prod", "eu")) == ("region", "eu")
    assert lexicon().find(("nothing",)) is None


def test_spellings_hold_names_and_aliases() -> None:
    assert lexicon().spellings("environment")["stg"] == "staging"
    assert lexicon().spellings("runbook")["rollback service"] == "rollback-service"


def test_words_know_where_they_stand() -> None:
    words = pieces("p95 of rag-api 1.4.2")
    assert [word.text for word in words] == ["p95", "of", "rag", "api", "1.4.2"]
    assert "p95 of rag-api 1.4.2"[words[2].start : words[3].end] == "rag-api"


def test_a_lexicon_without_runbooks_or_people_works() -> None:
    assert Lexicon(catalogue()).find(("rag", "api")) == ("service", "rag-api")
