"""An SVG that may stand inside a page: known elements and attributes only, nothing that runs or loads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = frozenset(
    (
        "svg",
        "g",
        "path",
        "rect",
        "line",
        "circle",
        "text",
        "tspan",
        "defs",
        "clipPath",
        "linearGradient",
        "stop",
    )
)
_ATTRIBUTES = frozenset(
    (
        *(
            "clip-path",
            "cx",
            "cy",
            "d",
            "display",
            "dx",
            "dy",
            "gradientUnits",
            "height",
            "id",
            "offset",
            "opacity",
        ),
        *(
            "fill",
            "fill-opacity",
            "font-family",
            "font-size",
            "font-style",
            "font-weight",
            "points",
            "r",
            "rx",
            "ry",
        ),
        *("stop-color", "stop-opacity", "stroke", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap"),
        *(
            "stroke-linejoin",
            "stroke-miterlimit",
            "stroke-opacity",
            "stroke-width",
            "text-anchor",
            "transform",
        ),
        *("viewBox", "width", "x", "x1", "x2", "y", "y1", "y2"),
    )
)
_INSIDE = re.compile(r"url\(#([\w-]+)\)")


class Unsafe(ValueError):
    """What was drawn is no SVG that may be shown."""


def sanitised(drawn: str, label: str, prefix: str) -> str:
    """`drawn` as one element that fits its container, named `label` to those who cannot see it.

    What is not known is left out. Ids get `prefix`, so that several pictures fit in one page. Raises Unsafe.
    """
    if "<!DOCTYPE" in drawn or "<!ENTITY" in drawn:
        raise Unsafe("a picture must not declare a document type")
    try:
        root = ElementTree.fromstring(drawn)  # noqa: S314  no document type, so no entity can grow
    except ElementTree.ParseError as err:
        raise Unsafe(f"a picture must be well-formed: {err}") from err
    if _name(root.tag) != "svg":
        raise Unsafe(f"a picture must be an <svg>, not <{_name(root.tag)}>")
    clean = _copy(root, prefix)
    for name in ("width", "height"):
        clean.attrib.pop(name, None)
    clean.attrib |= {"role": "img", "aria-label": label, "class": "chart"}
    for part in clean:
        part.set("aria-hidden", "true")
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(clean, encoding="unicode")


def _copy(element: ElementTree.Element, prefix: str) -> ElementTree.Element:
    kept = ElementTree.Element(f"{{{SVG}}}{_name(element.tag)}", _attributes(element.attrib, prefix))
    kept.text, kept.tail = element.text, element.tail
    for child in element:
        if isinstance(child.tag, str) and _name(child.tag) in _ELEMENTS:
            kept.append(_copy(child, prefix))
    return kept


def _attributes(found: Mapping[str, str], prefix: str) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, value in found.items():
        if name not in _ATTRIBUTES:
            continue
        if name == "id":
            value = f"{prefix}-{value}"
        elif "url" in value:
            inside = _INSIDE.fullmatch(value)
            if inside is None:
                continue
            value = f"url(#{prefix}-{inside[1]})"
        kept[name] = value
    return kept


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]
