"""Numbers that look random and are the same everywhere."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from integrations.demo.noise import FAST, jitter, key_of, uniform, unit


def test_the_same_key_and_time_give_the_same_number_in_another_process() -> None:
    code = (
        "from integrations.demo.noise import jitter, key_of; import numpy as np; "
        "print(float(jitter(key_of(1, 'a'), np.array([1e9]))[0]))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(other.stdout) == float(jitter(key_of(1, "a"), np.array([1e9]))[0])


def test_keys_differ_by_every_part_and_by_where_parts_end() -> None:
    assert key_of("ab", "c") != key_of("a", "bc")
    assert key_of(1, "a") != key_of(2, "a")


def test_noise_has_mean_nought_and_variance_one() -> None:
    drawn = jitter(7, np.arange(0.0, 50_000.0 * FAST, FAST))
    assert abs(drawn.mean()) < 0.03
    assert drawn.std() == pytest.approx(1.0, abs=0.1)


def test_even_numbers_fill_the_unit_interval() -> None:
    drawn = uniform(7, np.arange(20_000.0))
    assert 0.0 <= drawn.min() < 0.01 and 0.99 < drawn.max() < 1.0
    assert drawn.mean() == pytest.approx(0.5, abs=0.01)
    assert 0.0 <= unit("x") < 1.0


def test_neighbours_are_not_alike_but_slow_noise_ties_them() -> None:
    drawn = uniform(7, np.arange(20_000.0))
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.03
    slow = jitter(7, np.arange(0.0, 300_000.0, FAST))
    assert np.corrcoef(slow[:-1], slow[1:])[0, 1] > 0.1


def test_the_step_of_asking_does_not_change_the_value_at_an_instant() -> None:
    coarse, fine = np.arange(0.0, 6000.0, 60.0), np.arange(0.0, 6000.0, 15.0)
    assert np.array_equal(jitter(3, coarse), jitter(3, fine)[::4])
