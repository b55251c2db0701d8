"""The salon's calendar at Cal.com: one booking for each segment, believed only when checked."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from booking_core.adapters.calcom.acceptance import (
    Expected,
    Verdict,
    is_of_group,
    metadata_of,
)
from booking_core.adapters.calcom.client import zulu
from booking_core.domain.errors import CalendarError, CalendarRefused, CalendarSilent
from booking_core.domain.event_type import calendar_user
from booking_core.domain.labels import moved_reason, undone_reason
from booking_core.ports import Whereabouts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.client import CalcomClient
    from booking_core.adapters.calcom.event_map import MappedEventType
    from booking_core.adapters.calcom.models import Booking
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from booking_core.domain.plan import PlannedSegment
    from booking_core.ports import SegmentBooking

log = structlog.get_logger()

E164 = re.compile(r"\+[1-9]\d{6,14}")
LANGUAGES = frozenset({"de", "en"})
PLACEHOLDER_DOMAIN = "appointments.invalid"
LONGEST_CHAIN = 50  # of moves; a booking that was moved more often is a fault of ours
AROUND = timedelta(days=1)  # date filters were wrong in some version: ask widely, look closely


class EventTypeLookup(Protocol):
    """Which event type stands for a segment."""

    async def of(self, branch_id: UUID, segment: PlannedSegment) -> MappedEventType | None:
        """None when there is none."""
        ...


class CalcomCalendar:
    """Implements `ports.Calendar`."""

    def __init__(
        self,
        client: CalcomClient,
        accounts: Accounts,
        event_types: EventTypeLookup,
        *,
        installation: UUID | None = None,
        placeholder_domain: str = PLACEHOLDER_DOMAIN,
    ) -> None:
        """`installation` is what our bookings say of who made them."""
        self._client = client
        self._accounts = accounts
        self._event_types = event_types
        self._installation = installation
        self._domain = placeholder_domain

    async def book(self, segment: SegmentBooking) -> str:
        """Book one segment and return its uid; what is not exactly that is undone."""
        mapped = await self._event_types.of(segment.salon.branch.id, segment.segment)
        if mapped is None:
            raise CalendarRefused(reason="no event type", segment=segment.segment.key)
        key = self._accounts.key(mapped.calendar_user)
        booking = await self._client.book(key, self._wish(segment, mapped))
        user = None if self._accounts.single else mapped.calendar_user
        expected = Expected(segment=segment, user=user, event_type_id=mapped.event_type_id)
        match expected.answered(booking):
            case Verdict.OURS:
                return booking.uid
            case Verdict.WRONG:
                log.error("booking_not_accepted", segment=segment.segment.key)
                await self._cancel(key, booking.uid, reason=undone_reason(segment.salon))
                raise CalendarRefused(reason="the answer was not what was asked for")
            case _:
                log.error("booking_answer_foreign", segment=segment.segment.key)
                raise CalendarSilent(says="the answer told of another booking")

    async def expect(
        self, salon: Salon, segments: Sequence[PlannedSegment], *, cancels: int = 0
    ) -> None:
        """Look up what the segments need, and take turns for all requests."""
        found = [
            await self._event_types.of(salon.branch.id, part) for part in segments if not part.local
        ]
        turns = Counter(self._accounts.key(mapped.calendar_user) for mapped in found if mapped)
        if cancels and (key := self._any_key(salon)):
            turns[key] += cancels
        for key, requests in turns.items():
            await self._client.expect(key, requests)

    async def find(self, segment: SegmentBooking) -> Sequence[str]:
        """Uids of the live bookings of this segment, any attempt.

        One of the right person that was asked for at this time, but stands at another, is undone on
        sight: it must never be taken for the segment. One the salon has moved is left alone.
        """
        salon, part = segment.salon, segment.segment
        user = calendar_user(salon, salon.member(part.staff_id))
        self._accounts.key(user)  # an empty list must never mean that nobody could look
        expected = Expected(segment=segment, user=None if self._accounts.single else user)
        found = await self._of_group(salon, segment.group, part.calendar_span)
        verdicts = [(booking, expected.found(booking)) for booking in found]
        for booking, verdict in verdicts:
            if verdict is Verdict.WRONG:
                log.error("booking_not_accepted", segment=part.key)
                await self.cancel(salon, booking.uid, reason=undone_reason(salon))
        return [booking.uid for booking, verdict in verdicts if verdict is Verdict.OURS]

    async def find_group(self, salon: Salon, group: UUID, window: Span) -> Sequence[str]:
        """Uids of all live bookings of an appointment that start inside the window."""
        found = await self._of_group(salon, group, window)
        return [booking.uid for booking in found if window.contains(booking.start)]

    async def shift(self, segment: SegmentBooking, uid: str) -> str:
        """Move a booking to the segment's time; its new uid.

        What was moved wrongly is told as refused: whoever asked for it knows where it belongs.
        """
        salon, part = segment.salon, segment.segment
        user = calendar_user(salon, salon.member(part.staff_id))
        wish = {"start": zulu(part.calendar_span.start), "reschedulingReason": moved_reason(salon)}
        booking = await self._client.reschedule(self._accounts.key(user), uid, wish)
        expected = Expected(segment=segment, user=None if self._accounts.single else user)
        match expected.shifted(booking, uid):
            case Verdict.OURS:
                return booking.uid
            case Verdict.WRONG:
                log.error("shift_not_accepted", segment=part.key)
                raise CalendarRefused(reason="the answer was not what was asked for")
            case _:
                log.error("shift_answer_foreign", segment=part.key)
                raise CalendarSilent(says="the answer told of another booking")

    async def trace(self, salon: Salon, uid: str) -> Whereabouts | None:
        """Where this booking is now, however often it was moved; None when it is cancelled."""
        key = self._any_key(salon)
        for _ in range(LONGEST_CHAIN):
            booking = await self._client.booking(key, uid)
            if booking is None:
                return None
            if booking.is_live:
                return Whereabouts(uid=booking.uid, start=booking.start)
            if booking.rescheduled_to_uid is None:
                return None
            uid = booking.rescheduled_to_uid
        raise CalendarRefused(reason="the booking was moved in a circle")

    async def cancel(self, salon: Salon, uid: str, *, reason: str) -> None:
        """Cancel it, also where it was moved; already cancelled or gone is success."""
        await self._cancel(self._any_key(salon), uid, reason=reason)

    def _any_key(self, salon: Salon) -> str | None:
        """Whoever knows a uid may read and cancel; a wrong key may not, and none need not be."""
        return next(iter(self._accounts.of(salon).values()), None)

    def placeholder(self, group: UUID) -> str:
        """The attendee's address: ours, one for each appointment, so that Cal.com's own mails do
        not reach the customer and the group can be found again.
        """
        return f"booking+{group}@{self._domain}"

    def _wish(self, segment: SegmentBooking, mapped: MappedEventType) -> dict[str, Any]:
        span, branch, customer = (
            segment.segment.calendar_span,
            segment.salon.branch,
            segment.customer,
        )
        attendee = {
            "name": customer.name,
            "email": self.placeholder(segment.group),
            "timeZone": branch.timezone,
            "language": branch.language if branch.language in LANGUAGES else "en",
        }
        if customer.phone and E164.fullmatch(customer.phone):
            attendee["phoneNumber"] = customer.phone
        wish: dict[str, Any] = {
            "start": zulu(span.start),
            "eventTypeId": mapped.event_type_id,
            "attendee": attendee,
            "metadata": metadata_of(segment, self._installation),
            "bookingFieldsResponses": {"notes": segment.service_label},
        }
        if span.minutes != mapped.minutes:
            wish["lengthInMinutes"] = span.minutes
        return wish

    async def _cancel(self, key: str | None, uid: str, *, reason: str) -> None:
        """A refusal and a lost answer are both settled by a look at the booking."""
        try:
            cancelled = await self._client.cancel(key, uid, reason=reason)
            if not cancelled.is_live:
                return
        except (CalendarRefused, CalendarSilent) as error:
            await self._settle(key, uid, error, reason=reason)
            return
        raise CalendarSilent(says="the answer to a cancellation told of a live booking")

    async def _settle(
        self, key: str | None, uid: str, error: CalendarError, *, reason: str
    ) -> None:
        booking = await self._client.booking(key, uid)
        if booking is None:
            return
        if booking.is_live:
            raise error
        if booking.rescheduled_to_uid is not None:
            await self._cancel(key, booking.rescheduled_to_uid, reason=reason)

    async def _of_group(self, salon: Salon, group: UUID, window: Span) -> list[Booking]:
        """Live bookings of an appointment, in everybody's calendar, in order of their starts.

        Cal.com cannot search metadata; the attendee's address finds the group.
        """
        filters = {
            "attendeeEmail": self.placeholder(group),
            "afterStart": zulu(window.start - AROUND),
            "beforeEnd": zulu(window.end + AROUND),
        }
        keys = list(self._accounts.of(salon).values())
        if not keys:
            raise CalendarRefused(reason="no key for anybody in this salon")
        lists = await asyncio.gather(*(self._client.bookings(key, **filters) for key in keys))
        live = {
            booking.uid: booking
            for bookings in lists
            for booking in bookings
            if booking.is_live and is_of_group(booking, group)
        }
        return sorted(live.values(), key=lambda booking: (booking.start, booking.uid))
