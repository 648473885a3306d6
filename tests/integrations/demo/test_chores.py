"""What was done to services, counted."""

from __future__ import annotations

from integrations.demo.chores import Chores
from integrations.demo.events import Event

KEY = ("rag-api", "production")


def test_each_kind_is_counted_by_service_with_when_it_took_effect() -> None:
    chores = Chores()
    data = {"service": KEY[0], "environment": KEY[1]}
    chores.apply(Event(1, "cache.flushed", 10.0, {**data, "effective_at": 40.0}))
    (note,) = chores.apply(Event(2, "cache.flushed", 20.0, {**data, "effective_at": 30.0}))
    assert (note.before, note.after) == ("cache_flush=1", "cache_flush=2")
    assert note.summary == "The cache of rag-api was flushed"
    assert (chores.count("cache.flushed", KEY), chores.times("cache.flushed", KEY)) == (2, (30.0, 40.0))
    assert chores.count("warmed", KEY) == 0 and chores.times("warmed", KEY) == ()
