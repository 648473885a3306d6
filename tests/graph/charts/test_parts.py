from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graph.charts.parts import MOST_MARKS, WIDTH, Mark, _placed, cut, inside, rounded, rules, spans

TIMES = [0.0, 1000.0]
MARKS = st.lists(
    st.builds(Mark, st.floats(0, 1000), st.text("abcdefgh ", min_size=1, max_size=40), st.just("deployment")),
    min_size=1,
    max_size=MOST_MARKS,
)


@given(MARKS)
def test_no_label_hides_another_wherever_marks_fall(marks: list[Mark]) -> None:
    placed = [place for _, place in _placed(marks, TIMES)]
    for one in placed:
        assert one.left >= 0
        for other in placed:
            if one is not other and one.row == other.row:
                assert one.right < other.left or other.right < one.left


def test_labels_near_the_end_lie_left_of_their_rules() -> None:
    marks = [Mark(970, "deployed 2.4", "deployment"), Mark(980, "alert HighErrorRate", "alert")]
    placed = [place for _, place in _placed(marks, TIMES)]
    assert {one.align for one in placed} == {"right"}
    assert all(one.right <= WIDTH for one in placed)
    assert not placed[0].crosses(placed[1])


def test_only_the_latest_marks_of_the_time_shown_are_kept() -> None:
    marks = [Mark(float(n), str(n), "config") for n in range(-5, 20)]
    assert [one.label for one in inside(marks, 0, 15)] == ["10", "11", "12", "13", "14", "15"]


def test_what_goes_on_is_shaded_to_the_end_of_the_chart() -> None:
    layer = spans([Mark(500, "a", "alert", float("inf")), Mark(1, "b", "config")], TIMES)
    assert [one["data"]["values"] for one in layer] == [[{"at": 500_000, "end": 1_000_000}]]


def test_a_rule_and_its_label_stand_at_the_same_instant() -> None:
    rule, text = rules([Mark(500, "a", "config")], TIMES)
    assert rule["data"] == text["data"]


def test_figures_have_four_digits_and_labels_a_bound() -> None:
    assert (rounded(1234.5), rounded(0.123456), rounded(2.0)) == (1234, 0.1235, 2)
    assert len(cut("x" * 99)) == 34 and cut("short") == "short"
