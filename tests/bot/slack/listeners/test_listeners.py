"""Which listeners there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.slack import listeners

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_every_listener_file_is_registered_once() -> None:
    folder = Path(listeners.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    registered = [one.__module__.rsplit(".", 1)[-1] for one in listeners.LISTENERS]
    assert sorted(registered) == sorted(files)
