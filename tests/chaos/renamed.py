"""A version of the application in which a node of the graph has another name."""

from __future__ import annotations

from typing import Any

from langgraph.graph import StateGraph

import graph.build


def rename(old: str, new: str) -> None:
    """From now on in this process; what waits in a thread at `old` finds no such node any more."""

    def named(name: Any) -> Any:
        return new if name == old else name

    class Renamed(StateGraph[Any, None, Any, Any]):
        """The same graph with that name in place of the other."""

        def add_node(self, node: Any, action: Any = None, **more: Any) -> Any:
            return super().add_node(named(node), action, **more)

        def add_edge(self, start_key: Any, end_key: Any) -> Any:
            return super().add_edge(named(start_key), named(end_key))

        def add_conditional_edges(self, source: Any, path: Any, path_map: Any = None) -> Any:
            names = {name: named(name) for name in path_map or ()}
            return super().add_conditional_edges(named(source), path, names)

    vars(graph.build)["StateGraph"] = Renamed
