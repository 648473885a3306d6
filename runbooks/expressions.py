"""CEL in `if`, `when`, `expect` and `${{ }}`: compiled once at load; what each expression reads is known ahead."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cel
from rapidfuzz import process

from config.errors import BadRequest

ROOTS = ("inputs", "steps", "run", "result", "item")
RUN_FIELDS = ("id", "status", "requester", "environment")
LONGEST_SOURCE = 2_000
LARGEST_RESULT = 64_000

_TEMPLATE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_TEXT = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_BOUND = re.compile(r"\.(?:map|filter|all|exists|exists_one)\(\s*(\w+)\s*,")
_READ = re.compile(r"(?<![\w.])(inputs|steps|run)\b(?:\s*\.\s*(\w+))?(?:\s*\.\s*(\w+))?")
_FAILURES = (ValueError, TypeError, LookupError, RuntimeError, ArithmeticError)


class ExpressionError(BadRequest):
    """The message names the expression and what is wrong or missing."""

    title = "An expression cannot be worked out"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?`, or the known names when none is near, or nothing when there are none."""
    names = sorted(known)
    near = process.extractOne(word, names, score_cutoff=60)
    if near is not None:
        return f" Did you mean {near[0]!r}?"
    return f" Known: {', '.join(names[:20])}." if names else ""


@dataclass(frozen=True, slots=True)
class Expression:
    """One compiled expression and the names it reads: `inputs.<name>`, `steps.<id>.output`, `run.<field>`."""

    source: str
    inputs: frozenset[str]
    steps: frozenset[str]
    run: frozenset[str]
    uses_result: bool
    uses_item: bool
    _program: cel.Program = field(repr=False, compare=False)

    def evaluate(self, variables: Mapping[str, Any]) -> Any:
        """A JSON value. Raises ExpressionError naming the expression and the missing name."""
        try:
            value = self._program.execute(dict(variables))
        except KeyError as err:
            raise ExpressionError(f"{self.source!r} reads {err.args[0]!r}, which is not there.") from err
        except _FAILURES as err:
            raise ExpressionError(f"{self.source!r} cannot be worked out: {_first_line(err)}") from err
        return _json(self.source, value)

    def truth(self, variables: Mapping[str, Any]) -> bool:
        """As `evaluate`, for a condition: anything but true or false raises ExpressionError."""
        value = self.evaluate(variables)
        if not isinstance(value, bool):
            raise ExpressionError(f"{self.source!r} gives {value!r}; a condition must give true or false.")
        return value


def compile_expression(source: str) -> Expression:
    """Raises ExpressionError for a syntax error, an unknown name, or an expression that is too long."""
    text = source.strip()
    if len(text) > LONGEST_SOURCE:
        raise ExpressionError(f"{text[:40]!r}… has {len(text)} characters; at most {LONGEST_SOURCE}.")
    try:
        program = cel.compile(text)
    except _FAILURES as err:
        raise ExpressionError(f"{text!r} is not an expression: {_first_line(err)}") from err
    bare = _TEXT.sub("''", text)
    bound = set(_BOUND.findall(bare))
    for name in program.variables():
        if name not in ROOTS and name not in bound:
            raise ExpressionError(f"{text!r} reads {name!r}.{did_you_mean(name, ROOTS)}")
    found: dict[str, set[str]] = {"inputs": set(), "steps": set(), "run": set()}
    for root, name, part in _READ.findall(bare):
        _check_read(text, root, name, part)
        found[root].add(name)
    return Expression(
        source=text,
        inputs=frozenset(found["inputs"]),
        steps=frozenset(found["steps"]),
        run=frozenset(found["run"]),
        uses_result="result" in program.variables(),
        uses_item="item" in program.variables() and "item" not in bound,
        _program=program,
    )


def _check_read(text: str, root: str, name: str, part: str) -> None:
    if not name:
        wanted = {"inputs": "inputs.<name>", "steps": "steps.<id>.output", "run": "run.<field>"}[root]
        raise ExpressionError(f"{text!r} reads {root!r} as a whole; write {wanted}.")
    if root == "steps" and part != "output":
        raise ExpressionError(
            f"{text!r} reads steps.{name}.{part or '…'}; of a step only `output` can be read."
        )
    if root == "run" and name not in RUN_FIELDS:
        raise ExpressionError(f"{text!r} reads run.{name}.{did_you_mean(name, RUN_FIELDS)}")


@dataclass(frozen=True, slots=True)
class Template:
    """A YAML value in which `${{ }}` may stand anywhere; a string that is one whole `${{ }}` keeps its value's type."""

    value: Any
    expressions: Mapping[str, Expression]

    @property
    def steps(self) -> frozenset[str]:
        return frozenset(name for one in self.expressions.values() for name in one.steps)

    @property
    def run(self) -> frozenset[str]:
        return frozenset(name for one in self.expressions.values() for name in one.run)

    def parts(self) -> Iterator[tuple[str, Template]]:
        """Each key of a mapping with the template of its value."""
        for key, one in self.value.items():
            yield key, Template(one, {source: self.expressions[source] for source in _sources(one)})

    def resolve(self, variables: Mapping[str, Any]) -> Any:
        """The value with every `${{ }}` worked out. Raises ExpressionError."""
        return self._resolved(self.value, variables)

    def _resolved(self, value: Any, variables: Mapping[str, Any]) -> Any:
        if isinstance(value, Mapping):
            return {key: self._resolved(one, variables) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self._resolved(one, variables) for one in value]
        if not isinstance(value, str):
            return value
        whole = _TEMPLATE.fullmatch(value.strip())
        if whole is not None and "}}" not in whole.group(1):
            return self.expressions[whole.group(1)].evaluate(variables)
        return _TEMPLATE.sub(lambda hit: _words(self.expressions[hit.group(1)].evaluate(variables)), value)


def compile_template(value: Any) -> Template:
    """Compiles every `${{ }}` inside. Raises ExpressionError."""
    return Template(value, {source: compile_expression(source) for source in _sources(value)})


def _sources(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _sources(one)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            yield from _sources(one)
    elif isinstance(value, str):
        yield from (hit.group(1) for hit in _TEMPLATE.finditer(value))


def _words(value: Any) -> str:
    """How a value reads inside a longer text."""
    return value if isinstance(value, str) else json.dumps(value)


def _first_line(err: Exception) -> str:
    return str(err).strip().splitlines()[0][:300] if str(err).strip() else type(err).__name__


def _json(source: str, value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise ExpressionError(f"{source!r} gives {value}, which is not a number.")
    try:
        size = len(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as err:
        raise ExpressionError(
            f"{source!r} gives a {type(value).__name__}; make it text with string(…)."
        ) from err
    if size > LARGEST_RESULT:
        raise ExpressionError(f"{source!r} gives {size} bytes; at most {LARGEST_RESULT}.")
    return value
