"""The catalogue of words: every sentence that people are shown, read out of the source: python -m tests.support.words

The sentences stand where they are said; this page puts them side by side, so that they can be read, kept alike and
translated as a whole. Examples of what people say, log lines, patterns and SQL are no sentences of ours to people.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "words.md"
ROOMS = ("bot", "graph", "runbooks", "integrations", "insight", "store", "config")
#: what reads what people say, what invents the demo company's telemetry, and the database's own
UNSPOKEN = (
    "graph/understanding/",
    "integrations/demo/",
    "store/migrations/",
    "graph/intents/",
    "config/shapes.py",
)
HEAD = """# Words

Every sentence that people are shown, by the file that says it, made by `python -m tests.support.words`; `{…}` is filled
in. A test keeps this page true and the sentences alike (tests/test_words.py).
"""
_SENTENCE = re.compile(r"[A-Za-z]{2,}[,:;.]? [A-Za-z`{]|^[A-Z][a-z]+[.!?…]$")
_UNSAID = frozenset(
    {"compile", "debug", "info", "warning", "error", "exception", "text", "sql", "noqa", "sub", "search"}
)
_SQL = re.compile(r"^(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|BEGIN|ALTER|WITH) ")
_LOGIC = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.S)
_FILLED = re.compile(r"\{\{.*?\}\}", re.S)
_TAG = re.compile(r"<[^>]*>", re.S)
_LABEL = re.compile(r'(?:aria-label|title|placeholder|alt)="([^"<>]*)"')
_EXAMPLES = re.compile(r"^_?[A-Z][A-Z_]*$")


def sentences(source: str) -> Iterator[str]:
    """The sentences of one module in the order of its lines, each once."""
    tree = ast.parse(source)
    unsaid = {id(part) for node in _unsaid(tree) for part in ast.walk(node)}
    unsaid |= {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in _parts(node)
    }
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.JoinedStr)]
    seen: set[str] = set()
    for node in sorted(nodes, key=lambda one: (one.lineno, one.col_offset)):
        words = None if id(node) in unsaid else _words(node)
        if words is not None and words not in seen and _said(words):
            seen.add(words)
            yield words


def _unsaid(tree: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, patterns, log lines, SQL, lists of words, and sentences that train the classifier."""
    for node in ast.walk(tree):
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        called = isinstance(node, ast.Call) and _name(node.func) in _UNSAID and not _shows(node)
        split = isinstance(node, ast.Call) and _name(node.func) in ("split", "word_set")
        if docstring or called or split or (isinstance(node, ast.Assign) and _teaches(node)):
            yield node


def _parts(node: ast.JoinedStr) -> Iterator[ast.AST]:
    """The fixed parts of an f-string and what formats its values: said with the whole, not by themselves."""
    for part in node.values:
        if isinstance(part, ast.Constant):
            yield part
        elif isinstance(part, ast.FormattedValue) and part.format_spec is not None:
            yield from ast.walk(part.format_spec)


def _shows(node: ast.Call) -> bool:
    """`cards.text(…)` and `cards.error(…)` show words; `log.error(…)` and SQLAlchemy's `text(…)` do not."""
    return isinstance(node.func, ast.Attribute) and _name(node.func.value) not in (
        "log",
        "logger",
        "re",
        "sa",
    )


def _teaches(node: ast.Assign) -> bool:
    """A long tuple of plain strings in a constant: examples for the classifier, names, patterns."""
    named = all(isinstance(one, ast.Name) and _EXAMPLES.match(one.id) for one in node.targets)
    value = node.value
    plain = isinstance(value, ast.Tuple) and all(isinstance(one, ast.Constant) for one in value.elts)
    return named and plain and isinstance(value, ast.Tuple) and len(value.elts) > 12


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _words(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values)
    return None


def _said(words: str) -> bool:
    return (
        bool(_SENTENCE.search(words)) and not _SQL.match(words) and "\\b" not in words and "(?" not in words
    )


def catalogue() -> dict[str, list[str]]:
    """File → its sentences, files in order."""
    found: dict[str, list[str]] = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(UNSPOKEN) and (said := list(sentences(path.read_text(encoding="utf-8")))):
                found[name] = said
        for path in sorted((ROOT / room).rglob("*.html")):
            if said := list(dict.fromkeys(_of_template(path.read_text(encoding="utf-8")))):
                found[path.relative_to(ROOT).as_posix()] = said
    return found


def _of_template(source: str) -> Iterator[str]:
    """The sentences of a page's template: what stands between tags, and labels for those who do not see."""
    source = _LOGIC.sub("\0", _FILLED.sub("{…}", source))
    yield from (words for words in _LABEL.findall(source) if _said(words))
    for words in _TAG.sub("\0", source).split("\0"):
        if _said(" ".join(words.split())):
            yield " ".join(words.split())


def page() -> str:
    parts = [HEAD]
    for name, said in catalogue().items():
        lines = [f"- {' '.join(one.split())}" for one in said]
        parts.append(f"## {name}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {sum(map(len, catalogue().values()))} sentences\n")
