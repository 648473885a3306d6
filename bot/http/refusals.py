"""The errors that only HTTP has. No aiohttp here: the terminal makes tokens without loading it."""

from __future__ import annotations

from config.errors import CopilotError


class Unauthorized(CopilotError):
    status = 401
    title = "Who you are is not known"


class TooLarge(CopilotError):
    status = 413
    title = "That is too large"


class WrongType(CopilotError):
    status = 415
    title = "That type of body is not read"


class Unprocessable(CopilotError):
    status = 422
    title = "That does not go together"
