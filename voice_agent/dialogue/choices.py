"""Named choices: how to tell them apart in a word, and which one an answer picks."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon, Service

MAX_CHOICES = 3
_SHORTEST_WORD = 4
"""Shorter words (der, für, bei) are parts of too much."""
_SHORTEST_STEM = 4
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


def akin(options: Sequence[UUID], wanted: Sequence[UUID], salon: Salon) -> UUID | None:
    """The one option that goes with what is wanted: styling for women with a haircut for women."""
    short = labels([salon.service(option).spoken_name for option in options])
    names = " ".join(salon.service(service).spoken_name for service in wanted).casefold()
    fitting = [
        option for option, label in zip(options, short, strict=True) if label.casefold() in names
    ]
    return fitting[0] if len(fitting) == 1 else None


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
    return any(word in name.casefold() for name in names)


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
