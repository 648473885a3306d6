"""A YAML file read as plain JSON values, with the line of every key: no anchors, no dates, no `yes` for true."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import yaml

LARGEST = 200_000
DEEPEST = 20

Path = tuple[str | int, ...]


class SourceError(Exception):
    """`line` counts from 1; `what` says what is wrong and what is wanted."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


@dataclass(frozen=True)
class Source:
    """The content, and the line of each path (`("steps", 0, "uses")`), counted from 1."""

    content: Mapping[str, Any]
    lines: Mapping[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Loader(yaml.SafeLoader):
    """Scalars as JSON has them: only true, false, null and decimal numbers are not text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  PyYAML's own class attribute


for _tag, _pattern, _first in (
    ("bool", r"true|false|True|False", "tfTF"),
    ("null", r"~|null|Null|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-+0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


def read_source(text: str) -> Source:
    """Raises SourceError with the line of the first thing that is wrong."""
    if len(text) > LARGEST:
        raise SourceError(1, f"the file has {len(text)} characters; a runbook has at most {LARGEST}")
    lines: dict[Path, int] = {}
    try:
        with _loader(text) as loader:
            node = loader.get_single_node()
            if node is None:
                raise SourceError(1, "the file is empty; a runbook begins with `version: 1`")
            content = _plain(loader, node, (), lines, set())
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        raise SourceError(mark.line + 1 if mark else 1, f"not YAML: {err.problem}; mend this line") from err
    except yaml.reader.ReaderError as err:
        line = text.count("\n", 0, int(err.position)) + 1
        raise SourceError(line, "not YAML: a control character; take it out") from err
    except RecursionError as err:
        raise SourceError(1, f"nested too deeply; at most {DEEPEST} levels") from err
    if not isinstance(content, dict):
        raise SourceError(1, "not a mapping; a runbook begins with `version: 1`")
    return Source(content, lines)


@contextmanager
def _loader(text: str) -> Iterator[_Loader]:
    loader = _Loader(text)
    try:
        yield loader
    finally:
        loader.dispose()


def _plain(loader: _Loader, node: yaml.Node, path: Path, lines: dict[Path, int], seen: set[int]) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    if id(node) in seen:
        raise SourceError(line, "anchors (&, *) are not taken; write the value out")
    seen.add(id(node))
    if len(path) > DEEPEST:
        raise SourceError(line, f"nested too deeply; at most {DEEPEST} levels")
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, path, lines, seen)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, one, (*path, place), lines, seen) for place, one in enumerate(node.value)]
    if node.tag not in {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null")}:
        raise SourceError(line, f"the tag {node.tag!r} is not taken; write a plain value")
    return loader.construct_object(node)


def _mapping(
    loader: _Loader, node: yaml.MappingNode, path: Path, lines: dict[Path, int], seen: set[int]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = key_node.value, key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise SourceError(line, "a key must be a word")
        if key in found:
            raise SourceError(line, f"{key!r} stands twice; keep one")
        lines[(*path, key)] = line
        found[key] = _plain(loader, value_node, (*path, key), lines, seen)
    return found
