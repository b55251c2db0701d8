"""Whether a booking Cal.com shows us is the segment we asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from booking_core.adapters.calcom.client import zulu

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.adapters.calcom.models import Booking
    from booking_core.ports import SegmentBooking

SOURCE = "voice-agent"


class Verdict(Enum):
    """What to think of a booking."""

    OURS = "ours"
    """Exactly what was asked for."""
    WRONG = "wrong"
    """Carries our metadata, but is not what was asked for: to be undone."""
    FOREIGN = "foreign"
    """Somebody else's, or an earlier one: nothing is known about ours, nothing may be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The facts a booking of this segment has."""

    segment: SegmentBooking
    user: str | None
    """Whose calendar; None = one account has them all."""
    event_type_id: int | None = None
    """None = whichever it was made with: it may have been replaced since."""

    def answered(self, booking: Booking) -> Verdict:
        """Judge the answer to a POST: it must be the very attempt that was posted."""
        if not is_of_segment(booking, self.segment) or not self._is_this_attempt(booking):
            return Verdict.FOREIGN
        right = self._is_of_that_person(booking) and self._stands_as_planned(booking)
        return Verdict.OURS if right else Verdict.WRONG

    def found(self, booking: Booking) -> Verdict:
        """Judge a booking from a list: any attempt will do.

        One the salon has moved is theirs to decide. So is one in somebody else's calendar: who
        has which calendar may have been changed since.
        """
        moved = booking.rescheduled_from_uid is not None
        if (
            moved
            or not is_of_segment(booking, self.segment)
            or not self._is_of_that_person(booking)
        ):
            return Verdict.FOREIGN
        return Verdict.OURS if self._stands_as_planned(booking) else Verdict.WRONG

    def shifted(self, booking: Booking, uid: str) -> Verdict:
        """Judge the answer to a shift of `uid`; its metadata are still those of the first booking.

        Only the old uid tells what was moved.
        """
        if booking.rescheduled_from_uid != uid or not is_of_group(booking, self.segment.group):
            return Verdict.FOREIGN
        right = self._is_of_that_person(booking) and self._stands_as_planned(booking)
        return Verdict.OURS if right else Verdict.WRONG

    def _is_this_attempt(self, booking: Booking) -> bool:
        return booking.metadata.get("attempt") == str(self.segment.attempt)

    def _is_of_that_person(self, booking: Booking) -> bool:
        hosts = {host.username for host in booking.hosts if host.username}
        return (self.user is None or self.user in hosts) and (
            self.event_type_id is None or booking.event_type_id == self.event_type_id
        )

    def _stands_as_planned(self, booking: Booking) -> bool:
        span = self.segment.segment.calendar_span
        return (
            booking.status == "accepted" and booking.start == span.start and booking.end == span.end
        )


def metadata_of(booking: SegmentBooking, installation: UUID | None = None) -> dict[str, str]:
    """What Cal.com keeps for us: strings, and nothing about the customer."""
    ours = {"installation": str(installation)} if installation else {}
    return {
        **ours,
        **_identity(booking),
        "segment": booking.segment.key,
        "of": str(booking.segment.of),
        "attempt": str(booking.attempt),
        "source": SOURCE,
    }


def is_of_group(booking: Booking, group: UUID) -> bool:
    """Whether it belongs to an appointment."""
    return booking.metadata.get("group") == str(group)


def is_of_segment(booking: Booking, segment: SegmentBooking) -> bool:
    """Whether it was made for this segment of this version of the appointment.

    A move that failed and the one after it lead to the same version: what tells them apart is the
    time that was asked for.
    """
    return _identity(segment).items() <= booking.metadata.items()


def _identity(booking: SegmentBooking) -> dict[str, str]:
    span = booking.segment.calendar_span
    return {
        "group": str(booking.group),
        "index": str(booking.segment.index),
        "version": str(booking.version),
        "planned": f"{zulu(span.start)}/{zulu(span.end)}",
    }
