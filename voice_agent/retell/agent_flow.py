"""The conversation flow as Retell wants it, made of the short form in prompts/retell."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


def flow(services: str) -> Json:
    """Nodes, where they begin, and the variables that have to be set from the first word on.

    `services` tells what the salon offers, composite services with their parts in between.
    """
    told = yaml.safe_load((files("prompts") / "retell" / "flow.yaml").read_text("utf-8"))
    about = told["variables"]
    about = about | {"service": f"{about['service']} {services}"}
    nodes = [_node(name, node, about) for name, node in told["nodes"].items()]
    answers = {node["as"] for node in told["nodes"].values() if node["kind"] == "call"}
    unset = {variable: "" for one in sorted(answers) for variable in (f"{one}_code", f"{one}_say")}
    return {
        "start_node_id": told["start"],
        "nodes": nodes,
        "default_dynamic_variables": {**told["defaults"], **unset},
    }


def answered_as() -> Iterator[tuple[str, str]]:
    """Which function's answers go into variables of which name."""
    told = yaml.safe_load((files("prompts") / "retell" / "flow.yaml").read_text("utf-8"))
    return ((node["tool"], node["as"]) for node in told["nodes"].values() if "tool" in node)


def tool_id(name: str) -> str:
    """As the nodes of the flow refer to a function."""
    return f"tool_{name}"


def _node(name: str, node: Json, about: dict[str, str]) -> Json:
    made: Json = {"id": name, "name": name, **_KINDS[node["kind"]](node, about)}
    edges = [
        _edge(f"{name}-{to}", to, _condition(node, value))
        for to, value in node.get("goes", {}).items()
    ]
    if node["kind"] != "end":
        made["edges"] = edges
    if "else" in node:
        other = {"type": "prompt", "prompt": "Else"}
        made["else_edge"] = _edge(f"{name}-else", node["else"], other)
    return made


def _edge(key: str, to: str, condition: Json) -> Json:
    return {"id": key, "destination_node_id": to, "transition_condition": condition}


def _condition(node: Json, value: str) -> Json:
    match node["kind"]:
        case "remember":  # set to nothing counts as set at Retell, so being set says nothing
            known = [_equation(need, "!=", "") for need in node["needs"]]
            return {"type": "equation", "operator": "&&", "equations": known}
        case "call":
            code = [_equation(f"{node['as']}_code", "==", value)]
            return {"type": "equation", "operator": "&&", "equations": code}
        case _:
            return {"type": "prompt", "prompt": value}


def _equation(variable: str, operator: str, value: str) -> Json:
    return {"left": f"{{{{{variable}}}}}", "operator": operator, "right": value}


def _talk(node: Json, _: dict[str, str]) -> Json:
    return {"type": "conversation", "instruction": _instruction(node)}


def _remember(_: Json, about: dict[str, str]) -> Json:
    variables = [
        {"type": "string", "name": name, "description": text} for name, text in about.items()
    ]
    return {"type": "extract_dynamic_variables", "variables": variables}


def _call(node: Json, _: dict[str, str]) -> Json:
    return {
        "type": "function",
        "tool_id": tool_id(node["tool"]),
        "tool_type": "local",
        "wait_for_result": True,
        "speak_during_execution": True,
        "instruction": _instruction(node),
    }


def _end(node: Json, _: dict[str, str]) -> Json:
    return {"type": "end", "instruction": _instruction(node)}


def _instruction(node: Json) -> Json:
    if "says" in node:
        return {"type": "static_text", "text": node["says"]}
    return {"type": "prompt", "text": " ".join(node["does"].split())}


_KINDS = {"talk": _talk, "remember": _remember, "call": _call, "end": _end}
