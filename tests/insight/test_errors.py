"""Failed requests by code."""

from __future__ import annotations

import pytest

from insight.errors import code_share, upstream_share
from tests.insight.cases import codes


def test_codes_of_a_proxy_say_that_others_failed_it() -> None:
    errors = (*codes("api", c500=30, c502=60, c429=10), *codes("other", c500=1000))
    assert upstream_share(errors, "api") == pytest.approx(0.7)
    assert upstream_share(errors, "other") == 0.0
    assert code_share(errors, "api", "500", "429") == pytest.approx(0.4)


def test_a_few_failed_requests_say_nothing() -> None:
    errors = codes("api", c502=19)
    assert upstream_share(errors, "api") is None
    assert code_share(errors, "api", "502") == 0.0
    assert upstream_share((), "api") is None
