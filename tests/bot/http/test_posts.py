from __future__ import annotations

from bot.http.shapes import Post
from tests.bot.http.conftest import Stage


async def test_the_end_of_a_run_is_told_to_the_session_that_asked(stage: Stage) -> None:
    session = await stage.session()
    _, reply = await stage.say(session, "roll back")
    approval = reply["approval"]
    word = {"decision": "approve", "plan_hash": approval["plan_hash"]}
    await stage.call("POST", f"/approvals/{approval['id']}/decisions", "priya", word)
    posts = await stage.until(f"/messages/{session}/posts", bool)
    assert [Post.model_validate(one).text for one in posts] == ["roll-back succeeded"]


async def test_posts_are_read_in_pages_by_their_person_alone(stage: Stage) -> None:
    session = await stage.session()
    for number in range(3):
        await stage.services.outbox.post(f"p{number}", f"rest:{session}", {"text": str(number), "blocks": []})
    seen = [post["text"] for post in await stage.pages(f"/messages/{session}/posts?limit=2")]
    assert seen == ["0", "1", "2"]
    assert (await stage.call("GET", f"/messages/{session}/posts", "priya"))[0] == 404
    for cursor in ("x", "-", "nan"):
        assert (await stage.call("GET", f"/messages/{session}/posts?cursor={cursor}"))[0] in (200, 400)
