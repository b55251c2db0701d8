"""A small grammar of spoken sentences: one rule, hundreds of ways to say the same thing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_VALUE = re.compile(r"\{(\w+)\}")
_BLANKS = re.compile(r"\s+")
_LOOSE = re.compile(r"\s+([,.?!])")
_ENDS = (".", "?", "!")


@dataclass(frozen=True, slots=True)
class Grammar:
    """Lines by rule."""

    rules: Mapping[str, Sequence[str]]

    def say(self, rule: str, chance: Random, **values: str) -> str:
        """One way to say it.

        >>> from random import Random
        >>> rules = {"yes": ["Ja[, {what}|]"]}
        >>> {Grammar(rules).say("yes", Random(n), what="gern") for n in range(9)} == {
        ...     "Ja.", "Ja, gern."}
        True
        """
        lines = [line for line in self.rules[rule] if _needs(line) <= values.keys()]
        line = _CHOICE.sub(lambda found: chance.choice(found[1].split("|")), chance.choice(lines))
        return sentence(_VALUE.sub(lambda found: values[found[1]], line))


def sentence(words: str) -> str:
    """Words with a capital letter in front, and a full stop.

    >>> sentence("ja  , gern")
    'Ja, gern.'
    """
    tidy = _LOOSE.sub(r"\1", _BLANKS.sub(" ", words)).strip(" ,")
    whole = tidy[:1].upper() + tidy[1:]
    return whole if not whole or whole.endswith(_ENDS) else f"{whole}."


@cache
def grammar(language: str) -> Grammar:
    """How callers of this language talk."""
    return Grammar(_read(language, "sentences.yaml"))


@cache
def lexicon(language: str) -> Mapping[str, Any]:
    """What they call services, and what they are called themselves."""
    return _read(language, "words.yaml")


def _read(language: str, name: str) -> dict[str, Any]:
    text = resources.files(__package__).joinpath(language, name).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def _needs(line: str) -> set[str]:
    """Values that must be known before this line can be said; those inside choices count too."""
    return set(_VALUE.findall(line))
