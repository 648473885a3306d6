"""The mix is what it says: many texts, none of them an example that a classifier was taught with."""

from __future__ import annotations

import re

from config.catalogue import load_catalogue
from graph.intents import BY_NAME, declared_examples
from graph.understanding.entities import extract
from graph.understanding.lexicon import Lexicon
from graph.understanding.train import masked
from tests.bench.mix import CHANGES, MIX, READS, shuffled
from tests.bench.served import ROOT


def bare(text: str) -> str:
    return " ".join(re.sub(r"[^\w% ]", " ", text.lower()).split())


def test_it_has_at_least_sixty_texts_and_each_once() -> None:
    assert len(MIX) >= 60
    assert len({bare(text) for _, text in MIX}) == len(MIX)


def test_no_text_is_an_example_of_an_intent_whatever_names_stand_in_it() -> None:
    lexicon = Lexicon(load_catalogue(ROOT / "config" / "catalogue.yaml"), {}, {})
    taught = {bare(masked(one)) for examples in declared_examples().values() for one in examples}
    commands = {"help", "approvals", "runbooks", "status"}
    again = [
        text
        for _, text in MIX
        if text not in commands and bare(extract(text, lexicon, frozenset()).masked) in taught
    ]
    assert not again


def test_what_is_meant_is_an_intent_that_there_is() -> None:
    assert {meant for meant, _ in MIX} - {"unsure"} <= set(BY_NAME)


def test_reads_and_changes_are_told_apart() -> None:
    assert {meant for meant, _ in CHANGES} == {"deploy.rollback"}
    assert "deploy.rollback" not in {meant for meant, _ in READS}


def test_the_order_follows_from_the_seed() -> None:
    assert shuffled(3) == shuffled(3) != shuffled(4)
    assert sorted(shuffled(3)) == sorted(MIX)
