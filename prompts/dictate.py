"""What is read back for writing along: numbers digit by digit, addresses with their signs."""

from __future__ import annotations

import re
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_GERMAN = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
_ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_GERMAN_SIGNS = MappingProxyType(
    {"@": "ät", ".": "Punkt", "-": "Minus", "_": "Unterstrich", "+": "Plus"}
)
_ENGLISH_SIGNS = MappingProxyType(
    {"@": "at", ".": "dot", "-": "dash", "_": "underscore", "+": "plus"}
)
_SIGN = re.compile(r"[^\w]|_")
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


def mailbox(email: str, signs: Mapping[str, str] = _GERMAN_SIGNS) -> str:
    """An e-mail address as it is said.

    >>> mailbox("lena.busch@example.org")
    'lena Punkt busch ät example Punkt org'
    >>> mailbox_in_english("j_m-2@example.org")
    'j underscore m dash 2 at example dot org'
    """
    said = _SIGN.sub(lambda sign: f" {signs.get(sign[0], '')} ", email.lower())
    return " ".join(said.split())


mailbox_in_english = partial(mailbox, signs=_ENGLISH_SIGNS)
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
