from __future__ import annotations

from graph.message import Reading, Reply


def test_the_stored_form_keeps_ids_of_approval_and_run_only() -> None:
    reading = Reading("deploy.rollback", 0.98765, "classifier", {"service": "rag-api"})
    body = Reply(
        "req_1", "c1", "words", ({"type": "text"},), reading, {"id": "apr_1", "plan": {}}, {"id": "run_1"}
    ).body()
    assert body["id"] == "reply:req_1"
    assert (body["approval"], body["run"]) == ("apr_1", "run_1")
    assert body["intent"] == {
        "id": "deploy.rollback",
        "confidence": 0.988,
        "source": "classifier",
        "entities": {"service": "rag-api"},
    }


def test_without_approval_and_run_they_are_null() -> None:
    body = Reply("r", "c", "w", (), Reading("help", 1.0, "command")).body()
    assert (body["approval"], body["run"]) == (None, None)
