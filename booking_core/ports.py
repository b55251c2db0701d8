"""What the workflows need from the world, named by role; `adapters` implements it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime
    from email.message import EmailMessage
    from uuid import UUID

    from booking_core.domain.appointment import Appointment, Customer, Mark
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from booking_core.domain.override import Overridden, Override
    from booking_core.domain.plan import Plan, PlannedSegment
    from booking_core.domain.saga import Saga, SagaKind, Setback, Standing, Step


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

    async def known(self, branch_id: UUID) -> Salon:
        """The same as it was read last: for whoever is told when it is not so any more."""
        ...

    async def by_number(self, dialled: str) -> Salon:
        """The branch that answers this E.164 number; UnknownSalon when none does."""
        ...

    async def by_key(self, key: str) -> Salon:
        """The branch of this salon file, e.g. `friseur1`; UnknownSalon when there is none."""
        ...


class Customers(Protocol):
    """Who is on file. A number finds people; it does not prove who is calling."""

    async def by_phone(self, branch_id: UUID, phone: str) -> Sequence[Customer]:
        """Everybody of this branch with exactly this E.164 number."""
        ...


class Diary(Protocol):
    """Who is taken when, and holds on what is offered."""

    async def busy(
        self,
        branch_id: UUID,
        window: Span,
        *,
        except_owner: str,
        moving: UUID | None = None,
        but_rests: bool = False,
        salon_version: int | None = None,
    ) -> Mapping[UUID, Sequence[Span]]:
        """Per staff member and unit: live claims of others inside the window, and absences of the
        external calendar's own view. Expired holds and holds of `except_owner` are not busy, nor
        is what belongs to the appointment that is to be moved. `but_rests` leaves `rests` out.
        SalonOutdated when the salon is of another version than this at that moment.
        """
        ...

    async def rests(
        self, branch_id: UUID, window: Span, *, moving: UUID | None = None
    ) -> Mapping[UUID, Sequence[Span]]:
        """Per staff member: rests in `never` pauses of other appointments, as they were sold."""
        ...

    async def overridden(self, branch_id: UUID, window: Span) -> Sequence[Overridden]:
        """What was put into such rests on purpose: who decided it for which visit in the window."""
        ...

    async def remains(
        self, branch_id: UUID, window: Span, *, owner: str
    ) -> Mapping[UUID, Sequence[Span]]:
        """What of `busy` comes from bookings of this very owner that failed or are not decided."""
        ...

    async def hold(
        self,
        branch_id: UUID,
        owner: str,
        plans: Sequence[Plan],
        *,
        ttl_s: float,
        moving: UUID | None = None,
        overrides: bool = False,
    ) -> None:
        """Make these plans, and nothing else, the owner's holds, in one transaction.

        SlotTaken when somebody else's live claim is in the way; the earlier holds then stand. Time
        held for an appointment that is to be moved may overlap what that appointment has; with
        `overrides` work may lie in `rests`.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a booking is to be found."""

    uid: str
    start: datetime


class Calendar(Protocol):
    """Where segments are really booked."""

    async def book(self, segment: SegmentBooking) -> str:
        """Book one segment and return its uid.

        CalendarTaken: refused as taken. CalendarRefused: refused otherwise. CalendarSilent: the
        outcome is unknown; ask `find` before anything else. CalendarBusy: not done, later.
        CalendarDown: nothing was sent.
        """
        ...

    async def find(self, segment: SegmentBooking) -> Sequence[str]:
        """Uids of the live bookings of this segment (any attempt); CalendarSilent when unknown."""
        ...

    async def find_group(self, salon: Salon, group: UUID, window: Span) -> Sequence[str]:
        """Uids of all live bookings of an appointment that start inside the window."""
        ...

    async def shift(self, segment: SegmentBooking, uid: str) -> str:
        """Move a booking of the same person and length to the segment's time; its new uid.

        The uid it had is used up: a second request for it is refused. Errors as of `book`; what
        became of an unknown outcome is told by `trace`.
        """
        ...

    async def trace(self, salon: Salon, uid: str) -> Whereabouts | None:
        """Where this booking is now, however often it was moved; None when it is cancelled."""
        ...

    async def cancel(self, salon: Salon, uid: str, *, reason: str) -> None:
        """Cancel it, also where it was moved; already cancelled or gone is success.

        CalendarSilent when unknown.
        """
        ...


@runtime_checkable
class Expectant(Protocol):
    """A calendar that can get ready for what it will be asked."""

    async def expect(self, salon: Salon, plan: Plan) -> None:
        """All segments of this plan are about to be booked, or the plan is refused before.

        Nothing depends on it; what goes wrong here is found out by the requests themselves.
        """
        ...


class Locks(Protocol):
    """Courtesy locks that keep processes from colliding; never the proof."""

    def hold(self, keys: Sequence[str], *, ttl_s: float) -> AbstractAsyncContextManager[int | None]:
        """All keys or none, for at most `ttl_s`.

        Yields a number that grows with every holder; None when the keys were not to be had.
        """
        ...


class Mailer(Protocol):
    """Delivers one message."""

    async def send(self, message: EmailMessage) -> None:
        """Hand the message over; raises OSError when it could not be handed over."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaDraft:
    """A booking, a cancellation or a move that is about to begin."""

    kind: SagaKind
    key: str
    fingerprint: str
    owner: str
    """Whose holds become the appointment's claims."""
    appointment: Appointment
    """As it is to be in the end."""
    before: Appointment | None = None
    """As it was read; None for a booking."""
    steps: Sequence[Step]
    worker: str
    """Unique for each run: tells whether a saga is the one that was just begun."""
    ordered_by: str
    reason: str = ""
    override: Override | None = None
    """Who puts it into the rest of others, and why."""
    salon_version: int | None = None
    """Of the salon for which its hours were looked at; None = whatever they are."""
    alone: bool = False
    """Whether the customer may have no other visit at that time."""
    seen_within_s: float | None = None
    """Whether readings of the external calendar, as young as this, may speak against it."""
    quiet: bool = False
    """Whether the desk tells the customer itself: no mail."""


class Sagas(Protocol):
    """The log of changes under way. Each method is one transaction, durable when it returns.

    Writes take the saga as its worker knows it and return it as it is now; SagaLost when another
    worker has taken it over meanwhile, and then nothing is written. Every write renews the lease.
    """

    @property
    def lease_s(self) -> float:
        """How long a saga stays with a worker that is not heard of."""
        ...

    async def start(self, draft: SagaDraft) -> Saga:
        """Claims, appointment, saga and its recovery job at once.

        SlotTaken, CustomerBusy with the other `appointment`, SalonChanged, AppointmentUnderWay or
        AppointmentOutdated, and nothing otherwise. A key that is known gives the saga that was
        begun under it.
        """
        ...

    async def by_key(self, branch_id: UUID, key: str) -> Saga | None:
        """The saga that was begun under this key, if any."""
        ...

    async def by_id(self, saga_id: UUID) -> Saga | None:
        """One saga."""
        ...

    async def intend(self, saga: Saga, step: Step, *done: Step) -> Saga:
        """A request for this step is about to be sent; `done` are, and were not written yet."""
        ...

    async def doubt(self, saga: Saga, step: Step) -> Saga:
        """The outcome of a request is unknown."""
        ...

    async def done(self, saga: Saga, step: Step, uid: str | None) -> Saga:
        """The step is done; the uid of what it made, None when it cancels."""
        ...

    async def pivot(self, saga: Saga, *, at: datetime) -> Saga:
        """From here on only forward: the new plan stands, mail on its way, all in one.

        A booking is done with it. `at` is the date of the mail. The steps are written as well.
        """
        ...

    async def finish(self, saga: Saga, *, at: datetime) -> Saga:
        """The end behind the pivot: nothing is left of the old plan, its claims are given back.

        The steps are written as well.
        """
        ...

    async def turn_back(
        self, saga: Saga, setback: Setback, *, call_back_by: datetime | None = None
    ) -> Saga:
        """From here on everything is undone.

        With `call_back_by` it is on record with it that the salon calls the customer until then.
        """
        ...

    async def undone(self, saga: Saga, step: Step) -> Saga:
        """Nothing of this step is left at the calendar; the uid is what stands again, if any."""
        ...

    async def fail(self, saga: Saga) -> Saga:
        """The end after undoing: everything is as it was before, sweeps on their way.

        Claims of uncertain steps stay until `swept`, as they do whenever such a visit goes.
        """
        ...

    async def swept(self, saga_id: UUID) -> None:
        """What this saga had left at the calendar is gone.

        Once nothing more can land, the claims that were kept because of it are given back.
        """
        ...

    async def renew(self, saga: Saga) -> None:
        """Its worker lives, and waits; nothing happens to one that rests or has another worker."""
        ...

    async def rest(self, saga: Saga, *, wait_s: float) -> Saga:
        """Give the lease back; a job carries on after the wait."""
        ...

    async def take_over(self, saga_id: UUID, *, worker: str, force: bool = False) -> Saga | None:
        """Become the worker of an open saga whose lease is over; None when there is no such one.

        One whose lease still lasts is looked at again, by a job, when it is over.
        With `force` a live lease is taken as well: its worker's next write finds it lost.
        Steps that were under way count as uncertain from then on.
        """
        ...

    async def overdue(self) -> Sequence[UUID]:
        """Open sagas whose lease is over, the oldest first."""
        ...

    async def doubtful(self, *, within_s: float) -> Sequence[UUID]:
        """Sagas that ended within this time and had an uncertain step."""
        ...

    async def standing(self, appointment_id: UUID) -> Standing:
        """What of an appointment is meant to stand at the calendar right now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which appointments are looked for; everything that is given must hold."""

    branch_id: UUID
    phone: str | None = None
    """E.164, as it is on the appointment."""
    code: str | None = None
    words: frozenset[str] = frozenset()
    """Folded words of a name (`domain.names.folded_words`), one of which must be in it."""
    starts_in: Span | None = None
    ends_after: datetime | None = None
    overlaps: Span | None = None
    """The customer's stay, pauses included, shares some time with it."""


class Appointments(Protocol):
    """Appointments as they are stored."""

    async def add_note(self, branch_id: UUID, appointment_id: UUID, note: str) -> None:
        """Add this line for the salon, once; UnknownAppointment when there is no such visit."""
        ...

    async def mark(
        self, branch_id: UUID, appointment_id: UUID, version: int, mark: Mark | None
    ) -> bool:
        """Whether they came, as the salon says; False when this version does not stand."""
        ...

    async def by_id(self, appointment_id: UUID) -> Appointment:
        """One appointment; UnknownAppointment when there is none."""
        ...

    async def version(self, appointment_id: UUID, version: int) -> Appointment:
        """One appointment as it was in that version; UnknownAppointment when there is none.

        Its customer is as today: who was erased is erased everywhere.
        """
        ...

    async def find(self, search: Search) -> Sequence[Appointment]:
        """All that came about and fit, in order of their starts; cancelled ones only by code."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMail:
    """One mail that is to be sent, or has been."""

    appointment_id: UUID
    version: int
    kind: str
    """A value of `domain.mail.MailKind`."""
    committed_at: datetime
    """When what it tells became true; its own date, so that a resend is the same mail."""
    tries: int = 1
    """This one included."""
    content: bytes | None = None
    """As it may have left already; None = it surely has not."""


class MailLog(Protocol):
    """Which mails are due and which are sent: at most one per appointment, version and kind.

    Whoever claims a mail has it until the lease is over; who is late changes nothing any more,
    except that a mail that was taken is `sent`.
    """

    async def claim(self, appointment_id: UUID, version: int, kind: str) -> DueMail | None:
        """The mail, if it is due, nobody else is sending it and no older one is before it."""
        ...

    async def keep(self, mail: DueMail, content: bytes) -> bool:
        """From here on it may have left, as these bytes; False when it is somebody else's now."""
        ...

    async def sent(self, mail: DueMail, *, message_id: str) -> None:
        """It was handed over."""
        ...

    async def unsent(self, mail: DueMail, *, wait_s: float) -> None:
        """It was surely not handed over; it is due again after the wait."""
        ...

    async def unsure(self, mail: DueMail, *, wait_s: float) -> bool:
        """Nobody knows whether it was handed over; whether it is due again after the wait."""
        ...

    async def refuse(self, mail: DueMail, *, reason: str) -> None:
        """The mail server will never take it."""
        ...

    async def drop(self, mail: DueMail, *, reason: str) -> None:
        """There is nobody to send it to."""
        ...

    async def reopen(self, appointment_id: UUID, version: int, kind: str) -> bool:
        """A mail that was sent, or could not be, is due once more; False when there is no such."""
        ...

    async def due(self) -> Sequence[DueMail]:
        """Mails that nobody has sent or is sending, the oldest first."""
        ...

    async def behind(self, mail: DueMail) -> Sequence[DueMail]:
        """Those of the same appointment about later versions, in order, sent by nobody so far."""
        ...

    async def lapse(self) -> Sequence[DueMail]:
        """Give up mails that may have left with a dead sender and may not be sent twice."""
        ...
