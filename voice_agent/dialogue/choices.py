"""Named choices: how to tell them apart in a word, and which one an answer picks."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon, Service

MAX_CHOICES = 3
_SHORTEST_WORD = 4
"""Shorter words (der, für, bei) are parts of too much."""
_SHORTEST_STEM = 4


def labels(names: Sequence[str]) -> tuple[str, ...]:
    """The names without what they share.

    >>> labels(["Damenhaarschnitt", "Herrenhaarschnitt", "Kinderhaarschnitt"])
    ('Damen', 'Herren', 'Kinder')
    >>> labels(["Föhnen Herren", "Föhnen Damen"])
    ('Herren', 'Damen')
    >>> labels(["Ansatzfärbung", "Balayage"])
    ('Ansatzfärbung', 'Balayage')
    """
    ends = _shared_length([name[::-1].casefold() for name in names])
    begins = _whole_words(names[0][: _shared_length(names)])
    for cut in (_without_end(names, ends), tuple(name[len(begins) :] for name in names)):
        if all(len(label) >= _SHORTEST_STEM for label in cut) and len(set(cut)) == len(names):
            return cut
    return tuple(names)


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


def _without_end(names: Sequence[str], length: int) -> tuple[str, ...]:
    if length < _SHORTEST_STEM:
        return ()
    return tuple(name[:-length].strip(" -&") for name in names)


def _whole_words(start: str) -> str:
    return start[: start.rfind(" ") + 1]
