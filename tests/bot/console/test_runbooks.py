from __future__ import annotations

from tests.bot.console.conftest import Tab


async def test_the_catalogue_is_found_by_words(maria: Tab) -> None:
    text = (await maria.get("/runbooks")).text
    assert "roll-back" in text and 'href="/runbooks/look"' in text
    found = (await maria.get("/runbooks?q=LAST+release")).text
    assert 'href="/runbooks/roll-back"' in found and 'href="/runbooks/look"' not in found
    assert "No runbook has these words" in (await maria.get("/runbooks?q=nothing+like+this")).text


async def test_a_form_is_made_from_the_inputs_and_filled_from_the_address(maria: Tab) -> None:
    text = (await maria.get("/runbooks/roll-back?in.service=rag-api&in.environment=staging&x=1")).text
    assert '<option value="rag-api" selected>' in text and '<option value="staging" selected>' in text
    assert "deployments.rollback" in text and ">write<" in text


async def test_a_dry_run_changes_nothing_and_asks_nobody(maria: Tab) -> None:
    seen = await maria.post("/runbooks/roll-back/runs", in__service="rag-api", do="dry", once="d")
    assert seen.status == 303 and seen.headers["Location"].startswith("/runs/")
    assert "dry run" in (await maria.get(seen.headers["Location"])).text
    assert maria.world.rollbacks == []


async def test_the_same_form_sent_twice_is_one_run_and_with_other_inputs_another(maria: Tab) -> None:
    form = {"in__service": "rag-api", "do": "run", "once": "same"}
    first, second = [await maria.post("/runbooks/roll-back/runs", **form) for _ in range(2)]
    assert first.headers["Location"] == second.headers["Location"]
    other = await maria.post("/runbooks/roll-back/runs", **{**form, "in__service": "llm-gateway"})
    assert other.headers["Location"] != first.headers["Location"]


async def test_wrong_inputs_are_said_above_the_form_which_keeps_what_was_typed(maria: Tab) -> None:
    seen = await maria.post(
        "/runbooks/roll-back/runs", in__service="<b>nosuch</b>", in__environment="staging", do="run"
    )
    assert seen.status == 400 and "is not a service" in seen.text and "<b>nosuch" not in seen.text
    assert '<option value="staging" selected>' in seen.text


async def test_what_policy_refuses_is_said(maria: Tab) -> None:
    await maria.enter("jonas")
    seen = await maria.post("/runbooks/roll-back/runs", in__service="rag-api", do="run", once="x")
    assert seen.status == 403 and "operator" in seen.text


async def test_a_runbook_that_is_not_there(maria: Tab) -> None:
    assert (await maria.get("/runbooks/roll-bak")).status == 404
    assert (await maria.post("/runbooks/none/runs", do="run")).status == 404
