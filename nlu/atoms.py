"""The words of a sentence with what they can be; stutters dropped, spoken numbers put together."""

from __future__ import annotations

from typing import Any, NamedTuple

Kinds = dict[str, Any]
"""What a word can be, with its value: {"cardinal": 3}."""

_MONTHS = 12
_TWENTY = 20


class Atom(NamedTuple):
    """One word or fixed phrase with what it can be."""

    kinds: Kinds
    folded: str
    raw: str
    start: int
    end: int


EMPTY = Atom({}, "", "", -1, -1)


def without_stutter(plain: list[Atom], *, twenties: bool = False) -> list[Atom]:
    """Words said twice in a row count once, hesitations not at all.

    With `twenties`, "twenty twenty" begins a year.
    """
    found: list[Atom] = []
    for atom in plain:
        if "hesitation" in atom.kinds:
            continue
        is_year = twenties and atom.kinds.get("cardinal") == _TWENTY
        if found and atom.kinds and not is_year and _is_said_again(found[-1], atom):
            found[-1] = atom
            continue
        found.append(atom)
    return found


def _is_said_again(before: Atom, atom: Atom) -> bool:
    """The same word, unless saying it twice is a date: am zwölften zwölften; morgen Morgen."""
    if before.folded != atom.folded or before.kinds != atom.kinds:
        return False  # the halves of a compound share its spelling, not their meaning
    if not atom.folded[0].isalnum():
        return False
    is_month = atom.kinds.get("ordinal", _MONTHS + 1) <= _MONTHS
    is_morning = "tomorrow" in atom.kinds and before.raw[0] != atom.raw[0]
    return not is_month and not is_morning


def with_split_ordinals(plain: list[Atom]) -> list[Atom]:
    """Fünf und zwanzigsten, heard as three words, is one number."""
    found: list[Atom] = []
    for atom in plain:
        tens = atom.kinds.get("ordinal", 0)
        ones = _ones_before(found) if tens >= 20 and tens % 10 == 0 else 0  # noqa: PLR2004 - from zwanzigste on
        if ones:
            first = found[-2]
            found[-2:] = [
                Atom({"ordinal": tens + ones}, atom.folded, atom.raw, first.start, atom.end)
            ]
        else:
            found.append(atom)
    return found


def with_ones_behind(plain: list[Atom]) -> list[Atom]:
    """Twenty five, twenty-fifth."""
    found: list[Atom] = []
    for atom in plain:
        before = len(found) - (2 if found and "dash" in found[-1].kinds else 1)
        tens = found[before].kinds.get("cardinal", 0) if before >= 0 else 0
        kind = "cardinal" if "cardinal" in atom.kinds else "ordinal"
        ones = atom.kinds.get(kind, 0)
        is_tens = _TWENTY <= tens < 100 and tens % 10 == 0  # noqa: PLR2004 - tens
        joins = is_tens and 0 < ones < 10 and "figures" not in atom.kinds  # noqa: PLR2004 - ones are below ten
        if joins and "figures" not in found[before].kinds:
            first = found[before]
            found[before:] = [
                Atom({kind: tens + ones}, atom.folded, atom.raw, first.start, atom.end)
            ]
        else:
            found.append(atom)
    return found


def _ones_before(found: list[Atom]) -> int:
    """The ones in front of an "und"."""
    if len(found) < 2 or "and" not in found[-1].kinds:  # noqa: PLR2004 - a number and its "und"
        return 0
    kinds = found[-2].kinds
    ones: int = kinds.get("cardinal", 1 if "article" in kinds else 0)
    return ones if ones < 10 and "figures" not in kinds else 0  # noqa: PLR2004 - ones are below ten
