from __future__ import annotations

import asyncio
import re

from graph import cards
from graph.charts import bars
from store import outbox
from tests.bot.console.conftest import Tab

HOSTILE = '<img src=x onerror="alert(1)"><script>alert(1)</script>\'"{{7*7}}'


async def said(tab: Tab, text: str, session: str | None = None) -> str:
    """The conversation in which it was said and answered."""
    seen = await tab.post(f"/chat/{session}" if session else "/chat", text=text, once=f"once {text}"[:40])
    assert seen.status == 303, seen.text
    return str(seen.headers["Location"]).split("/")[2].partition("#")[0]


async def test_a_question_from_a_plain_form_is_answered_in_its_conversation(maria: Tab) -> None:
    session = await said(maria, "hello there")
    text = (await maria.get(f"/chat/{session}")).text
    assert "maria said hello there" in text and "Maria Alvarez" in text
    assert f'href="/chat/{session}"' in (await maria.get("/")).text


async def test_the_same_form_sent_twice_is_one_message(maria: Tab) -> None:
    session = await said(maria, "first")
    for _ in range(2):
        await maria.post(f"/chat/{session}", text="again", once="o")
    assert [one.text for one in maria.parrot.heard].count("again") == 1


async def test_nothing_that_people_or_answers_say_becomes_markup(maria: Tab) -> None:
    session = await said(maria, HOSTILE)
    for path in ("/", f"/chat/{session}", f"/chat/{session}/since?after=0"):
        text = (await maria.get(path)).text
        assert "<img" not in text and "<script>alert" not in text and "&lt;img" in text, path
        assert "{{7*7}}" in text


async def test_every_kind_of_block_is_shown_and_escaped(maria: Tab) -> None:
    session = await said(maria, "hello")
    bad = HOSTILE
    blocks = [
        cards.text(bad), cards.facts({bad: bad}, bad), cards.table([bad], [[bad]], bad), cards.code(bad),
        cards.diff(bad, {bad: bad}, {bad: "x"}), cards.choices([(bad, bad), ("label", "say")], bad),
        cards.error(bad, bad, bad), {"type": "something new", "text": bad},
        {"type": "chart", "kind": "line", "title": bad, "unit": "ms", "summary": bad, "spec": {}, "columns": [bad],
         "rows": [[bad]]},
        {"type": "approval", "approval_id": bad, "plan_hash": bad}, {"type": "progress", "run_id": bad, "steps": []},
    ]  # fmt: skip
    body = {"text": bad, "blocks": blocks}
    await maria.services.outbox.post(f"key {bad}", f"rest:{session}", body)
    text = (await maria.get(f"/chat/{session}")).text
    assert "<img src=x" not in text and "<script>alert" not in text and 'onerror="alert' not in text
    assert text.count("&lt;img src=x") >= 18
    assert not re.search(r'="[^"]*<', text)


async def test_what_is_still_thought_about_is_shown_and_loaded_again_without_a_script(maria: Tab) -> None:
    session = await said(maria, "first")
    maria.parrot.gate.clear()
    asked = asyncio.create_task(said(maria, "slow one", session))
    while len(maria.parrot.heard) < 2:
        await asyncio.sleep(0.01)
    text = (await maria.get(f"/chat/{session}")).text
    assert "slow one" in text and "Thinking" in text and 'http-equiv="refresh"' in text
    maria.parrot.gate.set()
    await asked
    assert "Thinking" not in (await maria.get(f"/chat/{session}")).text


async def test_a_script_reads_what_is_new_and_a_little_of_what_it_has_by_the_same_keys(maria: Tab) -> None:
    session = await said(maria, "one")
    await said(maria, "two", session)
    whole = (await maria.get(f"/chat/{session}/since?after=0")).text
    keys = re.findall(r'id="(e-[^"]+)"', whole)
    last = max(float(one) for one in re.findall(r'data-at="([\d.]+)"', whole))
    again = re.findall(r'id="(e-[^"]+)"', (await maria.get(f"/chat/{session}/since?after={last}")).text)
    assert len(keys) == 2 and again == keys
    later = (await maria.get(f"/chat/{session}/since?after={last + 60}")).text
    assert "entry" not in later
    for wrong in ("x", "nan", "1e999"):
        assert (await maria.get(f"/chat/{session}/since?after={wrong}")).status in (200, 400)


async def test_another_persons_conversation_looks_as_if_it_were_not_there(maria: Tab) -> None:
    session = await said(maria, "secret plans")
    await maria.enter("priya")
    for path in (f"/chat/{session}", f"/chat/{session}/since", f"/chat/{session}/charts/k/0.light.svg"):
        seen = await maria.get(path)
        assert seen.status == 404 and "secret plans" not in seen.text
    assert (await maria.post(f"/chat/{session}", text="hi")).status == 404
    assert "secret plans" not in (await maria.get("/")).text


async def test_a_conversation_is_taken_off_the_list(maria: Tab) -> None:
    session = await said(maria, "to forget")
    assert (await maria.post(f"/chat/{session}/end")).headers["Location"] == "/?done=ended"
    assert "to forget" not in (await maria.get("/")).text


async def test_an_approval_is_a_card_in_the_conversation(maria: Tab) -> None:
    session = await said(maria, "roll back")
    text = (await maria.get(f"/chat/{session}")).text
    assert 'class="card question pending"' in text and 'class="card run"' in text


async def test_a_chart_of_an_answer_is_drawn_for_each_theme(maria: Tab) -> None:
    session = await said(maria, "hello")
    block = {**bars("T", "ms", [("rag-api", 2.0)]), "summary": "words"}
    await maria.services.outbox.post(
        "chart:1", f"rest:{session}", {"text": "", "blocks": [cards.text("x"), block]}
    )
    text = (await maria.get(f"/chat/{session}")).text
    assert 'alt="T: words"' in text
    sources = re.findall(r'(?:src|srcset)="(/chat/[^"]+\.svg)"', text)
    assert len(sources) == 2
    for path in sources:
        seen = await maria.get(path)
        assert (
            seen.status == 200
            and "<svg" in seen.text
            and "sandbox" in seen.headers["Content-Security-Policy"]
        )
    for path in (sources[0].replace("/1.", "/0."), sources[0].replace("/1.", "/99999.")):
        assert (await maria.get(path)).status == 404
    stored = await maria.services.database.read(lambda conn: outbox.get(conn, "chart:1"))
    assert stored is not None


async def test_too_much_text_and_none_at_all(maria: Tab) -> None:
    assert (await maria.post("/chat", text="x" * 4001)).status == 400
    assert (await maria.post("/chat", text="  ")).headers["Location"] == "/"


async def test_the_first_page_says_what_fires_and_what_one_could_ask(maria: Tab) -> None:
    text = (await maria.get("/")).text
    assert "Hello, Maria." in text and 'value="help"' in text and "why is " in text


async def test_a_script_begins_an_empty_conversation(maria: Tab) -> None:
    seen = await maria.post("/chat/new")
    assert seen.status == 200 and re.fullmatch(r"ses_\w+", seen.text.strip())


async def test_a_message_that_was_not_taken_is_told(maria: Tab) -> None:
    maria.services.desk._backlog = 0
    seen = await maria.post("/chat", text="hello")
    assert seen.status == 503 and "Nothing was taken" in seen.text
