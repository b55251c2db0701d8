"""What speech recognition does to English sentences; the same seed, the same errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.lexicon import lexicon
from nlu.tokens import fold
from nlu.training.noise import doubled_words, no_punctuation, small_letters

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from nlu.training.noise import Words

HOMOPHONES = {"for": "four", "to": "too", "two": "to", "at": "and", "eight": "ate", "I'd": "I",
              "half": "have", "appointment": "appointments", "could": "can", "the": "a",
              "men's": "mens", "women's": "womens", "with": "wit"}  # fmt: skip
LITTLE = frozenset({"the", "a", "an", "please", "just", "so", "then", "well", "like", "some"})
SPLIT = {"o'clock": ("o", "clock"), "haircut": ("hair", "cut"), "blow-dry": ("blow", "dry"),
         "touch-up": ("touch", "up"), "afternoon": ("after", "noon")}  # fmt: skip
_OFTEN = 0.3


def dropped_words(words: Words, chance: random.Random) -> Words:
    """A little word is not heard."""
    little = [i for i, word in enumerate(words) if word.lower() in LITTLE]
    if not little or len(words) == 1:
        return words
    gone = chance.choice(little)
    return [*words[:gone], *words[gone + 1 :]]


def split_words(words: Words, _chance: random.Random) -> Words:
    """Hair cut, blow dry."""
    return [piece for word in words for piece in SPLIT.get(word, (word,))]


def lost_apostrophes(words: Words, _chance: random.Random) -> Words:
    """Id like a mens haircut."""
    return [word.replace("'", "") for word in words]


def numbers_as_figures(words: Words, _chance: random.Random) -> Words:
    """Three is 3."""
    numbers = lexicon("en").numbers.cardinals
    return [str(numbers.get(fold(word), word)) for word in words]


def numbers_as_words(words: Words, _chance: random.Random) -> Words:
    """3 is three."""
    spoken = {str(number): word for word, number in lexicon("en").numbers.cardinals.items()}
    return [spoken.get(word, word) for word in words]


def hesitation(words: Words, chance: random.Random) -> Words:
    """An um somewhere."""
    place = chance.randrange(len(words))
    return [*words[:place], chance.choice(["um", "uh"]), *words[place:]]


def sound_alikes(words: Words, chance: random.Random) -> Words:
    """Four for for, to for two."""
    return [HOMOPHONES.get(word, word) if chance.random() < _OFTEN else word for word in words]


NOISES: tuple[Callable[[Words, random.Random], Words], ...] = (
    small_letters, doubled_words, dropped_words, split_words, lost_apostrophes, no_punctuation,
    numbers_as_figures, numbers_as_words, hesitation, sound_alikes,
)  # fmt: skip
