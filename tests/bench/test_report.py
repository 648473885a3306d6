"""The page keeps what was not measured this time."""

from __future__ import annotations

from pathlib import Path

from tests.bench.report import Result, Row, at_least, at_most, table, write


def a_result(name: str, measured: str = "3 ms") -> Result:
    return Result(name, name.title(), f"run {name}", [Row("a | b ≤ 5 ms", measured, True)], ["a note"])


def test_a_limit_is_kept_up_to_its_value() -> None:
    assert at_most("help", 0.3, 0.3, "s").ok is True
    assert at_most("help", 0.3, 0.31, "s").ok is False
    assert at_least("rate", 200, 199.9, "/s").ok is False


def test_a_result_is_well_when_no_promise_is_broken() -> None:
    assert Result("x", "X", "x", [Row("a", "1", True), Row("a figure", "2")]).ok
    assert not Result("x", "X", "x", [Row("a", "1", False)]).ok


def test_the_table_marks_what_is_not_kept() -> None:
    assert table(Result("x", "X", "x", [Row("a", "1", False)])).endswith("NO")


def test_sections_of_benches_that_did_not_run_stay(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write(page, "# Head\n", [a_result("one"), a_result("two")], "here")
    write(page, "# New head\n", [a_result("one", "4 ms")], "there")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# New head\n")
    assert text.count("## One") == text.count("## Two") == 1
    assert "| a \\| b ≤ 5 ms | 4 ms | yes |" in text
    assert text.count("3 ms") == 1
    assert "`run two` on here" in text
