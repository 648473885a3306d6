from __future__ import annotations

import io
import json
from typing import Any

import pytest

pytest.importorskip("vl_convert")

from bot.drawing import child
from bot.drawing.themes import config
from tests.graph.charts.test_charts import every


def request(spec: Any, kind: str = "svg") -> bytes:
    body = {
        "spec": spec,
        "config": config("dark"),
        "format": kind,
        "scale": 1.0,
        "label": "a chart",
        "id": "c1",
    }
    return json.dumps(body).encode()


def told(*requests: bytes, most_memory: int = 100_000) -> list[bytes]:
    """What the child answers; here it shares a process with other tests, whose memory is not its own."""
    out = io.BytesIO()
    child.serve(io.BytesIO(b"".join(len(one).to_bytes(4) + one for one in requests)), out, most_memory)
    out.seek(0)
    answers = []
    while head := out.read(4):
        answers.append(out.read(int.from_bytes(head)))
    return answers


@pytest.mark.parametrize("kind", every())
def test_every_chart_that_we_build_can_be_drawn(kind: str) -> None:
    (answer,) = told(request(every("a < b & c")[kind]["spec"]))[1:]
    assert answer.startswith(b"+<svg"), answer
    assert b"undefined" not in answer and b"NaN" not in answer and b">null<" not in answer


def test_a_picture_for_chat_is_a_png() -> None:
    assert told(request(every()["line"]["spec"], "png"))[1].startswith(b"+\x89PNG")


def test_what_cannot_be_drawn_is_told_and_the_next_request_is_answered() -> None:
    answers = told(request({"mark": "nothing"}), b"not json", request(every()["bars"]["spec"]))
    assert [one[:1] for one in answers] == [b"+", b"-", b"-", b"+"]


def test_no_data_is_fetched_even_when_a_spec_asks_for_it() -> None:
    spec = {"data": {"url": "http://127.0.0.1:1/x.json"}, "mark": "line", "encoding": {}}
    (answer,) = told(request(spec))[1:]
    assert answer.startswith(b"-") or b"<image" not in answer


def test_it_ends_once_it_holds_too_much_memory() -> None:
    bars, line = (request(every()[kind]["spec"]) for kind in ("bars", "line"))
    assert len(told(bars, line, most_memory=0)) == 2
