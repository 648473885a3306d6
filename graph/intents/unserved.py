"""What is recognised but not served yet: it trains the classifier to say no, and words the answer."""

from __future__ import annotations

from pathlib import Path

_FILE = Path(__file__).with_name("unserved.txt")

#: words for what was asked, in "… is not something I can do yet"
TOPICS: dict[str, str] = {
    "incident.publish": "posting to a status page",
    "eval.run": "running evaluations and tests",
    "eval.results": "evaluation results",
    "prompt.query": "showing prompts",
    "prompt.change": "changing prompts",
    "experiment.manage": "A/B tests",
    "experiment.status": "A/B tests",
    "slo.create": "changing SLOs",
    "security.scan": "security scans",
    "security.rotate": "rotating credentials",
    "security.policy": "setting policies",
    "test.generate": "generating tests",
    "infra.generate": "generating infrastructure code",
}

#: what a person may say instead, where something close exists
INSTEAD: dict[str, str] = {
    "eval.results": "show eval score of {service} in {environment}",
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
