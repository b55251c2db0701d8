"""The shape of a salon file: which fields there are, of which type; what they may say is `rules`.

Nothing has a default that would decide about time or money: a missing length is an error.
"""

from __future__ import annotations

import re
from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from booking_core.adapters.gap_rules import GapsPart
from booking_core.domain.catalogue import Delegate, Gender, LeadChange, Level, PausePolicy, Role

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
Stretch = tuple[time, time]


def _stretch(text: object) -> Stretch:
    """Read "09:00-13:30"."""
    ends = text.split("-") if isinstance(text, str) else []
    if len(ends) != 2:  # noqa: PLR2004 - a stretch has two ends
        raise ValueError("is not a stretch of time such as 09:00-13:30")
    return _clock(ends[0]), _clock(ends[1])


def _clock(text: str) -> time:
    found = CLOCK.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text.strip()!r} is not a time such as 09:00")
    hour, minute = int(found[1]), int(found[2])
    if hour > 23 or minute > 59:  # noqa: PLR2004 - hours and minutes of a day
        raise ValueError(f"{text.strip()} is not a time between 00:00 and 23:59")
    return time(hour, minute)


def _stretch_or_closed(text: object) -> Stretch | None:
    """Read "09:00-13:00" or "closed"."""
    return None if text == "closed" else _stretch(text)


Text = Annotated[str, Field(min_length=1, max_length=200)]
Hours = Annotated[Stretch, BeforeValidator(_stretch)]
Plan = dict[Weekday, list[Hours]]


class _Part(BaseModel):
    """A part of the file; a field that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class CompanyPart(_Part):
    """The owner of one or more branches."""

    key: Text
    code: Text
    name: Text


class SpecialDayPart(_Part):
    """A date with hours of its own."""

    date: Text
    """12-24 in every year, 2026-12-24 in that one."""
    hours: Annotated[Stretch | None, BeforeValidator(_stretch_or_closed)]
    """None = closed."""


Spoken = Annotated[str, Field(min_length=2, max_length=160, pattern=r"^[^{}<>*_#|`~^=@\[\]]+[.!]$")]
"""A sentence that is read out as it is."""


class FactsPart(_Part):
    """What callers ask about the salon, in its own words."""

    parking: Spoken | None = None
    payment: Spoken | None = None
    preparation: Spoken | None = None
    arrival: Spoken | None = None


class BranchPart(_Part):
    """One salon at one address."""

    code: Text
    name: Text
    address: Text
    timezone: Text
    land: Text
    language: Literal["de", "en"]
    other_languages: list[Literal["de", "en"]] = []
    asks_email: bool = True
    greets_by_name: bool = False
    email: Text | None = None
    phone_numbers: list[Text]
    transfer_number: Text | None = None
    opening_hours: Plan
    special_days: list[SpecialDayPart] = []
    holidays_closed: bool
    lead_minutes: int
    horizon_days: int
    step_minutes: int
    cancel_limit_hours: int
    delegate: Delegate
    lead_change: LeadChange = LeadChange.NEVER
    elastic_pauses: bool
    gaps: GapsPart = GapsPart()
    facts: FactsPart = FactsPart()


class ResourcePart(_Part):
    """One chair, basin, room or device."""

    key: Text
    kind: Text
    name: Text


class AbsencePart(_Part):
    """Time away, in local wall time."""

    starts: datetime
    ends: datetime
    reason: Text | None = None


class StaffPart(_Part):
    """A person who serves customers."""

    key: Text
    first_name: Text
    last_name: Text
    nicknames: list[Text] = []
    level: Level
    calendar_user: Text | None = None
    skills: list[Text]
    extra_minutes: dict[str, int] = {}
    extra_from_minutes: dict[str, int] = {}
    hours: Plan
    absences: list[AbsencePart] = []
    active: bool = True


class PausePart(_Part):
    """Time after a segment in which the customer waits."""

    min: int
    max: int
    bookable: bool | None = None
    keeps_chair: bool


class SegmentPart(_Part):
    """One piece of work."""

    key: Text
    name: Annotated[str, Field(min_length=1, max_length=100)]
    minutes: int
    skill: Text
    role: Role
    resources: list[Text]
    pause_after: PausePart | None = None


class SynonymsPart(_Part):
    """What callers say for a service."""

    sure: list[Text] = []
    weak: list[Text] = []
    heard: list[Text] = []


class ServicePart(_Part):
    """What the customer buys; its segments are read one by one."""

    number: int
    code: Text
    name: Text
    spoken_name: Text
    gender: Gender
    category: Text | None = None
    price: Decimal
    total_minutes: int | None = None
    """Never needed; checked where somebody states it."""
    pause_policy: PausePolicy | None = None
    pause_free_from_minutes: int | None = None
    synonyms: SynonymsPart = SynonymsPart()
    active: bool = True
