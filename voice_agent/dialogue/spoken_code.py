"""A booking code as it is read out: letters, digits and words for either."""

from __future__ import annotations

from booking_core.domain.appointment import CODE_LENGTH, CODE_LETTERS
from nlu.spelling import alphabet
from nlu.tokens import tokens

_DIGITS = {
    "de": {"drei": "3", "vier": "4", "sieben": "7", "neun": "9"},
    "en": {"three": "3", "four": "4", "seven": "7", "nine": "9"},
}
"""Only those that codes are made of."""


def spoken_code(text: str, language: str) -> str | None:
    """The one code in these words; letters that no code has end it.

    >>> spoken_code("Der Code ist A wie Anton, C, vier, sieben, K, M.", "de")
    'AC47KM'
    >>> spoken_code("Mein Code: XY7-9AC", "de")
    'XY79AC'
    >>> spoken_code("Am vierten um drei", "de")
    """
    runs = [""]
    words = tokens(text)
    letters, place = alphabet(language), 0
    while place < len(words):
        word = words[place]
        found = letters.letter(words, place)
        if word.folded in letters.as_in:
            place += 2
            continue
        piece = _DIGITS.get(language, {}).get(word.folded, "")
        if not piece and found is not None:
            piece, place = found[0].upper(), found[1] - 1
        if not piece and _is_piece(word.raw):
            piece = word.raw.upper()
        if piece:
            runs[-1] += piece
        elif word.raw not in ",.-":
            runs.append("")
        place += 1
    codes = [run for run in runs if len(run) == CODE_LENGTH and set(run) <= set(CODE_LETTERS)]
    return codes[0] if len(codes) == 1 else None


def _is_piece(raw: str) -> bool:
    """Capitals and digits written together, as speech recognition likes to do."""
    is_mixed = any(letter.isdigit() for letter in raw) or raw.isupper()
    return is_mixed and raw.isalnum() and len(raw) <= CODE_LENGTH
