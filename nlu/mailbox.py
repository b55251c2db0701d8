"""E-mail addresses as they are said: emma punkt lindner ät web punkt de."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from nlu.spelling import alphabet
from nlu.talk import folded, spelling_data
from nlu.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.numbers import NumberWords
    from nlu.tokens import Token

_WRITTEN = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_VALID = re.compile(r"[a-z0-9._+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*\.[a-z]{2,10}")
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_MOST_WORDS = 30
_INSIDE = frozenset({".", "-", "_"})
"""Signs behind which any word belongs to the address: svenja unterstrich klar."""


@lru_cache(maxsize=8)
def _signs(language: str) -> tuple[dict[str, str], frozenset[str], frozenset[str]]:
    """Words for signs, words that belong to no address, last pieces of domains."""
    data = spelling_data(language)["email"]
    signs = dict.fromkeys(folded(data["dot"]), ".") | dict.fromkeys(folded(data["minus"]), "-")
    signs |= dict.fromkeys(folded(data["underscore"]), "_") | dict.fromkeys(folded(data["at"]), "@")
    signs |= dict.fromkeys(folded(data.get("glue", ())), "")
    signs |= {".": ".", "-": "-", "_": "_", "@": "@"}
    return signs, folded(data["drop"]), folded(data["domains"])


def email_address(text: str, numbers: NumberWords, language: str) -> tuple[str, int, int] | None:
    """The address and its character span; None if the words make no valid one.

    >>> from nlu.numbers import german
    >>> email_address("emma punkt lindner ät web punkt de", german(), "de")
    ('emma.lindner@web.de', 0, 34)
    """
    written = _WRITTEN.search(text[:2000])
    if written:
        return written.group().lower(), written.start(), written.end()
    words = tokens(text)
    place = _at_sign(words, language)
    if place is None:
        return None
    first, local = _local(words, place, numbers, language)
    last, domain = _domain(words, place, numbers, language)
    address = f"{local}@{domain}".lower()
    if not _VALID.fullmatch(address):
        return None
    return address, words[first].start, words[last - 1].end


def _at_sign(words: Sequence[Token], language: str) -> int | None:
    """The word that stands for @: there must be a dot and a domain behind it."""
    signs, _, domains = _signs(language)
    for place, word in enumerate(words):
        if signs.get(word.folded) != "@" or place == 0:
            continue
        behind = [w.folded for w in words[place + 1 : place + _MOST_WORDS]]
        has_dot = any(signs.get(w) == "." for w in behind) or _lacks_dot(words, place + 1, language)
        if has_dot and (domains.intersection(behind) or any(len(w) == 1 for w in behind)):
            return place
    return None


def _lacks_dot(words: Sequence[Token], place: int, language: str) -> bool:
    """Ät web de; ät t online de: the name of a provider may be two words."""
    providers = spelling_data(language)["email"].get("providers", {})
    two = "".join(word.folded for word in words[place : place + 2])
    return _lost_dot(words, place + (2 if two in providers else 1), language)


def _lost_dot(words: Sequence[Token], place: int, language: str) -> bool:
    """Klammeraffe web de: the last piece of a domain, right behind its name, ends the address."""
    signs, _, _ = _signs(language)
    if not 1 < place < len(words) or words[place].folded not in _bare_endings(language):
        return False
    name, behind = words[place - 1], words[place + 1 : place + 2]
    is_name = len(name.raw) > 1 and name.raw.isalnum() and name.folded not in signs
    return is_name and all(word.folded not in signs or word.raw == "." for word in behind)


@lru_cache(maxsize=8)
def _bare_endings(language: str) -> frozenset[str]:
    """Last pieces of domains that are no words by themselves."""
    return folded(spelling_data(language)["email"].get("bare_domains", ()))


def _piece(words: Sequence[Token], place: int, numbers: NumberWords, language: str) -> str:
    """What one word adds to an address."""
    signs, _, _ = _signs(language)
    word = words[place]
    if word.folded in signs:
        return signs[word.folded]
    number = numbers.cardinal(word.folded)
    if number is not None:
        return str(number)
    letter = alphabet(language).names.get((word.folded,))
    if letter and len(word.folded) > 1 and word.folded not in {"de", "es", "er", "we", "ha", "ge"}:
        return letter
    return word.raw.lower().translate(_GERMAN)


def _local(
    words: Sequence[Token], place: int, numbers: NumberWords, language: str
) -> tuple[int, str]:
    """The part before the @, read backwards to where the sentence around it begins."""
    signs, drop, _ = _signs(language)
    first = place
    while first > 0 and place - first < _MOST_WORDS:
        word = words[first - 1]
        joined = first < place and (word.folded in signs or words[first].folded in signs)
        is_letter = len(word.raw) == 1 and word.raw.isalnum()
        if word.raw in {",", "?", "!", ":"} or (
            word.raw == "." and word.start >= words[first].start - 1 and not joined
        ):
            break
        follows_sign = first > 1 and signs.get(words[first - 2].folded, "@") in _INSIDE
        if word.folded in drop and not (is_letter or follows_sign):
            break
        if (
            first < place
            and not joined
            and not is_letter
            and len(words[first].raw) > 1
            and numbers.cardinal(word.folded) is None
            and numbers.cardinal(words[first].folded) is None
        ):
            break
        first -= 1
    return first, "".join(_piece(words, i, numbers, language) for i in range(first, place))


def _domain(
    words: Sequence[Token], place: int, numbers: NumberWords, language: str
) -> tuple[int, str]:
    """The part behind the @, up to its last piece."""
    signs, _, domains = _signs(language)
    text, last = "", place + 1
    for i in range(place + 1, min(place + _MOST_WORDS, len(words))):
        piece = _piece(words, i, numbers, language)
        if words[i].raw in {",", "?", "!"} or piece == "@":
            break
        if "." not in text and i > place + 1 and _lost_dot(words, i, language):
            piece = f".{piece}"
        text += piece
        last = i + 1
        if piece[:1] == "." and len(piece) > 1:
            break
        if "." in text and words[i].folded in domains and signs.get(words[i - 1].folded) == ".":
            break
    return last, _as_provider(text.rstrip("."), language)


def _as_provider(domain: str, language: str) -> str:
    """T online punkt de: the hyphen in the name of a provider is often left out."""
    name, dot, ending = domain.partition(".")
    providers: dict[str, str] = spelling_data(language)["email"].get("providers", {})
    return f"{providers.get(name.lower(), name)}{dot}{ending}"
