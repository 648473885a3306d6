from __future__ import annotations

from bot.terminal.plot import plot


def test_a_rising_line_starts_low_and_ends_high() -> None:
    lines = plot([(n, float(n)) for n in range(10)], width=10, height=3, braille=False)
    assert lines[0].rstrip().endswith("*") and lines[0][0] == " "
    assert lines[2][0] == "*"
    assert [len(line) for line in lines] == [10, 10, 10]


def test_a_jump_is_drawn_as_one_stroke() -> None:
    lines = plot([(0, 0.0), (1, 10.0)], width=2, height=5, braille=False)
    assert all(line[1] == "*" for line in lines)


def test_a_flat_line_lies_in_the_middle() -> None:
    lines = plot([(0, 5.0), (1, 5.0)], width=4, height=3, braille=False)
    assert "*" in lines[1] and "*" not in lines[0] + lines[2]


def test_a_gap_in_the_data_stays_a_gap() -> None:
    points = [(float(n), 1.0) for n in range(20)] + [(float(n), 1.0) for n in range(60, 80)]
    middle = plot(points, width=40, height=1, braille=False)[0]
    assert middle[25] == " " and middle[2] == "*" and middle[38] == "*"


def test_braille_puts_eight_dots_into_a_cell() -> None:
    assert plot([(0, 0.0), (1, 1.0)], width=1, height=1) == ["⣸"]


def test_nothing_to_draw_is_no_lines() -> None:
    assert plot([], 10, 3) == [] and plot([(0, 1.0)], 0, 3) == []


def test_one_point_is_drawn() -> None:
    assert "*" in plot([(5.0, 1.0)], 10, 1, braille=False)[0]
