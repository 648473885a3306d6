from __future__ import annotations

from tests.graph.world import World
from tests.support.llm_server import LlmServer, Says, Tool
from tests.support.pieces import Pieces


async def test_the_model_looks_at_logs_and_its_words_stand_beside_the_diagnosis(
    asking: World, endpoint: LlmServer, pieces: Pieces
) -> None:
    endpoint.says(
        Says(tools=[Tool("logs", {"service": "rag-api", "query": "", "minutes": 15})]),
        Says(["The release of rag-api ", "is what I would look at first."]),
    )
    await asking.break_something("bad-release")
    reply = (await asking.say("why is rag-api slow in production?")).reply
    print(reply.text)
    assert "Most likely cause" in reply.text
    assert "The language model adds: The release of rag-api is what I would look at first." in reply.text
    assert pieces.shown[reply.request_id] == "The release of rag-api is what I would look at first."
    assert len(endpoint.asked) == 2
