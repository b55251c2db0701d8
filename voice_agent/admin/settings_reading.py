"""Reads what somebody typed into a settings form: values, and a complaint per field."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, time
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeVar

from booking_core.domain.catalogue import GRID_MINUTES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from enum import StrEnum

E = TypeVar("E", bound="StrEnum")
E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
YEARLY: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.?")
DATED: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
LEAP_YEAR: Final = 2000  # 29 February is a date
LONGEST_TEXT: Final = 200


@dataclass(slots=True)
class Reading:
    """The texts of a form, and what is wrong with them: key of a sentence, by field."""

    texts: Mapping[str, str]
    wrong: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, *, needed: bool = True) -> str:
        """One line."""
        found = " ".join(self.texts.get(name, "").split())
        if needed and not found:
            self.wrong[name] = "wrong_missing"
        if len(found) > LONGEST_TEXT:
            self.wrong[name] = "wrong_too_long"
        return found

    def number(self, name: str, least: int, most: int, *, step: int = 1) -> int:
        """A whole number between these."""
        try:
            found = int(self.texts.get(name, "").strip())
        except ValueError:
            self.wrong[name] = "wrong_number"
            return least
        if not least <= found <= most:
            self.wrong[name] = "wrong_out_of_range"
            return least
        if found % step:
            self.wrong[name] = "wrong_off_grid"
        return found

    def optional_number(self, name: str, least: int, most: int, *, step: int = 1) -> int | None:
        """The same, or nothing."""
        if not self.texts.get(name, "").strip():
            return None
        return self.number(name, least, most, step=step)

    def one_of(self, name: str, kind: type[E]) -> E:
        """A choice."""
        try:
            return kind(self.texts.get(name, ""))
        except ValueError:
            self.wrong[name] = "wrong_choice"
            return next(iter(kind))

    def among(self, name: str, known: Collection[str]) -> str:
        """One of these."""
        found = self.texts.get(name, "").strip()
        if found not in known:
            self.wrong[name] = "wrong_choice"
        return found

    def ticked(self, name: str) -> bool:
        """Whether the box is ticked."""
        return name in self.texts

    def phone(self, name: str) -> str | None:
        """A number in E.164, however it was grouped; None when the field is empty."""
        found = _compact(self.texts.get(name, ""))
        if found and not E164.fullmatch(found):
            self.wrong[name] = "wrong_phone"
        return found or None

    def phones(self, name: str) -> tuple[str, ...]:
        """One a line."""
        lines = [_compact(line) for line in self.texts.get(name, "").splitlines()]
        found = tuple(dict.fromkeys(line for line in lines if line))
        if any(not E164.fullmatch(number) for number in found):
            self.wrong[name] = "wrong_phone"
        return found

    def email(self, name: str) -> str | None:
        """An address; None when the field is empty."""
        found = self.texts.get(name, "").strip()
        if found and not EMAIL.fullmatch(found):
            self.wrong[name] = "wrong_email"
        return found or None

    def hours(self, name: str) -> tuple[tuple[time, time], ...]:
        """Stretches of a day: `9-13, 14:30-18`; nothing = closed."""
        text = self.texts.get(name, "").strip()
        try:
            found = tuple(_stretch(part) for part in text.split(",") if part.strip())
        except ValueError:
            self.wrong[name] = "wrong_hours"
            return ()
        if any(moment.minute % GRID_MINUTES for pair in found for moment in pair):
            self.wrong[name] = "wrong_off_grid"
        in_order = sorted(found)
        overlap = any(a[1] > b[0] for a, b in pairwise(in_order))
        if overlap or any(end <= start for start, end in found):
            self.wrong[name] = "wrong_hours_order"
        return tuple(in_order)

    def times(self, name: str) -> tuple[time, ...]:
        """Times of day: `9, 11:30`."""
        try:
            return tuple(
                sorted(_clock(part) for part in self.texts.get(name, "").split(",") if part.strip())
            )
        except ValueError:
            self.wrong[name] = "wrong_hours"
            return ()

    def day(self, name: str) -> tuple[int | None, int, int] | None:
        """A date of every year (`24.12.`) or of one (`24.12.2026`): year, month, day."""
        text = self.texts.get(name, "").strip()
        dated = DATED.fullmatch(text)
        found = dated or YEARLY.fullmatch(text)
        year = int(dated[3]) if dated else None
        try:
            known = date(year or LEAP_YEAR, int(found[2]), int(found[1])) if found else None
        except ValueError:
            known = None
        if known is None:
            self.wrong[name] = "wrong_date"
            return None
        return year, known.month, known.day


def _compact(number: str) -> str:
    return re.sub(r"[\s()/-]", "", number)


def _stretch(part: str) -> tuple[time, time]:
    start, dash, end = re.sub(r"[–—]|\bbis\b|\bto\b", "-", part).partition("-")
    if not dash:
        raise ValueError(part)
    return _clock(start), _clock(end)


def _clock(text: str) -> time:
    """A time of day, with or without minutes: `9`, `9:30`, `9.30`."""
    hour, _, minute = text.strip().replace(".", ":").partition(":")
    return time(int(hour), int(minute or 0))
