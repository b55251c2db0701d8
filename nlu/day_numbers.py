"""Whether a number said alone is a day of the month: am zwölften is one, den ersten a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom

LISTS = frozenset({"comma", "or", "and"})
"""Between the days of a list: am ersten, zweiten oder dritten."""
MOST_IN_LIST = 6
MOST_WEEKDAYS = 5  # of one kind in a month
_COUNTED_ORDINALS = 3  # "den ersten", "den dritten" are mostly choices, "den zwölften" is a date
_DAY_PREPOSITIONS = frozenset({"am", "vom", "bis zum", "ab dem", "zum", "des", "the", "on"})
_ARTICLES = frozenset({"den", "der", "dem"})
_BEFORE_DAY = (
    "of",
    "until",
    "weekday",
    "weekday_short",
    "from",
    "before",
    "after",
    "between",
)
_BEFORE_ARTICLE = (
    "weekday",
    "from",
    "until",
    "before",
    "after",
    "between",
    "and",
    "to",
    "or",
)


def licenses_ordinal(atoms: Sequence[Atom], i: int) -> bool:
    """Whether what stands before makes a lone ordinal a day of the month."""
    i = _first_of_list(atoms, i)
    before = i - 1
    while before >= 0 and "filler" in atoms[before].kinds and "joint" not in atoms[before].kinds:
        before -= 1
    if before < 0:
        alone = not atoms[i + 1].kinds and not atoms[i + 1].raw
        number = atoms[i].kinds.get("ordinal") or 0
        return "figures" in atoms[i].kinds and (alone or number > _COUNTED_ORDINALS)
    word = atoms[before]
    if word.folded in _DAY_PREPOSITIONS or not word.kinds.keys().isdisjoint(_BEFORE_DAY):
        return True
    if word.raw in {",", "."} and before:
        return not atoms[before - 1].kinds.keys().isdisjoint(("weekday", "weekday_short"))
    if "joint" not in word.kinds:
        return "dash" in word.kinds or "and" in word.kinds
    return _article_licenses(atoms, before, i)


def _first_of_list(atoms: Sequence[Atom], i: int) -> int:
    """Am zwölften, dreizehnten oder vierzehnten: what licenses the first licenses all."""
    for _ in range(MOST_IN_LIST):
        before = atoms[i - 1].kinds if i > 1 else {}
        if not before.keys() & LISTS or "ordinal" not in atoms[i - 2].kinds:
            break
        i -= 2
    return i


def _article_licenses(atoms: Sequence[Atom], before: int, i: int) -> bool:
    """Den zwölften is a date; den ersten a choice, unless a day or a bound stands before it."""
    previous = atoms[before - 1].kinds if before else {}
    if "comma" in previous and before > 1:
        previous = atoms[before - 2].kinds
    close = not previous.keys().isdisjoint(_BEFORE_ARTICLE)
    number = atoms[i].kinds.get("ordinal") or 0
    return close or (number > _COUNTED_ORDINALS and atoms[before].folded in _ARTICLES)


def counts_something(atoms: Sequence[Atom], i: int) -> bool:
    """An ordinal before a noun counts: zum dritten Mal, der erste Termin."""
    following = atoms[i + 1]
    if "weekday" in following.kinds and atoms[i].kinds.get("ordinal", 9) <= MOST_WEEKDAYS:
        return True  # "am zweiten Dienstag"
    if any(
        k in following.kinds
        for k in ("measure", "appointment", "unit", "feast", "half_of_period", "earliest")
    ):
        return True
    return not following.kinds and following.raw[:1].isupper() and "figures" not in atoms[i].kinds
