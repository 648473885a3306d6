from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bot.http.openapi import document, page, refusals
from bot.http.rest import ROUTES
from tests.bot.http.conftest import Stage

DOCS = Path(__file__).parents[3] / "docs" / "rest.md"


def refs(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(refs(one) for one in node.values()))
    return set().union(*(refs(one) for one in node)) if isinstance(node, list) else set()


def test_every_route_is_in_the_document_with_its_body_answer_and_refusals() -> None:
    paths = document()["paths"]
    assert {(method.upper(), path) for path, one in paths.items() for method in one} == {
        (route.method, route.full) for route in ROUTES
    }
    for route in ROUTES:
        operation = paths[route.full][route.method.lower()]
        assert set(operation["responses"]) == {str(route.status), *map(str, refusals(route))}
        assert ("requestBody" in operation) == (route.body is not None)
        named = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        assert named == re.findall(r"{(\w+)}", route.path)


def test_every_reference_leads_somewhere_and_operations_have_names_of_their_own() -> None:
    whole = document()
    assert refs(whole) <= {f"#/components/schemas/{name}" for name in whole["components"]["schemas"]}
    names = [operation["operationId"] for one in whole["paths"].values() for operation in one.values()]
    assert len(set(names)) == len(names)


async def test_the_document_and_the_page_are_served_without_a_token(stage: Stage) -> None:
    async with stage.client.get("/openapi.json") as answer:
        assert await answer.json() == document()
    async with stage.client.get("/docs") as answer:
        assert answer.content_type == "text/html"
        words = await answer.text()
    assert words == page()
    assert all(route.full in words for route in ROUTES)
    assert "<script" not in words and "http://" not in words and "https://" not in words


def table() -> str:
    """The table of docs/rest.md as the routes declare it."""
    lines = ["| call | what it does | role | body | answer | refusals |", "|---|---|---|---|---|---|"]
    for route in ROUTES:
        answer = "–" if route.answer is None else route.answer.__name__ + (" list" if route.many else "")
        names = (
            ", ".join(route.body.model_fields)
            if route.body
            else ", ".join(route.query.model_fields)
            if route.query
            else ""
        )
        sent = f"`{names}`" if names else "–"
        roles = " or ".join(route.roles) or "anyone known"
        odd = " ".join(map(str, refusals(route)))
        lines.append(
            f"| `{route.method} {route.full}` | {route.summary} | {roles} | {sent} | {route.status} {answer} | {odd} |"
        )
    return "\n".join(lines)


def test_docs_rest_md_lists_the_routes_as_they_are_declared() -> None:
    written = DOCS.read_text(encoding="utf-8")
    assert table() in written, f"Put this table into docs/rest.md:\n{table()}"


def test_docs_rest_md_explains_every_refusal() -> None:
    written = DOCS.read_text(encoding="utf-8")
    for status in sorted({one for route in ROUTES for one in refusals(route)}):
        assert f"\n| {status} " in written
