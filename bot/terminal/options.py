"""Options that several verbs share, and completion of what one types into them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from click.shell_completion import CompletionItem

LIBRARY = Path(__file__).parents[2] / "runbooks" / "library"


def runbook_ids(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Runbooks that ship with us: found by their file names, so that completion loads nothing."""
    names = sorted(path.stem for path in LIBRARY.glob("*.yaml") if "." not in path.stem)
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


class Pairs(click.ParamType[Mapping[str, str]]):
    """`key=value`."""

    name = "key=value"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Mapping[str, str]:
        if isinstance(value, Mapping):
            return value
        key, sign, words = str(value).partition("=")
        if not sign or not key:
            self.fail(f"{value!r} is not key=value, as in service=rag-api.", param, ctx)
        return {key: words}


def merged(
    ctx: click.Context, param: click.Parameter, value: tuple[Mapping[str, str], ...]
) -> dict[str, str]:
    """Many `key=value` as one mapping; a key given twice is wrong use."""
    found: dict[str, str] = {}
    for pair in value:
        for key, words in pair.items():
            if key in found:
                raise click.BadParameter(f"{key} is given twice.", ctx, param)
            found[key] = words
    return found


class Duration(click.ParamType[float]):
    """`90s`, `15m`, `1h`, `7d` as seconds."""

    name = "duration"
    units: Mapping[str, float] = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        words = str(value).strip().lower()
        unit = self.units.get(words[-1:])
        number = words[:-1]
        if (
            unit is None
            or not number.isascii()
            or not number.isdigit()
            or int(number) == 0
            or len(number) > 6
        ):
            self.fail(f"{value!r} is not a duration such as 90s, 15m, 1h or 7d.", param, ctx)
        return int(number) * unit


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of words.")
act_as = click.option(
    "--as", "name", metavar="NAME", help="Be this person of the demo company (demo mode only)."
)
inputs = click.argument("inputs", nargs=-1, type=Pairs(), callback=merged, metavar="[KEY=VALUE]...")
runbook_id = click.argument("runbook_id", metavar="ID", shell_complete=runbook_ids)
