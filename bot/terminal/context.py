"""What every verb shares: opening the application, loading and running a verb's work, and what a failure looks like."""

from __future__ import annotations

import importlib
import logging
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from bot.clean import one_line
from bot.loop import run
from config.errors import CopilotError, SettingsError
from config.redaction import RedactingFormatter, Redactor, known_redactor, of_variables

if TYPE_CHECKING:
    from bot.services import Services
    from config.clock import Clock
    from config.settings import Settings

log = logging.getLogger(__name__)
LOG_FILE = "copilot.log"
LOG_BYTES = 5_000_000
#: LangChain would send every state and every prompt to a service of its own makers
_TRACING = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")
EXTRAS = {"rich": "terminal", "prompt_toolkit": "terminal"}


def program() -> str:
    """What one types here to call us: the name where it is on PATH, else the way to the installed command."""
    if shutil.which("llm-copilot"):
        return "llm-copilot"
    installed = Path(sys.prefix) / "bin" / "llm-copilot"
    if not installed.exists():
        return "llm-copilot"
    here = Path.cwd()
    return str(installed.relative_to(here)) if installed.is_relative_to(here) else str(installed)


class Opener(Protocol):
    """Builds the application for a verb; made by app.py, handed down as click's `ctx.obj`."""

    def settings(self) -> Settings:
        """Raises SettingsError."""
        ...

    def open(
        self,
        *,
        work: bool,
        chat: bool = True,
        clock: Clock | None = None,
        settings: Settings | None = None,
    ) -> AbstractAsyncContextManager[Services]:
        """The running application. With `work` this process takes messages and runs; without `chat` no graph is loaded.

        `clock` and `settings` stand in for the usual ones (the demo story). Raises CopilotError.
        """
        ...


Job = Callable[..., Awaitable[int | None]]


def do(opener: Opener, job: str, **arguments: object) -> None:
    """Load `module:function` below bot/terminal and await it; the number it returns is the exit code.

    Loaded here, not at import: the database and the graph cost a second that `--help` and completion must not pay.
    """
    sys.exit(guarded(lambda: opener.settings().data_dir, lambda: run(_run(job, opener, arguments))))


def do_apart(opener: Opener, job: str) -> None:
    """As `do`, in a temporary folder of its own (the job's `folder`), whatever the settings are; kept on failure."""
    folder = Path(tempfile.mkdtemp(prefix="llm-copilot-"))
    code = guarded(lambda: folder, lambda: run(_run(job, opener, {"folder": folder})))
    if code == 0:
        log_to(None)
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


def load(job: str) -> Job:
    """The coroutine function that `module:function` names below bot/terminal."""
    module, _, name = job.partition(":")
    found: Job = getattr(importlib.import_module(f"bot.terminal.{module}"), name)
    return found


async def _run(job: str, opener: Opener, arguments: dict[str, object]) -> int:
    return await load(job)(opener, **arguments) or 0


def guarded(find_folder: Callable[[], Path], work: Callable[[], int]) -> int:
    """Run `work` and turn what goes wrong into one line on stderr and an exit code: 2 for wrong use, 1 for failure.

    The log goes to the folder that `find_folder` gives; it may raise SettingsError.
    """
    folder: Path | None = None
    for name in _TRACING:
        os.environ.pop(name, None)
    try:
        folder = find_folder()
        log_to(folder)
        return work()
    except SettingsError as err:
        return complain(str(err), 2)
    except CopilotError as err:
        return complain(str(err), 1)
    except KeyboardInterrupt:
        return complain("Stopped. What runs already goes on with the next worker.", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except ModuleNotFoundError as err:
        if err.name not in EXTRAS:
            return _unexpected(folder, err)
        return complain(f"The package {err.name} is missing here. Install the extra `{EXTRAS[err.name]}`.", 1)
    except Exception as err:  # noqa: BLE001  the terminal's one catch-all: the person gets an id that is in the log
        return _unexpected(folder, err)


def complain(words: str, code: int) -> int:
    """Say what is wrong in one line on stderr; returns `code`."""
    redact = known_redactor() or Redactor(of_variables(os.environ))
    click.echo(f"llm-copilot: {one_line(redact(words))}", err=True)
    return code


class _Log(RotatingFileHandler):
    """A log that cannot be written (a full disk) costs the person who waits for an answer nothing."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name is logging's
        logging.raiseExceptions = False


def log_to(folder: Path | None) -> None:
    """Send our log to `copilot.log` there; None: nowhere. An unwritable folder is reported by whoever opens it."""
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, RotatingFileHandler)]:
        root.removeHandler(old)
        old.close()
    logging.lastResort = None
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = _Log(folder / LOG_FILE, maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8")
    except OSError:
        return
    redact = Redactor(of_variables(os.environ))
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", redact))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _unexpected(folder: Path | None, err: Exception) -> int:
    error_id = f"err_{secrets.token_hex(4)}"
    log.error("error id %s", error_id, exc_info=err)
    where = folder / LOG_FILE if folder is not None else None
    if where is not None and where.exists():
        return complain(f"Something went wrong on our side. Error id {error_id}: it is in {where}.", 1)
    return complain(
        f"Something went wrong on our side and the log cannot be written either: {type(err).__name__}: {err}.",
        1,
    )
