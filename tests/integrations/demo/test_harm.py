"""What breakages do: shares that add up, words that can be filled."""

from __future__ import annotations

import pytest

from integrations.demo.harm import BAD_RELEASE, OUTAGE, Harm


@pytest.mark.parametrize("harm", [BAD_RELEASE, OUTAGE])
def test_codes_share_all_of_the_errors_and_lines_can_be_written(harm: Harm) -> None:
    assert sum(share for _, share in harm.codes) == pytest.approx(1.0)
    assert sum(share for _, share in harm.passed_codes) == pytest.approx(1.0)
    words = {"path": "/v1/x", "version": "1.2.3", "provider": "acme", "origin": "api", "slow": "900"}
    for line in (*harm.lines, *harm.passed_lines):
        assert "{" not in line.format(**words)


def test_no_line_names_a_fault() -> None:
    lines = " ".join(
        (*BAD_RELEASE.lines, *OUTAGE.lines, *BAD_RELEASE.passed_lines, *OUTAGE.passed_lines)
    ).casefold()
    assert "bad release" not in lines and "outage" not in lines and "fault" not in lines
