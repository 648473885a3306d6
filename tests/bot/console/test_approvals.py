from __future__ import annotations

import asyncio

from store import approvals
from tests.bot.console.conftest import Seen, Tab


async def decide(tab: Tab, approval: str, decision: str, **form: str) -> Seen:
    page = await tab.get(f"/approvals/{approval}")
    form = {"plan_hash": page.value("plan_hash"), "stage": page.value("stage"), **form}
    return await tab.post(f"/approvals/{approval}/decisions", decision=decision, **form)


async def test_the_card_shows_what_changes_how_far_it_reaches_and_who_may_approve(maria: Tab) -> None:
    approval = await maria.proposed()
    text = (await maria.get(f"/approvals/{approval}")).text
    for wanted in ("rag-api in production", "v2", "v1", "high risk", "of user traffic", "one person with the role",
                   "Lena Vogt, Priya Nair", "left</span>", "cannot be undone"):  # fmt: skip
        assert wanted in text, wanted


async def test_the_requester_is_told_privately_who_can_and_gets_no_button(maria: Tab) -> None:
    approval = await maria.proposed()
    page = await maria.get(f"/approvals/{approval}")
    assert 'value="approve"' not in page.text
    assert "somebody else must approve it. Who can: Lena Vogt" in page.text
    refused = await decide(maria, approval, "approve")
    assert (
        refused.status == 403
        and "Who can: Lena Vogt, Priya Nair" in refused.text
        and 'role="alert"' in refused.text
    )


async def test_another_person_approves_and_the_run_is_beside_it(maria: Tab) -> None:
    approval = await maria.proposed()
    await maria.enter("priya")
    done = await decide(maria, approval, "approve")
    assert (done.status, done.headers["Location"]) == (303, f"/approvals/{approval}?done=approved")
    text = (await maria.get(f"/approvals/{approval}?done=approved")).text
    assert "Approved</span> by Priya Nair" in text and 'class="card run"' in text


async def test_two_clicks_are_one_decision(maria: Tab) -> None:
    approval = await maria.proposed()
    await maria.enter("priya")
    one, other = await asyncio.gather(decide(maria, approval, "approve"), decide(maria, approval, "approve"))
    assert sorted((one.status, other.status)) == [303, 409]
    assert "by priya" in (one if one.status == 409 else other).text
    made = await maria.services.database.read(lambda conn: approvals.decisions(conn, approval))
    assert len(made) == 1


async def test_denying_tells_everybody_why(maria: Tab) -> None:
    approval = await maria.proposed()
    await maria.enter("priya")
    assert (await decide(maria, approval, "deny", reason="not <now>")).status == 303
    text = (await maria.get(f"/approvals/{approval}")).text
    assert "<q>not &lt;now&gt;</q>" in text and "<now>" not in text


async def test_the_requester_takes_it_back(maria: Tab) -> None:
    approval = await maria.proposed()
    assert (
        (await maria.post(f"/approvals/{approval}/withdraw")).headers["Location"].endswith("done=withdrawn")
    )
    again = await maria.post(f"/approvals/{approval}/withdraw")
    assert again.status == 409 and "withdrawn" in again.text


async def test_editing_the_inputs_asks_anew_and_the_old_one_is_void(maria: Tab) -> None:
    approval = await maria.proposed()
    page = await maria.get(f"/approvals/{approval}")
    assert page.value("once")
    same = await maria.post(f"/approvals/{approval}/inputs", once="e1", in__service="rag-api")
    assert same.status == 400 and "stays as it is" in same.text
    done = await maria.post(f"/approvals/{approval}/inputs", once="e2", in__service="llm-gateway")
    new = done.headers["Location"].partition("?")[0]
    assert done.status == 303 and new != f"/approvals/{approval}"
    assert "llm-gateway in production" in (await maria.get(new)).text
    assert "void" in (await maria.get(f"/approvals/{approval}")).text


async def test_somebody_elses_inputs_cannot_be_edited(maria: Tab) -> None:
    approval = await maria.proposed()
    await maria.enter("priya")
    seen = await maria.post(f"/approvals/{approval}/inputs", once="e3", in__service="llm-gateway")
    assert seen.status == 403 and "Only maria" in seen.text
    assert "Edit inputs" not in (await maria.get(f"/approvals/{approval}")).text


async def test_a_plan_that_changed_is_not_approved(maria: Tab) -> None:
    approval = await maria.proposed()
    await maria.enter("priya")
    seen = await decide(maria, approval, "approve", plan_hash="0" * 64)
    assert seen.status == 409 and "plan has changed" in seen.text


async def test_a_form_that_says_nothing_known_is_told_what_is_wanted(maria: Tab) -> None:
    approval = await maria.proposed()
    seen = await decide(maria, approval, "perhaps")
    assert seen.status == 400 and "decision" in seen.text


async def test_a_script_gets_the_card_alone(maria: Tab) -> None:
    approval = await maria.proposed()
    part = await maria.get(f"/approvals/{approval}", X_Fragment="1")
    assert part.text.lstrip().startswith("<article") and "<html" not in part.text
    await maria.enter("priya")
    page = await maria.get(f"/approvals/{approval}")
    done = await maria.post(
        f"/approvals/{approval}/decisions", headers={"X-Fragment": "1"}, decision="approve",
        plan_hash=page.value("plan_hash"), stage=page.value("stage"),
    )  # fmt: skip
    assert done.status == 200 and "approved" in done.text and "<html" not in done.text


async def test_the_list_has_those_that_wait_and_those_that_are_over(maria: Tab) -> None:
    approval = await maria.proposed()
    text = (await maria.get("/approvals")).text
    assert f'data-question="{approval}"' in text and 'aria-label="1 waiting"' in text
    await maria.post(f"/approvals/{approval}/withdraw")
    text = (await maria.get("/approvals")).text
    assert "Nothing waits for approval." in text and "withdrawn" in text
    assert (await maria.get("/approvals?status=wrong")).status == 400
    assert (await maria.get("/approvals/none")).status == 404
