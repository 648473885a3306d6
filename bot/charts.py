"""Draws charts in a warmed process of its own: SVG for pages, PNG for chat. Without vl-convert there are none."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import json
import logging
import os
import sys
from asyncio import subprocess
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.drawing.themes import Theme, config
from config.errors import Busy, CopilotError

log = logging.getLogger(__name__)
ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, "-s", "-m", "bot.drawing.child")
#: bytes: of a spec, of a picture, of all the pictures that are kept
MOST_SPEC, MOST_PICTURE, MOST_KEPT = 200_000, 8_000_000, 16_000_000
INSTALL = "pip install 'vl-convert-python>=1.9,<2'"
_REFUSED = frozenset({"url", "href", "image"})


class NoPicture(CopilotError):
    """Says why; the figures are in the chart's summary."""

    status = 503
    title = "The chart cannot be drawn"


class Charts:
    """One request at a time goes to the process; `most` may wait. It starts with the first request (0.7 s) and ends
    when nobody asked for `idle` seconds. A picture that takes longer than `patience` ends the process."""

    def __init__(
        self,
        command: Sequence[str] = COMMAND,
        *,
        idle: float = 300.0,
        patience: float = 15.0,
        most: int = 32,
        available: bool | None = None,
    ) -> None:
        self._command, self._idle, self._patience, self._most = tuple(command), idle, patience, most
        found = importlib.util.find_spec("vl_convert") is not None
        self.available = found if available is None else available
        self._child: subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._drawing: dict[str, asyncio.Task[bytes]] = {}
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._idling: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def pid(self) -> int | None:
        """The drawing process, while there is one."""
        return self._child.pid if self._child is not None else None

    async def svg(self, chart: Mapping[str, Any], theme: Theme = "light") -> str:
        """A chart block as one <svg> element that is safe inside a page. Raises NoPicture, Busy."""
        return (await self._picture(chart, theme, "svg", 1.0)).decode()

    async def png(self, chart: Mapping[str, Any], theme: Theme = "light", scale: float = 2.0) -> bytes:
        """A chart block as a PNG, `scale` pixels to a point. Raises NoPicture, Busy."""
        return await self._picture(chart, theme, "png", scale)

    async def warm(self) -> None:
        """Start the process, so that the first picture takes no longer than the others. Raises NoPicture."""
        async with self._turn:
            await self._running()
            self._rest()

    async def stop(self) -> None:
        for task in self._drawing.values():
            task.cancel()
        await asyncio.gather(*self._drawing.values(), *self._ending, return_exceptions=True)
        await self._end()

    async def _picture(self, chart: Mapping[str, Any], theme: Theme, kind: str, scale: float) -> bytes:
        if not self.available:
            raise NoPicture(
                "Charts need vl-convert: pip install 'vl-convert-python>=1.9,<2'. The figures are beside each chart."
            )
        request = _request(chart, theme, kind, scale)
        key = hashlib.sha256(request).hexdigest()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        task = self._drawing.get(key)
        if task is None:
            if len(self._drawing) >= self._most:
                raise Busy(
                    f"{len(self._drawing)} charts are waiting to be drawn. Ask again in a few seconds."
                )
            task = asyncio.create_task(self._draw(key, request), name="draw a chart")
            self._drawing[key] = task
            task.add_done_callback(lambda done: self._drawn(key, done))
        return await asyncio.shield(task)

    async def _draw(self, key: str, request: bytes) -> bytes:
        async with self._turn:
            for last in (False, True):
                try:
                    async with asyncio.timeout(self._patience):
                        answer = await self._asked(request)
                    break
                except TimeoutError as err:
                    await self._end()
                    raise NoPicture(f"The chart was not drawn within {self._patience:g} s.") from err
                except (EOFError, OSError) as err:
                    await self._end()
                    if last:
                        raise NoPicture(
                            "The process that draws charts keeps ending; the log says why."
                        ) from err
                    log.warning("the process that draws charts ended (%s); starting another", err)
            self._rest()
        if answer[:1] != b"+":
            raise NoPicture(f"The chart cannot be drawn: {answer[1:].decode(errors='replace')}")
        self._keep(key, answer[1:])
        return answer[1:]

    async def _asked(self, request: bytes) -> bytes:
        child = await self._running()
        assert child.stdin is not None
        child.stdin.write(len(request).to_bytes(4) + request)
        await child.stdin.drain()
        return await _answer(child)

    async def _running(self) -> subprocess.Process:
        if self._child is not None and self._child.returncode is None:
            return self._child
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self._child = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=environment | {"TZ": "UTC", "LANG": "C.UTF-8"},
        )
        await _answer(self._child)
        return self._child

    def _rest(self) -> None:
        if self._idling is not None:
            self._idling.cancel()
        self._idling = asyncio.get_running_loop().call_later(self._idle, self._retire)

    def _retire(self) -> None:
        if self._turn.locked():
            self._rest()
            return
        task = asyncio.create_task(self._end(), name="end the drawing process")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _end(self) -> None:
        child, self._child = self._child, None
        if self._idling is not None:
            self._idling.cancel()
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.communicate()

    def _drawn(self, key: str, task: asyncio.Task[bytes]) -> None:
        self._drawing.pop(key, None)
        if not task.cancelled():
            task.exception()

    def _keep(self, key: str, picture: bytes) -> None:
        self._kept[key] = picture
        self._kept_bytes += len(picture)
        while self._kept_bytes > MOST_KEPT:
            _, old = self._kept.popitem(last=False)
            self._kept_bytes -= len(old)


async def _answer(child: subprocess.Process) -> bytes:
    """Raises EOFError (as IncompleteReadError) when the process ended."""
    assert child.stdout is not None
    size = int.from_bytes(await child.stdout.readexactly(4))
    if size > MOST_PICTURE:
        raise EOFError(f"an answer of {size} bytes")
    return await child.stdout.readexactly(size)


def _request(chart: Mapping[str, Any], theme: Theme, kind: str, scale: float) -> bytes:
    """Raises NoPicture for a spec that is too large or that would load something."""
    spec = chart["spec"]
    _check(spec)
    words = f"{chart['title']}: {chart['summary']}"
    drawn = {"spec": spec, "config": config(theme), "format": kind, "scale": scale, "label": words}
    name = hashlib.sha256(json.dumps(drawn, sort_keys=True).encode()).hexdigest()[:10]
    request = json.dumps(drawn | {"id": f"c{name}"}, sort_keys=True).encode()
    if len(request) > MOST_SPEC:
        raise NoPicture(f"The chart is too large to draw: {len(request)} bytes, at most {MOST_SPEC}.")
    return request


def _check(part: Any) -> None:
    if isinstance(part, Mapping):
        refused = _REFUSED & part.keys()
        if refused or part.get("type") == "image" or part.get("mark") == "image":
            named = ", ".join(sorted(refused)) or "image"
            raise NoPicture(f"A chart carries its values; this one would load something: {named}.")
        for value in part.values():
            _check(value)
    elif isinstance(part, list | tuple):
        for value in part:
            _check(value)
