"""Slack as one face: Bolt behind our guard, posts by the outbox, cards kept true. Over HTTP or Socket Mode."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.keeper import Keeper
from bot.services import Services
from bot.slack import guard
from bot.slack.buttons import Buttons
from bot.slack.chat import Chat, Painter
from bot.slack.directory import Directory
from bot.slack.front import Front, words_for
from bot.slack.installed import OneWorkspace
from bot.slack.listeners import LISTENERS
from bot.slack.oauth import Installations, States, make_flow
from bot.slack.places import FACE
from bot.slack.workspaces import Installed, Web
from config.errors import Busy, NotFound, SettingsError
from config.settings import Settings, Slack
from store.engine import StoreError

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def open_slack(services: Services) -> AsyncIterator[list[web.RouteDef]]:
    """The face while it is open, and the routes it wants on our port. Raises SettingsError, CopilotError."""
    settings = _complete(services.settings)
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        calls = Web(session, settings.api_url)
        installed, flow = _installed(services, calls, settings)
        front = make_front(services, calls, installed)
        app = make_app(front, calls, installed)
        chat = Chat(calls, installed, services.database, front.painter)
        services.outbox.attach(FACE, chat)
        stack.push_async_callback(services.outbox.detach, FACE)
        front.keeper.start()
        stack.push_async_callback(front.keeper.stop)
        if settings.app_token is not None:
            await _connect(stack, app, settings)
        yield [*_routes(app, services, settings), *(_install_routes(flow) if flow is not None else [])]


def _complete(settings: Settings) -> Slack:
    """Slack's settings when they suffice. Raises SettingsError.

    The demo company speaks there only when it was chosen by name: an invented incident reaches no channel by accident.
    """
    slack = settings.slack
    if slack.bot_token is None and slack.client_id is None:
        raise SettingsError(
            "COPILOT_SLACK__BOT_TOKEN is not set. Set it, or take the other Slack settings out."
        )
    if slack.app_token is None and slack.signing_secret is None:
        raise SettingsError(
            "Slack has no way in. Set COPILOT_SLACK__APP_TOKEN (Socket Mode) or COPILOT_SLACK__SIGNING_SECRET (HTTP)."
        )
    if settings.mode == "demo" and "mode" not in settings.model_fields_set:
        raise SettingsError(
            "Slack is configured and the mode was not chosen. Set COPILOT_MODE=observe for your own company, "
            "or COPILOT_MODE=demo to let the demo company speak there."
        )
    return slack


def make_front(services: Services, calls: Web, installed: Installed) -> Front:
    buttons = Buttons(services.token_key)
    painter = Painter(services.database, services.people, services.clock, buttons, services.settings.mode)
    return Front(
        services=services, web=calls, installed=installed, buttons=buttons, painter=painter,
        directory=Directory(calls, services.people, services.wall),
        keeper=Keeper(services.database, services.outbox, services.wall, FACE),
        command=services.settings.slack.command,
    )  # fmt: skip


def make_app(front: Front, calls: Web, installed: Installed) -> AsyncApp:
    """Bolt, with what this app listens to. It verifies nothing: the guard did, on the raw bytes."""

    async def authorize(
        team_id: str | None, enterprise_id: str | None, user_id: str | None
    ) -> AuthorizeResult:
        workspace = await installed.workspace(team_id or "")
        if workspace is None:
            raise NotFound(f"This app is not installed in the workspace {team_id or '(none)'}.")
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=workspace.team, bot_user_id=workspace.bot_user,
            bot_id=workspace.bot, bot_token=workspace.token, user_id=user_id,
        )  # fmt: skip

    app = AsyncApp(
        name="copilot",
        logger=log,
        client=calls.client(""),
        authorize=authorize,
        request_verification_enabled=False,
        process_before_response=True,  # what came is stored before Slack is told that it came
        attaching_conversation_kwargs_enabled=False,
    )
    for register in LISTENERS:
        register(app, front)

    @app.error
    async def failed(error: Exception, body: dict[str, Any]) -> BoltResponse:
        if body.get("type") == "event_callback" and isinstance(error, StoreError | Busy):
            return BoltResponse(status=503, body="")  # Slack sends the event again
        words = words_for(error)
        if "command" in body:
            return BoltResponse(status=200, body={"response_type": "ephemeral", "text": words})
        if body.get("type") == "view_submission":
            return BoltResponse(status=200, body=_on_the_field(body, words))
        if body.get("type") != "event_callback":
            await front.whisper(body, words)
        return BoltResponse(status=200, body="")

    return app


def _on_the_field(body: dict[str, Any], words: str) -> dict[str, Any]:
    """A form's error stands at its first field, and the form stays open."""
    blocks = body["view"]["state"]["values"]
    return {"response_action": "errors", "errors": {next(iter(blocks), "reason"): words[:150]}}


async def _connect(stack: contextlib.AsyncExitStack, app: AsyncApp, settings: Slack) -> None:
    handler = AsyncSocketModeHandler(app, _secret(settings.app_token))
    await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt leaves it untyped
    stack.push_async_callback(handler.close_async)


def _installed(services: Services, calls: Web, settings: Slack) -> tuple[Installed, AsyncOAuthFlow | None]:
    """One workspace by its token, or every one that installs the app."""
    if settings.bot_token is not None:
        return OneWorkspace(calls, _secret(settings.bot_token)), None
    store, states = Installations(services.database, services.wall), States(services.database, services.wall)
    flow = make_flow(calls, store, states, settings.client_id, _secret(settings.client_secret))
    return store, flow


def _install_routes(flow: AsyncOAuthFlow) -> list[web.RouteDef]:
    async def install(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await flow.handle_installation(await to_bolt_request(request)))

    async def come_back(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await flow.handle_callback(await to_bolt_request(request)))

    return [web.get(flow.install_path, install), web.get(flow.redirect_uri_path, come_back)]


def _secret(value: SecretStr | None) -> str:
    return "" if value is None else value.get_secret_value()


def _routes(app: AsyncApp, services: Services, settings: Slack) -> list[web.RouteDef]:
    if settings.signing_secret is None:
        return []
    secret = _secret(settings.signing_secret).encode()

    async def events(request: web.Request) -> web.StreamResponse:
        try:
            raw = await _raw(request)
            payload = guard.check(raw, request.headers, secret, services.wall.now())
        except guard.Refused as err:
            log.warning("a request to /slack/events was refused (%d): %s", err.status, err.why)
            return web.Response(status=err.status, text="refused")
        if payload.get("type") == "url_verification":
            return web.json_response({"challenge": str(payload.get("challenge", ""))})
        answer = await app.async_dispatch(AsyncBoltRequest(body=raw.decode(), headers=dict(request.headers)))
        return _answered(answer)

    return [web.post("/slack/events", events)]


async def _raw(request: web.Request) -> bytes:
    """The body, at most one byte longer than may be."""
    raw = bytearray()
    async for chunk in request.content.iter_any():
        raw += chunk
        if len(raw) > guard.MOST_BYTES:
            break
    return bytes(raw[: guard.MOST_BYTES + 1])


def _answered(answer: BoltResponse) -> web.Response:
    """What Bolt has no listener for is none of our business: Slack is told that it was taken."""
    if answer.status == 404:
        return web.Response(status=200)
    body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    kind = "application/json" if body.startswith("{") else "text/plain"
    return web.Response(status=answer.status, text=body, content_type=kind)
