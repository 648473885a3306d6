"""Accelerators without memory: what they say, how full they are, which limit was raised."""

from __future__ import annotations

from dataclasses import replace

from insight.evidence import Evidence
from insight.rules.gpu import gpu_rule
from insight.symptoms import picture
from tests.insight.cases import AT, calm, deployment, error_lines, evidence, series, sick

OOM = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.31 GiB"
FULL = (*calm("front", "middle"), *sick("back", 600), series("back", "memory", 0.6, 0.99, 600))


def score(given: Evidence) -> float:
    return max((one.score for one in gpu_rule(picture(given, AT))), default=0.0)


def test_lines_and_full_memory_after_a_raised_limit_lead_to_the_limit_before() -> None:
    raised = replace(
        deployment("back", 700, kind="config"),
        before="max_context_tokens=8192",
        after="max_context_tokens=32768",
        summary="max_context_tokens of back from 8192 to 32768",
    )
    given = evidence(series=FULL, baseline=(), logs=error_lines("back", OOM, 6), changes=(raised,))
    (cause,) = gpu_rule(picture(given, AT))
    assert cause.score >= 0.9 and cause.change is raised
    assert cause.remedy is not None and cause.remedy.runbook == "gpu-oom-recovery"
    assert cause.remedy.inputs == {"service": "back", "environment": "production", "max_context_tokens": 8192}


def test_a_setting_that_takes_no_memory_is_not_named() -> None:
    other = replace(deployment("back", 700, kind="config"), before="log_level=info", after="log_level=debug")
    given = evidence(series=FULL, baseline=(), logs=error_lines("back", OOM, 6), changes=(other,))
    (cause,) = gpu_rule(picture(given, AT))
    assert cause.change is None and "max" not in str(cause.remedy)


def test_lines_alone_are_enough_and_fade_when_the_memory_is_not_full() -> None:
    lines = error_lines("back", OOM, 6)
    alone = evidence(series=(*calm("front", "middle"), *sick("back", 600)), logs=lines)
    assert score(alone) >= 0.5
    roomy = evidence(
        series=(*alone.series, series("back", "memory", 0.5, 0.55, 600)), baseline=(), logs=lines
    )
    assert score(roomy) < score(alone)


def test_a_full_memory_without_an_accelerator_or_without_symptoms_is_no_cause() -> None:
    assert score(evidence(series=FULL, baseline=())) == 0.0
    with_gpu = evidence(series=(*FULL, series("back", "gpu", 0.6)), baseline=())
    assert score(with_gpu) > 0.0
    assert score(evidence(logs=error_lines("back", OOM, 6))) == 0.0
