from __future__ import annotations

import pytest

from graph.answers.proposals import reach
from runbooks.loader import Library
from runbooks.plan import BlastRadius
from tests.graph.world import World


async def test_a_rollback_in_production_shows_its_plan_and_who_else_must_approve(world: World) -> None:
    outcome = await world.say("roll back rag-api in production")
    reply = outcome.reply
    assert outcome.ask
    assert "You asked for it, so someone else must approve: lena, priya, sam or tomas." in reply.text
    assert "Nothing has been changed." in reply.text
    diff = next(block for block in reply.blocks if block["type"] == "diff")
    assert [change[0] for change in diff["changes"]] == ["version"]
    told = dict(next(block for block in reply.blocks if block["type"] == "facts")["facts"])
    assert set(told) == {"Risk", "Owned by", "Reaches", "Checked after", "Undo"}
    assert "chat-frontend" in told["Reaches"]
    assert reply.approval is not None
    assert reply.run is not None
    assert reply.run["status"] == "waiting"
    said = [one["say"] for block in reply.blocks if block["type"] == "choices" for one in block["options"]]
    assert said == [f"deny {reply.approval['id']}"], "she may not approve her own change"


async def test_in_staging_the_requester_may_give_the_go_ahead(world: World) -> None:
    outcome = await world.say("roll back rag-api in staging")
    assert outcome.ask
    assert "You may give the go-ahead yourself: `approve apr_" in outcome.reply.text


async def test_a_missing_environment_is_asked_for_and_the_answer_completes_the_request(world: World) -> None:
    asked = await world.say("roll back checkout")
    assert asked.reply.text.startswith("Which environment of checkout?")
    assert not asked.ask
    outcome = await world.say("staging")
    assert outcome.reply.approval is not None
    assert outcome.reply.approval["inputs"]["environment"] == "staging"


async def test_a_missing_service_is_asked_for(world: World) -> None:
    asked = await world.say("revert the last deployment")
    assert "Which service?" in asked.reply.text
    assert "environment" in (await world.say("checkout")).reply.text


async def test_a_version_that_never_ran_is_refused_with_those_that_did(world: World) -> None:
    reply = (await world.say("roll back rag-api in production to v0.0.1")).reply
    assert "never ran v0.0.1" in reply.text
    assert reply.blocks[0]["type"] == "error"
    assert reply.approval is None


async def test_a_named_version_is_what_is_planned(world: World) -> None:
    first = (await world.say("roll back rag-api in staging")).reply
    assert first.approval is not None
    previous = next(step for step in first.approval["plan"]["steps"] if step["change"])["change"]["after"][
        "version"
    ]
    again = (await world.say(f"roll back rag-api in staging to {previous}")).reply
    assert again.approval is not None
    assert again.approval["inputs"]["to"] == previous


async def test_a_command_reads_aliases_of_names_and_of_keys(world: World) -> None:
    reply = (await world.say("run restart-service service=payments env=stg")).reply
    assert reply.approval is not None
    assert {key: reply.approval["inputs"][key] for key in ("service", "environment")} == {
        "service": "payments-api",
        "environment": "staging",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("run restart-service service=paymets env=stg", "Did you mean 'payments-api'?"),
        ("run restart-service servce=payments env=stg", "no input 'servce'"),
        ("run restart-service service=payments env=stg max_error_rate=7", "above 1, the most"),
        ("run restart-service service=payments env=moon", "'moon' is not an environment"),
    ],
)
async def test_a_wrong_input_is_said(world: World, text: str, words: str) -> None:
    outcome = await world.say(text)
    assert words in outcome.reply.text
    assert not outcome.ask


async def test_missing_inputs_are_asked_for_one_after_the_other(world: World) -> None:
    assert "Which service for restart-service?" in (await world.say("run restart-service")).reply.text
    assert "Which environment for restart-service?" in (await world.say("billing")).reply.text
    assert (await world.say("dev")).ask


async def test_an_unknown_runbook_is_answered_with_the_ones_there_are(world: World) -> None:
    reply = (await world.say("run restart-servce service=rag-api env=dev")).reply
    assert "There is no runbook called 'restart-servce'" in reply.text
    options = [one["say"] for block in reply.blocks if block["type"] == "choices" for one in block["options"]]
    assert "run restart-service service=rag-api env=dev" in options


async def test_the_runbook_that_the_words_name_is_offered_first(world: World) -> None:
    reply = (await world.say("run the restart procedure on checkout")).reply
    options = [one["say"] for block in reply.blocks if block["type"] == "choices" for one in block["options"]]
    assert options[0] == "run restart-service service=checkout"


async def test_a_dry_run_starts_without_asking(world: World) -> None:
    outcome = await world.say("plan restart-service service=checkout environment=production")
    assert not outcome.ask
    assert outcome.reply.text.startswith("Dry run of restart-service in production")
    assert outcome.reply.run is not None
    assert outcome.reply.run["dry_run"] is True
    assert world.dispatcher.nudges == 1


async def test_observe_mode_refuses_a_change_and_changes_nothing(world: World) -> None:
    from tests.graph.world import build_world

    observing = build_world(world.database, world.clock, mode="observe")
    outcome = await observing.say("roll back rag-api in production")
    assert "Not done: The mode is observe" in outcome.reply.text
    assert not outcome.ask
    assert "Mode observe" in outcome.reply.text


async def test_an_empty_library_is_said(world: World) -> None:
    world.swap(library=Library({}))
    assert (
        "no runbook rollback-service here" in (await world.say("roll back rag-api in production")).reply.text
    )


async def test_a_runbooks_own_sentence_asks_for_it(world: World) -> None:
    outcome = await world.say("restart checkout in staging")
    assert outcome.ask
    assert outcome.reply.approval is not None
    assert outcome.reply.approval["runbook"] == "restart-service"


async def test_an_unclear_change_is_said_back_and_done_only_after_yes(world: World) -> None:
    asked = await world.say("should we roll back checkout in staging")
    assert asked.reply.text.startswith("Did you mean: roll back checkout in staging?")
    assert not asked.ask
    assert (await world.say("yes")).ask


async def test_no_leaves_all_as_it_is(world: World) -> None:
    await world.say("should we roll back checkout in staging")
    outcome = await world.say("no")
    assert "Nothing was changed" in outcome.reply.text
    assert not outcome.ask


def test_reach_is_said_in_services_callers_and_traffic() -> None:
    assert reach(BlastRadius(("a",), ("b", "c"), 0.45)) == "a; called by b and c; 45% of user traffic"
    assert reach(BlastRadius()) == "no service"


async def test_a_step_that_is_left_out_is_not_told_as_a_change(world: World) -> None:
    reply = (await world.say("run canary-release service=rag-api environment=staging percent=5")).reply
    assert "at 5 %" in reply.text and "release a build" not in reply.text
    assert [block["type"] for block in reply.blocks].count("diff") == 1
    same = (await world.say("run scale-service service=rag-api environment=staging replicas=5")).reply
    assert "it changes nothing" in same.text and same.approval is None
