from __future__ import annotations

import pytest

from bot.drawing.themes import Theme, config


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1.4.3."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_on_their_background(theme: Theme) -> None:
    made = config(theme)
    paper = made["background"]
    words = [made["title"]["color"], made["axis"]["labelColor"], made["legend"]["labelColor"]]
    words += [style["color"] for name, style in made["style"].items() if name.endswith("-label")]
    assert min(contrast(one, paper) for one in words) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_series_stand_out_from_the_background_and_from_each_other(theme: Theme) -> None:
    made = config(theme)
    colours = made["range"]["category"]
    assert len(set(colours)) == len(colours) >= 7
    assert min(contrast(one, made["background"]) for one in colours) >= 2.0


def test_rules_of_different_kinds_differ_without_colour_too() -> None:
    styles = config("light")["style"]
    dashes = [
        tuple(styles[kind]["strokeDash"])
        for kind in ("deployment", "config", "incident", "alert", "onset", "limit")
    ]
    assert len(set(dashes)) == len(dashes)
