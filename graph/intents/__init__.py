"""What people may want: one declaration each, and all of them by name."""

from __future__ import annotations

from graph.intents.registry import ACTS, BY_NAME, INTENTS, TRAITS, declared_examples

__all__ = ["ACTS", "BY_NAME", "INTENTS", "TRAITS", "declared_examples"]
