"""Rules that turn a picture into possible causes. A rule knows one kind of cause and says what speaks against it too.

Scores are sums of weights set by hand and measured on seeded cases by tests/bench/bench_diagnosis.py.
"""

from __future__ import annotations

from collections.abc import Callable

from insight.evidence import Cause
from insight.rules.certificate import certificate_rule
from insight.rules.config import config_rule
from insight.rules.cost import cost_rule
from insight.rules.dependency import dependency_rule
from insight.rules.gpu import gpu_rule
from insight.rules.neighbour import neighbour_rule
from insight.rules.prompt import prompt_rule
from insight.rules.provider import provider_rule
from insight.rules.release import release_rule
from insight.rules.saturation import saturation_rule
from insight.rules.traffic import traffic_rule
from insight.symptoms import Picture

Rule = Callable[[Picture], tuple[Cause, ...]]

#: every rule, by the kind of cause it knows; each can be taken out
RULES: tuple[Rule, ...] = (
    release_rule,
    provider_rule,
    certificate_rule,
    prompt_rule,
    gpu_rule,
    neighbour_rule,
    traffic_rule,
    saturation_rule,
    cost_rule,
    dependency_rule,
    config_rule,
)
