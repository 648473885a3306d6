"""The root of our errors. Each room adds its own leaves; a face maps a leaf to its medium by `status`.

CopilotError
├── SettingsError            a setting, a file of ours, a secret: exit 2 at start
├── BadRequest      400      the words or values that a person gave
├── Forbidden       403      the person may not; says who may
├── NotFound        404
├── Conflict        409      somebody was faster, it expired, or the plan changed
├── Busy            503      more waits than we take; try again
├── StoreError      503      the database (store/engine.py)
└── IntegrationError 502     a back end (integrations/errors.py)
"""

from __future__ import annotations


class CopilotError(Exception):
    """An error whose text may be shown to the person as it is: which value, what was wanted, what to do next."""

    status = 500
    title = "Something went wrong"


class SettingsError(CopilotError):
    title = "A setting is wrong"


class BadRequest(CopilotError):
    status = 400
    title = "That cannot be read"


class Forbidden(CopilotError):
    status = 403
    title = "You may not do this"


class NotFound(CopilotError):
    status = 404
    title = "There is no such thing"


class Conflict(CopilotError):
    status = 409
    title = "It has changed meanwhile"


class Busy(CopilotError):
    status = 503
    title = "Too much is waiting"
