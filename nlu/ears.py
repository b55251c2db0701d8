"""What is prepared once for a salon's vocabulary and a language, before anybody speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlu.digraphs import Digraphs, words_of
from nlu.lexicon import Lexicon, lexicon
from nlu.linear import packaged
from nlu.own_name import TimeWords
from nlu.party import PartyFinder, build_party
from nlu.service_keys import build_services
from nlu.staff import StaffFinder, build_staff
from nlu.talk import Talk, talk
from nlu.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlu.services import ServiceFinder
    from nlu.vocabulary import Vocabulary

_MOST_VOCABULARIES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """What is prepared once for a vocabulary and a language."""

    lexicon: Lexicon
    talk: Talk
    services: ServiceFinder
    staff: StaffFinder
    party: PartyFinder
    digraphs: Digraphs
    common: TimeWords
    """Words that mean something about time, and no name."""


_prepared: dict[tuple[int, str], tuple[Vocabulary, Ears]] = {}
"""By identity: hashing a vocabulary for every sentence would cost more than understanding it."""


def prepare(vocabulary: Vocabulary, language: str = "de") -> Ears:
    """Builds what listening for this vocabulary needs, once."""
    key = (id(vocabulary), language)
    known = _prepared.get(key)
    if known is not None:
        return known[1]
    words, times = talk(language), lexicon(language)
    packaged(words.language)  # read now, so that no caller waits for it
    common = TimeWords(times, words.first_names)
    ears = Ears(
        lexicon=times,
        talk=words,
        services=build_services(vocabulary, words, common),
        staff=build_staff(vocabulary, words, common),
        party=build_party(words),
        common=common,
        digraphs=Digraphs([*words_of(words.raw), *_words_of_salon(vocabulary)], times.numbers),
    )
    if len(_prepared) >= _MOST_VOCABULARIES:
        _prepared.clear()
    _prepared[key] = (vocabulary, ears)
    return ears


def _words_of_salon(vocabulary: Vocabulary) -> Iterator[str]:
    for service in vocabulary.services:
        for phrase in (service.name, *service.sure, *service.weak, *service.heard):
            yield from (word.raw for word in tokens(phrase))
    for member in vocabulary.staff:
        yield from (member.first_name, *member.last_name.split(), *member.nicknames)
