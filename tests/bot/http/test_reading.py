from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from bot.http.reading import MOST_KEYS, Body, Page, checked, parse_object
from config.errors import BadRequest


class Order(Body):
    name: str = Field(min_length=1, max_length=10)
    count: int = 1


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "not an object"),
        (b'"x"', "not an object"),
        (b"null", "not an object"),
        (b"\xff{}", "not UTF-8 .byte 0"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":-Infinity}', "Infinity"),
        (b'{"a":1e999}', "too large"),
        (b'{"a":1,"a":2}', "'a' is there twice"),
        (b'{"a":' + b"[" * 100_000, "nested too deeply"),
        (b'{"a":' + b"[" * 20 + b"]" * 20 + b"}", "deeper than 20 levels"),
        (b'{"a":' + b"[" * 20 + b"]" * 20 + b',"b":1}', "deeper than 20 levels"),
        (b'{"a":' + b"1" * 5_000 + b"}", "cannot mean"),
        (b'{"a":"\x01"}', "not JSON"),
        (b"{'a':1}", "not JSON"),
    ],
)
def test_what_is_not_a_strict_object_is_refused_in_words(raw: bytes, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        parse_object(raw)


def test_an_object_with_endless_keys_is_refused() -> None:
    raw = b"{" + b",".join(b'"k%d":1' % number for number in range(MOST_KEYS + 1)) + b"}"
    with pytest.raises(BadRequest, match="more than 500 keys"):
        parse_object(raw)


def test_nesting_is_counted_and_brackets_are_not() -> None:
    assert parse_object(b'{"a":' + b"[" * 19 + b"]" * 19 + b"}")
    assert parse_object(b'{"a":[' + b",".join([b"[{}]"] * 400) + b'],"b":"[[[[[[[[[[[[[[[[[[[[[["}')


def test_a_plain_object_is_read() -> None:
    assert parse_object('{"a": [1, 2.5, "é", null, true]}'.encode()) == {"a": [1, 2.5, "é", None, True]}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_give_an_object_or_a_refusal(raw: bytes) -> None:
    with contextlib.suppress(BadRequest):
        assert isinstance(parse_object(raw), dict)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "'name' is missing.*Known are: name, count .may be left out."),
        ({"name": 7}, "'name': input should be a valid string"),
        ({"name": ""}, "at least 1 character"),
        ({"name": "x" * 11}, "at most 10 characters"),
        ({"name": "x", "count": "1"}, "'count': input should be a valid integer"),
        ({"name": "x", "count": True}, "'count': input should be a valid integer"),
        ({"name": "x", "cuont": 1}, "'cuont' is not known .did you mean 'count'"),
        ({"name": "x", "actor": "priya"}, "'actor' is not known"),
        ({"name": "\ud800"}, "'name'"),
    ],
)
def test_a_wrong_body_is_told_which_key_and_what_is_wanted(value: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        checked(Order, value, "body")


def test_query_text_is_converted_and_bounded() -> None:
    assert checked(Page, {"limit": "7", "cursor": "x"}, "query string") == Page(limit=7, cursor="x")
    for limit in ("0", "201", "-1", "1.5", "x", "", "1e3", "9" * 5000):
        with pytest.raises(BadRequest, match="'limit'"):
            checked(Page, {"limit": limit}, "query string")
