"""Inputs that would really change something: of every runbook of the library and every action there is."""

from __future__ import annotations

from typing import Any

GATEWAY = {"service": "llm-gateway", "environment": "production"}
POOL = {"service": "vllm-pool", "environment": "production"}
BUILD = "${{ steps.now.output.previous }}"

RUNBOOKS: dict[str, dict[str, Any]] = {
    "budget-stop": {**GATEWAY, "daily_usd": 900},
    "cache-flush": GATEWAY,
    "canary-release": {**GATEWAY, "promote": True},
    "certificate-renewal": GATEWAY,
    "deploy-model": {**GATEWAY, "model": "gpt-4o", "params": "temperature=0.2 max_tokens=512"},
    "drain-node": POOL,
    "gpu-oom-recovery": POOL,
    "incident-response": GATEWAY,
    "mute-alerts": {**GATEWAY, "hours": 6, "reason": "a planned move"},
    "promote-canary": GATEWAY,
    "prompt-rollback": GATEWAY,
    "provider-failover": GATEWAY,
    "reindex-vectors": {"service": "vector-db", "environment": "production"},
    "release-service": {**GATEWAY, "version": "{build}"},
    "restart-service": GATEWAY,
    "rollback-service": GATEWAY,
    "scale-service": {**GATEWAY, "replicas": 9},
    "token-cap": GATEWAY,
    "uncordon-node": {"node": "gpu-production-1", "environment": "production"},
    "warm-up": POOL,
}
#: runbooks that change nothing on a company where nothing was prepared for them, and those without a write
UNPREPARED = {"promote-canary", "uncordon-node"}
RECORDING = {"incident-response"}

ACTIONS: dict[str, dict[str, Any]] = {
    "alerts.create": {"service": "llm-gateway", "metric": "latency", "threshold": 900},
    "alerts.delete": {"monitor": "mon-1"},
    "alerts.firing": {},
    "alerts.mute": {"service": "llm-gateway", "duration": 7200},
    "alerts.silence": {"service": "llm-gateway", "duration": 600},
    "alerts.unsilence": {"silence": "sil-1"},
    "cache.flush": {"service": "llm-gateway"},
    "canary.status": {"service": "llm-gateway"},
    "capacity.status": {"service": "llm-gateway"},
    "certificates.renew": {"service": "llm-gateway"},
    "certificates.status": {"service": "llm-gateway"},
    "chat.post": {"text": "hello"},
    "deployments.changes": {"service": "llm-gateway"},
    "deployments.release": {"service": "llm-gateway", "version": BUILD},
    "deployments.rollback": {"service": "llm-gateway", "to": BUILD},
    "deployments.status": {"service": "llm-gateway"},
    "incidents.acknowledge": {"incident": "INC-1"},
    "incidents.escalate": {"incident": "INC-1", "to": "platform"},
    "incidents.note": {"incident": "INC-1", "text": "hello"},
    "incidents.open": {"title": "Errors", "severity": "sev2", "service": "llm-gateway"},
    "incidents.resolve": {"incident": "INC-1"},
    "incidents.update": {"incident": "INC-1", "severity": "sev1"},
    "index.rebuild": {"service": "vector-db"},
    "limits.set": {"service": "llm-gateway", "name": "max_tokens", "value": 64},
    "limits.status": {"service": "llm-gateway"},
    "metrics.query": {"service": "llm-gateway", "metric": "error_rate"},
    "models.deploy": {"service": "llm-gateway", "model": "gpt-4o", "params": {"temperature": 0.1}},
    "models.status": {"service": "llm-gateway"},
    "nodes.drain": {"node": "gpu-production-1"},
    "nodes.list": {},
    "nodes.uncordon": {"node": "gpu-production-1"},
    "oncall.override": {"team": "platform", "person": "amara", "end": 4e9},
    "prompts.set": {"prompt": "refund-policy", "version": "v1"},
    "prompts.status": {},
    "routing.failover": {"service": "llm-gateway", "to": "${{ steps.routes.output.fallbacks[0] }}"},
    "routing.status": {"service": "llm-gateway"},
    "services.restart": {"service": "llm-gateway"},
    "services.scale": {"service": "llm-gateway", "replicas": 9},
    "traffic.shift": {"service": "llm-gateway", "version": BUILD, "percent": 5},
    "warmup.run": {"service": "llm-gateway"},
}
