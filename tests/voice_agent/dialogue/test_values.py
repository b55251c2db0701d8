"""Every place in a sentence is filled wherever the code says it: nothing is missing at the time."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from prompts import keys, languages
from prompts.own import variables
from voice_agent.dialogue import claims

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
    assert len({key for _, key, _ in said}) > len(keys("de")) * 2 // 3


@pytest.mark.parametrize("key", ["booked", "move_taken", "price_and_duration", "day_conflict"])
def test_what_a_sentence_needs_is_known(key: str) -> None:
    assert needed(key)


@cache
def needed(key: str) -> frozenset[str]:
    """The values without which some phrasing in some language could not be said."""
    return frozenset().union(*(variables(key, language) for language in languages()))


def _said() -> Iterator[tuple[str, str, frozenset[str] | None]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call):
                for key, given in _sentence(call):
                    yield f"{path.name}:{call.lineno}", key, given


def _sentence(call: ast.Call) -> Iterator[tuple[str, frozenset[str] | None]]:
    """The sentences that a call says, as far as they are named in it."""
    names = [one.arg for one in call.keywords if one.arg is not None]
    given = OPEN_ENDED if len(names) < len(call.keywords) else frozenset(names)
    match ast.unparse(call.func):
        case "sentences.plain" | "plain":
            yield from ((key, given) for key in _texts(call.args[0]))
        case "claim":
            has_scene = len(call.args) > 2  # behind the claim and its proof
            today = frozenset({"today"} if has_scene else ())
            all_given = OPEN_ENDED if given is OPEN_ENDED else given | today
            yield from ((key, all_given) for key in _claims(call.args[0]))
        case _:
            return


def _texts(node: ast.expr) -> Iterator[str]:
    """A key, or either of two."""
    match node:
        case ast.Constant(value=str() as key):
            yield key
        case ast.IfExp(body=one, orelse=other):
            yield from (*_texts(one), *_texts(other))
        case _:
            return


def _claims(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Attribute(value=ast.Name(id="claims"), attr=name):
            yield getattr(claims, name).key
        case ast.IfExp(body=one, orelse=other):
            yield from (*_claims(one), *_claims(other))
        case _:
            return
