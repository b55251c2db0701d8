"""A number by itself that is an hour: nothing else is said that it could count."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.ears import Ears
    from nlu.tokens import Token

_HOURS = range(1, 25)
_STOPS = frozenset({".", ",", "!"})
_DAYS = frozenset({"weekday", "tomorrow", "offset"})
_BEHIND_A_DAY = 2  # words before it: the day and its stop


def is_sole_hour(words: Sequence[Token], ears: Ears, *, asked: bool) -> bool:
    """Nein, zwölf; elf wäre besser: a number, and nothing that is counted.

    `asked` = a time is what was asked for, what may be corrected or what is refused.
    """
    if _ends_in_hour(words, ears):
        return True
    if not asked:
        return False
    if _is_said_of_hour(words, ears):
        return True
    beside = ears.talk.words["beside_hour"]
    rest = [w for w in words if w.folded[0].isalnum() and w.folded not in beside]
    if len(rest) != 1 or rest[0].folded in ears.talk.fillers:
        return False
    return ears.lexicon.numbers.cardinal(rest[0].folded) in _HOURS


def _is_said_of_hour(words: Sequence[Token], ears: Ears) -> bool:
    """Ten sounds civilised: whatever is said of it, the only number, and nothing counted."""
    known, numbers = ears.talk.words, ears.lexicon.numbers
    counted = [i for i, w in enumerate(words) if numbers.cardinal(w.folded) in _HOURS]
    verbs = known.get("said_of_hour", frozenset())
    if not verbs or len(counted) != 1 or counted[0] + 1 >= len(words):
        return False
    if numbers.cardinal(words[counted[0]].folded) == 1:  # "one is for my daughter"
        return False
    before, behind = words[: counted[0]], words[counted[0] + 1 :]
    clause = takewhile(lambda word: word.raw not in _STOPS, behind)
    opens = all(w.folded in known["beside_hour"] for w in before if w.folded[0].isalnum())
    is_count = any(word.folded in known["counted_in"] for word in clause)
    return opens and behind[0].folded in verbs and not is_count


def _ends_in_hour(words: Sequence[Token], ears: Ears) -> bool:
    """Herrenschnitt. Morgen. Zehn: the only number, by itself behind a day."""
    spoken = [w for w in words if w.raw not in _STOPS]
    numbers = ears.lexicon.numbers
    counted = [w for w in spoken if numbers.cardinal(w.folded) is not None]
    if len(counted) != 1 or counted[0] is not spoken[-1]:
        return False
    place = words.index(counted[0])
    if place < _BEHIND_A_DAY or words[place - 1].raw not in _STOPS:
        return False
    kinds = {k for each in ears.lexicon.kinds(words[place - 2].folded) for k in each}
    return not _DAYS.isdisjoint(kinds) and numbers.cardinal(counted[0].folded) in _HOURS
