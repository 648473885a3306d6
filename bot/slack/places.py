"""Where in Slack something is said: workspace, channel, and the thread or the command that began it."""

from __future__ import annotations

from dataclasses import dataclass

FACE = "slack"


@dataclass(frozen=True, slots=True)
class Spot:
    """`anchor` is `t<ts>` in a thread, `c<id>` for what a command began (its first answer begins the thread), and
    empty at the top of a channel or of a direct message."""

    team: str
    channel: str
    anchor: str = ""

    @property
    def conversation(self) -> str:
        return f"{self.team}/{self.channel}/{self.anchor}".rstrip("/")

    @property
    def place(self) -> str:
        return f"{FACE}:{self.conversation}"

    @property
    def thread(self) -> str | None:
        """The thread's first message, where it is known without looking."""
        return self.anchor[1:] if self.anchor.startswith("t") else None

    @classmethod
    def parse(cls, place: str) -> Spot:
        """`slack:T1/C1/t1700.1`."""
        team, _, rest = place.partition(":")[2].partition("/")
        channel, _, anchor = rest.partition("/")
        return cls(team, channel, anchor)


def in_thread(team: str, channel: str, ts: str) -> Spot:
    return Spot(team, channel, f"t{ts}")


def begun_by(team: str, channel: str, event: str) -> Spot:
    return Spot(team, channel, f"c{event}")


def ref(channel: str, ts: str) -> str:
    """Our name of a Slack message, kept with the post that it shows."""
    return f"{channel}/{ts}"


def of_ref(name: str) -> tuple[str, str]:
    """Channel and timestamp of a message."""
    channel, _, ts = name.partition("/")
    return channel, ts
