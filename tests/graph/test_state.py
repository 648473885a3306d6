from __future__ import annotations

from typing import get_type_hints

from graph.state import State


def test_what_a_waiting_thread_keeps_is_words_not_objects() -> None:
    kept = {"kind", "request_id", "run_id", "approval_id", "outcome"}
    hints = get_type_hints(State)
    assert kept <= set(hints)
    assert {hints[name] for name in kept - {"kind"}} == {str}
