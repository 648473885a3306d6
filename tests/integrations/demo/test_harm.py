"""What breakages do: shares that add up, words that can be filled."""

from __future__ import annotations

import pytest

from integrations.demo.faults import faults
from integrations.demo.harm import BAD_RELEASE, FAR_LINES, HARMS, OUTAGE, Harm

ALL = {"bad-release": BAD_RELEASE, "outage": OUTAGE, **HARMS}


@pytest.mark.parametrize("harm", ALL.values(), ids=list(ALL))
def test_codes_share_all_of_the_errors_and_lines_can_be_written(harm: Harm) -> None:
    words = {"path": "/v1/x", "label": "1.2.3", "via": "api", "slow": "900", "many": "120", "few": "4"}
    if harm.own.errors:
        assert harm.lines
        assert sum(share for _, share in harm.codes) == pytest.approx(1.0)
    if harm.passed is not None:
        assert sum(share for _, share in harm.passed_codes) == pytest.approx(1.0)
    for line in (*harm.lines, *harm.passed_lines, *harm.warnings, *FAR_LINES):
        assert "{" not in line.format(**words)
    assert (harm.loud > 0) == bool(harm.warnings)


def test_no_line_names_a_fault() -> None:
    lines = " ".join(
        line for harm in ALL.values() for line in (*harm.lines, *harm.passed_lines, *harm.warnings)
    ).casefold()
    assert "outage" not in lines and "fault" not in lines and "noisy" not in lines
    assert not any(name in lines for name, _ in faults())
