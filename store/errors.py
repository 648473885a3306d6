"""What can go wrong with the database, in words for the person who reads them.

CopilotError
├── StoreError 503            the database cannot be used now
└── Conflict 409
    ├── IllegalTransition     the table of transitions does not allow it
    └── StaleFence            another worker has claimed the run since
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from config.errors import Conflict, CopilotError


class StoreError(CopilotError):
    status = 503
    title = "The database cannot be used"


class IllegalTransition(Conflict):
    """The record is not in a state from which it may go there; says which state it is in."""


class StaleFence(Conflict):
    """The writer's claim on the run is no longer the newest: nothing was written."""


RETRYABLE = frozenset({"40001", "40P01"})

_SIGNS = (
    ("database is locked", "is locked by another process; end the one that holds it, then try again"),
    (
        "database or disk is full",
        "cannot grow: the disk is full; free some space, then try again. Nothing was lost",
    ),
    ("unable to open database file", "cannot be opened; check that its folder exists and may be written to"),
    ("readonly database", "cannot be written; check the rights on the file and its folder"),
    ("file is not a database", "is not an SQLite database; move the file away or set COPILOT_DATABASE_URL"),
    ("malformed", "is damaged; restore it from a backup"),
    ("disk i/o error", "cannot be read or written (disk I/O error); check the disk and its free space"),
    ("no such table", "has an older or newer schema than this version; run `llm-copilot migrate`"),
    ("no such column", "has an older or newer schema than this version; run `llm-copilot migrate`"),
    ("has no column named", "has an older or newer schema than this version; run `llm-copilot migrate`"),
    ("password authentication failed", "refused the password; mend COPILOT_DATABASE_URL"),
    ("no password supplied", "wants a password; mend COPILOT_DATABASE_URL"),
    (
        "too many clients",
        "takes no more connections; raise max_connections on the server or end other clients",
    ),
    (
        "connection slots",
        "takes no more connections; raise max_connections on the server or end other clients",
    ),
    ("does not exist", "or its user is not on the server; create it, or mend COPILOT_DATABASE_URL"),
    ("starting up", "is starting; try again in a moment"),
    ("shutting down", "is shutting down; start the server, then try again"),
)

_POSTGRES_STATES = {
    "53100": "cannot grow: the server's disk is full; free some space there. Nothing was lost",
    "53300": "takes no more connections; raise max_connections on the server or end other clients",
    "42P01": "has an older or newer schema than this version; run `llm-copilot migrate`",
    "42703": "has an older or newer schema than this version; run `llm-copilot migrate`",
    "42501": "does not let this user write; grant the rights, or mend COPILOT_DATABASE_URL",
    "25006": "is read-only at the moment; connect to the primary server",
    "55P03": "is locked by another session; end the one that holds it, then try again",
    "57014": "cancelled the statement because it took too long; try again",
}

_GONE = "lost the connection; check that the server runs. The next request connects again"
_UNREACHABLE = "cannot be reached; check that the server runs and COPILOT_DATABASE_URL is right"


def sqlstate(err: DBAPIError) -> str | None:
    """The server's five-character code, None for SQLite and for failures to connect."""
    return getattr(err.orig, "sqlstate", None)


def rolled_back_by_server(err: BaseException) -> bool:
    """Whether PostgreSQL undid the transaction for a deadlock or a serialization failure: safe to run again."""
    return isinstance(err, DBAPIError) and sqlstate(err) in RETRYABLE


def store_error(err: DBAPIError, name: str) -> StoreError:
    """The error in our words. `name` is the database as people know it, without its password."""
    text = (str(err.orig).strip() or type(err.orig).__name__).splitlines()[0]
    state = sqlstate(err)
    if state is not None and state in _POSTGRES_STATES:
        return StoreError(f"The database {name} {_POSTGRES_STATES[state]}.")
    if err.connection_invalidated or (state is not None and state.startswith("57P")):
        return StoreError(f"The database {name} {_GONE}.")
    low = text.lower()
    for sign, words in _SIGNS if state is None else ():
        if sign in low:
            return StoreError(f"The database {name} {words}.")
    if state is None and hasattr(err.orig, "sqlstate"):
        return StoreError(f"The database {name} {_UNREACHABLE} ({text}).")
    return StoreError(f"The database {name} refused a statement: {text}. Run `llm-copilot doctor`.")
