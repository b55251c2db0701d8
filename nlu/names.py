"""Names as they sound: whether two of them would be mixed up on the phone."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import JaroWinkler

from nlu.phonetics import cologne

ALIKE_SCORE = 0.85
"""From here on a listener mixes two names up."""


def sounds_alike(a: str, b: str) -> bool:
    """Whether two names can be mistaken for one another on the phone.

    >>> sounds_alike("Ema", "Emma"), sounds_alike("Maier", "Meyer"), sounds_alike("Emma", "Oliver")
    (True, True, False)
    """
    return similarity(a, b) >= ALIKE_SCORE


@lru_cache(maxsize=16384)
def similarity(a: str, b: str) -> float:
    """How alike two names are, 0 to 1: spelling and sound together.

    >>> similarity("Fabjan", "Fabian") > 0.9 > similarity("Gemma", "Fabian")
    True
    """
    a, b = a.casefold(), b.casefold()
    if a == b:
        return 1.0
    spelled = JaroWinkler.similarity(a, b)
    sound_a, sound_b = cologne(a), cologne(b)
    if not sound_a or not sound_b:
        return spelled
    if sound_a == sound_b:
        return _same_sound(spelled, len(sound_a))
    heard = JaroWinkler.similarity(sound_a, sound_b)
    return min(0.65 * spelled + 0.35 * heard, 0.95)


def _same_sound(spelled: float, sounds: int) -> float:
    """Equal codes weigh more the longer they are: "Ema" is "Emma", but "Anna" is not."""
    weight = min(0.15 + 0.175 * sounds, 0.6)
    return min(weight + (1 - weight) * spelled, 0.99)
