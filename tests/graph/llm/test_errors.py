from __future__ import annotations

import pytest

from config.errors import CopilotError
from graph.llm.errors import ModelBusy, ModelFailed, ModelLate, ModelNonsense, ModelSpent


@pytest.mark.parametrize(
    ("err", "outcome"),
    [
        (ModelFailed("broke off"), "failed"),
        (ModelLate("was late"), "late"),
        (ModelBusy("is busy", 3.0), "busy"),
        (ModelNonsense("said nothing"), "nonsense"),
        (ModelSpent("is spent"), "spent"),
    ],
)
def test_each_failure_has_its_outcome_for_the_ledger(err: ModelFailed, outcome: str) -> None:
    assert isinstance(err, CopilotError) and err.outcome == outcome
    assert f"The language model {err}."
