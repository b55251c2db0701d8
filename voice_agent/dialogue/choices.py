"""Named choices: how to tell them apart in a word, and which one an answer picks."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from voice_agent.dialogue.topics import Topic, touches, without, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon, Service

_FOR_WHOM = (Topic.WOMEN, Topic.MEN, Topic.CHILDREN)
MAX_CHOICES = 3
_SHORTEST_WORD = 4
"""Shorter words (der, für, bei) are parts of too much."""
_SHORTEST_STEM = 4
_SHORTEST_END = 5
_JOINTS = ("n", "r", "s")
"""How the first part of a German compound ends: Damen-, Kinder-, Frühlings-."""


def labels(names: Sequence[str]) -> tuple[str, ...]:
    """The names without what they share.

    >>> labels(["Damenhaarschnitt", "Herrenhaarschnitt", "Kinderhaarschnitt"])
    ('Damen', 'Herren', 'Kinder')
    >>> labels(["Herrenstyling", "Damenstyling"])
    ('Herren', 'Damen')
    >>> labels(["Föhnen Herren", "Föhnen Damen"])
    ('Herren', 'Damen')
    >>> labels(["Ansatzfärbung", "Balayage"])
    ('Ansatzfärbung', 'Balayage')
    """
    if len(names) > 1:
        for cut in (*_without_ends(names), _without_begin(names)):
            if len(set(cut)) == len(names) and all(len(label) >= _SHORTEST_STEM for label in cut):
                return cut
    return tuple(names)


def spoken_labels(options: Sequence[UUID], salon: Salon, language: str) -> tuple[str, ...]:
    """The labels of services in the language of the call, where they only differ in for whom."""
    short = labels([salon.service(option).spoken_name for option in options])
    whom = [for_whom(option, salon) for option in options]
    if language == salon.branch.language or None in whom or len(set(whom)) < len(whom):
        return short
    return tuple(words_of(topic, language)[0] for topic in whom if topic)


def akin(options: Sequence[UUID], wanted: Sequence[UUID], salon: Salon) -> UUID | None:
    """The one option that goes with what is wanted: styling for women with a haircut for women."""
    short = labels([salon.service(option).spoken_name for option in options])
    names = " ".join(salon.service(service).spoken_name for service in wanted).casefold()
    fitting = [
        option for option, label in zip(options, short, strict=True) if label.casefold() in names
    ]
    return fitting[0] if len(fitting) == 1 else None


def meant_for(text: str, options: Sequence[UUID], salon: Salon, language: str) -> UUID | None:
    """The one option for whom these words are about: "ladies", "für meine Tochter"."""
    served = without(text, Topic.WOMAN_OR_MAN, language)  # by whom tells nothing about for whom
    said = [topic for topic in _FOR_WHOM if touches(served, topic, language)]
    if len(said) != 1:
        return None
    fitting = [one for one in options if for_whom(one, salon) is said[0]]
    return fitting[0] if len(fitting) == 1 else None


def for_whom(service: UUID, salon: Salon) -> Topic | None:
    """Women, men or children, where a service is for some of them only."""
    name, language = salon.service(service).spoken_name, salon.branch.language
    return next((topic for topic in _FOR_WHOM if touches(name, topic, language)), None)


def picked(text: str, options: Sequence[UUID], salon: Salon) -> UUID | None:
    """The one option an answer like "Herren" or "für die Kleine" can only mean."""
    services = [salon.service(option) for option in options]
    for word in re.findall(r"\w+", text.casefold()):
        if len(word) < _SHORTEST_WORD:
            continue
        fitting = [service.id for service in services if _is_called(service, word)]
        if len(fitting) == 1:
            return fitting[0]
    return None


def _is_called(service: Service, word: str) -> bool:
    synonyms = service.synonyms
    names = (service.name, service.spoken_name, *synonyms.sure, *synonyms.weak, *synonyms.heard)
    said = " ".join(names).casefold().split()
    return any(part.startswith(word) or (_ends_compound(part, word)) for part in said)


def _ends_compound(part: str, word: str) -> bool:
    """Schnitt in Haarschnitt; "eine" is no part of "kleine"."""
    return len(word) >= _SHORTEST_END and part.rstrip("/,()").endswith(word)


def _shared_length(texts: Sequence[str]) -> int:
    """How many letters at the beginning are the same in all texts."""
    columns = zip(*texts, strict=False)
    return sum(1 for _ in takewhile(lambda letters: len(set(letters)) == 1, columns))


def _without_ends(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """First parts of compounds that end alike, cut where a first part may end."""
    shared = _shared_length([name[::-1].casefold() for name in names])
    for length in range(shared, _SHORTEST_STEM - 1, -1):
        cut = tuple(name[:-length] for name in names)
        if all(label.endswith(_JOINTS) for label in cut):
            yield cut


def _without_begin(names: Sequence[str]) -> tuple[str, ...]:
    shared = names[0][: _shared_length(names)]
    return tuple(name[shared.rfind(" ") + 1 :] for name in names)
