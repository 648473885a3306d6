"""The moving picture of the README: `python -m tests.support.picture [OUT.gif]` plays the story and draws it.

Lines appear block by block as a terminal would show them; colours are those that the program itself printed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).parents[2]
OUT = ROOT / "docs" / "story.gif"
MOST_BYTES = 400_000
COLUMNS, ROWS, SIZE, HIGH, EDGE = 92, 32, 12, 15, 10
BACK, FRONT, DIM = (24, 26, 32), (214, 217, 224), (128, 134, 148)
COLORS = {
    31: (232, 104, 104),
    32: (124, 200, 120),
    33: (224, 190, 100),
    34: (104, 160, 232),
    35: (200, 140, 220),
    36: (96, 196, 204),
}
FONTS = (
    "DejaVuSansMono.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
    "/System/Library/Fonts/Menlo.ttc",
)
#: column and row of each bit of a braille character
_PLACES = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
_BRAILLE = re.compile(r"([\u2800-\u28ff]+)")
_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of one colour."""

    words: str
    color: tuple[int, int, int]


def spans(line: str) -> list[Span]:
    """A line with its colour sequences taken apart."""
    found: list[Span] = []
    color, at = FRONT, 0
    for match in _SGR.finditer(line):
        if match.start() > at:
            found.append(Span(line[at : match.start()], color))
        for code in (int(one or 0) for one in match.group(1).split(";")):
            color = FRONT if code in (0, 39) else DIM if code == 2 else COLORS.get(code, color)
        at = match.end()
    return [*found, Span(line[at:], color)] if at < len(line) else found


def scenes(lines: Sequence[str], most: int) -> Iterator[list[str]]:
    """What the terminal shows after each block of lines, at most `most` times; a block ends at an empty line."""
    ends = [n for n, line in enumerate(lines) if not _SGR.sub("", line).strip()] + [len(lines)]
    stride = max(1, -(-len(ends) // most))
    chosen = sorted({*ends[stride - 1 :: stride], len(lines)})
    for end in chosen:
        if any(line.strip() for line in lines[:end]):
            yield list(lines[max(0, end - ROWS) : end])


def font() -> _Font:
    for name in FONTS:
        try:
            return ImageFont.truetype(name, SIZE)
        except OSError:
            continue
    return ImageFont.load_default(SIZE)


def draw(lines: Sequence[str], face: _Font) -> Image.Image:
    """One frame, in the palette."""
    wide = face.getlength("M")
    image = Image.new("RGB", (int(COLUMNS * wide) + 2 * EDGE, ROWS * HIGH + 2 * EDGE), BACK)
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        column = 0
        for span in spans(line):
            for part in _BRAILLE.split(span.words):
                left, top = EDGE + column * wide, EDGE + row * HIGH
                if _BRAILLE.fullmatch(part):
                    _dots(pen, part, left, top, wide, span.color)
                else:
                    pen.text((left, top), part, font=face, fill=span.color)
                column += len(part)
    return image.quantize(palette=_palette(), dither=Image.Dither.NONE)


def _dots(
    pen: ImageDraw.ImageDraw, words: str, left: float, top: float, wide: float, color: tuple[int, int, int]
) -> None:
    """Braille, which monospaced fonts rarely have."""
    for place, char in enumerate(words):
        for bit, (x, y) in enumerate(_PLACES):
            if ord(char) - 0x2800 & 1 << bit:
                at = (round(left + (place + 0.25 + x / 2) * wide), round(top + (y + 0.5) * HIGH / 4))
                pen.rectangle((*at, at[0] + 1, at[1] + 1), fill=color)


def _palette() -> Image.Image:
    """Every colour in four shades towards the background, for smooth letters."""
    colors = [FRONT, DIM, *COLORS.values()]
    shades = [
        tuple(round(back + (front - back) * part / 4) for front, back in zip(color, BACK, strict=True))
        for color in colors
        for part in (1, 2, 3, 4)
    ]
    flat = [value for color in [BACK, *shades] for value in color]
    image = Image.new("P", (1, 1))
    image.putpalette(flat + list(BACK) * (256 - len(flat) // 3))
    return image


def save(lines: Sequence[str], out: Path) -> int:
    """Write the picture with as many scenes as fit into `MOST_BYTES`; returns its size."""
    face = font()
    for most in (40, 30, 22, 16, 11, 8, 5):
        frames = [draw(scene, face) for scene in scenes(lines, most)]
        waits = [1300] * (len(frames) - 1) + [6000]
        frames[0].save(out, save_all=True, append_images=frames[1:], duration=waits, loop=0, optimize=True)
        if out.stat().st_size <= MOST_BYTES:
            break
    return out.stat().st_size


def play() -> list[str]:
    """The story's lines, with the colours that a terminal would get."""
    env = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": str(COLUMNS), "PYTHONUTF8": "1"}
    env.pop("NO_COLOR", None)
    told = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "demo"],
        capture_output=True,
        text=True,
        check=False,
        env=env,
        cwd=ROOT,
    )
    if told.returncode:
        raise SystemExit(f"The story ended with {told.returncode}: {told.stderr.strip()}")
    return told.stdout.splitlines()


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    print(f"{out}: {save(play(), out):,} bytes")


if __name__ == "__main__":
    main()
