from __future__ import annotations

from xml.etree import ElementTree

import pytest

from bot.drawing.svg import SVG, Unsafe, sanitised


def clean(inside: str, label: str = "p95") -> str:
    head = f'<svg xmlns="{SVG}" xmlns:xlink="http://www.w3.org/1999/xlink" width="10" height="5" viewBox="0 0 10 5">'
    return sanitised(f"{head}{inside}</svg>", label, "c1")


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<a href="javascript:alert(1)"><text>x</text></a>',
        '<a xlink:href="http://example.org"><text>x</text></a>',
        '<image href="http://example.org/x.png"/>',
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'>x</body></foreignObject>",
        "<style>rect{fill:url(http://example.org)}</style>",
        '<g><use href="#a"/><animate attributeName="href" to="javascript:1"/></g>',
        '<rect onload="alert(1)" onclick="alert(1)"/>',
        '<rect style="fill:url(http://example.org)"/>',
        '<rect fill="url(http://example.org/a#b)"/>',
        '<rect fill="url( javascript:alert(1) )"/>',
        '<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
    ],
)
def test_nothing_that_runs_or_loads_is_left(inside: str) -> None:
    left = clean(inside).replace(SVG, "").lower()
    for word in ("script", "href", "http", "javascript", "style", "onload", "onclick", "image", "foreign"):
        assert word not in left


def test_shapes_and_words_stay_as_they_are() -> None:
    left = clean('<g transform="translate(1,2)"><text x="1" font-size="11">a &lt;b&gt; &amp; c</text></g>')
    assert '<text x="1" font-size="11">a &lt;b&gt; &amp; c</text>' in left
    assert 'viewBox="0 0 10 5"' in left and 'width="10"' not in left


def test_it_is_an_image_with_a_name_for_those_who_cannot_see_it() -> None:
    root = ElementTree.fromstring(clean("<g/>", 'p95 "now" <1 s>'))
    assert root.get("role") == "img" and root.get("aria-label") == 'p95 "now" <1 s>'
    assert root[0].get("aria-hidden") == "true"


def test_several_pictures_fit_in_one_page() -> None:
    left = clean('<clipPath id="clip0"><rect/></clipPath><g clip-path="url(#clip0)"/>')
    assert 'id="c1-clip0"' in left and "url(#c1-clip0)" in left


@pytest.mark.parametrize(
    "drawn",
    ["<svg", "<html/>", '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>', ""],
)
def test_what_is_no_plain_svg_is_refused(drawn: str) -> None:
    with pytest.raises(Unsafe):
        sanitised(drawn, "p95", "c1")
