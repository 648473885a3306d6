"""The database's troubles in words: which database, what is wrong, what to do. Never its password."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from config.errors import Conflict
from store.errors import IllegalTransition, StaleFence, rolled_back_by_server, store_error

MISSING = "run `llm-copilot migrate`"


def wrapped(orig: BaseException, gone: bool = False) -> DBAPIError:
    return OperationalError("SELECT secret", {}, orig, connection_invalidated=gone)


@pytest.mark.parametrize(
    ("orig", "words"),
    [
        (
            sqlite3.OperationalError("database is locked"),
            "locked by another process; end the one that holds it",
        ),
        (sqlite3.OperationalError("database or disk is full"), "the disk is full; free some space"),
        (sqlite3.OperationalError("unable to open database file"), "check that its folder exists"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "check the rights"),
        (sqlite3.DatabaseError("database disk image is malformed"), "restore it from a backup"),
        (sqlite3.OperationalError("disk I/O error"), "check the disk"),
        (sqlite3.OperationalError("no such table: inbox"), MISSING),
        (sqlite3.OperationalError("table inbox has no column named x"), MISSING),
        (psycopg.errors.UndefinedTable("x"), MISSING),
        (psycopg.errors.UndefinedColumn("x"), MISSING),
        (psycopg.errors.DiskFull("x"), "the server's disk is full"),
        (psycopg.errors.TooManyConnections("x"), "raise max_connections"),
        (psycopg.errors.AdminShutdown("x"), "check that the server runs. The next request connects again"),
        (psycopg.errors.ReadOnlySqlTransaction("x"), "connect to the primary"),
        (psycopg.errors.InsufficientPrivilege("x"), "grant the rights"),
        (psycopg.OperationalError("connection failed: Connection refused"), "check that the server runs"),
        (psycopg.OperationalError("failed to resolve host 'x'"), "COPILOT_DATABASE_URL is right"),
        (
            psycopg.OperationalError('FATAL:  password authentication failed for user "x"'),
            "refused the password",
        ),
        (psycopg.OperationalError("FATAL:  the database system is starting up"), "try again in a moment"),
        (psycopg.errors.DivisionByZero("division by zero"), "refused a statement: division by zero"),
    ],
)
def test_each_trouble_says_what_to_do(orig: BaseException, words: str) -> None:
    said = str(store_error(wrapped(orig), "copilot.db"))
    assert words in said
    assert said.startswith("The database copilot.db ")
    assert said.endswith(".") and "\n" not in said and "secret" not in said


def test_a_lost_connection_is_said_whatever_the_driver_calls_it() -> None:
    said = str(store_error(wrapped(psycopg.OperationalError("consuming input failed"), gone=True), "db"))
    assert "lost the connection" in said


def test_only_what_the_server_undid_is_safe_to_run_again() -> None:
    assert rolled_back_by_server(wrapped(psycopg.errors.DeadlockDetected("x")))
    assert rolled_back_by_server(wrapped(psycopg.errors.SerializationFailure("x")))
    assert not rolled_back_by_server(wrapped(psycopg.errors.UniqueViolation("x")))
    assert not rolled_back_by_server(wrapped(sqlite3.OperationalError("database is locked")))
    assert not rolled_back_by_server(ValueError())


def test_losing_a_race_is_a_conflict() -> None:
    assert (IllegalTransition("x").status, StaleFence("x").status) == (409, 409)
    assert issubclass(IllegalTransition, Conflict) and issubclass(StaleFence, Conflict)
