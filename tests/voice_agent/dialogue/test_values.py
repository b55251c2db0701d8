"""Every place in a sentence is filled wherever the code says it: nothing is missing at the time."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from prompts import keys, languages
from prompts.own import variables
from voice_agent.dialogue import claims, obstacles

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parents[3] / "voice_agent"
OPEN_ENDED = None
"""Values that are handed over as a whole: what they are is not written at the call."""


def test_every_sentence_said_is_given_all_that_it_needs() -> None:
    said = list(_said())
    lacking = [
        f"{where}: {key} lacks {', '.join(sorted(needed(key) - given))}"
        for where, key, given in said
        if given is not OPEN_ENDED and not needed(key) <= given
    ]

    assert lacking == []
    checked = {key for _, key, given in said if given is not OPEN_ENDED}
    assert len(checked) > len(keys("de")) * 0.85


@pytest.mark.parametrize("key", ["booked", "move_taken", "price_and_duration", "day_conflict"])
def test_what_a_sentence_needs_is_known(key: str) -> None:
    assert needed(key)


@cache
def needed(key: str) -> frozenset[str]:
    """The values without which some phrasing in some language could not be said."""
    return frozenset().union(*(variables(key, language) for language in languages()))


def _said() -> Iterator[tuple[str, str, frozenset[str] | None]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                chosen = _chosen_in(function)
                calls = (node for node in ast.walk(function) if isinstance(node, ast.Call))
                for call in calls:
                    for key, given in _sentence(call, chosen):
                        yield f"{path.name}:{call.lineno}", key, given


def _chosen_in(function: ast.AST) -> dict[str, list[ast.expr]]:
    """What the names of a function may stand for."""
    chosen: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                chosen.setdefault(name, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                chosen.setdefault(name, []).append(value)
    return chosen


def _sentence(
    call: ast.Call, chosen: dict[str, list[ast.expr]]
) -> Iterator[tuple[str, frozenset[str] | None]]:
    """The sentences that a call says, as far as they are named in its function."""
    names = [one.arg for one in call.keywords if one.arg is not None]
    given = OPEN_ENDED if len(names) < len(call.keywords) else frozenset(names)
    match ast.unparse(call.func):
        case "sentences.plain" | "plain" | "claim":
            with_scene = {"today"} if ast.unparse(call.func) == "claim" and call.args[2:] else set()
            whole = OPEN_ENDED if given is OPEN_ENDED else given | with_scene
            yield from ((key, whole) for key in _keys(call.args[0], chosen))
        case _:
            return


def _keys(node: ast.expr, chosen: dict[str, list[ast.expr]]) -> Iterator[str]:
    """A key, a claim, either of two, or whatever a name stands for."""
    match node:
        case ast.Constant(value=str() as key):
            yield key
        case ast.Attribute(value=ast.Name(id="claims"), attr=name):
            yield getattr(claims, name).key
        case ast.Call(func=ast.Attribute(value=ast.Name(id="obstacles"))):
            reasons = [*vars(obstacles).values(), *obstacles.WHY.values()]
            yield from (one.key for one in reasons if isinstance(one, claims.Claim))
        case ast.IfExp(body=one, orelse=other):
            yield from (*_keys(one, chosen), *_keys(other, chosen))
        case ast.Name(id=name):
            yield from (key for value in chosen.get(name, ()) for key in _keys(value, chosen))
        case _:
            return
