"""The secrets that this process itself holds: they are hidden wherever they turn up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, SecretStr

from config.redaction import PASSWORD_IN_URL, of_variables, worth_hiding


def own_secrets(settings: BaseModel, variables: Mapping[str, str], *keys: bytes) -> set[str]:
    """SecretStr settings, passwords in addresses, telling variables, and signing `keys` as text and in hex."""
    found = {*_of(settings), *(one.decode(errors="ignore") for one in keys), *(one.hex() for one in keys)}
    return {one for one in found if worth_hiding(one)} | of_variables(variables)


def _of(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _of(getattr(value, name))
    elif isinstance(value, str):
        yield from PASSWORD_IN_URL.findall(value)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _of(one)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _of(one)
