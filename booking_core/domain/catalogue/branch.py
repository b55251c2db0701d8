"""A salon at its address: hours, days that differ, and the rules it sells by."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_core.domain.catalogue.grid import on_grid
from booking_core.domain.errors import InvalidCatalogue
from booking_core.domain.gap_rules import GapRules

if TYPE_CHECKING:
    from datetime import time
    from uuid import UUID

    from booking_core.domain.catalogue.staff import WorkingHours


class Delegate(StrEnum):
    """When an assist segment goes to somebody else than the lead."""

    IF_NEEDED = "if_needed"
    PREFER = "prefer"
    NEVER = "never"


class LeadChange(StrEnum):
    """Whether the lead segments of one visit may go to several people."""

    NEVER = "never"
    IF_NO_OTHER = "if_no_other"
    """Only at starts at which nobody can do all of them, and with the fewest hand-overs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Owner of one or more branches; the tenant."""

    id: UUID
    key: str
    code: str
    """In the names of event types: MORG."""
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A date that differs from the weekly opening hours, every year or once."""

    month: int
    day: int
    year: int | None = None
    """None = in every year."""
    opens: time | None = None
    """None = closed."""
    closes: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What callers ask about a salon, each answered in a sentence of the salon's own."""

    parking: str | None = None
    payment: str | None = None
    preparation: str | None = None
    """Whether hair is to be washed before, and the like."""
    arrival: str | None = None
    """By bus and train, steps, a lift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSentence:
    """A sentence in the salon's own words."""

    language: str
    key: str
    phrasing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One salon at one address."""

    id: UUID
    key: str
    code: str
    """In the names of event types: BER."""
    name: str
    """As spoken: Salon Morgenrot."""
    address: str
    timezone: str
    land: str
    """German Land for public holidays: BE."""
    language: str
    opening_hours: tuple[WorkingHours, ...]
    special_days: tuple[SpecialDay, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    """Dialled numbers, E.164."""
    transfer_number: str | None = None
    lead_minutes: int = 60
    horizon_days: int = 90
    step_minutes: int = 15
    """Offers stand on this grid; a wish may stand on any 5 minutes."""
    cancel_limit_hours: int = 24
    delegate: Delegate = Delegate.IF_NEEDED
    lead_change: LeadChange = LeadChange.NEVER
    elastic_pauses: bool = False
    """Whether pauses of services other than `flexible` ones may stretch."""
    holidays_closed: bool = True
    email: str | None = None
    """Sender of confirmations."""
    gaps: GapRules = field(default_factory=GapRules)
    """Which of the possible starts are offered."""
    other_languages: tuple[str, ...] = ()
    """In which callers are served besides `language`."""
    asks_email: bool = False
    """Whether callers are asked once for an address where a visit has several segments."""
    greets_by_name: bool = False
    """Whether a number on file is greeted by its name: numbers are shared, and can be forged."""
    facts: Facts = field(default_factory=Facts)
    sentences: tuple[OwnSentence, ...] = ()
    """What the salon has worded itself; stored beside the salon, and not in its file."""
    """In the branch's `language`."""

    def __post_init__(self) -> None:
        on_grid(self.step_minutes, "the step of offers")
        if self.step_minutes <= 0 or self.lead_minutes < 0 or self.horizon_days < 0:
            raise InvalidCatalogue(
                f"a step of {self.step_minutes} minutes, {self.lead_minutes} minutes' notice, "
                f"{self.horizon_days} days ahead",
                step_minutes=self.step_minutes,
                lead_minutes=self.lead_minutes,
                horizon_days=self.horizon_days,
            )
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise InvalidCatalogue(
                f"no time zone: {self.timezone}", timezone=self.timezone
            ) from error
