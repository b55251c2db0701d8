"""The functions that agents hosted at Retell can call, as they are declared to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from voice_agent.retell.functions.counter import HANDLERS

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARK = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One function, as a model is told about it."""

    name: str
    purpose: str
    """When it is to be called."""
    timeout_s: float
    meanwhile: str | None
    """Said while it works; None = nothing is."""
    arguments: dict[str, str]
    """What each is, by name."""
    required: tuple[str, ...]

    @property
    def parameters(self) -> dict[str, Any]:
        """Its arguments as a JSON schema."""
        properties = {
            name: {"type": "string", "description": about} for name, about in self.arguments.items()
        }
        return {"type": "object", "properties": properties, "required": list(self.required)}


@cache
def tools() -> tuple[Tool, ...]:
    """All functions that are declared; each has somebody who carries it out."""
    written = yaml.safe_load((files("prompts") / "retell" / "tools.yaml").read_text("utf-8"))
    declared = tuple(
        _tool(name, told, written["arguments"]) for name, told in written["tools"].items()
    )
    if problems := unmatched(one.name for one in declared):
        raise ValueError(f"prompts/retell/tools.yaml: {'; '.join(problems)}")
    return declared


def unmatched(names: Iterable[str]) -> list[str]:
    """What is declared without a handler, or handled without being declared."""
    declared = set(names)
    without = [f"nobody carries out {name}" for name in sorted(declared - HANDLERS.keys())]
    return without + [f"{name} is not declared" for name in sorted(HANDLERS.keys() - declared)]


def _tool(name: str, told: dict[str, Any], about: dict[str, str]) -> Tool:
    takes = [argument.removesuffix(_MARK) for argument in told["takes"]]
    return Tool(
        name=name,
        purpose=" ".join(told["purpose"].split()),
        timeout_s=told["timeout_s"],
        meanwhile=told.get("meanwhile"),
        arguments={argument: about[argument] for argument in takes},
        required=tuple(one.removesuffix(_MARK) for one in told["takes"] if one.endswith(_MARK)),
    )
