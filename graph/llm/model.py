"""The language model as the graph asks it: every call bounded by time, tokens and money, and kept in the ledger."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from config.clock import Clock
from config.redaction import Redactor
from config.settings import Llm
from graph.llm.errors import ModelBusy, ModelFailed, ModelLate, ModelSpent
from graph.llm.said import Client, Declared, Line, Said, Usage
from integrations.registry import Health
from store import model_calls
from store.engine import Database
from store.model_calls import ModelCall
from store.records import new_id

#: loaded late: the SDK's import costs 0.7 s of CPU, which nothing but the first question should wait for
_CLIENT = "graph.llm.client"
Purpose = Literal["read", "phrase", "investigate"]
DAY = 86_400.0
#: characters that are taken for one token where nobody counted: fewer than any tokenizer has, so never too cheap
CHARACTERS_A_TOKEN = 3
#: seconds it is left alone after so many failures in a row
LEFT_ALONE, FAILURES = 30.0, 3
_FEWEST_OUT = 64


class LanguageModel:
    """One for the process. `load` makes the client, in a thread, when it is first wanted."""

    def __init__(
        self,
        settings: Llm,
        database: Database,
        wall: Clock,
        redact: Redactor,
        load: Callable[[Llm], Client] | None = None,
    ) -> None:
        self.settings, self.redact = settings, redact
        self._database, self._wall, self._load = database, wall, load or _load
        self._client: asyncio.Task[Client] | None = None
        self._rest_until = 0.0
        self._failures = 0

    def start(self) -> None:
        """Begin to load the client; nobody has to wait for it."""
        if self._client is None:
            self._client = asyncio.create_task(self._loaded(), name="language model")

    async def _loaded(self) -> Client:
        return await asyncio.to_thread(self._load, self.settings)

    async def aclose(self) -> None:
        task, self._client = self._client, None
        if task is None:
            return
        if task.done() and not task.cancelled() and task.exception() is None:
            await task.result().close()
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def talk(self, request_id: str, person: str) -> Talk:
        """Everything asked of it for one message of one person; its time begins now."""
        until = asyncio.get_running_loop().time() + self.settings.timeout
        return Talk(self, request_id, person, until)

    async def client(self) -> Client:
        """Raises ModelFailed."""
        self.start()
        assert self._client is not None
        try:
            return await asyncio.shield(self._client)
        except ImportError as err:
            raise ModelFailed("cannot be asked: install the extra `llm`") from err
        except OSError as err:
            self._client = None
            raise ModelFailed(f"cannot be asked: its client cannot be made ({err.strerror})") from err

    async def check(self) -> Health:
        """Whether the endpoint answers and knows the model: a read, which costs nothing."""
        try:
            async with asyncio.timeout(self.settings.timeout):
                names = await (await self.client()).models()
        except TimeoutError:
            return Health(False, f"{self._shown()} did not answer within {self.settings.timeout:g} s")
        except ModelFailed as err:
            return Health(
                False, f"{self._shown()} {err}. Mend COPILOT_LLM__…, or unset it: all else works without"
            )
        if names and self.settings.model not in names:
            some = ", ".join(sorted(names)[:5])
            return Health(False, f"{self._shown()} has no model {self.settings.model!r}. It has: {some}")
        free = (
            ""
            if self.settings.price_in or self.settings.price_out
            else "; no prices are set: tokens alone bound it"
        )
        return Health(True, f"{self.settings.model} at {self._shown()}{free}")

    def _shown(self) -> str:
        return str(self.settings.base_url).partition("?")[0]

    def check_rest(self) -> None:
        """Raises ModelBusy while it is left alone."""
        left = self._rest_until - self._wall.now()
        if left > 0:
            raise ModelBusy(f"is left alone for another {left:.0f} s, for it failed just now", left)

    def went_well(self) -> None:
        self._failures = 0

    def failed(self, err: ModelFailed) -> None:
        self._failures += 1
        pause = err.retry_after if isinstance(err, ModelBusy) else 0.0
        if self._failures >= FAILURES:
            pause = max(pause, LEFT_ALONE)
        if pause:
            self._rest_until = max(self._rest_until, self._wall.now() + pause)

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """USD."""
        return (tokens_in * self.settings.price_in + tokens_out * self.settings.price_out) / 1e6

    async def reserve(self, call: ModelCall) -> None:
        """Raises ModelSpent, StoreError."""
        since = call.at - call.at % DAY
        most_tokens, most_usd = self.settings.daily_tokens, self.settings.daily_usd
        if not await self._database.write(
            lambda conn: model_calls.reserve(conn, call, since, most_tokens, most_usd)
        ):
            raise ModelSpent(
                "is not asked any more today: your share of its budget is used up (it is renewed at 0:00 UTC)"
            )

    async def end(self, call: ModelCall, outcome: str, seconds: float, usage: Usage) -> None:
        """Raises StoreError."""
        usd = self.cost(usage.tokens_in, usage.tokens_out)
        await self._database.write(
            lambda conn: model_calls.end(
                conn,
                call.id,
                outcome=outcome,
                seconds=seconds,
                tokens_in=usage.tokens_in,
                tokens_out=usage.tokens_out,
                usd=usd,
            )
        )

    def new_call(self, request_id: str, person: str, purpose: Purpose, most: Usage) -> ModelCall:
        """Open, with the most it may come to."""
        now = self._wall.now()
        usd = self.cost(most.tokens_in, most.tokens_out)
        name = str(self.settings.model)
        return ModelCall(
            new_id("llm", now), request_id, person, purpose, name, "asked", now, 0.0,
            most.tokens_in, most.tokens_out, usd,
        )  # fmt: skip


@dataclass(slots=True)
class _Open:
    """A call under way and what came of it so far."""

    usage: Usage
    said: str = ""


@dataclass
class Talk:
    """What one message may ask of the model. All methods raise ModelFailed, StoreError."""

    model: LanguageModel
    request_id: str
    person: str
    until: float
    tokens: int = 0
    usd: float = 0.0
    asked: int = field(default=0)

    def left(self) -> float:
        """Seconds."""
        return self.until - asyncio.get_running_loop().time()

    async def choose(
        self, purpose: Purpose, lines: Sequence[Line], schema: Mapping[str, Any], most_out: int
    ) -> Mapping[str, Any]:
        async with self._call(purpose, lines, (schema,), most_out) as (client, call, room):
            value, usage = await client.choose(lines, schema, room)
            call.said = str(value)
            call.usage = usage
        return value

    async def speak(
        self,
        purpose: Purpose,
        lines: Sequence[Line],
        tools: Sequence[Declared],
        most_out: int,
        heard: Callable[[str], None],
    ) -> Said:
        """`heard` is called with words as they come; what it raises ends the call."""
        async with self._call(purpose, lines, tools, most_out) as (client, call, room):
            whole = Said()
            async for piece in client.stream(lines, tools, room):
                if isinstance(piece, Said):
                    whole, call.usage = piece, piece.usage
                else:
                    call.said += piece
                    heard(piece)
        return whole

    @asynccontextmanager
    async def _call(
        self, purpose: Purpose, lines: Sequence[Line], declared: Sequence[Any], most_out: int
    ) -> AsyncGenerator[tuple[Client, _Open, int]]:
        """One call: judged and kept before, kept after, whatever happened meanwhile."""
        model, loop = self.model, asyncio.get_running_loop()
        model.check_rest()
        most = self._most(lines, declared, most_out)
        entry = model.new_call(self.request_id, self.person, purpose, most)
        await model.reserve(entry)
        open_, began, outcome = _Open(Usage()), loop.time(), "left"
        self.asked += 1
        try:
            async with asyncio.timeout(max(0.0, self.left())):
                yield await model.client(), open_, most.tokens_out
            outcome = "ok"
            model.went_well()
        except TimeoutError as err:
            late = ModelLate(f"did not answer within {model.settings.timeout:g} s")
            outcome = late.outcome
            model.failed(late)
            raise late from err
        except ModelFailed as err:
            outcome = err.outcome
            model.failed(err)
            raise
        finally:
            usage = _counted(open_, most)
            self.tokens += usage.tokens_in + usage.tokens_out
            self.usd += model.cost(usage.tokens_in, usage.tokens_out)
            await asyncio.shield(model.end(entry, outcome, loop.time() - began, usage))

    def _most(self, lines: Sequence[Line], declared: Sequence[Any], most_out: int) -> Usage:
        """The most that a call may come to. Raises ModelSpent when this message may not ask so much."""
        settings = self.model.settings
        size = sum(len(line.text) + 16 + len(str(line.calls)) for line in lines) + len(str(declared))
        into = -(-size // CHARACTERS_A_TOKEN)
        out = min(most_out, settings.max_tokens - self.tokens - into)
        if out < _FEWEST_OUT:
            raise ModelSpent(
                f"was asked for all of the {settings.max_tokens:,} tokens that one message may take"
            )
        if self.usd + self.model.cost(into, out) > settings.max_usd:
            raise ModelSpent(f"was asked for all of the {settings.max_usd:g} USD that one message may cost")
        return Usage(into, out)


def open_model(
    stack: AsyncExitStack, settings: Llm, database: Database, wall: Clock, redact: Redactor
) -> LanguageModel | None:
    """None when none is configured; else `stack` closes it. No I/O: it is loaded when it is first asked, or started."""
    if not settings.on:
        return None
    model = LanguageModel(settings, database, wall, redact)
    stack.push_async_callback(model.aclose)
    return model


def _load(settings: Llm) -> Client:
    client: Client = importlib.import_module(_CLIENT).OpenAiClient(settings)
    return client


def _counted(call: _Open, most: Usage) -> Usage:
    """What the endpoint counted; else what was sent, and what was heard, by characters."""
    if call.usage.counted:
        return call.usage
    return Usage(most.tokens_in, -(-len(call.said) // CHARACTERS_A_TOKEN))
