from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from bot.terminal.options import Duration, inputs


@click.command()
@inputs
def echo(inputs: dict[str, str]) -> None:
    click.echo(repr(inputs))


def test_key_value_pairs_become_a_mapping() -> None:
    result = CliRunner().invoke(echo, ["service=rag-api", "note=a=b", "empty="])
    assert result.output.strip() == "{'service': 'rag-api', 'note': 'a=b', 'empty': ''}"


@pytest.mark.parametrize(
    ("words", "says"), [(["rag-api"], "is not key=value"), (["a=1", "a=2"], "given twice")]
)
def test_what_is_no_pair_or_given_twice_is_wrong_use(words: list[str], says: str) -> None:
    result = CliRunner().invoke(echo, words)
    assert result.exit_code == 2 and says in result.output


def test_durations_have_units() -> None:
    kind = Duration()
    assert [kind.convert(one, None, None) for one in ("90s", "15m", "1h", "7D", 5.0)] == [
        90,
        900,
        3600,
        604800,
        5,
    ]


@pytest.mark.parametrize("words", ["", "h", "-1h", "0s", "1y", "1.5h", "99999999d", "٣h"])
def test_what_is_no_duration_is_wrong_use(words: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a duration"):
        Duration().convert(words, None, None)
