"""The runbook of the stories: three writes, an undo, a verification, and one step whose outcome only people may say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

#: services that do not call each other, and what each leans on: broken and mended by one teller
LEANS: Mapping[str, str] = {"rag-api": "vector-db", "billing": "payments-api", "summarizer": "moderation"}

NAME = "mend-service"
WRITES = ("rollback", "restart", "lean")
MEND = """
version: 1
name: mend-service
description: Put a service back, then restart it and what it leans on.
owner: platform
inputs:
  service: {type: service, required: true}
  leans_on: {type: service, required: true}
  environment: {type: environment, required: true}
timeout: 12h
steps:
  - id: now
    uses: deployments.status
    with: {service: "${{ inputs.service }}", environment: "${{ inputs.environment }}"}
    retry: {attempts: 3, backoff: 2s}
  - id: rollback
    uses: deployments.rollback
    with:
      service: ${{ inputs.service }}
      environment: ${{ inputs.environment }}
      to: ${{ steps.now.output.previous }}
    undo:
      uses: deployments.release
      with:
        service: ${{ inputs.service }}
        environment: ${{ inputs.environment }}
        version: ${{ steps.now.output.current }}
    verify:
      uses: metrics.query
      with: {service: "${{ inputs.service }}", environment: "${{ inputs.environment }}", metric: error_rate, window: 60}
      expect: result.value < 0.02
      within: 10m
  - id: restart
    uses: services.restart
    with: {service: "${{ inputs.service }}", environment: "${{ inputs.environment }}"}
  - id: lean
    uses: services.restart
    on_unknown: ask
    with: {service: "${{ inputs.leans_on }}", environment: "${{ inputs.environment }}"}
  - id: tell
    always: true
    uses: chat.post
    with: {text: "Mending ${{ inputs.service }}: ${{ run.status }} (run ${{ run.id }})."}
"""


def request(service: str) -> str:
    """The words that ask for it."""
    return f"run {NAME} service={service} leans_on={LEANS[service]} environment=production"


def shelved(folder: Path) -> dict[str, str]:
    """Put the runbook into a configuration directory below `folder`; the variables that name it."""
    shelf = folder / "own" / "runbooks"
    shelf.mkdir(parents=True, exist_ok=True)
    (shelf / f"{NAME}.yaml").write_text(MEND, encoding="utf-8")
    return {"COPILOT_CONFIG_DIR": str(folder / "own")}
