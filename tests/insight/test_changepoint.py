"""Changes of level, found in noise, gaps and spikes."""

from __future__ import annotations

from random import Random

import pytest

from insight.changepoint import best_split, median, onset, spread


def noisy(levels: list[tuple[float, int]], share: float = 0.03, seed: int = 1) -> list[float]:
    draw = Random(seed)
    return [level * (1 + draw.gauss(0, share)) for level, count in levels for _ in range(count)]


def test_a_median_is_the_middle_and_of_nothing_is_refused() -> None:
    assert median([3.0, 1.0, 2.0]) == 2.0
    assert median([4.0, 1.0, 2.0, 3.0]) == 2.5
    with pytest.raises(ValueError, match="no values"):
        median([])


def test_a_spread_is_that_of_the_bulk_whatever_one_spike_does() -> None:
    assert spread([10.0, 11.0, 9.0, 10.0, 1000.0], 10.0) < 2.0


def test_the_split_is_where_the_level_changed() -> None:
    split = best_split(noisy([(100.0, 70), (160.0, 30)]))
    assert split is not None
    assert abs(split.index - 70) <= 1
    assert split.before == pytest.approx(100.0, rel=0.03)
    assert split.after == pytest.approx(160.0, rel=0.03)
    assert split.gain > 0.9


def test_a_level_that_stays_is_hardly_explained_by_any_split() -> None:
    split = best_split(noisy([(100.0, 100)]))
    assert split is not None
    assert split.gain < 0.3


def test_a_single_spike_is_no_change_of_level() -> None:
    split = best_split([*noisy([(100.0, 50)]), 5000.0, *noisy([(100.0, 50)], seed=2)])
    assert split is not None
    assert split.gain < 0.3


def test_too_few_points_have_no_split_and_equal_ones_no_gain() -> None:
    assert best_split([1.0, 2.0, 3.0]) is None
    equal = best_split([5.0] * 20)
    assert equal is not None and equal.gain == 0.0


def test_the_onset_is_the_start_of_the_last_stretch_beyond_the_limit() -> None:
    values = noisy([(100.0, 20), (200.0, 10), (100.0, 20), (200.0, 15)])
    assert onset(values, 150.0, rising=True) == 50


def test_a_point_back_within_the_limit_does_not_end_a_stretch() -> None:
    values = [1.0] * 10 + [9.0] * 5 + [1.0] + [9.0] * 9
    assert onset(values, 5.0, rising=True) == 10


def test_a_series_that_ended_well_has_no_onset() -> None:
    assert onset([9.0] * 20 + [1.0] * 4, 5.0, rising=True) == 24


def test_a_drop_has_its_onset_too() -> None:
    assert onset([0.9] * 10 + [0.6] * 10, 0.75, rising=False) == 10
