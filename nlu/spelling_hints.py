"""How a name is written, told by one letter of it: Vogt mit V, Meyer mit Ypsilon, mit Doppel-N."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nlu.spelling import Alphabet, alphabet
from nlu.talk import spelling_data
from nlu.tokens import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlu.tokens import Token


def as_hinted(name: str, behind: Sequence[Token], language: str) -> str:
    """The name as the words behind it say it is written.

    >>> from nlu.tokens import tokens
    >>> as_hinted("Fogt", tokens("mit V"), "de")
    'Vogt'
    >>> as_hinted("Meier", tokens("mit Ypsilon"), "de")
    'Meyer'
    >>> as_hinted("Brinkman", tokens("mit Doppel-N am Ende"), "de")
    'Brinkmann'
    >>> as_hinted("Schmidt", tokens("ohne D"), "de")
    'Schmit'
    """
    hints = spelling_data(language)
    letters = alphabet(language)
    place = 0
    while place < len(behind):
        word = behind[place].folded
        if word in _set(hints, "with"):
            name, place = _with(name, behind, _behind_article(behind, place), letters, hints)
        elif word in _set(hints, "without") and (found := _letters(behind, place + 1, letters)):
            name, place = _without(name, found[0]), found[1]
        else:
            place += 1
    return name


def tells_letters(behind: Sequence[Token], language: str) -> bool:
    """Whether the words say at once how something is written: mit zwei F; ohne E.

    >>> from nlu.tokens import tokens
    >>> tells_letters(tokens("mit zwei f"), "de"), tells_letters(tokens("mit Föhnen"), "de")
    (True, False)
    """
    hints, letters = spelling_data(language), alphabet(language)
    place = 1 if behind and behind[0].raw == "," else 0
    if place >= len(behind) or behind[place].folded not in _set(hints, "with") | _set(
        hints, "without"
    ):
        return False
    place = _behind_article(behind, place)
    counted = _counted(behind, place, letters, hints)
    return counted is not None or _letters(behind, place, letters) is not None


def _behind_article(words: Sequence[Token], place: int) -> int:
    """Behind "with a" in "with a y": there the article is no letter."""
    is_article = place + 2 < len(words) and words[place + 1].folded in {"a", "an"}
    names_letter = is_article and len(words[place + 2].raw) == 1 and words[place + 2].raw.isalpha()
    return place + 2 if names_letter and words[place].folded == "with" else place + 1


def _set(hints: Mapping[str, Any], label: str) -> frozenset[str]:
    return frozenset(fold(str(word)) for word in hints.get(label, ()))


def _with(
    name: str,
    words: Sequence[Token],
    place: int,
    letters: Alphabet,
    hints: Mapping[str, Any],
) -> tuple[str, int]:
    """Mit V; mit Doppel-N; mit zwei L; mit nur einem S."""
    counted = _counted(words, place, letters, hints)
    if counted:
        letter, count, end = counted
        return _repeated(name, letter, count), end
    found = _letters(words, place, letters)
    return (_containing(name, found[0]), found[1]) if found else (name, place)


def _counted(
    words: Sequence[Token], place: int, letters: Alphabet, hints: Mapping[str, Any]
) -> tuple[str, int, int] | None:
    """How often a letter stands in a row, with the place behind it."""
    count = 1
    while place < len(words):
        word = words[place].folded
        if word in letters.double or word in _set(hints, "two"):
            count = 2
        elif word.startswith("doppel") and len(word) == len("doppel") + 1:
            return word[-1], 2, place + 1
        elif word in _set(hints, "one"):
            count = -1
        elif word != "-" and word not in _set(hints, "only"):
            break
        place += 1
    if count == 1 or place >= len(words) or not (found := letters.letter(words, place)):
        return None
    return found[0], abs(count), found[1]


def _letters(words: Sequence[Token], place: int, letters: Alphabet) -> tuple[str, int] | None:
    """One letter or two: V; A I; Vogel-V; ck."""
    if place + 1 < len(words) and words[place + 1].raw == "-" and len(words[place].raw) > 1:
        place += 2
    text = ""
    while place < len(words) and len(text) < 2:  # noqa: PLR2004 - "ai", "ck"
        word = words[place]
        if word.raw == "-" and text:
            place += 1
            continue
        short = word.folded if len(word.raw) == 2 and not text else ""  # noqa: PLR2004 - "ck", "tz"
        found = letters.letter(words, place) or ((short, place + 1) if short.isalpha() else None)
        if found is None:
            break
        if found[0] != text:  # "Vogel-V" says the letter twice
            text += found[0]
        place = found[1]
    return (text, place) if text else None


_DIPHTHONGS = ("ei", "ai", "ey", "ay")
_SOUND_ALIKE = (
    ("ph", "f", "v", "w"),
    ("ei", "ai", "ey", "ay"),
    ("ck", "kk", "k", "c", "g"),
    ("tz", "z", "c", "ts"),
    ("ss", "ß", "s", "z"),
    ("th", "dt", "tt", "t", "d"),
    ("ie", "i", "y", "j"),
    ("chs", "ks", "x"),
    ("ä", "e"),
    ("ü", "y", "ue"),
    ("ö", "oe"),
    ("p", "b"),
)
"""Spellings of one sound, longer ones first."""


def _containing(name: str, letters: str) -> str:
    """The name with these letters in it, in the place of those that sound like them."""
    if letters in name.lower():
        return name
    for diphthong in _DIPHTHONGS:
        place = name.lower().find(diphthong)
        if place >= 0 and diphthong[0] + letters in _DIPHTHONGS:
            return name[: place + 1] + letters + name[place + 2 :]
    for alike in _SOUND_ALIKE:
        if letters not in alike:
            continue
        others = "|".join(other for other in alike if other != letters)
        changed = re.sub(others, letters, name.lower(), count=1)
        if changed != name.lower():
            return _capitalised(changed, name)
    return name


def _repeated(name: str, letter: str, count: int) -> str:
    """The last run of the letter, made so long."""
    runs = list(re.finditer(f"{re.escape(letter)}+", name.lower()))
    if not runs:
        return name
    last = runs[-1]
    changed = name.lower()[: last.start()] + letter * count + name.lower()[last.end() :]
    return _capitalised(changed, name)


def _without(name: str, letters: str) -> str:
    """The name without the last of these letters; its first letter stays."""
    place = name.lower().rfind(letters)
    return name[:place] + name[place + len(letters) :] if place > 0 else name


def _capitalised(changed: str, name: str) -> str:
    """Written large where the name was: at the beginning, and behind blanks and hyphens."""
    if not name[:1].isupper():
        return changed
    return re.sub(r"(^|[\s-])([^\W\d_])", lambda m: m.group(1) + m.group(2).upper(), changed)
