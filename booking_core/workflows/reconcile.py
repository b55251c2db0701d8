"""Compare what we sold with what the external calendar has, and settle what can be settled.

A booking that somebody cancelled or moved over there marks the whole visit, and the salon is told:
what becomes of the visit is for people to decide. One that vanished is booked again if its time is
free; so is one that could not be made as long as a rest had its time taken. Bookings that this
installation has made and that belong to nothing that stands are cancelled, once no request of ours
can still be under way, and the salon is told. What a saga is changing right now is left alone, and
so is what another installation has made at the same Cal.com.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from booking_core.domain.appointment import AppointmentState
from booking_core.domain.attention import Fate, Found, Stray, StrayFate, attentions
from booking_core.domain.errors import (
    CalendarError,
    CalendarRefused,
    CalendarTaken,
    UnknownAppointment,
    UnknownSalon,
)
from booking_core.domain.labels import segment_label, undone_reason
from booking_core.ports import SegmentBooking
from booking_core.workflows.patience import reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.attention import Attention, Entry, Sold
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.saga import Standing
    from booking_core.ports import Calendar, Clock, Sagas
    from booking_core.workflows.keep_calendar import EverySalon

log = structlog.get_logger()

GRACE = timedelta(minutes=15)  # a request that was given up has landed by then, or never will
MOST_UNKNOWN = 3  # visits nobody knows of; more are a database that was put back to yesterday


class Bookings(Protocol):
    """What the external calendar says of bookings."""

    async def upcoming(self, salon: Salon) -> Sequence[Entry]:
        """All live ones in everybody's calendar that have not begun."""
        ...

    async def became(self, salon: Salon, sold: Found) -> Found:
        """What became of a booking that is not seen where it was sold."""
        ...


class Ledger(Protocol):
    """What we sold, and what of it a person has to look at."""

    def turn(self, branch_id: UUID) -> AbstractAsyncContextManager[bool]:
        """Whether it is ours to compare this branch; False while somebody else does."""
        ...

    async def sold(self, branch_id: UUID, after: datetime) -> Sequence[Sold]:
        """Booked visits that begin later, and that no saga is changing."""
        ...

    async def adopt(self, appointment: Appointment, index: int, uid: str) -> bool:
        """Note under which uid a segment stands now; False when the visit was changed meanwhile."""
        ...

    async def mark(self, attention: Attention) -> bool:
        """Note it; whether it is news."""
        ...

    async def installation(self) -> UUID:
        """Which one of this system we are."""
        ...

    async def report(self, stray: Stray) -> bool:
        """Note it; whether it is news."""
        ...

    async def settle(
        self, branch_id: UUID, *, still: Mapping[UUID, frozenset[Fate]], now: datetime
    ) -> int:
        """Close what is as sold again, cancelled or over; `still` = what of whom was seen open."""
        ...


class Reconcile:
    """Brings both calendars to say the same, as far as nobody has to be asked."""

    def __init__(
        self,
        *,
        salons: EverySalon,
        bookings: Bookings,
        ledger: Ledger,
        calendar: Calendar,
        sagas: Sagas,
        clock: Clock,
        grace: timedelta = GRACE,
    ) -> None:
        self._salons = salons
        self._bookings = bookings
        self._ledger = ledger
        self._calendar = calendar
        self._sagas = sagas
        self._clock = clock
        self._grace = grace

    async def all(self) -> None:
        """Compare every branch; one that cannot be compared holds up no other."""
        for salon in await self._salons.all():
            try:
                await self.branch(salon.branch.id)
            except CalendarError as error:
                log.warning("not_reconciled", salon=salon.branch.key, error=reason(error))

    async def branches(self) -> Sequence[UUID]:
        """All that there are."""
        return [salon.branch.id for salon in await self._salons.all()]

    async def branch(self, branch_id: UUID) -> None:
        """Compare one branch; CalendarError when the calendar does not answer."""
        try:
            salon = await self._salons.by_id(branch_id)
        except UnknownSalon:
            return
        async with self._ledger.turn(branch_id) as ours:
            if ours:
                await self._compared(salon)

    async def _compared(self, salon: Salon) -> None:
        sold = await self._ledger.sold(salon.branch.id, self._clock.now())
        there = await self._bookings.upcoming(salon)
        by_uid = {entry.uid: entry for entry in there}
        still: dict[UUID, frozenset[Fate]] = {}
        for visit in sold:
            fates = await self._visited(salon, visit, by_uid)
            if fates is not None:
                still[visit.appointment.id] = fates
        known = {uid for visit in sold for uid in visit.uids.values()}
        await self._sweep(salon, [one for one in there if one.group and one.uid not in known])
        await self._ledger.settle(salon.branch.id, still=still, now=self._clock.now())

    async def _visited(
        self, salon: Salon, sold: Sold, there: Mapping[str, Entry]
    ) -> frozenset[Fate] | None:
        """What of this visit a person has to look at; None = that cannot be said now."""
        elsewhere = [one for one in _as_sold(sold) if not _is_there(one, there)]
        if not elsewhere:
            return frozenset()
        try:
            found = [await self._became(salon, one) for one in elsewhere]
            if not await self._is_as_read(sold):
                return None
            return await self._told(salon, sold, found)
        except CalendarError as error:
            # Whether something was booked again is not known: looked up next time, and not told.
            log.warning("visit_not_compared", salon=salon.branch.key, error=reason(error))
            return None

    async def _became(self, salon: Salon, one: Found) -> Found:
        return await self._bookings.became(salon, one) if one.uid else one

    async def _told(self, salon: Salon, sold: Sold, found: Sequence[Found]) -> frozenset[Fate]:
        settled = [await self._settled(salon, sold.appointment, one) for one in found]
        for attention in attentions(sold.appointment, settled):
            if await self._ledger.mark(attention):
                log.warning(
                    "visit_changed_there",
                    salon=salon.branch.key,
                    appointment=str(sold.appointment.id),
                    fate=attention.fate.value,
                    segments=[part.index for part in attention.parts],
                    whole=attention.is_whole,
                )
        return frozenset(one.fate for one in settled)

    async def _is_as_read(self, sold: Sold) -> bool:
        """Not changed since it was read, and nobody is changing it: what was found is news."""
        standing = await self._sagas.standing(sold.appointment.id)
        same = standing.version == sold.appointment.version
        return same and not standing.under_way and standing.uids >= set(sold.uids.values())

    async def _settled(self, salon: Salon, visit: Appointment, found: Found) -> Found:
        """Without what needs nobody's decision."""
        if found.fate is Fate.STANDS and found.uid is not None:
            # Moved away and back again: it has another uid since.
            await self._ledger.adopt(visit, found.index, found.uid)
        if found.fate is Fate.MISSING:
            return await self._repaired(salon, visit, found)
        return found

    async def _repaired(self, salon: Salon, visit: Appointment, found: Found) -> Found:
        booking = _booking(salon, visit, found.index)
        try:
            uids = await self._calendar.find(booking)
            uid = min(uids) if uids else await self._calendar.book(booking)
        except (CalendarTaken, CalendarRefused):
            return found
        if not await self._ledger.adopt(visit, found.index, uid):
            await self._calendar.cancel(salon, uid, reason=undone_reason(salon))
        log.warning("segment_booked_again", appointment=str(visit.id), segment=found.index)
        return replace(found, fate=Fate.STANDS, uid=uid)

    async def _sweep(self, salon: Salon, entries: Sequence[Entry]) -> None:
        """Cancel what belongs to nothing that stands; what is not surely ours is only reported."""
        ours = await self._ledger.installation()
        grown = [one for one in entries if self._is_grown(one)]
        judged = [(one, await self._standing(one)) for one in grown]
        strays = [(one, known) for one, known in judged if known is None or _is_stray(one, known)]
        unknown = {one.group for one, known in strays if known is None and one.installation == ours}
        for entry, known in strays:
            if entry.installation != ours:
                await self._report(salon, entry, StrayFate.FOREIGN, about=str(entry.installation))
            elif known is None and len(unknown) > MOST_UNKNOWN:
                await self._report(salon, entry, StrayFate.UNKNOWN, about=str(entry.group))
            else:
                await self._calendar.cancel(salon, entry.uid, reason=undone_reason(salon))
                await self._report(salon, entry, StrayFate.SWEPT, about=entry.uid)

    def _is_grown(self, entry: Entry) -> bool:
        """Whether no request of ours can be under way that has made it."""
        return entry.made_at is not None and entry.made_at <= self._clock.now() - self._grace

    async def _standing(self, entry: Entry) -> Standing | None:
        assert entry.group is not None, "it says whose it is"
        try:
            return await self._sagas.standing(entry.group)
        except UnknownAppointment:
            return None

    async def _report(self, salon: Salon, entry: Entry, fate: StrayFate, *, about: str) -> None:
        name = hashlib.sha256(f"{fate}/{about}".encode()).hexdigest()
        stray = Stray(branch_id=salon.branch.id, name=name, fate=fate, span=entry.span)
        if await self._ledger.report(stray):
            log.warning(
                "stray_booking", salon=salon.branch.key, visit=str(entry.group), fate=fate.value
            )


def _as_sold(sold: Sold) -> list[Found]:
    spans = {part.index: part.calendar_span for part in sold.appointment.plan.segments}
    owed = [Found(index=one, here=spans[one], fate=Fate.MISSING) for one in sorted(sold.owed)]
    return owed + [
        Found(index=index, here=spans[index], fate=Fate.STANDS, uid=uid)
        for index, uid in sorted(sold.uids.items())
    ]


def _is_there(one: Found, there: Mapping[str, Entry]) -> bool:
    entry = there.get(one.uid or "")
    return entry is not None and entry.span == one.here


def _is_stray(entry: Entry, known: Standing) -> bool:
    """Whether it is not meant to be there; one that was moved there is told with its visit."""
    stands = known.state is AppointmentState.BOOKED
    return not known.under_way and not (stands and (entry.moved or entry.uid in known.uids))


def _booking(salon: Salon, visit: Appointment, index: int) -> SegmentBooking:
    segment = replace(visit.plan.segments[index - 1], local=False)
    return SegmentBooking(
        salon=salon,
        group=visit.id,
        version=visit.version,
        attempt=1,
        segment=segment,
        service_label=segment_label(salon, segment),
        customer=visit.customer,
    )
