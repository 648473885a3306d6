"""The process that draws: reads requests from standard input, writes pictures to standard output, ends with them.

vl-convert holds the interpreter while it draws and keeps some hundred megabytes, so it gets a process of its own.
A message is four bytes of length, big-endian, and that many bytes. A request is JSON: {"spec", "config", "format":
"svg" or "png", "scale", "label", "id"}. An answer is one byte, `+` or `-`, and the picture or the reason (UTF-8).
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

import vl_convert

from bot.drawing.svg import sanitised

VEGA_LITE = "5.21"
#: resident megabytes after which the process ends once it has answered; the next request starts a new one
MOST_MEMORY = 400
_WARM: Mapping[str, Any] = {
    "data": {"values": [{"a": 0, "b": 1}]},
    "mark": "line",
    "encoding": {"x": {"field": "a", "type": "temporal"}, "y": {"field": "b", "type": "quantitative"}},
}


def serve(requests: BinaryIO, answers: BinaryIO, most_memory: int = MOST_MEMORY) -> None:
    """Until the input ends or more than `most_memory` megabytes were held. Says `+` and nothing once it is warm."""
    vl_convert.vegalite_to_svg(dict(_WARM), vl_version=VEGA_LITE, allowed_base_urls=[])
    _send(answers, b"+")
    while (request := _read(requests)) is not None:
        try:
            answer = b"+" + draw(json.loads(request))
        except (ValueError, KeyError, TypeError) as err:
            answer = b"-" + str(err).partition("\n    at ")[0].replace("\n", " ")[:300].encode()
        _send(answers, answer)
        if memory() > most_memory:
            return


def draw(request: Mapping[str, Any]) -> bytes:
    """Raises ValueError for a spec that cannot be drawn."""
    spec, config = request["spec"], request["config"]
    if request["format"] == "png":
        png = vl_convert.vegalite_to_png(
            spec, vl_version=VEGA_LITE, config=config, scale=request["scale"], allowed_base_urls=[]
        )
        assert isinstance(png, bytes)
        return png
    drawn = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, config=config, allowed_base_urls=[])
    return sanitised(drawn, request["label"], request["id"]).encode()


def memory() -> int:
    """The most megabytes this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _read(stream: BinaryIO) -> bytes | None:
    head = stream.read(4)
    return stream.read(int.from_bytes(head)) if len(head) == 4 else None


def _send(stream: BinaryIO, message: bytes) -> None:
    stream.write(len(message).to_bytes(4) + message)
    stream.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
