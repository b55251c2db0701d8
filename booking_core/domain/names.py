"""Names as they are looked up: without case, accents and the two spellings of an umlaut."""

from __future__ import annotations

import re
import unicodedata

WORDS = re.compile(r"[a-z]+")
SPELLINGS = str.maketrans({"ß": "ss", "ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "a", "œ": "o"})
UMLAUTS = re.compile(r"(?<=[aou])e")


def folded_words(name: str) -> frozenset[str]:
    """The words of a name, folded; the same for every spelling of the same name.

    >>> folded_words("Wilma Tönnies") == folded_words("TOENNIES, Wilma")
    True
    """
    plain = unicodedata.normalize("NFKD", name.casefold().translate(SPELLINGS))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return frozenset(UMLAUTS.sub("", word) for word in WORDS.findall(letters))
