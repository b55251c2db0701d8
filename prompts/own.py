"""Phrasings that a salon has written itself: what they must keep, and how they are rendered.

They are texts with the very placeholders of the sentence everybody has, and no other: nobody can
make a template do anything, and no fact can be lost or made up.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml
from jinja2 import meta

from prompts.errors import BadPhrasing, UnknownSentence
from prompts.render import compiler

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

LONGEST = 400
_PLACE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_LEFTOVER = re.compile(r"[{}]")
_FACTS = re.compile(
    r"\b(gebucht|frei|verfügbar|eingetragen|reserviert|storniert|abgesagt|verschoben|notiert"
    r"|booked|free|available|cancelled|moved|noted)\b",
    re.IGNORECASE,
)
"""What only code with the proof in hand may say."""
_GREETINGS = frozenset({"greeting", "greeting_known"})
_DISCLOSURE = re.compile(
    r"\b(digital|künstlich|automati|virtual|virtuell|AI\b|KI\b)", re.IGNORECASE
)


@cache
def standard(key: str, language: str) -> tuple[str, ...]:
    """The phrasings everybody has; UnknownSentence when there are none."""
    found = _sources(language).get(key)
    if not found:
        raise UnknownSentence(f"there is no sentence {key!r} in {language!r}")
    return found


@cache
def variables(key: str, language: str) -> frozenset[str]:
    """Everything a phrasing of this sentence is given."""
    using = compiler(language)
    trees = (using.parse(text) for text in standard(key, language))
    return frozenset(name for tree in trees for name in meta.find_undeclared_variables(tree))


def places(key: str, language: str) -> tuple[str, ...]:
    """The placeholders an own phrasing may have."""
    found = (place for text in standard(key, language) for place in _PLACE.findall(text))
    return tuple(dict.fromkeys(found))


def needed(key: str, language: str) -> frozenset[str]:
    """Those that every phrasing has: without them the sentence would lose a fact."""
    every = [frozenset(_PLACE.findall(text)) for text in standard(key, language)]
    return frozenset.intersection(*every)


def complaints(key: str, text: str, language: str) -> tuple[str, ...]:
    """What is wrong with an own phrasing, by name; nothing when it may be said.

    >>> complaints("greeting", "Guten Tag, {{ salom }}!", "de")
    ('unknown_place', 'lost_place', 'no_disclosure')
    """
    used = _PLACE.findall(text)
    found = []
    if len(text) > LONGEST:
        found.append("too_long")
    if _LEFTOVER.search(_PLACE.sub("", text)):
        found.append("braces")
    if not set(used) <= set(places(key, language)):
        found.append("unknown_place")
    if not needed(key, language) <= set(used):
        found.append("lost_place")
    if _facts(text) - {fact for one in standard(key, language) for fact in _facts(one)}:
        found.append("claims")
    if key in _GREETINGS and not _DISCLOSURE.search(_PLACE.sub("", text)):
        found.append("no_disclosure")
    return tuple(found)


def render_own(key: str, text: str, values: Mapping[str, object], *, language: str) -> str:
    """An own phrasing in words; BadPhrasing when it may not be said."""
    words = " ".join(_compiled(key, text, language).render(**values).split())
    return words[:1].upper() + words[1:]


@cache
def _compiled(key: str, text: str, language: str) -> Template:
    if wrong := complaints(key, text, language):
        raise BadPhrasing(f"{language}: {key}: {', '.join(wrong)}")
    return compiler(language).from_string(text)


def _facts(text: str) -> frozenset[str]:
    return frozenset(fact.lower() for fact in _FACTS.findall(text))


@cache
def _sources(language: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted((files("prompts") / language).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            sentences = yaml.safe_load(file.read_text("utf-8"))
            found |= {key: tuple(phrasings) for key, phrasings in sentences.items()}
    return found
