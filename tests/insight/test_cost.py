from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from insight.cost import DAY, budget_state, daily, of_budget, parts, project, savings, total
from insight.facts import Budget, Capacity, Point, Spend


def spend(
    values: list[float],
    item: str = "gpt-4o",
    service: str = "rag-api",
    team: str = "search",
    environment: str = "production",
    tokens: float = 0.0,
) -> Spend:
    points = tuple(Point(n * DAY, value) for n, value in enumerate(values))
    return Spend(service, environment, team, item, DAY, points, tokens, "q")


def test_parts_are_sorted_and_add_up() -> None:
    rows = [spend([1, 2]), spend([5, 5], item="gpu"), spend([4], service="checkout", team="platform")]
    assert [(one.name, one.usd) for one in parts(rows, lambda one: one.item)] == [("gpu", 10), ("gpt-4o", 7)]
    assert total(rows) == 17
    assert daily(rows) == {0.0: 10.0, DAY: 7.0}


def test_a_thousand_tokens_have_a_price_where_there_are_tokens() -> None:
    priced = parts([spend([3.0], tokens=1_500_000)], lambda one: one.item)[0]
    assert priced.per_thousand_tokens == pytest.approx(0.002)
    assert parts([spend([3.0], item="gpu")], lambda one: one.item)[0].per_thousand_tokens is None


@settings(max_examples=80, deadline=None)
@given(
    some.lists(
        some.tuples(
            some.sampled_from(["a", "b"]),
            some.sampled_from(["m", "gpu"]),
            some.lists(some.floats(0, 1e6), min_size=1, max_size=5),
        ),
        max_size=8,
    )
)
def test_every_way_to_group_has_the_same_sum(rows: list[tuple[str, str, list[float]]]) -> None:
    spends = [spend(values, item=item, service=service) for service, item, values in rows]
    for by in (lambda one: one.service, lambda one: one.item, lambda one: one.team):
        assert sum(one.usd for one in parts(spends, by)) == pytest.approx(total(spends))
    assert sum(daily(spends).values()) == pytest.approx(total(spends))


def test_a_month_of_equal_days_comes_to_its_days() -> None:
    found = project([10.0] * 28, spent=100.0, left=20.5)
    assert (found.low, found.likely, found.high) == (305.0, 305.0, 305.0)


def test_weekends_to_come_are_taken_as_weekends() -> None:
    week = [10.0] * 5 + [1.0] * 2
    assert project(week * 4, spent=0.0, left=7.0).likely == pytest.approx(52.0)
    assert project(week * 4, spent=0.0, left=5.0).likely == pytest.approx(50.0)
    assert project((week * 4)[:26], spent=0.0, left=2.0).likely == pytest.approx(2.0)


def test_days_that_went_up_and_down_widen_the_interval() -> None:
    calm, wild = [10.0] * 28, [10.0 + (9.0 if (day * 7919) % 5 < 2 else -5.0) for day in range(28)]
    assert project(wild, 0.0, 10.0).high - project(wild, 0.0, 10.0).low > 10
    assert project(calm, 0.0, 10.0).high == project(calm, 0.0, 10.0).low


def test_no_history_projects_what_is_spent() -> None:
    assert project([], 40.0, 10.0).likely == 40.0


@settings(max_examples=80, deadline=None)
@given(some.lists(some.floats(0, 1e4), max_size=40), some.floats(0, 1e6), some.floats(0, 31))
def test_a_projection_never_falls_below_what_is_spent(
    history: list[float], spent: float, left: float
) -> None:
    found = project(history, spent, left)
    assert spent <= found.low <= found.likely + 1e-6 <= found.high + 2e-6


@pytest.mark.parametrize(
    ("monthly", "state"), [(90.0, "over"), (200.0, "will be over"), (300.0, "within"), (301.0, "within")]
)
def test_a_budget_says_where_it_ends(monthly: float, state: str) -> None:
    seen = budget_state(Budget("search", "team", monthly), [10.0] * 28, spent=100.0, left=20.0)
    assert seen.state == state
    assert seen.used == pytest.approx(100 / monthly)


def test_a_budget_is_used_up_when_the_days_add_up_to_it() -> None:
    seen = budget_state(Budget("search", "team", 150.0), [10.0] * 28, spent=100.0, left=20.0)
    assert seen.gone_in == pytest.approx(5.0)
    assert budget_state(Budget("search", "team", 500.0), [10.0] * 28, 100.0, 20.0).gone_in is None
    assert budget_state(Budget("search", "team", 50.0), [10.0] * 28, 100.0, 20.0).gone_in == 0.0


def test_a_budget_counts_its_own_scope() -> None:
    rows = [spend([1]), spend([2], service="checkout", team="platform")]
    assert of_budget(Budget("search", "team", 1.0), rows) == rows[:1]
    assert of_budget(Budget("checkout", "service", 1.0), rows) == rows[1:]


def capacity(replicas: int, minimum: int = 1) -> Capacity:
    return Capacity("rag-api", "production", replicas, minimum, 20, 100.0, 300.0)


def ideas(
    spends: list[Spend], peaks: dict[str, float] | None = None, fleet: list[Capacity] | None = None
) -> dict[str, float]:
    found = savings(spends, 28.0, peaks or {}, fleet or [], "production")
    return {one.what: round(one.monthly, 2) for one in found}


def test_replicas_that_the_peak_does_not_need_could_go() -> None:
    assert ideas([], {"rag-api": 200.0}, [capacity(10)]) == {
        "run rag-api in production on 3 replicas instead of 10": 2100.0
    }
    assert ideas([], {"rag-api": 200.0}, [capacity(10, minimum=8)]) == {
        "run rag-api in production on 8 replicas instead of 10": 600.0
    }
    assert ideas([], {"rag-api": 200.0}, [capacity(3)]) == {}
    assert ideas([], {}, [capacity(10)]) == {}


def test_a_dearer_model_beside_a_cheaper_one_of_the_same_service_is_an_idea() -> None:
    dear = spend([100.0] * 28, item="gpt-4", tokens=28_000_000)
    cheap = spend([1.0] * 28, item="gpt-4o", tokens=2_800_000)
    found = ideas([dear, cheap])
    assert found == {"move half of the gpt-4 tokens of rag-api to gpt-4o": round(0.5 * 90 * 30.4, 2)}
    assert ideas([dear]) == {}


def test_machines_that_nobody_uses_at_night_are_an_idea_but_not_those_of_users() -> None:
    found = ideas([spend([10.0] * 28, item="gpu", environment="staging"), spend([10.0] * 28, item="gpu")])
    assert found == {"stop the machines of staging out of hours": round(304 * 108 / 168, 2)}


def test_what_rose_in_the_last_week_is_worth_a_look() -> None:
    found = ideas([spend([10.0] * 21 + [20.0] * 7)])
    assert found == {"find out why gpt-4o of rag-api in production rose": 304.0}
    assert ideas([spend([10.0] * 21 + [12.0] * 7)]) == {}
    assert ideas([spend([10.0] * 10 + [20.0] * 7)]) == {}
