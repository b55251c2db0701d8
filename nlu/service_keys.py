"""What callers may call each service of a salon, as the keys that sentences are searched for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from nlu.meaning import ACCEPT_SCORE
from nlu.phonetics import cologne
from nlu.removals import build_removals
from nlu.services import HINT, SHORTEST_MISHEARD, SURE, Doers, Key, ServiceFinder
from nlu.talk import folded
from nlu.tokens import fold, tokens

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from nlu.talk import Talk
    from nlu.vocabulary import ServiceWords, Vocabulary

_FEWEST_SOUNDS = 6  # words with fewer have doubles: Hartmann sounds like "Haare tönen"
_SHORTEST_ENDED = 6  # letters; shorter words change their meaning with an ending


def build_services(vocabulary: Vocabulary, language: Talk, common: Container[str]) -> ServiceFinder:
    """The finder of one salon's services."""
    joints = folded(language.raw["service_joints"])
    keys: dict[str, list[Key]] = {}
    for service in _translated(vocabulary.services, language):
        for phrases, score in ((_sure(service), SURE), (service.weak, HINT)):
            for phrase in phrases:
                for joined in _joined(phrase, joints, language):
                    _add(keys, joined, Key(service.id, score))
    misheard = tuple(key for key in keys if len(key) >= SHORTEST_MISHEARD)
    audiences_of = {s.id: _audiences(s, language) for s in vocabulary.services}
    _add_shared_words(keys, vocabulary, language, joints)
    return ServiceFinder(
        keys=_with_endings(keys, language.raw["service_endings"]),
        longest=max((len(key) for key in keys), default=0),
        joints=joints,
        removals=build_removals(language),
        audience={
            fold(word): group for group, ws in language.raw["audience"].items() for word in ws
        },
        audiences_of=audiences_of,
        misheard_keys=misheard,
        by_sound=_by_sound(misheard),
        known=language.known,
        names=_sure_names(keys),
        titles=language.titles,
        possessives=language.words["before_noun"],
        common=common,
        doers=Doers(**{part: folded(words) for part, words in language.raw["doers"].items()}),
    )


def _translated(services: Sequence[ServiceWords], language: Talk) -> list[ServiceWords]:
    """The services with what callers of this language call them."""
    translations = {
        fold(word): words for word, words in language.raw.get("translations", {}).items()
    }
    return [_with_translations(service, translations) for service in services]


def _with_translations(
    service: ServiceWords, translations: Mapping[str, Mapping[str, Sequence[str]]]
) -> ServiceWords:
    known = [
        translations[fold(w)] for w in dict.fromkeys(_sure(service)) if fold(w) in translations
    ]
    if not known:
        return service
    sure = tuple(phrase for words in known for phrase in words.get("sure", ()))
    weak = tuple(phrase for words in known for phrase in words.get("weak", ()))
    return replace(service, sure=(*service.sure, *sure), weak=(*service.weak, *weak))


def _with_endings(
    keys: Mapping[str, list[Key]], endings: Sequence[str]
) -> dict[str, tuple[Key, ...]]:
    """Plurals, cases and "...termin" of every key; the plain forms win."""
    ended = {
        key + ending: tuple(entries)
        for key, entries in keys.items()
        for ending in endings
        if len(key) >= _SHORTEST_ENDED
    }
    return ended | {key: tuple(entries) for key, entries in keys.items()}


def _by_sound(keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The keys that have sounds enough to be told by them."""
    found: dict[str, tuple[str, ...]] = {}
    for key in keys:
        sounds = cologne(key)
        if len(sounds) >= _FEWEST_SOUNDS:
            found[sounds] = (*found.get(sounds, ()), key)
    return found


def _sure(service: ServiceWords) -> tuple[str, ...]:
    """The name, also without its bracket and in its parts, and what is as good as the name."""
    plain = service.name.partition("(")[0].strip()
    bracket = service.name.partition("(")[2].rstrip(")")
    parts = tuple(part.strip() for part in plain.split("/")) if "/" in plain else ()
    inside = (bracket,) if bracket and " " not in bracket else ()
    return (service.name, plain, *parts, *inside, *service.sure, *service.heard)


def _sure_names(keys: Mapping[str, Sequence[Key]]) -> dict[str, tuple[str, ...]]:
    """The sure keys by service."""
    names: dict[str, list[str]] = {}
    for joined, entries in keys.items():
        for entry in entries:
            if entry.score >= ACCEPT_SCORE:
                names.setdefault(entry.service, []).append(joined)
    return {service: tuple(joined) for service, joined in names.items()}


def _joined(phrase: str, joints: frozenset[str], language: Talk) -> tuple[str, ...]:
    """The words of a phrase in one piece; with "Damen" and the like in front as well."""
    words = [token.folded for token in tokens(phrase)]
    words = [word for word in words if word not in joints and word[0].isalnum()]
    forms = ["".join(words)]
    people = {fold(word) for group in language.raw["audience"].values() for word in group}
    if len(words) > 1 and words[-1] in people:
        forms.append(words[-1] + "".join(words[:-1]))
        forms += [words[-1] + word for word in words[1:-1]]
    return tuple(form for form in forms if form)


def _add(keys: dict[str, list[Key]], joined: str, key: Key) -> None:
    entries = keys.setdefault(joined, [])
    if joined and all(entry.service != key.service for entry in entries):
        entries.append(key)


def _audiences(service: ServiceWords, language: Talk) -> frozenset[str]:
    names = " ".join((service.name, *service.sure)).lower()
    said = [fold(word) for word in re.findall(r"\w+", names)]  # "damen" is not for "men"
    groups = language.raw["audience_keys"]
    return frozenset(
        group
        for group, begins in groups.items()
        if any(word.startswith(fold(begin)) for word in said for begin in begins)
    )


def _add_shared_words(
    keys: dict[str, list[Key]], vocabulary: Vocabulary, language: Talk, joints: frozenset[str]
) -> None:
    """Haarschnitt alone points to every service whose name ends in it."""
    for head, phrases in language.raw["shared_words"].items():
        heads = [s for s in vocabulary.services if _has_head(s, fold(head))]
        for phrase in phrases:
            for joined in _joined(phrase, joints, language):
                if joined in keys:
                    continue
                for service in heads:
                    _add(keys, joined, Key(service.id, HINT))
    for key in [key for key, entries in keys.items() if not entries or not key]:
        del keys[key]
    for phrase in language.raw["unknown_services"]:
        for joined in _joined(phrase, joints, language):
            keys.setdefault(joined, [])


def _has_head(service: ServiceWords, head: str) -> bool:
    return any(
        fold(word).endswith(head) or fold(word).startswith(head)
        for phrase in (service.name, *service.sure)
        for word in phrase.split()
    )
