"""The words of a language that are not about time: courtesies, consent, names. Data, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from nlu.lexicon import DEFAULT_LANGUAGE, spoken
from nlu.phrases import Phrases, Sounds
from nlu.tokens import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_ANSWERS = ("yes", "weak_yes", "agreed", "heard", "no", "thanks", "goodbye", "greeting")
"""Acts whose words are no names, however they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The packaged words of one language, ready for look-up."""

    language: str
    acts: Phrases
    staff: Phrases
    names: Phrases
    raw: Mapping[str, Any]
    fillers: frozenset[str]
    known: frozenset[str]
    """Single words of all acts, and fillers: understood as they are."""
    first_names: frozenset[str]
    never_names: frozenset[str]
    name_particles: frozenset[str]
    titles: frozenset[str]
    not_staff: frozenset[str]
    words: Mapping[str, frozenset[str]]
    """Small sets of folded words that rules ask for by name."""
    choices: Mapping[str, int]
    """Folded ordinals of a choice; -1 is the last."""


def folded(words: Iterable[str]) -> frozenset[str]:
    """A set of folded words."""
    return frozenset(fold(str(word)) for word in words)


def folded_phrases(phrases: Iterable[str]) -> frozenset[str]:
    """A set of phrases, each with its words folded."""
    return frozenset(" ".join(fold(word) for word in str(phrase).split()) for phrase in phrases)


@lru_cache(maxsize=8)
def talk(language: str) -> Talk:
    """The words of a language, read from the packaged data at first use."""
    raw = yaml.safe_load(_read(language, "talk.yaml"))
    names, staff, sounds = raw["names"], raw["staff"], _sounds(raw)
    return Talk(
        language=spoken(language),
        acts=Phrases(raw["acts"], folded(raw["particles"]), sounds),
        staff=Phrases({k: staff.get(k, ()) for k in ("cues", "anybody", "refusals")}),
        names=Phrases(
            {k: names[k] for k in ("introductions", "closings", "refusals")}, sounds=sounds
        ),
        raw=raw,
        fillers=folded(raw["fillers"]),
        known=_single_words(raw),
        first_names=_first_names(language),
        never_names=folded(names["never"]),
        name_particles=folded(names["particles"]),
        titles=folded(names["titles"]),
        not_staff=folded(staff["nobody"]),
        words=_small_sets(raw),
        choices={fold(w): int(n) for n, ws in raw["ordinal_choices"].items() for w in ws},
    )


def _sounds(raw: Mapping[str, Any]) -> Sounds:
    """Words as they sound in a hurry: hab, wär, gehts."""
    same = {said.lower(): fold(word) for said, word in raw.get("same_words", {}).items()}
    return Sounds(same, raw.get("contractions", {}))


@lru_cache(maxsize=8)
def spelling_data(language: str) -> dict[str, Any]:
    """How letters, addresses and numbers are said."""
    data: dict[str, Any] = yaml.safe_load(_read(language, "spelling.yaml"))
    return data


def _first_names(language: str) -> frozenset[str]:
    """The first names of a language, and those of the country the salon is in."""
    languages = (language, DEFAULT_LANGUAGE)
    return folded(name for each in languages for name in _read(each, "first_names.txt").split())


def _small_sets(raw: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    sets = {name: folded_phrases(words) for name, words in raw["words"].items()}
    sets["answers"] = folded_phrases(phrase for act in _ANSWERS for phrase in raw["acts"][act])
    lists = ("later_choice", "earlier_choice", "not_choices", "numbered")
    return sets | {name: folded_phrases(raw.get(name, ())) for name in lists}


def _single_words(raw: Mapping[str, Any]) -> frozenset[str]:
    phrases = [str(phrase) for phrases in raw["acts"].values() for phrase in phrases]
    return folded(word for phrase in (*phrases, *raw["fillers"]) for word in str(phrase).split())


def _read(language: str, name: str) -> str:
    return files("nlu").joinpath("data", spoken(language), name).read_text(encoding="utf-8")
