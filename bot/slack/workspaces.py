"""The workspaces this app is in: a client for each, and every error of Slack's in our few kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.outbox import SlowDown
from integrations.errors import Absent, IntegrationError, Refused, TimedOut, Unavailable

#: seconds for one call; above it nobody knows what became of it
DEADLINE = 8
_WORDS = {
    "is_archived": "The channel is archived. Unarchive it, or ask in another one.",
    "not_in_channel": "I am not in that channel. Invite me: /invite @copilot",
    "channel_not_found": "I cannot see that channel. Invite me: /invite @copilot",
    "message_not_found": "That message was deleted.",
    "expired_trigger_id": "That took too long, and Slack let the button go. Press it again.",
    "trigger_expired": "That took too long, and Slack let the button go. Press it again.",
    "exchanged_trigger_id": "Slack took that click already.",
    "missing_scope": "The Slack app lacks a permission",
    "invalid_auth": "Slack does not take the bot token. Set COPILOT_SLACK__BOT_TOKEN again.",
    "token_revoked": "Slack says that the bot token was revoked. Install the app again.",
    "account_inactive": "Slack says that the app was removed from the workspace. Install it again.",
    "msg_too_long": "The message is too long for Slack.",
    "invalid_blocks": "Slack does not take this card.",
}
_READS = frozenset(
    {
        "auth.test", "users.info", "users.lookupByEmail", "conversations.info", "conversations.history",
        "conversations.replies", "usergroups.users.list", "files.getUploadURLExternal",
    }
)  # fmt: skip
_GONE = frozenset({"message_not_found", "channel_not_found", "user_not_found", "users_not_found", "no_user"})
_ILL = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"})


@dataclass(frozen=True, slots=True)
class Workspace:
    """One installation: its bot's own ids, and its token."""

    team: str
    name: str
    bot_user: str
    bot: str
    token: str
    enterprise: str | None = None


class SlackRefused(Refused):
    """Slack answered no; `code` is its word for why."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class SlackAbsent(Absent):
    """Slack does not know the message, channel or person any more."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class Installed(Protocol):
    """Where installations are kept."""

    async def workspace(self, team: str) -> Workspace | None: ...

    async def remove(self, team: str) -> None:
        """The app was removed there, or its token revoked."""
        ...


class Web:
    """Calls Slack's Web API: one session, a deadline, no silent repeats; raises our errors alone."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session, self._url = session, api_url
        self._clients: dict[str, AsyncWebClient] = {}

    def client(self, token: str) -> AsyncWebClient:
        """Without retry handlers: a post whose answer was lost must not be sent again by the library."""
        if token not in self._clients:
            self._clients[token] = AsyncWebClient(
                token=token, base_url=self._url, timeout=DEADLINE, session=self._session, retry_handlers=[]
            )
        return self._clients[token]

    async def call(self, token: str, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Raises SlowDown (429), SlackRefused, SlackAbsent, Unavailable, TimedOut (nobody knows what became of it)."""
        try:
            answer = await self._ask(token, method, _given(arguments))
        except SlackApiError as err:
            raise _mapped(err, method) from err
        except TimeoutError as err:
            raise TimedOut(f"Slack did not answer {method} within {DEADLINE} s.") from err
        except aiohttp.ClientConnectorError as err:
            raise _never_left(method) from err
        except (aiohttp.ClientError, SlackClientError, OSError) as err:
            raise Unavailable(
                f"The connection to Slack broke during {method} ({type(err).__name__})."
            ) from err
        data = answer.data
        assert isinstance(data, dict)
        return data

    async def _ask(self, token: str, method: str, given: Mapping[str, Any]) -> AsyncSlackResponse:
        """Slack reads JSON in methods that write, and query strings alone in those that read."""
        client = self.client(token)
        if method in _READS:
            return await client.api_call(method, http_verb="GET", params=dict(given))
        return await client.api_call(method, json=dict(given))


def _never_left(method: str) -> IntegrationError:
    err = Unavailable(f"Slack cannot be reached for {method}. It is tried again.")
    err.happened = False
    return err


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


def _mapped(err: SlackApiError, method: str) -> Exception:
    response = err.response
    status = getattr(response, "status_code", 0)
    if status == 429:
        return SlowDown(_seconds(response.headers.get("Retry-After")))
    data = response.data if isinstance(response.data, dict) else {}
    code = str(data.get("error") or f"HTTP {status}")
    if status >= 500 or code in _ILL:
        return Unavailable(f"Slack is ill: {method} answered {code}. It is tried again.")
    words = _WORDS.get(code, f"Slack refused {method}: {code}.")
    if code == "missing_scope":
        words = f"{words} ({data.get('needed', 'unknown')}) for {method}. Add it and install the app again."
    return SlackAbsent(code, words) if code in _GONE else SlackRefused(code, words)


def _seconds(header: str | None) -> float:
    """What Retry-After asks for; 30 s where it says nothing that can be read."""
    try:
        return min(3600.0, max(1.0, float(header or "")))
    except ValueError:
        return 30.0
