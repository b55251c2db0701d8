"""Phone numbers read back for writing along: digit by digit, in groups of two or three."""

from __future__ import annotations

from functools import partial

_GERMAN = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
_ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_COUNTRY, _TRUNK = "+49", "0"
_AREA, _GROUP = 4, 3


def dictated(phone: str, digits: tuple[str, ...] = _GERMAN) -> str:
    """The number as it is said at home.

    >>> dictated("+4917604069012")
    'null eins sieben sechs, null vier null, sechs neun null, eins zwei'
    >>> dictated("+4330123344")
    'plus vier drei, drei null eins, zwei drei, drei, vier, vier'
    """
    if phone.startswith(_COUNTRY):
        home = _TRUNK + phone.removeprefix(_COUNTRY)
        return ", ".join(_spoken(group, digits) for group in _groups(home))
    abroad = phone.removeprefix("+")
    groups = [abroad[:2], *_threes(abroad[2:])]
    return "plus " + ", ".join(_spoken(group, digits) for group in groups)


dictated_in_english = partial(dictated, digits=_ENGLISH)


def _groups(number: str) -> list[str]:
    return [number[:_AREA], *_threes(number[_AREA:])]


def _threes(rest: str) -> list[str]:
    return [rest[at : at + _GROUP] for at in range(0, len(rest), _GROUP)]


def _spoken(group: str, digits: tuple[str, ...]) -> str:
    """The digits in words; the same one twice is kept apart, or it is heard as a slip."""
    spoken = ""
    for place, digit in enumerate(group):
        joint = ", " if place and digit == group[place - 1] else " "
        spoken += f"{joint}{digits[int(digit)]}"
    return spoken.strip(" ,")
