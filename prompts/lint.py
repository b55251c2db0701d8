"""What must never reach a voice: markup, placeholders, decimals, shouting, a doubled "Uhr"."""

from __future__ import annotations

import re
import unicodedata

MAX_WORDS = 45
"""One turn is two short sentences; two Says of a turn stay below this together."""
_DIGITS = (
    "null|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun"
    "|zero|one|two|three|four|five|six|seven|eight|nine"
)
_DICTATED = re.compile(rf"\b(?:(?:{_DIGITS}),? ){{2,}}(?:{_DIGITS})\b", re.IGNORECASE)
"""A number read back digit by digit: there "null" is a value."""
_RULES = {
    "braces, brackets or markup": re.compile(r"[{}\[\]()<>*_#|`~\\^=@]"),
    "a word in capitals": re.compile(r"\b[A-ZÄÖÜ]{2,}\b"),
    "a machine's date or time": re.compile(r"\d{4}-\d\d|\d:\d\d(?! [ap]m\b)"),
    "a decimal": re.compile(r"\d[.,]\d"),
    "a doubled Uhr": re.compile(r"\bUhr(?: \w+)? Uhr\b"),
    "a doubled word": re.compile(r"\b(\w+) \1\b", re.IGNORECASE),
    "a wrong preposition": re.compile(
        r"\bam (?:morgen|heute|übermorgen)\b|\bum um\b|\bon (?:today|tomorrow|yesterday)\b"
    ),
    "stray spaces or marks": re.compile(r" {2}| [,.?!]|[,;:]\s*[.?!]|,,|\.\.|^\s|\s$"),
    "a value that is not there": re.compile(r"\b(?:None|True|False|undefined|null)\b"),
    "a technical word": re.compile(
        r"\b(?:Slot|Segment\w*|Backend|Datenbank|System\w*|Server|technischer Fehler)\b",
    ),
}


def problems(text: str) -> tuple[str, ...]:
    """Everything that is wrong with a sentence that is about to be said.

    >>> problems("Den Termin um 8 Uhr 50 Uhr trage ich ein")
    ('a doubled Uhr', 'no end')
    >>> problems("Die Nummer ist null eins sieben, null null drei. Der Preis ist null.")
    ('a value that is not there',)
    """
    plain = _DICTATED.sub("eins", text)
    found = [name for name, rule in _RULES.items() if rule.search(plain)]
    if any(unicodedata.category(letter) in {"So", "Cs", "Co", "Cn"} for letter in text):
        found.append("an emoji")
    if not text.endswith((".", "?", "!", ":")):  # a colon leads to the sentence behind it
        found.append("no end")
    if len(text.split()) > MAX_WORDS:
        found.append("too long")
    return tuple(found)
