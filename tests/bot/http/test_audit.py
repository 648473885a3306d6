from __future__ import annotations

import hashlib

import pytest

from bot.http.shapes import AuditRow
from store.canonical import canonical
from tests.bot.http.conftest import Stage

BACK = {"runbook": "roll-back", "inputs": {"service": "rag-api"}}


@pytest.mark.parametrize(
    ("person", "status"), [("jonas", 200), ("amara", 200), ("maria", 403), ("priya", 403)]
)
async def test_auditors_and_admins_alone_read_the_audit(stage: Stage, person: str, status: int) -> None:
    got, body = await stage.call("GET", "/audit", person)
    assert got == status
    if status == 403:
        assert "auditor or admin" in body["detail"]


async def test_the_chain_can_be_checked_from_what_is_given(stage: Stage) -> None:
    for _ in range(2):
        await stage.call("POST", "/workflows", "maria", BACK)
    _, rows = await stage.call("GET", "/audit", "jonas")
    assert len(rows) >= 4
    link = "0" * 64
    for row in rows:
        AuditRow.model_validate(row)
        assert row["prev_hash"] == link
        columns = {key: value for key, value in row.items() if key not in ("prev_hash", "hash")}
        link = hashlib.sha256((link + canonical(columns)).encode()).hexdigest()
        assert row["hash"] == link


async def test_rows_are_filtered_by_run_and_read_in_pages(stage: Stage) -> None:
    runs = [(await stage.call("POST", "/workflows", "maria", BACK))[1]["id"] for _ in range(2)]
    _, rows = await stage.call("GET", f"/audit?run={runs[0]}", "jonas")
    assert {row["run_id"] for row in rows} == {runs[0]}
    _, every = await stage.call("GET", "/audit", "jonas")
    seen = await stage.pages("/audit?limit=2", "jonas")
    assert seen == every
    _, later = await stage.call("GET", f"/audit?after={every[0]['seq']}", "jonas")
    assert later == every[1:]
