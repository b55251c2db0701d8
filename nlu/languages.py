"""Which language a caller speaks, told by the small words that nobody can do without."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

import yaml

from nlu.phrases import Phrases
from nlu.tokens import fold, tokens

if TYPE_CHECKING:
    from collections.abc import Collection
    from importlib.resources.abc import Traversable

    from nlu.tokens import Token

_CERTAIN = 2
"""One word of another language is a loan, a name or a slip of the ear."""
_OUTWEIGHS = 2
"""Mixed sentences count where one language has this many times the words of the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The language of a sentence."""

    heard: str
    """In which it is to be understood."""
    lasting: str
    """In which the conversation goes on."""


def spoken_language(text: str, current: str, languages: Collection[str]) -> Spoken:
    """The language of this sentence in a conversation that was held in `current` so far.

    >>> spoken_language("Could I get a haircut on Friday?", "de", ["de", "en"]).lasting
    'en'
    >>> spoken_language("Okay, Highlights am Friday", "de", ["de", "en"]).lasting
    'de'
    >>> spoken_language("Sprechen Sie Englisch?", "de", ["de", "en"])
    Spoken(heard='de', lasting='en')
    """
    words = tokens(text)
    counts = {language: _count(words, language) for language in {*languages, current}}
    others = [language for language in languages if language != current]
    heard = max(others, key=lambda language: counts[language], default=current)
    is_whole = counts[heard] == len({word.folded for word in words if word.raw.isalpha()})
    outweighs = counts[heard] > _OUTWEIGHS * counts[current]
    if not outweighs or not (is_whole or counts[heard] >= _CERTAIN):
        heard = current
    asked = [language for language in others if _asks_for(words, language)]
    if asked:
        return Spoken(heard=heard, lasting=asked[0])
    return Spoken(heard=heard, lasting=heard if counts[heard] >= _CERTAIN else current)


def _count(words: list[Token], language: str) -> int:
    """How many different words of the sentence are of this language."""
    telling, letters = _telling(language), _letters(language)
    said = {word.folded for word in words} & telling
    short = (a.folded for a, b in pairwise(words) if a.folded in letters and b.folded in telling)
    return len(said.union(short))


def _asks_for(words: list[Token], language: str) -> bool:
    return bool(_requests(language).find(words))


@cache
def _telling(language: str) -> frozenset[str]:
    """The words that only this language has."""
    others = (other for other in _written() if other != language)
    return _words(language).difference(*(_words(other) for other in others))


@cache
def _words(language: str) -> frozenset[str]:
    """Its small words, without those of one letter."""
    return frozenset(fold(word) for word in _data(language)["words"] if len(word) > 1)


@cache
def _letters(language: str) -> frozenset[str]:
    """Words of one letter: names are spelled with them, so they count before others: "I need"."""
    return frozenset(fold(word) for word in _data(language)["words"] if len(word) == 1)


@cache
def _requests(language: str) -> Phrases:
    return Phrases({"asked_for": _data(language)["asked_for"]})


@cache
def _data(language: str) -> dict[str, list[str]]:
    if language not in _written():
        return {"words": [], "asked_for": []}
    found: dict[str, list[str]] = yaml.safe_load(_file(language).read_text("utf-8"))
    return found


@cache
def _written() -> tuple[str, ...]:
    """The languages that can be told apart."""
    here = files("nlu") / "data"
    names = sorted(folder.name for folder in here.iterdir() if folder.is_dir())
    return tuple(name for name in names if _file(name).is_file())


def _file(language: str) -> Traversable:
    return files("nlu") / "data" / language / "language.yaml"
