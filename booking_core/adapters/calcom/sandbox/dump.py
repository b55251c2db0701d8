"""Everything a test may want to know about a sandbox, in one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox.times import stamp

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.records import Booking, Json
    from booking_core.adapters.calcom.sandbox.state import State


def dump(state: State) -> Json:
    """All bookings, mails and counters."""
    bookings = sorted(state.records.bookings.values(), key=lambda booking: booking.id)
    return {
        "now": stamp(state.now),
        "users": [user.username for user in state.records.users.values()],
        "event_types": len(state.records.event_types),
        "bookings": [_booking(state, booking) for booking in bookings],
        "mails": [{"to": mail.to, "subject": mail.subject} for mail in state.records.mails],
        **state.meter.report(),
    }


def _booking(state: State, booking: Booking) -> Json:
    event_type = state.records.event_types.get(booking.event_type_id)
    first = booking.attendees[0]
    return {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        "status": booking.status,
        "start": stamp(booking.start),
        "end": stamp(booking.end),
        "minutes": booking.minutes,
        "host": state.records.users[booking.host_id].username,
        "event_type": {
            "id": booking.event_type_id,
            "slug": event_type.slug if event_type else None,
            "title": event_type.title if event_type else None,
        },
        "attendee": {"name": first.name, "email": first.email, "phone": first.phone},
        "metadata": booking.metadata,
        "location": booking.location,
        "cancellation_reason": booking.cancellation_reason,
    }
