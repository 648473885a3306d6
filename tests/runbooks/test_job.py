from __future__ import annotations

from typing import Any

from runbooks.job import Job, own_output, well
from store.records import Step
from tests.runbooks.test_plan import PLAN
from tests.runbooks.world import ROLLBACK, World, book
from tests.support.ledger import a_run, a_step


def job(**steps: Any) -> Job:
    """A job over the rollback runbook; each keyword changes the columns of that step."""
    runbook = book(ROLLBACK, World().actions())
    records: dict[str, Step] = {}
    for place, step in enumerate(runbook.steps):
        effect = {"now": "read", "back": "write", "tell": "record"}[step.id]
        records[step.id] = a_step(step.id, position=place, effect=effect, **steps.get(step.id, {}))
    return Job(a_run(inputs={"service": "rag-api", "limit": 0.5}), runbook, PLAN, records)


DONE = {"status": "done", "output": {}}


def test_what_may_start_follows_from_what_has_passed() -> None:
    assert [step.id for step in job().ready(set())] == ["now"]
    assert list(job().ready({"now"})) == []
    assert [step.id for step in job(now=DONE).ready(set())] == ["back"]


def test_a_write_passes_only_when_it_was_seen_to_be_well() -> None:
    done = job(now=DONE, back=DONE)
    assert [step.id for step in done.ready(set())] == ["back"], "its verification is still to come"
    well_ = job(now=DONE, back=DONE | {"output": {"verify": {"ok": True}}})
    assert list(well_.ready(set())) == []
    assert well_.all_passed()
    assert well_.stop() is None


def test_a_step_left_out_passes_and_one_that_was_stopped_does_not() -> None:
    assert job(now=DONE, back={"status": "skipped"}).all_passed()
    stopped = job(now=DONE, back={"status": "skipped", "error": "changed", "output": {"replan": True}})
    stop = stopped.stop()
    assert stop is not None
    assert (stop.replan, stop.put_back, stopped.all_passed()) == (True, False, False)


def test_a_failed_write_or_one_that_is_not_well_is_put_back_and_a_failed_read_is_not() -> None:
    for steps, put_back in (
        ({"now": {"status": "failed", "error": "x"}}, False),
        ({"now": DONE, "back": {"status": "failed", "error": "x"}}, True),
        ({"now": DONE, "back": {"status": "skipped", "error": "x"}}, True),
        ({"now": DONE, "back": {"status": "failed", "error": "x", "output": {"replan": True}}}, False),
        ({"now": DONE, "back": DONE | {"output": {"verify": {"ok": False, "why": "ill"}}}}, True),
    ):
        stop = job(**steps).stop()
        assert stop is not None
        assert stop.put_back is put_back


def test_what_nobody_knows_comes_before_what_failed() -> None:
    stop = job(now={"status": "failed", "error": "x"}, back={"status": "unknown", "error": "?"}).stop()
    assert stop is not None
    assert (stop.unknown, stop.step_id) == (True, "back")


def test_an_always_step_never_stops_a_run() -> None:
    assert job(now=DONE, back={"status": "skipped"}, tell={"status": "failed", "error": "x"}).stop() is None


def test_notes_of_the_engine_are_no_output() -> None:
    step = a_step(output={"version": "v1", "verify": {"ok": True}, "undo": {}, "replan": True})
    assert own_output(step) == {"version": "v1"}
    assert well(step) is True
    assert well(a_step()) is None
    assert well(a_step(output={"verify": {"ok": None}})) is None
    one = job(now=DONE | {"output": {"current": "v2"}})
    assert one.variables(one.runbook.steps[0])["steps"]["now"] == {"output": {"current": "v2"}}


def test_an_undo_has_another_key_than_its_step() -> None:
    one = job()
    assert one.context("back", 0.0).key == "run_1:back"
    assert one.context("back", 0.0, "undo").key == "run_1:back:undo"


def test_what_stands_is_newest_first_and_what_was_put_back_does_not() -> None:
    assert [step.id for step in job(back=DONE).changed()] == ["back"]
    assert job(back={"status": "undone"}).changed() == []
    assert job(back={"status": "undone"}).can_undo()
    assert not job().can_undo()
