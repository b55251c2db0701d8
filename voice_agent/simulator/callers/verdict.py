"""Whether a call has ended as its caller wanted: database, Cal.com and mails against the goal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from voice_agent.bench.oracle import calendar_complaints, visit_complaints
from voice_agent.dialogue import visit
from voice_agent.simulator.callers.agenda import alike
from voice_agent.simulator.callers.goals import Errand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from booking_core.domain.appointment import Appointment, AppointmentState
    from booking_core.domain.catalogue import Salon
    from voice_agent.bench.oracle import CalcomBooking, Visit
    from voice_agent.simulator.callers.memory import Memory

BOOKED = "booked"
SILENCE_MS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a call has left behind."""

    appointments: Sequence[Appointment]
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
    protocol: tuple[str, ...] = ()
    booked: bool = False
    told_of_failure: bool = False
    """Nothing was booked, and that is what the caller was told."""
    gave_up: bool = False
    broke_off: bool = False
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
            or self.duplicates or self.asked_again
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
            "protocol": self.protocol,
            "duplicate": ["booked twice"] * self.duplicates,
        }
        return [f"{kind}: {words}" for kind, found in kinds.items() for words in found]


def failures(
    memory: Memory, left: Left, salon: Salon, *, broke_off: bool, said_yes: bool
) -> Iterator[str]:
    """Why this is not what the caller wanted."""
    booked = [found for found in left.appointments if found.state == BOOKED]
    if memory.goal.errand is not Errand.BOOK:
        yield from ("an appointment nobody wanted" for _ in booked)
        return
    wanted = memory.booked or (broke_off and said_yes) or not (broke_off or memory.gave_up)
    if not wanted:
        yield from ("an appointment although the caller had given up" for _ in booked)
        if memory.gave_up and not (memory.failed or broke_off):
            yield "the caller gave up"
        return
    if not booked:
        if not (memory.failed or (broke_off and said_yes)):
            yield "nothing is booked"
        return
    yield from _differences(memory, booked[0], salon)


def orphans(left: Left) -> list[str]:
    """Bookings at Cal.com that belong to no appointment that stands."""
    states: dict[str, AppointmentState] = {str(a.id): a.state for a in left.appointments}
    return calendar_complaints(left.live, states)


def disorder(left: Left, salon: Salon) -> list[str]:
    """What database, Cal.com and mails do not agree on."""
    found = [f"{left.unfinished} things under way for ever"] if left.unfinished else []
    for one in left.visits:
        group = str(one.appointment.id)
        mine = [booking for booking in left.live if booking.group == group]
        found += visit_complaints(one, mine, salon)
    return found


def duplicates(left: Left) -> int:
    """How many appointments stand beside one that is the same."""
    booked = [found for found in left.appointments if found.state == BOOKED]
    distinct = {(found.plan.start, found.plan.services) for found in booked}
    return len(booked) - len(distinct)


def _differences(memory: Memory, found: Appointment, salon: Salon) -> Iterator[str]:
    goal = memory.goal
    numbers = sorted(salon.service(one).number for one in found.plan.services)
    if numbers != sorted(goal.services):
        yield f"services {numbers} instead of {sorted(goal.services)}"
    start = local(found.plan.start, salon)
    if memory.agreed and start != memory.agreed:
        yield f"starts {start}, agreed was {memory.agreed}"
    staff = visit.lead(found.plan, salon).first_name
    if memory.agreed_staff and staff != memory.agreed_staff:
        yield f"with {staff}, agreed was {memory.agreed_staff}"
    if not alike(found.customer.name, goal.name):
        yield f"for {found.customer.name} instead of {goal.name}"
    if found.customer.phone != goal.phone:
        yield f"phone {found.customer.phone} instead of {goal.phone}"
    if found.customer.email and found.customer.email != goal.email:
        yield f"mail to {found.customer.email} instead of {goal.email}"


def local(moment: datetime, salon: Salon) -> datetime:
    """The salon's wall clock."""
    return moment.astimezone(ZoneInfo(salon.branch.timezone)).replace(tzinfo=None)
