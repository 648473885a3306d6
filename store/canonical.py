"""One way to write JSON where two writers must get the same bytes: hashes of plans and of the audit chain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(
        f"{type(value).__name__} is not JSON; give dicts, lists, strings, numbers, booleans or None"
    )


def canonical(value: Any) -> str:
    """Sorted keys, no spaces, ASCII, no NaN or infinity (ValueError); tuples are lists, mappings are objects."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


def compact(value: Any) -> str:
    """As `canonical`, in the order given: for storing."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False, default=_plain)
