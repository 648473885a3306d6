"""Names in a text that nobody knows and that matter for what is wanted: they are asked about, never dropped."""

from __future__ import annotations

from dataclasses import replace

from graph.understanding.entities import Unknown
from graph.understanding.reader import Understanding

#: entities that are a person's own words: a name in them is not asked about
_OWN_WORDS = ("query", "title", "note")


def strangers(understood: Understanding, guess: bool = True) -> list[Unknown]:
    """With `guess`, a word that only stands where a service would stand counts when no service is known."""
    entities = understood.reading.entities
    own = " ".join(str(entities.get(kind, "")) for kind in _OWN_WORDS).lower()
    unknown = [one for one in understood.extracted.unknown if one.said not in own]
    sure = [one for one in unknown if one.kind != "maybe"]
    if sure or "service" in understood.extracted.found or "model" in entities or not guess:
        return sure
    if "service" in entities and not understood.notes:
        return sure
    return [replace(one, kind="service") for one in unknown if one.kind == "maybe"]
