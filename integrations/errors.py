"""What can go wrong with a back end, in our few kinds. Clients map their SDK's errors to these at the border.

IntegrationError
├── Unavailable     it cannot be reached, or it says it is ill
├── TimedOut        no answer within the deadline; for a write: the outcome is unknown
├── Refused         it answered no (rights, validation): nothing was changed
└── Absent          it does not know the thing we named
"""

from __future__ import annotations

from config.errors import CopilotError


class IntegrationError(CopilotError):
    """`happened` says what is known of a write's effect: False = certainly not, None = unknown."""

    status = 502
    title = "A back end failed"
    happened: bool | None = None


class Unavailable(IntegrationError):
    pass


class TimedOut(IntegrationError):
    pass


class Refused(IntegrationError):
    happened = False


class Absent(IntegrationError):
    happened = False
    status = 404
