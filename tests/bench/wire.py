"""A small HTTP/1.1 client: one kept connection, JSON in and out, so that measuring costs less than what is measured."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any


class Lost(Exception):
    """The connection broke before the answer was whole: whether the request was handled is not known."""


@dataclass
class Wire:
    """One connection to 127.0.0.1:`port`, speaking with `token`; opened when needed."""

    port: int
    token: str = ""
    _reader: asyncio.StreamReader | None = field(default=None, init=False)
    _writer: asyncio.StreamWriter | None = field(default=None, init=False)

    async def request(
        self, method: str, path: str, body: Any = None, key: str | None = None
    ) -> tuple[int, Any]:
        """Status and the JSON of the answer (None when it has none). Raises Lost."""
        raw = b"" if body is None else json.dumps(body).encode()
        head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Content-Length: {len(raw)}"]
        if self.token:
            head.append(f"Authorization: Bearer {self.token}")
        if body is not None:
            head.append("Content-Type: application/json")
        if key is not None:
            head.append(f"Idempotency-Key: {key}")
        try:
            reader, writer = await self._opened()
            writer.write("\r\n".join([*head, "", ""]).encode() + raw)
            return await self._answer(reader)
        except (OSError, EOFError, asyncio.LimitOverrunError, ValueError) as err:
            self.close()
            raise Lost(f"{method} {path}: {err!r}") from err

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self._reader, self._writer

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, Any]:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        raw = await reader.readexactly(int(fields.get("content-length", "0")))
        if fields.get("connection", "").lower() == "close":
            self.close()
        return int(first.split(" ", 2)[1]), json.loads(raw) if raw else None
