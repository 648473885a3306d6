from __future__ import annotations

from graph.llm.client import OpenAiClient
from graph.llm.said import Client, Said, Usage
from tests.support.llm_server import Says
from tests.support.scripted import Scripted


def test_an_answer_begins_empty_and_uncounted() -> None:
    assert (Said().text, Said().calls, Said().usage) == ("", (), Usage(0, 0, counted=False))


def test_the_real_client_and_the_scripted_one_have_the_same_face() -> None:
    both: list[type[Client]] = [OpenAiClient, Scripted]
    names = {name for name in vars(Client) if not name.startswith("_")}
    assert all(names <= set(dir(one)) for one in both)
    assert Scripted(lambda body: Says()).asked == []
