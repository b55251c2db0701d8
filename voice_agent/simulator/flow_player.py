"""Plays an agent that is led by a conversation flow at Retell; a script stands in for its model."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from voice_agent.simulator.functions import FunctionCaller
    from voice_agent.simulator.records import Record

Json = dict[str, Any]
MOST_STEPS = 100
_VARIABLE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


class FlowBroken(Exception):
    """The flow cannot be followed here."""


def _nothing(_: Json) -> Json:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A sentence of the caller's, and what the model makes of it."""

    says: str
    goes: str
    """Id of the node whose condition it takes to be true."""
    knows: Mapping[str, Any] = field(default_factory=dict)
    """Values it now has for variables and arguments."""
    reads: Callable[[Json], Json] = _nothing
    """Further values, from the last answer of a function."""


@dataclass(slots=True, kw_only=True)
class FlowCall:
    """One call through a flow, from its first node to an end."""

    flow: Json
    caller: FunctionCaller
    record: Record
    said: list[str] = field(default_factory=list)
    """What the agent said, or was told to say."""
    visited: list[str] = field(default_factory=list)
    answers: list[tuple[str, Json]] = field(default_factory=list)
    """Functions that were called, with what they answered."""
    variables: dict[str, str] = field(default_factory=dict)
    knows: Json = field(default_factory=dict)

    async def play(self, script: Iterable[Heard]) -> None:
        """Until an end is reached; FlowBroken where nothing leads on, or the script is used up."""
        self.variables = dict(self.flow.get("default_dynamic_variables") or {})
        nodes = {node["id"]: node for node in self.flow["nodes"]}
        lines, at = iter(script), self.flow["start_node_id"]
        for _ in range(MOST_STEPS):
            node = nodes[at]
            self.visited.append(at)
            following = await self._step(node, lines)
            if following is None:
                return
            at = following
        raise FlowBroken("it goes round in circles")

    async def _step(self, node: Json, lines: Iterator[Heard]) -> str | None:
        self._speak(node)
        match node["type"]:
            case "end":
                return None
            case "conversation":
                return self._listen(node, next(lines, None))
            case "extract_dynamic_variables":
                names = [one["name"] for one in node["variables"]]
                self.variables |= {n: str(self.knows[n]) for n in names if n in self.knows}
            case "function":
                await self._call(node)
            case kind:
                raise FlowBroken(f"{node['id']} is of a kind that is not played: {kind}")
        return self._led(node)

    def _speak(self, node: Json) -> None:
        text = node.get("instruction", {}).get("text", "")
        words = _VARIABLE.sub(lambda found: self.variables.get(found[1], found[0]), text)
        if "{{" in words:
            raise FlowBroken(f"{node['id']} would say {words!r}")
        if words:
            self.said.append(words)

    def _listen(self, node: Json, heard: Heard | None) -> str:
        if heard is None:
            raise FlowBroken(f"nobody says anything at {node['id']}; said was: {self.said[-1]}")
        said = (
            {"role": "agent", "content": self.said[-1]},
            {"role": "user", "content": heard.says},
        )
        self.record = replace(self.record, plain=(*self.record.plain, *said))
        last = self.answers[-1][1] if self.answers else {}
        self.knows |= {**heard.knows, **heard.reads(last)}
        ways = [edge["destination_node_id"] for edge in node.get("edges", ())]
        if heard.goes not in ways:
            raise FlowBroken(f"{node['id']} does not lead to {heard.goes}, only to {ways}")
        return heard.goes

    async def _call(self, node: Json) -> None:
        tools = {tool["tool_id"]: tool for tool in self.flow["tools"]}
        tool = tools.get(node["tool_id"])
        if tool is None:
            raise FlowBroken(f"{node['id']} calls {node['tool_id']}, which is not declared")
        names = tool["parameters"]["properties"]
        args = {name: self.knows[name] for name in names if name in self.knows}
        answer = await self.caller.call(tool["url"], tool["name"], args, self.record)
        if not answer.succeeded or not isinstance(answer.content, dict):
            raise FlowBroken(f"{tool['name']} answers {answer.text[:200]!r}")
        self.answers.append((tool["name"], answer.content))
        for variable, path in (tool.get("response_variables") or {}).items():
            found = _at(answer.content, path)
            if found is not None:
                self.variables[variable] = str(found)

    def _led(self, node: Json) -> str:
        for edge in node.get("edges", ()):
            if self._holds(edge["transition_condition"]):
                return str(edge["destination_node_id"])
        if other := node.get("else_edge"):
            return str(other["destination_node_id"])
        raise FlowBroken(f"nothing leads on from {node['id']} with {self.variables}")

    def _holds(self, condition: Json) -> bool:
        if condition["type"] != "equation":
            return False
        results = [self._equals(one) for one in condition["equations"]]
        return all(results) if condition["operator"] == "&&" else any(results)

    def _equals(self, equation: Json) -> bool:
        name = equation["left"].strip("{} ")
        left, right = self.variables.get(name), equation.get("right")
        match equation["operator"]:
            case "==":
                return left == right
            case "!=":
                return left != right
            case "exists":
                return left is not None
            case operator:
                raise FlowBroken(f"{operator} is not played")


def _at(content: Any, path: str) -> Any:  # noqa: ANN401 - any JSON
    for key in path.split("."):
        content = content.get(key) if isinstance(content, dict) else None
    return content
