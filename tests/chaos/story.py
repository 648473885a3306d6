"""One incident over REST, told again and again by somebody who does not give up: what was not acknowledged is sent
again with the same key. Everything that was acknowledged is written down for the checker."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from integrations.demo.company import Company
from integrations.demo.faults import fault_named
from store.errors import StoreError
from tests.bench.served import token
from tests.bench.wire import Lost, Wire
from tests.chaos.mending import request

T = TypeVar("T")
OVER = frozenset({"succeeded", "failed", "rolled_back", "cancelled"})
#: what is said when a message was being handled at kill after kill
GIVEN_UP = "Handling this broke off several times"
#: how often a person who could look gives a run up all the same
GIVES_UP = 0.15
#: what a client should simply try again
AGAIN = frozenset({0, 500, 502, 503, 504})
PAUSE = 0.03


@dataclass(frozen=True)
class Acknowledged:
    """One message whose answer came: what it was, and what was said to it."""

    session: str
    key: str
    text: str
    request_id: str
    answer: str


@dataclass
class Told:
    """What the tellers know to be true. `wrong` is what should not have been answered so."""

    messages: list[Acknowledged] = field(default_factory=list)
    runs: dict[str, str] = field(default_factory=dict)
    approvals: dict[str, str] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)
    stories: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Teller:
    """One person with one service that breaks again and again."""

    def __init__(self, port: int, company: Company, service: str, seed: int, told: Told) -> None:
        self._company, self._service, self._told = company, service, told
        self._draw = Random(f"{seed}:{service}")
        self._maria, self._priya = Wire(port, token("maria")), Wire(port, token("priya"))
        self._session = ""
        self._sent = 0
        self.doing = "nothing yet"

    async def tell(self, until: asyncio.Event) -> None:
        """Story after story until `until` is set; the one begun is finished."""
        await self.begin()
        while not until.is_set():
            await self._story()
            self._told.stories += 1

    async def begin(self) -> None:
        """Open the conversation."""
        self._session = (await self._post(self._maria, "/api/v1/sessions", {}))["id"]

    async def leave_waiting(self) -> str:
        """Ask for a rollback and leave it; the id of the approval that waits."""
        await self._break_it()
        return await self._request()

    async def decide(self, approval_id: str) -> str:
        """Approve what waits and see its run to the end; the run's status."""
        return await self._approved(approval_id)

    async def deny(self, approval_id: str) -> str:
        """Say no to what waits; the status of its run."""
        self.doing = f"denying {approval_id}"
        approval = await self._get(f"/api/v1/approvals/{approval_id}")
        path, body = _decision(approval)
        no = body | {"decision": "deny", "reason": "not now"}
        status, answer = await self._posted(self._priya, path, no, self._key("no"))
        if status != 200:
            self._told.wrong.append(f"{approval_id} could not be denied: {status} {answer}")
        return str((await self._get(f"/api/v1/workflows/{approval['run_id']}"))["status"])

    def close(self) -> None:
        self._maria.close()
        self._priya.close()

    async def _story(self) -> None:
        await self._break_it()
        await self.say(f"why is {self._service} slow in production?")
        approval_id = await self._request()
        if self._draw.random() < 0.3:
            await self._try_oneself(approval_id)
        await asyncio.sleep(self._draw.random() * 0.3)
        await self._approved(approval_id)
        await self.say(f"which release of {self._service} runs in production?")
        if self._draw.random() < 0.3:
            await self._say_again()

    async def _break_it(self) -> None:
        self.doing = f"breaking {self._service}"
        await self.deploy()
        await self._company.clock.sleep(60.0)

    async def deploy(self) -> None:
        """A new release of the service in production, by somebody else; a bad one."""
        await self._patiently(self._fault)

    async def _fault(self) -> None:
        company, now = self._company, self._company.clock.now()
        fault = fault_named("bad-release")
        begun = fault.begin(await company.world(), now, self._service)
        await company.append("fault.started", now, {"name": fault.name, **begun})

    async def _patiently(self, look: Callable[[], Awaitable[T]]) -> T:
        """What the teller himself does in the company, whose database may be out of reach."""
        while True:
            try:
                return await look()
            except StoreError as err:
                self._told.counts[f"the company: {err}"[:160]] += 1
                await asyncio.sleep(0.2)

    async def _request(self) -> str:
        answer = await self.say(request(self._service))
        approval = answer.get("approval")
        if approval is None:
            self._told.wrong.append(f"no approval was asked for: {answer.get('text', answer)!r}")
            await asyncio.sleep(1.0)
            return await self._request()
        self._told.approvals[approval["id"]] = answer["run"]["id"]
        return str(approval["id"])

    async def _try_oneself(self, approval_id: str) -> None:
        approval = await self._get(f"/api/v1/approvals/{approval_id}")
        status, body = await self._posted(self._maria, *_decision(approval), self._key("mine"))
        if status != 403 and "expired" not in str(body.get("detail")):
            self._told.wrong.append(f"the requester's own approval got {status}: {body}")

    async def _approved(self, approval_id: str) -> str:
        self.doing = f"approving {approval_id}"
        approval = await self._get(f"/api/v1/approvals/{approval_id}")
        self._told.counts["approvals"] += 1
        status, body = await self._posted(self._priya, *_decision(approval), self._key("yes"))
        after = await self._get(f"/api/v1/approvals/{approval_id}")
        by = [one["by"] for one in after["decisions"]]
        if status == 409 and after["status"] == "expired":
            self._told.counts["approvals expired"] += 1
        elif after["status"] != "approved" or by != ["priya"]:
            self._told.wrong.append(
                f"approval {approval_id}: {status} {body}; it is {after['status']} by {by}"
            )
        return await self.follow(approval["run_id"])

    async def follow(self, run_id: str) -> str:
        """Its status when it is over; what nobody knows is answered on the way."""
        self.doing = f"waiting for the end of {run_id}"
        while True:
            run = await self._get(f"/api/v1/workflows/{run_id}")
            if run["status"] in OVER:
                self._told.runs[run_id] = run["status"]
                return str(run["status"])
            if run["status"] == "unknown":
                await self._say_what_happened(run)
            await asyncio.sleep(0.1)

    async def _say_what_happened(self, run: dict[str, Any]) -> None:
        """Look at the world, as a person would, and answer; now and then give the run up."""
        step = next(one["id"] for one in run["steps"] if one["status"] == "unknown")
        acted = f"{run['id']}:{step}" in (await self._patiently(self._company.world)).acts
        word = "happened" if acted else "did-not"
        if self._draw.random() < GIVES_UP:
            word = "abort"
        self._told.counts[f"unknown: {word}"] += 1
        await self.say(f"{word} {run['id']} {step}")

    async def say(self, text: str) -> dict[str, Any]:
        """A message until it is answered; the Reply."""
        key = self._key("say")
        body = {"session_id": self._session, "text": text}
        answer = await self._post(self._maria, "/api/v1/messages", body, key)
        found = Acknowledged(self._session, key, text, answer["request_id"], answer["text"])
        self._told.messages.append(found)
        if GIVEN_UP in answer["text"]:
            return await self._say_anew(text, answer["text"])
        if answer["intent"]["id"] == "error":
            self._told.wrong.append(f"{text!r} was answered with an error: {answer['text']!r}")
        return answer

    async def _say_anew(self, text: str, answer: str) -> dict[str, Any]:
        """The worker was killed each time it handled this: what stands is taken back, and it is said once more."""
        self._told.counts["messages given up, and that was said"] += 1
        for run_id in re.findall(r"`cancel (run_\w+)`", answer):
            await self.say(f"cancel {run_id}")
        return await self.say(text)

    async def _say_again(self) -> None:
        """The same key and text once more: the same answer, and nothing is done."""
        last = self._told.messages[-1]
        mine = next(one for one in reversed(self._told.messages) if one.session == self._session)
        body = {"session_id": mine.session, "text": mine.text}
        answer = await self._post(self._maria, "/api/v1/messages", body, mine.key)
        self._told.counts["repeats"] += 1
        if (answer["request_id"], answer["text"]) != (mine.request_id, mine.answer):
            self._told.wrong.append(f"a repeat of {last.key} got another answer: {answer}")

    def _key(self, what: str) -> str:
        self._sent += 1
        return f"{self._session or self._service}.{self._sent}.{what}"

    async def _post(
        self, wire: Wire, path: str, body: dict[str, Any], key: str | None = None
    ) -> dict[str, Any]:
        status, answer = await self._posted(wire, path, body, key or self._key("post"))
        if status >= 400:
            self._told.wrong.append(f"POST {path} {body}: {status} {answer}")
            raise AssertionError(self._told.wrong[-1])
        return dict(answer)

    async def _posted(self, wire: Wire, path: str, body: dict[str, Any], key: str) -> tuple[int, Any]:
        """Sent until it is acknowledged, always with the same key."""
        self.doing = f"POST {path} {body} {key}"
        while True:
            status, answer = await _once(wire, "POST", path, body, key)
            if status not in AGAIN:
                return status, answer
            self._told.counts["sent again"] += 1
            if status:
                self._told.counts[f"answered {status}: {str(answer.get('detail', answer))[:160]}"] += 1
            await asyncio.sleep(PAUSE)

    async def _get(self, path: str) -> dict[str, Any]:
        while True:
            status, answer = await _once(self._maria, "GET", path)
            if status == 200:
                return dict(answer)
            if status not in AGAIN:
                self._told.wrong.append(f"GET {path}: {status} {answer}")
                await asyncio.sleep(0.5)
            await asyncio.sleep(PAUSE)


def _decision(approval: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    path = f"/api/v1/approvals/{approval['id']}/decisions"
    return path, {"decision": "approve", "plan_hash": approval["plan_hash"]}


async def _once(
    wire: Wire, method: str, path: str, body: Any = None, key: str | None = None
) -> tuple[int, Any]:
    try:
        async with asyncio.timeout(40.0):
            return await wire.request(method, path, body, key)
    except (Lost, TimeoutError) as err:
        wire.close()
        return 0, {"detail": str(err)}
