from __future__ import annotations

from dataclasses import fields

from store.model_calls import ModelCall
from store.model_tables import model_calls


def test_columns_are_in_the_order_of_the_record() -> None:
    assert list(model_calls.c.keys()) == [one.name for one in fields(ModelCall)]
