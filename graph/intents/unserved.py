"""What is recognised but not served yet: it trains the classifier to say no, and words the answer."""

from __future__ import annotations

from pathlib import Path

_FILE = Path(__file__).with_name("unserved.txt")

#: words for what was asked, in "… is not something I can do yet"
TOPICS: dict[str, str] = {
    "incident.publish": "posting to a status page",
    "deploy.start": "deploying a new version",
    "deploy.promote": "canaries and traffic shifts",
    "delivery.stats": "delivery statistics",
    "service.scale": "scaling a service",
    "service.restart": "restarting by free words",
    "runbook.list": "searching runbooks by free words",
    "eval.run": "running evaluations and tests",
    "eval.results": "evaluation results",
    "prompt.query": "showing prompts",
    "prompt.change": "changing prompts",
    "experiment.manage": "A/B tests",
    "experiment.status": "A/B tests",
    "cost.query": "costs and budgets",
    "capacity.forecast": "capacity forecasts",
    "slo.query": "SLOs and error budgets",
    "slo.create": "changing SLOs",
    "security.scan": "security scans",
    "security.rotate": "rotating credentials",
    "security.policy": "setting policies",
    "schedule.manage": "schedules and reminders",
    "schedule.list": "schedules and reminders",
    "report.generate": "writing reports",
    "test.generate": "generating tests",
    "infra.generate": "generating infrastructure code",
}

#: what a person may say instead, where something close exists
INSTEAD: dict[str, str] = {
    "service.restart": "run restart-service service={service} environment={environment}",
    "runbook.list": "runbooks",
    "eval.results": "show eval score of {service} in {environment}",
    "deploy.start": "what version of {service} is running in {environment}",
}


def unserved_examples(path: Path = _FILE) -> dict[str, tuple[str, ...]]:
    """Label → sentences, from the text file beside this module. `oos.` marks them as not served."""
    found: dict[str, list[str]] = {}
    label = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            label = f"oos.{line.strip('[] ')}"
            found[label] = []
        elif line and not line.startswith("#"):
            found[label].append(line)
    return {label: tuple(sentences) for label, sentences in found.items()}
