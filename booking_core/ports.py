"""What the workflows need from the world, named by role; `adapters` implements it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime
    from email.message import EmailMessage
    from uuid import UUID

    from booking_core.domain.appointment import Customer
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from booking_core.domain.plan import Plan, PlannedSegment


class Clock(Protocol):
    """What time it is. The calendar's "today"; leases and expiries use the database's clock."""

    def now(self) -> datetime:
        """The aware current instant."""
        ...


class Salons(Protocol):
    """The configured salons."""

    async def by_id(self, branch_id: UUID) -> Salon:
        """One branch with its company; UnknownSalon when there is none."""
        ...

    async def by_number(self, dialled: str) -> Salon:
        """The branch that answers this E.164 number; UnknownSalon when none does."""
        ...

    async def by_key(self, key: str) -> Salon:
        """The branch of this salon file, e.g. `friseur1`; UnknownSalon when there is none."""
        ...


class Diary(Protocol):
    """Who is taken when, and holds on what is offered."""

    async def busy(
        self, branch_id: UUID, window: Span, *, except_owner: str
    ) -> Mapping[UUID, Sequence[Span]]:
        """Per staff member and unit: live claims of others inside the window, and absences of the
        external calendar's own view. Expired holds and holds of `except_owner` are not busy.
        """
        ...

    async def hold(
        self, branch_id: UUID, owner: str, plans: Sequence[Plan], *, ttl_s: float
    ) -> None:
        """Make these plans, and nothing else, the owner's holds, in one transaction.

        SlotTaken when somebody else's live claim is in the way; the earlier holds then stand.
        """
        ...

    async def renew(self, owner: str, *, ttl_s: float) -> None:
        """Let the owner's live holds expire later."""
        ...

    async def release(self, owner: str) -> None:
        """Drop all holds of this owner; harmless when there are none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentBooking:
    """One segment as the external calendar is asked to book it."""

    salon: Salon
    group: UUID
    """The appointment; the placeholder attendee and the metadata carry it."""
    version: int
    attempt: int
    """Counts POSTs of this segment; part of the metadata."""
    segment: PlannedSegment
    service_label: str
    """As people read it: Ansatzfärbung: Auswaschen (2 von 4)."""
    customer: Customer


class Calendar(Protocol):
    """Where segments are really booked."""

    async def book(self, segment: SegmentBooking) -> str:
        """Book one segment and return its uid.

        CalendarTaken: refused as taken. CalendarRefused: refused otherwise. CalendarSilent: the
        outcome is unknown; ask `find` before anything else. CalendarBusy: not done, later.
        """
        ...

    async def find(self, segment: SegmentBooking) -> Sequence[str]:
        """Uids of the live bookings of this segment (any attempt); CalendarSilent when unknown."""
        ...

    async def find_group(self, salon: Salon, group: UUID, window: Span) -> Sequence[str]:
        """Uids of all live bookings of an appointment that start inside the window."""
        ...

    async def cancel(self, salon: Salon, uid: str, *, reason: str) -> None:
        """Cancel; already cancelled or gone is success. CalendarSilent when unknown."""
        ...


class Locks(Protocol):
    """Courtesy locks that keep processes from colliding; never the proof."""

    def hold(self, keys: Sequence[str], *, ttl_s: float) -> AbstractAsyncContextManager[bool]:
        """All keys or none, for at most `ttl_s`. Yields False when the lock server is away."""
        ...


class Mailer(Protocol):
    """Delivers one message."""

    async def send(self, message: EmailMessage) -> None:
        """Hand the message over; raises OSError when it could not be handed over."""
        ...
