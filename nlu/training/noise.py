"""A model of what speech recognition does to German sentences; the same seed, the same errors."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from nlu.lexicon import lexicon
from nlu.tokens import fold

if TYPE_CHECKING:
    from collections.abc import Callable

Words = list[str]

HOMOPHONES = {"um": "und", "ein": "n", "einen": "n", "für": "fürn", "den": "dn", "halb": "hallb",
              "Viertel": "viertl", "zwei": "zwo", "heute": "heut", "ist": "is", "Maier": "Meyer",
              "Uhr": "uhr", "nicht": "nich", "einmal": "einma"}  # fmt: skip
LITTLE = frozenset({"der", "die", "das", "den", "dem", "ein", "eine", "einen", "bitte", "mal", "so",
                    "dann", "ja", "hätte", "es", "also"})  # fmt: skip
HALVES = ("haar", "schnitt", "färbung", "pflege", "kur", "welle", "woche", "abend", "mittag")
"""Where compounds fall apart: Herrenhaar schnitt."""
_OFTEN = 0.3
_LONG = 7
_TO_UMLAUTLESS = str.maketrans(
    {"ä": "a", "ö": "o", "ü": "u", "Ä": "A", "Ö": "O", "Ü": "U", "ß": "ss"}
)
_TO_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ü": "Ue", "ß": "ss"})


def lost_umlauts(words: Words, _chance: random.Random) -> Words:
    """Fur, Fruh: the dots are gone."""
    return [word.translate(_TO_UMLAUTLESS) for word in words]


def written_umlauts(words: Words, _chance: random.Random) -> Words:
    """Fuer, frueh: the dots are letters."""
    return [word.translate(_TO_DIGRAPHS) for word in words]


def small_letters(words: Words, _chance: random.Random) -> Words:
    """Nothing is capitalised."""
    return [word.lower() for word in words]


def doubled_words(words: Words, chance: random.Random) -> Words:
    """One word is said twice."""
    place = chance.randrange(len(words))
    return [*words[: place + 1], *words[place:]]


def dropped_words(words: Words, chance: random.Random) -> Words:
    """A little word is not heard."""
    little = [i for i, word in enumerate(words) if word.lower() in LITTLE]
    if not little or len(words) == 1:
        return words
    gone = chance.choice(little)
    return [*words[:gone], *words[gone + 1 :]]


def split_compounds(words: Words, _chance: random.Random) -> Words:
    """Herrenhaarschnitt, Dienstagabend: in two pieces."""
    return [piece for word in words for piece in _halves(word)]


def no_punctuation(words: Words, _chance: random.Random) -> Words:
    """No commas and stops, but for those inside figures."""
    return [word if any(map(str.isdigit, word)) else word.strip(",.?!") for word in words]


def numbers_as_figures(words: Words, _chance: random.Random) -> Words:
    """Drei is 3."""
    numbers = lexicon("de").numbers.cardinals
    return [str(numbers.get(fold(word), word)) for word in words]


def numbers_as_words(words: Words, _chance: random.Random) -> Words:
    """3 is drei."""
    spoken = {str(number): word for word, number in lexicon("de").numbers.cardinals.items()}
    return [spoken.get(word, word) for word in words]


def hesitation(words: Words, chance: random.Random) -> Words:
    """An ähm somewhere."""
    place = chance.randrange(len(words))
    return [*words[:place], "ähm", *words[place:]]


def sound_alikes(words: Words, chance: random.Random) -> Words:
    """Und for um, zwo for zwei."""
    return [HOMOPHONES.get(word, word) if chance.random() < _OFTEN else word for word in words]


NOISES: tuple[Callable[[Words, random.Random], Words], ...] = (
    lost_umlauts, written_umlauts, small_letters, doubled_words, dropped_words, split_compounds,
    no_punctuation, numbers_as_figures, numbers_as_words, hesitation, sound_alikes,
)  # fmt: skip


def damaged(text: str, seed: str, *kinds: Callable[[Words, random.Random], Words]) -> str:
    """The sentence as it may be written down: with errors of these kinds, else of any one."""
    chance = random.Random(f"{seed} {text}")  # noqa: S311 - noise is no secret
    words = text.split()
    for noise in kinds or (chance.choice(NOISES),):
        words = noise(words, chance) if words else words
    return " ".join(word for word in words if word) or text


def _halves(word: str) -> Words:
    low = word.lower()
    for half in HALVES:
        place = low.rfind(half)
        if place > 2 and len(word) > _LONG:  # noqa: PLR2004 - a first half has three letters
            return [word[:place], word[place:]]
    return [word]
