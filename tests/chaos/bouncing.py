"""Runbooks that are over at once: nothing is verified, so that many can be told in little time."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, select

from store.tables import approvals

BOUNCE = """
version: 1
name: bounce
description: Restart a service.
owner: platform
inputs:
  service: {type: service, required: true}
  environment: {type: environment, required: true}
steps:
  - {id: restart, uses: services.restart, with: {service: "${{ inputs.service }}"}}
  - {id: tell, always: true, uses: chat.post, with: {text: "Bounced ${{ inputs.service }}: ${{ run.status }}"}}
"""
BACK = """
version: 1
name: back
description: Put a service back.
owner: platform
inputs:
  service: {type: service, required: true}
  environment: {type: environment, required: true}
steps:
  - {id: now, uses: deployments.status, with: {service: "${{ inputs.service }}"}}
  - id: rollback
    uses: deployments.rollback
    with:
      service: ${{ inputs.service }}
      environment: ${{ inputs.environment }}
      to: ${{ steps.now.output.previous }}
"""


def shelve(folder: Path, name: str) -> None:
    """Put both runbooks there, the first under this name and no other."""
    shelf = folder / "own" / "runbooks"
    shelf.mkdir(parents=True, exist_ok=True)
    for old in shelf.glob("*.yaml"):
        old.unlink()
    (shelf / f"{name}.yaml").write_text(BOUNCE.replace("name: bounce", f"name: {name}"), encoding="utf-8")
    (shelf / "back.yaml").write_text(BACK, encoding="utf-8")


def anew_for(conn: Connection, approval: str) -> str | None:
    """What was asked in place of one whose run stopped because the world had changed."""
    request = conn.execute(select(approvals.c.request_id).where(approvals.c.id == approval)).scalar_one()
    base, _, count = str(request).partition(".r")
    wanted = select(approvals.c.id).where(approvals.c.request_id == f"{base}.r{int(count or 0) + 1}")
    return conn.execute(wanted).scalar_one_or_none()
