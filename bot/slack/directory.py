"""Who a Slack account is: by people.yaml, else by the e-mail address that Slack verified."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack.workspaces import Web, Workspace
from config.clock import Clock
from config.errors import CopilotError
from config.people import People, Person

log = logging.getLogger(__name__)
#: seconds for which Slack's word on an account holds
KEPT = 300.0
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Account:
    """Slack's word on an account: `home` is its own workspace; one that is not `full` (gone, guest, bot, of another
    company) has no rights by default."""

    user: str
    home: str
    name: str
    email: str | None
    full: bool


class Directory:
    """Resolves accounts to people, asking Slack at most every five minutes."""

    def __init__(self, web: Web, people: People, clock: Clock) -> None:
        self._web, self._people, self._clock = web, people, clock
        self._accounts: OrderedDict[tuple[str, str], tuple[float, Account]] = OrderedDict()

    async def actor(self, workspace: Workspace, team: str, user: str) -> str:
        """The person's id, or `slack:TEAM/USER` for somebody we do not know or who has no rights here.

        `team` is the account's own workspace. Fails closed: when Slack cannot be asked, nobody is recognised by
        e-mail, and a listed account only while Slack's last word on it was that it is a full member.
        """
        stranger = f"slack:{team}/{user}"
        listed = self._people.by_slack(team, user)
        try:
            account = await self.account(workspace, user)
        except CopilotError as err:
            log.warning("Slack does not say who %s is: %s", stranger, err)
            return stranger
        if not account.full or account.home != team:
            return stranger
        person = listed or self._by_email(workspace, account)
        return person.id if person is not None else stranger

    async def account(self, workspace: Workspace, user: str) -> Account:
        """Raises CopilotError when Slack does not say."""
        now, key = self._clock.now(), (workspace.team, user)
        kept = self._accounts.get(key)
        if kept is not None and now - kept[0] < KEPT:
            return kept[1]
        answer = await self._web.call(workspace.token, "users.info", user=user)
        account = _account(answer["user"], workspace.team)
        self._accounts[key] = (now, account)
        self._accounts.move_to_end(key)
        if len(self._accounts) > _MOST:
            self._accounts.popitem(last=False)
        return account

    def forget(self, workspace: Workspace, user: str) -> None:
        """Slack said that the account changed."""
        self._accounts.pop((workspace.team, user), None)

    def _by_email(self, workspace: Workspace, account: Account) -> Person | None:
        """Only for members of the workspace itself: a guest's address proves nothing about this company."""
        if account.email is None or account.home != workspace.team:
            return None
        return self._people.by_email(account.email)


def _account(user: Mapping[str, Any], team: str) -> Account:
    profile = user.get("profile") or {}
    home = str(user.get("team_id") or team)
    flags = ("deleted", "is_restricted", "is_ultra_restricted", "is_stranger", "is_bot")
    return Account(
        user=str(user["id"]),
        home=home,
        name=str(profile.get("real_name") or user.get("real_name") or user.get("name") or user["id"]),
        email=str(profile["email"])
        if profile.get("email") and user.get("is_email_confirmed", True)
        else None,
        full=not any(user.get(flag) for flag in flags),
    )
