"""Walks a conversation flow and tells what would go wrong in it: what no type can express."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Json = dict[str, Any]

_FIXED = {
    "else_edge": "Else",
    "always_edge": "Always",
    "skip_response_edge": "Skip response",
    "edge": "Transfer failed",
}
"""What the conditions of these edges have to say, to the letter."""
_VARIABLE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_SYSTEM = re.compile(
    r"(current_(time|hour|calendar)(_\S+)?|session_(type|duration)|direction|user_number"
    r"|agent_number|call_id|call_type|(current|previous)_node)"
)
_MOST_EQUATIONS = 50
_ENDS = frozenset({"end", "bridge_transfer", "cancel_transfer", "transfer_call", "agent_swap"})
"""Nodes at which the agent is done, or somebody else goes on."""


def flow_problems(flow: Json) -> list[str]:
    """All that is wrong with one of ours: it has to lead to an end, and know all it says."""
    return [*way_problems(flow), *_unset(flow)]


def way_problems(flow: Json) -> list[str]:
    """All that is wrong with any: in sentences; none = it can be walked from start to an end."""
    nodes = {node["id"]: node for node in flow["nodes"]}
    return [
        *_doubled(flow),
        *(problem for node in flow["nodes"] for problem in _of_node(node, nodes, flow)),
        *_unreached(flow, nodes),
    ]


def _doubled(flow: Json) -> Iterator[str]:
    ids = [node["id"] for node in flow["nodes"]]
    ids += [edge["id"] for node in flow["nodes"] for _, edge in edges_of(node)]
    return (f"the id {one} is given twice" for one, times in Counter(ids).items() if times > 1)


def edges_of(node: Json) -> list[tuple[str, Json]]:
    """Every way out of a node, with the name of the field that it is in."""
    listed = [("edges", edge) for edge in node.get("edges") or []]
    return listed + [(name, edge) for name, edge in node.items() if name.endswith("edge") and edge]


def _of_node(node: Json, nodes: dict[str, Json], flow: Json) -> Iterator[str]:
    name = node["id"]
    for field, edge in edges_of(node):
        to, condition = edge.get("destination_node_id"), edge["transition_condition"]
        if to == name:
            yield f"{name} leads to itself"
        if to not in nodes:
            yield f"{name} leads to {to}, which does not exist"
        if field in _FIXED and condition.get("prompt") != _FIXED[field]:
            yield f"{name}: the condition of its {field} has to be {_FIXED[field]!r}"
        if len(condition.get("equations", ())) > _MOST_EQUATIONS:
            yield f"{name} compares more than {_MOST_EQUATIONS} times"
    if node["type"] == "function":
        tools = {tool["tool_id"] for tool in flow.get("tools", ())}
        if node.get("tool_type") != "shared" and node["tool_id"] not in tools:
            yield f"{name} calls {node['tool_id']}, which is not declared"
        if "instruction" not in node:
            yield f"{name} has no instruction"
    if node["type"] not in _ENDS and not edges_of(node):
        yield f"nothing leads on from {name}"


def _unreached(flow: Json, nodes: dict[str, Json]) -> Iterator[str]:
    ways: dict[Any, set[Any]] = {
        name: {edge.get("destination_node_id") for _, edge in edges_of(node)}
        for name, node in nodes.items()
    }
    start = flow.get("start_node_id")
    if start not in nodes:
        yield f"it starts at {start}, which does not exist"
    anywhere = [name for name, node in nodes.items() if node.get("global_node_setting")]
    reached = _closure([start, *anywhere], ways)
    yield from (f"nothing leads to {name}" for name in nodes if name not in reached)
    back: dict[Any, set[Any]] = {name: set() for name in nodes}
    for name, there in ways.items():
        for to in there & nodes.keys():
            back[to].add(name)
    ends = {name for name, node in nodes.items() if node["type"] in _ENDS}
    ending = _closure(ends, back)
    yield from (f"no end can be reached from {name}" for name in nodes if name not in ending)


def _closure(begin: Iterable[Any], ways: dict[Any, set[Any]]) -> set[Any]:
    found, left = set(begin), list(begin)
    while left:
        new = ways.get(left.pop(), set()) - found
        found |= new
        left += new
    return found


def _unset(flow: Json) -> Iterator[str]:
    """A variable without a value is read out as it is written, braces and all."""
    used = set(_VARIABLE.findall(json.dumps(flow, ensure_ascii=False)))
    known = set(flow.get("default_dynamic_variables") or {})
    return (
        f"{{{{{name}}}}} has no value from the start"
        for name in sorted(used - known)
        if not _SYSTEM.fullmatch(name)
    )
