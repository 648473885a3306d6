"""Why the language model gave nothing. Whoever asked goes on without it and says so."""

from __future__ import annotations

from config.errors import CopilotError


class ModelFailed(CopilotError):
    """`outcome` is what the ledger keeps; the text ends a sentence that begins with "The language model"."""

    status = 502
    title = "The language model gave nothing"
    outcome = "failed"


class ModelLate(ModelFailed):
    outcome = "late"


class ModelBusy(ModelFailed):
    """HTTP 429; `retry_after` is what it asked for, seconds."""

    outcome = "busy"

    def __init__(self, words: str, retry_after: float) -> None:
        super().__init__(words)
        self.retry_after = retry_after


class ModelNonsense(ModelFailed):
    """Something came that cannot be used: no JSON, no choice, nothing."""

    outcome = "nonsense"


class ModelSpent(ModelFailed):
    """A limit of tokens, calls or money was reached; nothing was asked."""

    outcome = "spent"
