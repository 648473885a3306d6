"""A setting that was changed is suspected; its time alone is never enough."""

from __future__ import annotations

from dataclasses import replace

from insight.diagnosis import ENOUGH
from insight.rules.config import config_rule
from insight.symptoms import picture
from tests.insight.cases import AT, calm, deployment, error_lines, evidence, sick

SICK = (*calm("front", "back"), *sick("middle", 600))
SET = replace(deployment("middle", 640, kind="config"), before="pool_size=40", after="pool_size=4")


def test_by_its_time_alone_it_is_suspected_and_no_more() -> None:
    (cause,) = config_rule(picture(evidence(series=SICK, changes=(SET,)), AT))
    assert 0.3 <= cause.score < ENOUGH
    assert cause.evidence_against == ("nothing but the time speaks for it",)


def test_lines_that_name_the_setting_make_it_likely() -> None:
    lines = error_lines("middle", "500: pool_size 4 is exhausted", 4)
    (cause,) = config_rule(picture(evidence(series=SICK, changes=(SET,), logs=lines), AT))
    assert cause.score >= ENOUGH and cause.change is SET


def test_a_setting_of_a_well_service_or_of_another_time_is_innocent() -> None:
    far = replace(SET, at=AT - 3000.0)
    assert config_rule(picture(evidence(series=SICK, changes=(far, replace(SET, service="back"))), AT)) == ()
