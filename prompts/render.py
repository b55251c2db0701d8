"""Turns a sentence key and its values into the words that are spoken."""

from __future__ import annotations

import re
import zlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml
from jinja2 import Environment, StrictUndefined, Template, TemplateSyntaxError, UndefinedError

from prompts import dictate
from prompts import speak as german
from prompts.en import speak as english
from prompts.errors import BadPhrasing, MissingValue, UnknownLanguage, UnknownSentence
from prompts.tongue import without_markup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from importlib.resources.abc import Traversable
    from types import ModuleType

_END = re.compile(r"[.!?](?=\s|$)")
Phrasings = dict[str, tuple[Template, ...]]
_COMMON = (
    *("calendar_day", "choices", "clock", "definite", "duration", "full_day", "indefinite"),
    *("listing", "moment", "on_day", "opening", "plain", "price", "short_day", "short_moment"),
    "weekday",
)
"""What a phrasing may turn values into words with; every language has its own of each."""


def _filters(
    words: ModuleType, dictated: Callable[..., str], mailbox: Callable[..., str]
) -> dict[str, Callable[..., str]]:
    written = {"dictated": dictated, "mailbox": mailbox}
    return {name: getattr(words, name) for name in _COMMON} | written


_FILTERS = {
    "de": _filters(german, dictate.dictated, dictate.mailbox),
    "en": _filters(english, dictate.dictated_in_english, dictate.mailbox_in_english),
}


def render(
    key: str, values: Mapping[str, object], *, language: str, seed: str, brief: bool = False
) -> str:
    """The sentence in words; the same seed always chooses the same phrasing.

    `brief` = the one with the fewest sentences, whatever the seed.
    """
    phrasings = _phrasings(language).get(key)
    if phrasings is None:
        raise UnknownSentence(f"there is no sentence {key!r} in {language!r}")
    chosen = phrasings[zlib.crc32(f"{seed}:{key}".encode()) % len(phrasings)]
    try:
        said = [_spoken(one, values) for one in (phrasings if brief else (chosen,))]
    except UndefinedError as error:
        raise MissingValue(f"sentence {key!r} in {language!r}: {error}") from error
    return min(said, key=_length)


def _length(words: str) -> tuple[int, int]:
    return len(_END.findall(words)), len(words.split())


def keys(language: str) -> tuple[str, ...]:
    """All sentences of a language."""
    return tuple(sorted(_phrasings(language)))


def variants(key: str, language: str) -> int:
    """How many phrasings a sentence has."""
    return len(_phrasings(language)[key])


def month_names(language: str) -> tuple[str, ...]:
    """January to December, as they are said."""
    return {"de": german.MONTHS, "en": english.MONTHS}[language]


def day_name(day: int, month: int, language: str) -> str:
    """Day and month as they are said, whether the calendar has that day or not."""
    name = month_names(language)[month - 1]
    return f"{name} {day}" if language == "en" else f"{day}. {name}"


def languages() -> tuple[str, ...]:
    """What the agent can speak."""
    return tuple(sorted(_FILTERS))


def _spoken(phrasing: Template, values: Mapping[str, object]) -> str:
    words = " ".join(phrasing.render(**values).split())
    return words[:1].upper() + words[1:]


@cache
def _phrasings(language: str) -> Phrasings:
    if language not in _FILTERS:
        raise UnknownLanguage(f"there are no sentences in {language!r}, only in {languages()}")
    compiled: Phrasings = {}
    using = compiler(language)
    for file in _files(language):
        for key, phrasings in yaml.safe_load(file.read_text("utf-8")).items():
            if key in compiled:
                raise BadPhrasing(f"{language}/{file.name}: {key!r} is written twice")
            compiled[key] = _compile(using, f"{language}/{file.name}: {key}", phrasings)
    return compiled


def _compile(using: Environment, where: str, phrasings: object) -> tuple[Template, ...]:
    if not isinstance(phrasings, list) or not all(isinstance(p, str) for p in phrasings):
        raise BadPhrasing(f"{where} is no list of phrasings")
    if not phrasings:
        raise BadPhrasing(f"{where} has no phrasing")
    try:
        return tuple(using.from_string(phrasing) for phrasing in phrasings)
    except TemplateSyntaxError as error:
        raise BadPhrasing(f"{where}: {error}") from error


def compiler(language: str) -> Environment:
    """What the phrasings of a language are compiled with: its words for times, days and prices."""
    environment = Environment(
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - speech, not HTML: an escaped umlaut would be read out
    )
    environment.filters |= _FILTERS[language]
    environment.finalize = _without_markup
    return environment


def _without_markup(value: object) -> object:
    """What a placeholder puts into a sentence: whatever was heard, no markup comes through."""
    return without_markup(value) if isinstance(value, str) else value


def _files(language: str) -> Iterator[Traversable]:
    folder = files("prompts") / language
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    return (file for file in found if file.name.endswith(".yaml"))
