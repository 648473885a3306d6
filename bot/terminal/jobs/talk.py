"""`chat` as a conversation: history, completion, live progress, choices by number."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout

from bot.clean import one_line
from bot.services import Services
from bot.terminal.context import Opener
from bot.terminal.jobs import ledger
from bot.terminal.jobs.caller import Seat, take_seat
from bot.terminal.jobs.follow import MOVING, follow
from bot.terminal.jobs.live import shown_live
from bot.terminal.jobs.screen import Screen
from config.errors import CopilotError
from config.redaction import Redactor
from store.records import Outgoing

PATIENCE = 30.0
HISTORY = "chat_history"
LEAVE = frozenset({"exit", "quit", "/quit", "/exit", "bye"})
WORDS = (
    "help", "approvals", "approve", "deny", "status", "runbooks", "run", "plan", "cancel", "pause", "resume",
    "why is", "latency of", "error rate of", "roll back", "what changed in", "/as", "/quit",
)  # fmt: skip


class Talk:
    """One conversation on one screen: the Sender of its place, so that posts arrive while one types."""

    def __init__(self, services: Services, seat: Seat, watched: dict[str, asyncio.Task[Any]]) -> None:
        """`watched` are the runs that this window follows, whoever of its people asked for them."""
        self._services, self._seat = services, seat
        self.screen = Screen(services, seat.person, talking=True)
        self._shown: dict[str, asyncio.Event] = {}
        self._options: list[str] = []
        self.watched = watched

    async def send(self, post: Outgoing) -> str:
        """Show a post. Raises StoreError when what it names cannot be read: it comes again."""
        await self.screen.reply(post.body)
        options = [option["say"] for block in _choices(post.body) for option in block["options"]]
        if options or post.kind == "reply":
            self._options = options
        self._watch(post.body.get("run"))
        self._event(post.key).set()
        return self._seat.place

    async def say(self, text: str) -> None:
        """Send one message and wait until its answer is on the screen. Raises Busy, StoreError."""
        chosen = self._choice(text)
        if chosen is not None:
            self.screen.say(f"> {one_line(chosen)}", "dim")
        got = await self._services.desk.submit(self._seat.says(chosen or text))
        key = f"reply:{got.id}"
        try:
            async with asyncio.timeout(PATIENCE), shown_live(self._services, self.screen, got.id):
                await self._event(key).wait()
        except TimeoutError:
            self.screen.say("Still working on it; the answer will appear here.", "dim")
        finally:
            self._shown.pop(key, None)

    async def close(self) -> None:
        await self._services.outbox.detach(self._seat.place)
        for task in self.watched.values():
            task.cancel()
        await asyncio.gather(*self.watched.values(), return_exceptions=True)

    def _choice(self, text: str) -> str | None:
        """What the number means when the last answer offered choices."""
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
        return self._options[number - 1] if 1 <= number <= len(self._options) else None

    def _event(self, key: str) -> asyncio.Event:
        return self._shown.setdefault(key, asyncio.Event())

    def _watch(self, run_id: str | None) -> None:
        """Follow what the answer names, beside the prompt: from when it may go to its end."""
        if run_id and run_id not in self.watched:
            self.watched[run_id] = asyncio.create_task(self._progress(run_id), name=f"progress {run_id}")

    async def _progress(self, run_id: str) -> None:
        try:
            async for _ in self._services.live.watch(run_id):
                run = await self._services.database.read(lambda conn: ledger.run_of(conn, run_id))
                if run["status"] != "waiting":
                    break
            if run["status"] in MOVING:
                await follow(self._services, self.screen, run_id)
        except CopilotError as err:
            self.screen.say(str(err), "red")


class Suggestions(Completer):
    """Commands, services, environments and runbooks; people after `/as`."""

    def __init__(self, services: Services) -> None:
        catalogue = services.catalogue
        runbooks = [one.id for one in services.library.all()]
        self._words = sorted({*WORDS, *catalogue.services, *catalogue.environments, *runbooks})
        self._people = sorted(services.people.by_id)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        typed = document.text_before_cursor
        last = document.get_word_before_cursor(WORD=True)
        words = self._people if typed.startswith("/as ") else self._words
        for word in words:
            if last and word.startswith(last.lower()) and word != last:
                yield Completion(word, start_position=-len(last))


async def run(opener: Opener, *, name: str | None) -> None:
    """Talk until the person leaves."""
    async with opener.open(work=True) as services:
        _welcome(services, Screen(services, take_seat(services, name).person))
        session: PromptSession[str] = PromptSession(
            history=_history(services.settings.data_dir / HISTORY, services.redact),
            completer=Suggestions(services),
            complete_while_typing=False,
        )
        talks: dict[str, Talk] = {}
        try:
            with patch_stdout(raw=True):
                following = await _as_one(services, session, talks, name)
                while following is not None:
                    following = await _as_one(services, session, talks, following)
        finally:
            for talk in talks.values():
                await talk.close()


async def _as_one(
    services: Services, session: PromptSession[str], talks: dict[str, Talk], name: str | None
) -> str | None:
    """Converse as one person; returns whom to be next (`/as NAME`), or None to leave.

    Everybody one has been stays in the conversation: their posts come to this window too.
    """
    seat = take_seat(services, name, conversation=f"talk.{secrets.token_hex(6)}")
    talk = talks.get(seat.person.id)
    if talk is None:
        watched = next(iter(talks.values())).watched if talks else {}
        talk = talks[seat.person.id] = Talk(services, seat, watched)
        services.outbox.attach(seat.place, talk)
    return await _converse(services, session, talk)


async def _converse(services: Services, session: PromptSession[str], talk: Talk) -> str | None:
    screen = talk.screen
    while True:
        try:
            text = (await session.prompt_async(f"{screen.person.id}> ")).strip()
        except KeyboardInterrupt:
            screen.say("To leave: Ctrl-D, or quit.", "dim")
            continue
        except EOFError:
            return None
        if text.lower() in LEAVE:
            return None
        if text.startswith("/as"):
            try:
                return take_seat(services, text[3:].strip() or None).person.id
            except CopilotError as err:
                screen.say(str(err), "red")
        elif text:
            await _say(talk, text)


async def _say(talk: Talk, text: str) -> None:
    """Ctrl-C ends the waiting, not the conversation."""
    waiting = asyncio.create_task(talk.say(text), name="say")
    try:
        with _on_interrupt(waiting.cancel):
            await waiting
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        talk.screen.say("Not waiting any more; the answer will appear here when it comes.", "dim")
    except CopilotError as err:
        talk.screen.say(str(err), "red")


@contextlib.contextmanager
def _on_interrupt(act: Callable[[], object]) -> Iterator[None]:
    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGINT)
    loop.add_signal_handler(signal.SIGINT, act)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)


class CleanHistory(FileHistory):
    """The file of earlier lines, without the secrets that were typed."""

    def __init__(self, path: Path, redact: Redactor) -> None:
        self._redact = redact
        super().__init__(path)

    def store_string(self, string: str) -> None:
        super().store_string(self._redact(string))


def _history(path: Path, redact: Redactor) -> History:
    """The file of earlier lines, its owner's alone; none when it cannot be written."""
    try:
        path.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return CleanHistory(path, redact)


def _welcome(services: Services, screen: Screen) -> None:
    mode = services.settings.mode
    screen.say(
        f"You are {screen.person.name} ({', '.join(sorted(screen.person.roles)) or 'no roles'}). Mode: {mode}."
    )
    if mode == "demo":
        screen.say("Ask: why is rag-api slow?   Be somebody else: /as priya   Leave: Ctrl-D", "dim")
    else:
        screen.say("Say help to see what you can ask. Leave: Ctrl-D", "dim")


def _choices(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [block for block in body.get("blocks") or () if block["type"] == "choices"]
