from __future__ import annotations

from dataclasses import replace

import pytest

from runbooks.rules import Asking, Fits, Rule
from tests.runbooks.test_plan import PLAN
from tests.runbooks.world import POLICY


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        (Fits(), True),
        (Fits(environments=("production",)), True),
        (Fits(environments=("staging",)), False),
        (Fits(owners=("search",)), True),
        (Fits(owners=("platform",)), False),
        (Fits(owners=("*",)), True),
    ],
)
def test_a_rule_fits_by_environment_and_owning_team(rule: Fits, fits: bool) -> None:
    assert rule.fits(replace(PLAN, owners=("search",))) is fits


def test_a_rule_for_some_team_does_not_fit_what_nobody_owns() -> None:
    assert not Fits(owners=("search",)).fits(replace(PLAN, owners=()))


def test_the_first_stage_is_the_rule_itself() -> None:
    rule = Rule.model_validate(
        {"effect": "write", "environments": ["*"], "count": 2, "roles": ["approver"], "not_requester": True}
        | {"expires": "15m", "stages": [{"name": "security"}]}
    )
    assert [(one.name, one.count) for one in rule.every_stage()] == [("", 2), ("security", 1)]


def test_an_asking_rule_that_asks_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="needs roles"):
        Asking()


def test_the_policy_out_of_the_box_has_no_window_and_two_for_a_standing_approval() -> None:
    assert (POLICY.freezes, POLICY.quiet_hours, POLICY.asking) == ((), (), ())
    assert (POLICY.standing.count, POLICY.standing.days, POLICY.single_operator) == (2, 90, False)
