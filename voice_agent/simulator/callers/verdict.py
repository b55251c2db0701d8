"""What a call has left, and whether database, Cal.com and mails agree about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voice_agent.bench.oracle import calendar_complaints, visit_complaints
from voice_agent.simulator.brevity import too_much

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from booking_core.domain.appointment import Appointment, AppointmentState
    from booking_core.domain.catalogue import Salon
    from voice_agent.bench.oracle import CalcomBooking, Visit
    from voice_agent.simulator.grading import LeftWish

BOOKED = "booked"
SILENCE_MS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a call has left behind."""

    appointments: Sequence[Appointment]
    """What it has made."""
    own: Sequence[Appointment] = ()
    """Visits that the caller had before."""
    callbacks: Sequence[LeftWish] = ()
    waiting: Sequence[LeftWish] = ()
    visits: Sequence[Visit]
    live: Sequence[CalcomBooking]
    unfinished: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One call, judged."""

    number: int
    mood: str
    errand: str
    failures: tuple[str, ...] = ()
    """Why the caller did not get what they wanted."""
    untrue: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()
    duplicates: int = 0
    disorder: tuple[str, ...] = ()
    """Database, Cal.com and mails do not agree."""
    asked_again: tuple[str, ...] = ()
    misread: int = 0
    language: str = "de"
    """Which the caller spoke."""
    foreign: tuple[str, ...] = ()
    """What was said to them in another one."""
    too_long: tuple[str, ...] = ()
    """Answers that say more than one can keep in mind."""
    protocol: tuple[str, ...] = ()
    booked: bool = False
    told_of_failure: bool = False
    """Nothing was booked, and that is what the caller was told."""
    gave_up: bool = False
    broke_off: bool = False
    turns: int = 0
    turns_to_book: int | None = None
    said_at_once: bool = False
    """Everything but the e-mail was in the first sentence."""
    changed: bool = False
    waits_ms: tuple[float, ...] = field(default=(), repr=False)
    silences: int = 0
    lines: tuple[str, ...] = field(default=(), repr=False)
    """The conversation."""

    @property
    def passed(self) -> bool:
        """Whether nothing at all is wrong with this call."""
        return not (
            self.failures or self.untrue or self.orphans or self.disorder or self.protocol
            or self.duplicates or self.asked_again or self.foreign or self.too_long
        )  # fmt: skip

    @property
    def complaints(self) -> list[str]:
        """Everything that is wrong, for people."""
        kinds: Mapping[str, Sequence[str]] = {
            "failed": self.failures,
            "untrue": self.untrue,
            "orphan": self.orphans,
            "disorder": self.disorder,
            "asked again": self.asked_again,
            "in another language": self.foreign,
            "too long": self.too_long,
            "protocol": self.protocol,
            "duplicate": ["booked twice"] * self.duplicates,
        }
        return [f"{kind}: {words}" for kind, found in kinds.items() for words in found]


def orphans(left: Left) -> list[str]:
    """Bookings at Cal.com that belong to no appointment that stands."""
    both = (*left.appointments, *left.own)
    states: dict[str, AppointmentState] = {str(a.id): a.state for a in both}
    return calendar_complaints(left.live, states)


def disorder(left: Left, salon: Salon) -> list[str]:
    """What database, Cal.com and mails do not agree on."""
    found = [f"{left.unfinished} things under way for ever"] if left.unfinished else []
    for one in left.visits:
        group = str(one.appointment.id)
        mine = [booking for booking in left.live if booking.group == group]
        found += visit_complaints(one, mine, salon)
    return found


def too_long(said: Sequence[str]) -> list[str]:
    """The answers that nobody can keep in mind, and why."""
    return [f"{', '.join(much)}: {text}" for text in said if (much := too_much(text))]


def duplicates(left: Left) -> int:
    """How many appointments stand beside one that is the same."""
    booked = [found for found in left.appointments if found.state == BOOKED]
    distinct = {(found.plan.start, found.plan.services) for found in booked}
    return len(booked) - len(distinct)
