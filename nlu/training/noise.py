"""A model of what speech recognition does to sentences; the same seed, the same errors.

A language brings its data (`Recogniser`) and the errors that only it can have.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nlu.lexicon import lexicon
from nlu.tokens import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Noise = Callable[["Words", random.Random], "Words"]

Words = list[str]

_OFTEN = 0.3
_LONG = 7
_TO_UMLAUTLESS = str.maketrans(
    {"ä": "a", "ö": "o", "ü": "u", "Ä": "A", "Ö": "O", "Ü": "U", "ß": "ss"}
)
_TO_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ü": "Ue", "ß": "ss"})


def damaged(text: str, seed: str, *kinds: Noise) -> str:
    """The sentence as it may be written down: with errors of these kinds, else a German one."""
    chance = random.Random(f"{seed} {text}")  # noqa: S311 - noise is no secret
    words = text.split()
    for noise in kinds or (chance.choice(NOISES["de"]),):
        words = noise(words, chance) if words else words
    return " ".join(word for word in words if word) or text


# --- in any language ----------------------------------------------------------------------------


def small_letters(words: Words, _chance: random.Random) -> Words:
    """Nothing is capitalised."""
    return [word.lower() for word in words]


def doubled_words(words: Words, chance: random.Random) -> Words:
    """One word is said twice."""
    place = chance.randrange(len(words))
    return [*words[: place + 1], *words[place:]]


def no_punctuation(words: Words, _chance: random.Random) -> Words:
    """No commas and stops, but for those inside figures."""
    return [word if any(map(str.isdigit, word)) else word.strip(",.?!") for word in words]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recogniser:
    """The words of one language that recognition takes for others, drops or pulls apart."""

    language: str
    homophones: Mapping[str, str]
    little: frozenset[str]
    hesitations: Sequence[str]
    parts: Callable[[str], Words]
    """The pieces a word falls into; the word itself, where it does not."""

    def dropped_words(self, words: Words, chance: random.Random) -> Words:
        """A little word is not heard."""
        little = [i for i, word in enumerate(words) if word.lower() in self.little]
        if not little or len(words) == 1:
            return words
        gone = chance.choice(little)
        return [*words[:gone], *words[gone + 1 :]]

    def split_words(self, words: Words, _chance: random.Random) -> Words:
        """Herrenhaar schnitt, blow dry: in two pieces."""
        return [piece for word in words for piece in self.parts(word)]

    def numbers_as_figures(self, words: Words, _chance: random.Random) -> Words:
        """Drei is 3."""
        numbers = lexicon(self.language).numbers.cardinals
        return [str(numbers.get(fold(word), word)) for word in words]

    def numbers_as_words(self, words: Words, _chance: random.Random) -> Words:
        """3 is drei."""
        numbers = lexicon(self.language).numbers.cardinals
        spoken = {str(number): word for word, number in numbers.items()}
        return [spoken.get(word, word) for word in words]

    def hesitation(self, words: Words, chance: random.Random) -> Words:
        """An ähm somewhere."""
        place = chance.randrange(len(words))
        said = self.hesitations
        return [*words[:place], chance.choice(said) if said[1:] else said[0], *words[place:]]

    def sound_alikes(self, words: Words, chance: random.Random) -> Words:
        """Und for um, four for for."""
        heard = self.homophones
        return [heard.get(word, word) if chance.random() < _OFTEN else word for word in words]


# --- German -------------------------------------------------------------------------------------


def lost_umlauts(words: Words, _chance: random.Random) -> Words:
    """Fur, Fruh: the dots are gone."""
    return [word.translate(_TO_UMLAUTLESS) for word in words]


def written_umlauts(words: Words, _chance: random.Random) -> Words:
    """Fuer, frueh: the dots are letters."""
    return [word.translate(_TO_DIGRAPHS) for word in words]


def _compound_parts(word: str) -> Words:
    low = word.lower()
    for half in _HALVES:
        place = low.rfind(half)
        if place > 2 and len(word) > _LONG:  # noqa: PLR2004 - a first half has three letters
            return [word[:place], word[place:]]
    return [word]


_HALVES = ("haar", "schnitt", "färbung", "pflege", "kur", "welle", "woche", "abend", "mittag")
"""Where compounds fall apart: Herrenhaar schnitt."""
_GERMAN = Recogniser(
    language="de",
    homophones={"um": "und", "ein": "n", "einen": "n", "für": "fürn", "den": "dn", "halb": "hallb",
                "Viertel": "viertl", "zwei": "zwo", "heute": "heut", "ist": "is", "Maier": "Meyer",
                "Uhr": "uhr", "nicht": "nich", "einmal": "einma"},
    little=frozenset({"der", "die", "das", "den", "dem", "ein", "eine", "einen", "bitte", "mal",
                      "so", "dann", "ja", "hätte", "es", "also"}),
    hesitations=("ähm",),
    parts=_compound_parts,
)  # fmt: skip


# --- English ------------------------------------------------------------------------------------


def lost_apostrophes(words: Words, _chance: random.Random) -> Words:
    """Id like a mens haircut."""
    return [word.replace("'", "") for word in words]


def _halves(word: str) -> Words:
    return [*_TWO_WORDS.get(word, (word,))]


_TWO_WORDS = {"o'clock": ("o", "clock"), "haircut": ("hair", "cut"), "blow-dry": ("blow", "dry"),
              "touch-up": ("touch", "up"), "afternoon": ("after", "noon")}  # fmt: skip
_ENGLISH = Recogniser(
    language="en",
    homophones={"for": "four", "to": "too", "two": "to", "at": "and", "eight": "ate", "I'd": "I",
                "half": "have", "appointment": "appointments", "could": "can", "the": "a",
                "men's": "mens", "women's": "womens", "with": "wit"},
    little=frozenset({"the", "a", "an", "please", "just", "so", "then", "well", "like", "some"}),
    hesitations=("um", "uh"),
    parts=_halves,
)  # fmt: skip

NOISES: Final[Mapping[str, tuple[Noise, ...]]] = {
    "de": (
        lost_umlauts, written_umlauts, small_letters, doubled_words, _GERMAN.dropped_words,
        _GERMAN.split_words, no_punctuation, _GERMAN.numbers_as_figures, _GERMAN.numbers_as_words,
        _GERMAN.hesitation, _GERMAN.sound_alikes,
    ),
    "en": (
        small_letters, doubled_words, _ENGLISH.dropped_words, _ENGLISH.split_words,
        lost_apostrophes, no_punctuation, _ENGLISH.numbers_as_figures, _ENGLISH.numbers_as_words,
        _ENGLISH.hesitation, _ENGLISH.sound_alikes,
    ),
}  # fmt: skip
"""Every kind of error, by language."""
