"""The metadata that migrations and tests take is whole."""

from __future__ import annotations

import re
from pathlib import Path

from store import schema

STORE = Path(schema.__file__).parent


def test_every_module_that_declares_a_table_is_in_the_schema() -> None:
    declaring = {
        path.stem for path in STORE.glob("*.py") if re.search(r"= Table\(", path.read_text(encoding="utf-8"))
    }
    assert {module.__name__.rsplit(".", 1)[-1] for module in schema.MODULES} == declaring
