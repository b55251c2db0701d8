"""The words of dates and times of one language: what each word can be."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from nlu.atoms import (
    EMPTY,
    Atom,
    Kinds,
    with_ones_behind,
    with_split_ordinals,
    without_stutter,
)
from nlu.meaning import PartOfDay
from nlu.numbers import NumberWords
from nlu.tokens import Token, fold, tokens
from nlu.written import Written, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["DEFAULT_LANGUAGE", "EMPTY", "Atom", "Kinds", "Lexicon", "lexicon", "spoken"]

_SIGNS: dict[str, Kinds] = {
    ",": {"comma": True},
    ";": {"comma": True},
    ".": {"stop": True},
    "!": {"stop": True},
    "?": {"stop": True},
    ":": {"comma": True},
    "(": {"comma": True},
    ")": {"comma": True},
    "-": {"dash": True},
    "–": {"dash": True},
    "—": {"dash": True},
    "…": {"stop": True},
    "/": {"dash": True, "slash": True},
    "&": {"and": True},
    "+": {"and": True},
}
_VALUED = ("weekdays", "months", "days", "weekday_short", "month_short", "which", "factors")
_NO_KINDS: Kinds = {}
DEFAULT_LANGUAGE = "de"
_MAX_WORD = 60
_MONTHS = 12
_LAST_DAY = 31
_MAX_FIGURES = 4
"""More figures are no number of a date or time."""


class Lexicon:
    """What the words of one language can be."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.language: str = data["language"]
        self.numbers = _numbers(data)
        self._words: dict[str, Kinds] = {}
        self._phrases: dict[str, list[tuple[tuple[str, ...], Kinds]]] = {}
        for kind, value, phrase in _entries(data):
            self._add(kind, value, phrase)
        for candidates in self._phrases.values():
            candidates.sort(key=lambda entry: -len(entry[0]))
        self._weekdays = {fold(w): n for n, ws in data["weekdays"].items() for w in ws}
        self._months = {fold(w): n for n, ws in data["months"].items() for w in ws}
        self._part_suffixes = [
            (fold(word), PartOfDay(part)) for word, part in data.get("part_suffixes", {}).items()
        ]
        self._month_first = bool(data.get("month_first"))
        self._tens_first = bool(data.get("tens_first"))
        self._abbreviated = frozenset(fold(word) for word in data.get("abbreviated", ()))
        self._oclock = tuple(fold(word) for word in data["oclock"] if len(word) > 1)
        self._half_suffix = fold(data.get("half_suffix", ""))
        self._about_suffix = fold(data.get("about_suffix", ""))
        self._has_hyphens = bool(data.get("hyphened_hours"))
        self._possessive: str = data.get("possessive", "")
        self._dial_of_twelve = bool(data.get("dial_of_twelve"))
        self._meridiem_of_figures: Mapping[str, str] = data.get("meridiem_of_figures", {})
        self._unit_compounds = {
            fold(head + tail): ({"edge": edge}, {"unit": unit})
            for head, unit in data.get("unit_compounds", {}).items()
            for tail, edge in data.get("edge_compounds", {}).items()
        }
        self._months_compound = {fold(w): v for w, v in data.get("month_compounds", {}).items()}
        self._known = {
            *self._words,
            *(w for ps in self._phrases.values() for p, _ in ps for w in p),
        }
        self._remembered: dict[str, tuple[Kinds, ...]] = {}

    def _add(self, kind: str, value: object, phrase: str) -> None:
        words = tuple(token.folded for token in tokens(phrase))
        if len(words) == 1:
            self._words.setdefault(words[0], {})[kind] = value
            return
        candidates = self._phrases.setdefault(words[0], [])
        for known, kinds in candidates:
            if known == words:
                kinds[kind] = value
                return
        candidates.append((words, {kind: value}))

    def atoms(self, text: str) -> list[Atom]:
        """The words of a text with what they can be; fixed phrases count as one word."""
        plain = without_stutter(self._plain_atoms(text), twenties=self._tens_first)
        plain = with_ones_behind(plain) if self._tens_first else with_split_ordinals(plain)
        found: list[Atom] = []
        place = 0
        while place < len(plain):
            atom = plain[place]
            phrase = self._phrase_at(plain, place) if atom.folded in self._phrases else None
            if phrase is None:
                found.append(atom)
                place += 1
                continue
            length, kinds = phrase
            last = plain[place + length - 1]
            found.append(
                Atom(kinds, atom.folded, text[atom.start : last.end], atom.start, last.end)
            )
            place += length
        return found

    def _figures(self, text: str) -> list[Written]:
        """Dates and times in figures; looked for only where there are figures."""
        if not any(map(str.isdecimal, text)):
            return []
        return written(text, month_first=self._month_first)

    def _phrase_at(self, plain: list[Atom], place: int) -> tuple[int, Kinds] | None:
        for words, kinds in self._phrases[plain[place].folded]:
            length = len(words)
            if place + length <= len(plain) and all(
                plain[place + i].folded == words[i] for i in range(1, length)
            ):
                return length, kinds
        return None

    def _plain_atoms(self, text: str) -> list[Atom]:
        """Single words, with dates and times in figures already read."""
        figures = iter(self._figures(text))
        figure = next(figures, None)
        found: list[Atom] = []
        for token in tokens(text):
            while figure and token.start >= figure.end:
                figure = next(figures, None)
            if figure and token.start >= figure.start:
                if token.start == figure.start:
                    value = figure.value[0] if figure.kind == "ordinal" else figure.value
                    kinds: Kinds = {figure.kind: value, "figures": True}
                    if figure.time:
                        kinds["or_time"] = figure.time
                    raw = text[figure.start : figure.end]
                    found.append(Atom(kinds, raw, raw, figure.start, figure.end))
                continue
            if token.raw == "-" and found and self._is_hyphen(found[-1], token, text):
                continue
            if token.raw == "." and found and self._is_abbreviated(found[-1], token.start):
                continue
            if found and (half := self._half_behind_figures(found[-1], token)):
                kinds = {"meridiem": half}
                found.append(Atom(kinds, token.folded, token.raw, token.start, token.end))
                continue
            word = self._canonical(self._without_possessive(token))
            found.extend(
                Atom(kinds, word, token.raw, token.start, token.end) for kinds in self.kinds(word)
            )
        return found

    def _is_hyphen(self, before: Atom, token: Token, text: str) -> bool:
        """Der Zehn-Uhr-Termin: glued on both sides, beside "Uhr"."""
        if before.end != token.start or not text[token.end : token.end + 1].isalpha():
            return False
        behind = text[token.end :].lower()
        hours = "oclock" in before.kinds or behind.startswith(self._oclock)
        return hours and self._has_hyphens

    def _without_possessive(self, token: Token) -> str:
        """Thursday's appointment is on Thursday; ten's fine is ten."""
        if not self._possessive or token.raw[-2:-1] not in {"'", "’"}:
            return token.folded
        owner = token.folded.removesuffix(self._possessive)
        is_time = owner in self._weekdays or "cardinal" in self._figure_or_number(owner)
        return owner if is_time else token.folded

    def _figure_or_number(self, word: str) -> Kinds:
        return self._figure(word) if word.isdigit() else self._number(word)

    def _half_behind_figures(self, before: Atom, token: Token) -> str | None:
        """9:15a; but "4a" is the number of a house."""
        half = self._meridiem_of_figures.get(token.folded)
        is_clock = "time" in before.kinds or (half == "pm" and "figures" in before.kinds)
        return half if is_clock and before.end == token.start else None

    def _canonical(self, word: str) -> str:
        """A word as the lexicon writes it: "frueh" is "früh"."""
        if word in self._known or "e" not in word:
            return word
        plain = _without_digraphs(word)
        return plain if plain in self._known else word

    def _is_abbreviated(self, atom: Atom, stop: int) -> bool:
        """Whether a full stop belongs to the word before it: ca., Okt., Std."""
        return atom.end == stop and (
            "month_short" in atom.kinds or atom.folded in self._abbreviated
        )

    def kinds(self, word: str) -> tuple[Kinds, ...]:
        """What a folded word can be; compounds give several."""
        known = self._remembered.get(word)
        if known is None:
            known = self._look_up(word)
            if len(self._remembered) < 20_000:  # noqa: PLR2004 - enough for every call, no leak
                self._remembered[word] = known
        return known

    def _look_up(self, word: str) -> tuple[Kinds, ...]:
        if word in _SIGNS:
            return (_SIGNS[word],)
        if word.isascii() and word.isdigit():
            return (self._figure(word),)
        own = self._words.get(word)
        if own is None:
            own = self._words.get(_without_digraphs(word))
        number = self._number(word) or self._number(_without_digraphs(word))
        if own is not None or number:
            return ({**number, **(own or {})},)
        return self._compound(word) or self._compound(_without_digraphs(word)) or (_NO_KINDS,)

    def _figure(self, word: str) -> Kinds:
        """A number in figures."""
        if len(word) > _MAX_FIGURES:
            return {"digits": True}
        number = int(word)
        kinds: Kinds = {"cardinal": number, "figures": True}
        return kinds | self._above_the_dial(number)

    def _above_the_dial(self, number: int) -> Kinds:
        """Where hours are said up to twelve, a number above is one of days or minutes."""
        above = self._dial_of_twelve and _MONTHS < number <= _LAST_DAY
        return {"day_number": number} if above else {}

    def _number(self, word: str) -> Kinds:
        kinds: Kinds = {}
        cardinal = self.numbers.cardinal(word)
        if cardinal is not None:
            kinds = {"cardinal": cardinal, **self._above_the_dial(cardinal)}
        ordinal = self.numbers.ordinal(word)
        if ordinal is not None:
            kinds["ordinal"] = ordinal
        return kinds

    def _compound(self, word: str) -> tuple[Kinds, ...] | None:
        """Words made of two: Dienstagabend, montags, Novemberhälfte, zehnuhr, sixish."""
        if len(word) > _MAX_WORD:
            return None
        period = self._month_compound(word) or self._unit_compounds.get(word)
        return self._weekday_compound(word) or period or self._hour(word)

    def _weekday_compound(self, word: str) -> tuple[Kinds, ...] | None:
        for name, number in self._weekdays.items():
            rest = word.removeprefix(name)
            if rest == word:
                continue
            if rest == "s":
                return ({"set": (number,)},)
            for suffix, part in self._part_suffixes:
                if rest == suffix:
                    return ({"weekday": number}, {"pod": part})
            if rest == "e":
                return ({"weekday": number},)
        return None

    def _month_compound(self, word: str) -> tuple[Kinds, ...] | None:
        for name, number in self._months.items():
            rest = word.removeprefix(name)
            if rest != word and rest in self._months_compound:
                kind, value = self._months_compound[rest]
                return ({kind: value}, {"month": number})
        return None

    def _hour(self, word: str) -> tuple[Kinds, ...] | None:
        for oclock in self._oclock:
            number = self.numbers.cardinal(word.removesuffix(oclock))
            if word.endswith(oclock) and number is not None:
                return ({"cardinal": number}, {"oclock": True})
        if self._about_suffix and word.endswith(self._about_suffix):
            stem = word.removesuffix(self._about_suffix)
            number = self.numbers.cardinal(stem)
            if number is not None:
                return ({"cardinal": number}, {"about_after": True})
            if part := self._words.get(stem, _NO_KINDS).get("pod"):
                return ({"pod": part},)
        if self._half_suffix and word.endswith(self._half_suffix):
            number = self.numbers.cardinal(word.removesuffix(self._half_suffix))
            if number is not None:
                return ({"factor": number + 0.5},)
        return None


def _without_digraphs(word: str) -> str:
    """Umlauts written as two letters: fuenf, Maerz."""
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def _numbers(data: Mapping[str, Any]) -> NumberWords:
    return NumberWords(
        cardinals={fold(w): n for n, words in data["cardinals"].items() for w in words},
        one=frozenset(fold(word) for word in data.get("ones", ())),
        ordinal_stems={fold(w): n for n, ws in data.get("ordinals", {}).items() for w in ws},
        endings=tuple(data.get("ordinal_endings", ())),
        hundred=fold(data.get("hundred", "")),
        thousand=fold(data.get("thousand", "")),
        joint=fold(data.get("number_joint", "")),
    )


_KINDS_BY_SECTION = {
    "weekdays": "weekday",
    "weekday_words": "weekday",
    "months": "month",
    "days": "offset",
    "units": "unit",
    "edges": "edge",
    "factors": "factor",
    "feasts": "feast",
    "parts_of_day": "pod",
    "dialect_hours": "hour",
    "dialect_ordinal_hours": "hour_after_at",
    "weekday_set": "set",
    "ordinal_words": "ordinal",
}
_NOT_WORDS = frozenset(
    {"tens_first", "month_first", "language", "cardinals", "ordinals", "ordinal_endings",
     "hundred", "thousand", "number_joint", "ones", "abbreviated", "part_suffixes",
     "half_suffix", "month_compounds", "unit_compounds", "edge_compounds", "about_suffix",
     "dial_of_twelve", "meridiem_of_figures", "possessive", "hyphened_hours"}
)  # fmt: skip


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str, object, str]]:
    """All words and phrases as (kind, value, phrase)."""
    for section, content in data.items():
        if section in _NOT_WORDS:
            continue
        kind = _KINDS_BY_SECTION.get(section, section)
        if isinstance(content, dict):
            for value, phrases in content.items():
                yield from ((kind, _value(kind, value), phrase) for phrase in phrases)
        else:
            yield from ((kind, True, phrase) for phrase in _texts(content))


def _texts(content: Iterable[Any]) -> Iterator[str]:
    return (str(phrase) for phrase in content)


def _value(kind: str, value: object) -> object:
    if kind == "pod":
        return PartOfDay(str(value))
    if kind == "set":
        return tuple(int(day) for day in str(value).split(","))
    return value


@lru_cache(maxsize=64)
def spoken(language: str) -> str:
    """The language whose words are used: the one asked for, or German where it has no data."""
    plain = language.partition("-")[0].lower()  # de-AT is German
    known = plain.isalpha() and files("nlu").joinpath("data", plain, "times.yaml").is_file()
    return plain if known else DEFAULT_LANGUAGE


@lru_cache(maxsize=8)
def lexicon(language: str) -> Lexicon:
    """The lexicon of a language, read from the packaged data at first use."""
    language = spoken(language)
    text = files("nlu").joinpath("data", language, "times.yaml").read_text(encoding="utf-8")
    return Lexicon({"language": language, **yaml.safe_load(text)})
