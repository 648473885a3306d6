from __future__ import annotations

import ast
from pathlib import Path

from graph.nodes import approve


def test_the_node_does_nothing_before_its_one_interrupt() -> None:
    tree = ast.parse(Path(approve.__file__).read_text(encoding="utf-8"))
    node = next(one for one in ast.walk(tree) if isinstance(one, ast.AsyncFunctionDef))
    first = node.body[1]
    assert isinstance(first, ast.Expr)
    assert isinstance(first.value, ast.Call)
    assert ast.unparse(first.value.func) == "interrupt"
    assert sum(1 for one in ast.walk(node) if isinstance(one, ast.Call)) == 1
