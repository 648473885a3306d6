from __future__ import annotations

import pytest

from tests.graph.world import World


@pytest.mark.parametrize(
    ("text", "page", "section"),
    [
        ("how do approvals work here", "docs/howto.md", "How approvals work"),
        ("how do I roll back a service", "docs/howto.md", "Roll back a service"),
        ("should I roll back or fail over?", "docs/howto.md", "Roll back, fail over or restart?"),
        ("how do I write a runbook", "docs/howto.md", "Write, create or change a runbook"),
        ("what is ttft", "docs/glossary.md", "Time to first token (TTFT)"),
        ("what does burn rate mean", "docs/glossary.md", "Burn rate"),
        ("who is allowed to approve", "docs/howto.md", "Who is allowed to approve, and how"),
        (
            "how do I connect datadog",
            "docs/howto.md",
            "Connect a back end such as Datadog, Prometheus or PagerDuty",
        ),
        ("what is a canary", "docs/glossary.md", "Canary and blue-green"),
        ("how does break glass work", "docs/approvals.md", "Breaking glass"),
    ],
)
async def test_a_section_of_our_pages_is_quoted_and_named(
    world: World, text: str, page: str, section: str
) -> None:
    reply = (await world.say(text)).reply
    assert reply.reading.intent == "docs.howto"
    assert reply.blocks[1]["facts"][:2] == [["Page", page], ["Section", section]]


async def test_when_no_page_answers_that_is_said(world: World) -> None:
    assert (
        "None of my pages answers that."
        in (await world.say("how do i connect the office printer")).reply.text
    )


async def test_a_long_section_is_cut_at_a_sentence(world: World) -> None:
    reply = (await world.say("how do i write tests for a runbook")).reply
    assert len(reply.text) < 1300


async def test_what_is_a_word_is_no_follow_up_of_the_figures_before(world: World) -> None:
    await world.say("p95 latency of rag-api")
    assert (await world.say("what is ttft")).reply.reading.intent == "docs.howto"
