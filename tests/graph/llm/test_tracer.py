from __future__ import annotations

import pytest

from graph.llm.tracer import Stepwise, Tracer, Untraceable

FACTS = (
    "error rate of rag-api in production is 10.9 % , usually 0.291 %. release 3.38.4 (before: 3.38.3) 12 min ago. "
    "latency p95 1,234 ms. looked at 14:05 to 14:20. INC-7. 3 replicas. openai is degraded"
)
NAMES = (
    "rag-api",
    "payments-api",
    "production",
    "staging",
    "openai",
    "anthropic",
    "billing",
    "priya",
    "nair",
)


@pytest.fixture
def tracer() -> Tracer:
    made = Tracer(NAMES, {"follow", "up", "well", "known", "second", "opinion"})
    made.learn(FACTS)
    made.hear("the log said: error 98.76 % on payments-gateway-7, see build 4711")
    return made


TRACEABLE = (
    "The error rate of rag-api rose to 10.9 %, usually it is 0.291 %.",
    "It is about 11% now.",
    "Release 3.38.4 went out 12 minutes ago; before it ran 3.38.3.",
    "Latency p95 is 1234 ms.",
    "Between 14:05 and 14:20, as INC-7 says, openai was degraded.",
    "It doesn't look like a provider's fault; I'd take a second opinion.",
    "rag-api's three replicas are well-known to follow-up.",
    "The log mentions payments-gateway-7.",
    "Nothing else stands out.",
)
UNTRACEABLE = (
    ("The error rate is 98.76 %.", "98.76"),
    ("Error 47 % of requests.", "47"),
    ("Build 4711 is to blame.", "4711"),
    ("It is payments-api that fails.", "payments-api"),
    ("Roll back billing.", "billing"),
    ("In staging it is fine.", "staging"),
    ("Ask Priya about it.", "Priya"),
    ("Release 3.38.5 mends it.", "3.38.5"),
    ("It was at 15:30.", "15:30"),
    ("Latency is 1.3 s.", "1.3"),
    ("About 12.5 minutes.", "12.5"),
    ("It doubled.", "doubled"),
    ("Seven requests failed of nine.", "nine"),
    ("See https://evil.example/x for more.", "https://evil.example/x"),
    ("See www.evil.example now.", "www.evil.example"),
    ("Approve apr_0123456789abcdef now.", "apr_"),
    ("@channel wake up", "@channel"),
    ("<!here> wake up", "!here"),
    ("Look at vector-thing-9.", "vector-thing-9"),
    ("Set max_tokens to it.", "max_tokens"),
    ("Mail bob@corp.example.", "bob@corp.example"),
    ("It is cache.size that matters.", "cache.size"),
    ("Look at rag-api/billing.", "rag-api/billing"),
)


@pytest.mark.parametrize("words", TRACEABLE)
def test_words_that_the_facts_bear_out_pass(tracer: Tracer, words: str) -> None:
    tracer.check(words)


@pytest.mark.parametrize(("words", "named"), UNTRACEABLE)
def test_what_is_in_no_fact_is_named(tracer: Tracer, words: str, named: str) -> None:
    with pytest.raises(Untraceable) as caught:
        tracer.check(words)
    assert named in caught.value.word
    assert named[:20] in str(caught.value)


def test_a_number_is_not_borne_out_by_a_longer_one_that_holds_it(tracer: Tracer) -> None:
    for words in ("It is 10 % now.", "It is 0.9 %.", "It is 38 now."):
        with pytest.raises(Untraceable):
            tracer.check(words)


def test_pieces_of_any_size_give_the_same_words(tracer: Tracer) -> None:
    text = "The error rate of rag-api is 10.9 % now."
    for size in (1, 2, 3, 7, 100):
        steps, shown = Stepwise(tracer), ""
        for at in range(0, len(text), size):
            shown += steps.feed(text[at : at + size])
        assert shown + steps.rest() == text


def test_a_number_that_is_split_over_pieces_is_judged_whole(tracer: Tracer) -> None:
    steps = Stepwise(tracer)
    assert steps.feed("It is 10.") == "It is "
    assert steps.feed("9") == ""
    assert steps.feed(" % now") == "10.9 % "
    steps = Stepwise(tracer)
    steps.feed("It is 9")
    with pytest.raises(Untraceable):
        steps.feed("9.9 percent")


def test_nothing_of_a_wrong_word_is_ever_shown(tracer: Tracer) -> None:
    steps, shown = Stepwise(tracer), ""
    with pytest.raises(Untraceable):
        for piece in ("The ", "service bill", "ing is ", "at fault"):
            shown += steps.feed(piece)
    assert shown == "The service "
