"""The rules as a whole: an explicit tuple, each one removable."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from insight.diagnosis import diagnose
from insight.evidence import CauseKind
from insight.rules import RULES
from insight.symptoms import picture
from tests.insight.cases import AT, QUIET, calm, deployment, evidence, sick


def test_no_rule_sees_a_cause_where_nothing_is_wrong() -> None:
    seen = picture(QUIET, AT)
    assert [rule(seen) for rule in RULES] == [()] * len(RULES)


def test_each_rule_can_be_taken_out_and_only_its_own_causes_go() -> None:
    given = evidence(
        series=(*calm("front", "back"), *sick("middle", 600)), changes=(deployment("middle", 660),)
    )
    whole = diagnose(given, AT)
    for rule in RULES:
        left = diagnose(given, AT, [one for one in RULES if one is not rule])
        own = {(one.kind, one.service) for one in rule(picture(given, AT))}
        gone = {(one.kind, one.service) for one in whole.causes} - {
            (one.kind, one.service) for one in left.causes
        }
        assert gone <= own


def test_every_kind_of_cause_is_explained_in_the_docs() -> None:
    page = (Path(__file__).parents[3] / "docs" / "diagnosis.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.M)) == set(get_args(CauseKind))
    assert len(RULES) == len(get_args(CauseKind))
