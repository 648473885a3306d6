from __future__ import annotations

from tests.bot.console.conftest import Tab


async def test_everything_is_stopped_and_let_go_on_by_those_who_may(maria: Tab) -> None:
    assert "Stop everything" in (await maria.get("/")).text
    await maria.get("/switch")
    seen = await maria.post("/switch/stop", reason="bad <b>day</b>")
    assert seen.headers["Location"] == "/switch?done=stopped"
    page = await maria.get("/people")
    assert "Everything is stopped" in page.text and "&lt;b&gt;day" in page.text and "<b>day" not in page.text
    assert (await maria.post("/switch/resume")).status == 403
    await maria.enter("sam")
    assert (await maria.post("/switch/resume")).headers["Location"] == "/switch?done=lifted"
    assert "Everything is stopped" not in (await maria.get("/people")).text
    assert (await maria.post("/switch/resume")).status == 409


async def test_who_may_not_stop_is_told_who_may(maria: Tab) -> None:
    await maria.enter("jonas")
    page = await maria.get("/switch")
    assert "This needs the role operator" in page.text and 'href="/switch"' not in page.text
    assert (await maria.post("/switch/stop")).status == 403
