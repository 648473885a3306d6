from __future__ import annotations

import inspect
import re

from bot.http.rest import ROUTES
from bot.http.route import API


def test_every_route_is_below_the_api_and_declared_once() -> None:
    declared = [(route.method, route.full) for route in ROUTES]
    assert len(set(declared)) == len(declared)
    assert all(path.startswith(f"{API}/") for _, path in declared)


def test_what_changes_something_is_a_post_or_a_delete_and_takes_a_checked_body() -> None:
    assert all((route.body is not None) == (route.method == "POST") for route in ROUTES)
    assert all(route.query is not None for route in ROUTES if route.many)


def test_a_handler_only_translates_in_15_lines_at_most() -> None:
    lines = {
        f"{route.method} {route.path}": len(inspect.getsource(route.handler).splitlines()) - 1
        for route in ROUTES
    }
    assert not [name for name, count in lines.items() if count > 15]


def test_a_route_that_names_something_may_not_find_it() -> None:
    assert all(404 in route.refusals for route in ROUTES if re.search(r"{\w+}", route.path))
