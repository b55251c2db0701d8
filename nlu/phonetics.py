"""How German words sound: Kölner Phonetik, digits for sounds, equal digits for equal sounds."""

from __future__ import annotations

from functools import lru_cache

_FOLDED = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "s", "é": "e", "è": "e", "ê": "e",
                         "á": "a", "à": "a", "â": "a", "ç": "c", "ñ": "n", "ı": "i", "ş": "s",
                         "ğ": "g", "ô": "o", "ó": "o", "ú": "u", "í": "i"})  # fmt: skip
_SIMPLE = {
    **dict.fromkeys("aeijouy", "0"),
    "b": "1",
    **dict.fromkeys("fvw", "3"),
    **dict.fromkeys("gkq", "4"),
    "l": "5",
    **dict.fromkeys("mn", "6"),
    "r": "7",
    **dict.fromkeys("sz", "8"),
}
_HARD_C_AT_START = frozenset("ahkloqrux")
_HARD_C_INSIDE = frozenset("ahkoqux")


@lru_cache(maxsize=8192)
def cologne(word: str) -> str:
    """The code of how a word sounds; empty for a word without letters.

    >>> cologne("Meier"), cologne("Mayr"), cologne("Fabjan") == cologne("Fabian")
    ('67', '67', True)
    """
    letters = [letter for letter in word.lower().translate(_FOLDED) if "a" <= letter <= "z"]
    digits = "".join(_digits(letters, place) for place in range(len(letters)))
    merged = "".join(d for i, d in enumerate(digits) if i == 0 or d != digits[i - 1])
    return merged[:1] + merged[1:].replace("0", "")


def _digits(letters: list[str], place: int) -> str:
    """The digits of one letter between its neighbours."""
    letter = letters[place]
    before = letters[place - 1] if place else ""
    after = letters[place + 1] if place + 1 < len(letters) else ""
    match letter:
        case "h":
            return ""
        case "p":
            return "3" if after == "h" else "1"
        case "d" | "t":
            return "8" if after and after in "csz" else "2"
        case "x":
            return "8" if before and before in "ckq" else "48"
        case "c":
            return _digit_of_c(before, after)
        case _:
            return _SIMPLE[letter]


def _digit_of_c(before: str, after: str) -> str:
    if not before:
        return "4" if after in _HARD_C_AT_START else "8"
    if before in "sz":
        return "8"
    return "4" if after in _HARD_C_INSIDE else "8"
