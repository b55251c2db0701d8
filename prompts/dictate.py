"""What is read back for writing along: numbers digit by digit, addresses with their signs."""

from __future__ import annotations

import re
from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
_SHORT_AREAS, _SHORT_AREA, _AREA = ("030", "040", "069", "089"), 3, 4
_LONGEST = 3


def dictated(phone: str, digits: tuple[str, ...] = _GERMAN) -> str:
    """The number as it is said at home.

    >>> dictated("+4917604069012")
    'null eins sieben sechs, null vier null, sechs neun null, eins zwei'
    >>> dictated("+4330123344")
    'plus vier drei, drei null eins, zwei drei, drei vier, vier'
    >>> dictated("+491713920014")
    'null eins sieben eins, drei neun, zwei null, null eins vier'
    """
    if phone.startswith(_COUNTRY):
        home = _TRUNK + phone.removeprefix(_COUNTRY)
        return ", ".join(_spoken(group, digits) for group in _groups(home))
    abroad = phone.removeprefix("+")
    groups = [abroad[:2], *_in_twos_and_threes(abroad[2:])]
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
    """The code in front as one, then as people say digits."""
    code = _SHORT_AREA if number.startswith(_SHORT_AREAS) else _AREA
    return [number[:code], *_in_twos_and_threes(number[code:])]


def _in_twos_and_threes(rest: str) -> list[str]:
    """As few groups as can be, and no two equal digits side by side in one of them if avoidable."""
    if len(rest) <= _LONGEST:
        return [rest] if rest else []
    best: list[list[str]] = [[], [rest[:1]]]
    for end in range(2, len(rest) + 1):
        ways = [[*best[end - size], rest[end - size : end]] for size in (3, 2) if size <= end]
        best.append(min(ways, key=_awkward))
    return best[-1]


def _awkward(groups: Sequence[str]) -> tuple[int, int, int, list[int]]:
    alone = sum(len(group) == 1 for group in groups)
    doubled = sum(one == other for group in groups for one, other in pairwise(group))
    return alone, doubled, len(groups), [-len(group) for group in groups]


def _spoken(group: str, digits: tuple[str, ...]) -> str:
    """The digits in words; the same one twice is kept apart, or it is heard as a slip."""
    spoken = ""
    for place, digit in enumerate(group):
        joint = ", " if place and digit == group[place - 1] else " "
        spoken += f"{joint}{digits[int(digit)]}"
    return spoken.strip(" ,")
