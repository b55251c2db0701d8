"""A booking as the API shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox.times import stamp

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.records import Attendee, Booking, Json, Records, User


def shown(records: Records, booking: Booking) -> Json:
    """The whole of it."""
    event_type = records.event_types.get(booking.event_type_id)
    slug = event_type.slug if event_type else ""
    return {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        "description": booking.description,
        "hosts": [_host(records.users[booking.host_id])],
        "status": booking.status,
        "cancellationReason": booking.cancellation_reason,
        "cancelledByEmail": "",
        "rescheduledByEmail": booking.rescheduled_by,
        **_history(booking),
        "start": stamp(booking.start),
        "end": stamp(booking.end),
        "duration": booking.minutes,
        "eventTypeId": booking.event_type_id,
        "eventType": {"id": booking.event_type_id, "slug": slug},
        "meetingUrl": booking.location,
        "location": booking.location,
        "absentHost": booking.host_absent,
        "createdAt": stamp(booking.created_at),
        "updatedAt": stamp(booking.updated_at),
        "metadata": booking.metadata,
        "rating": None,
        "icsUid": booking.ics_uid,
        "attendees": [attendee_shown(attendee) for attendee in booking.attendees],
        **_guests(booking),
        "bookingFieldsResponses": _responses(booking),
    }


def old_shown(records: Records, booking: Booking) -> Json:
    """As the endpoint of 2024-04-15 shows it: the sandbox knows the names, not all of them."""
    event_type = records.event_types.get(booking.event_type_id)
    return {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        "description": booking.description,
        "startTime": stamp(booking.start),
        "endTime": stamp(booking.end),
        "status": booking.status.upper(),
        "location": booking.location,
        "metadata": booking.metadata,
        "eventType": {"id": booking.event_type_id, "slug": event_type.slug if event_type else ""},
        "attendees": [{"name": one.name, "email": one.email} for one in booking.attendees],
    }


def attendee_shown(attendee: Attendee) -> Json:
    """Somebody who comes."""
    shown = {
        "name": attendee.name,
        "email": attendee.email,
        "displayEmail": attendee.email,
        "timeZone": attendee.time_zone,
        "language": attendee.language,
        "absent": attendee.absent,
    }
    return {**shown, "phoneNumber": attendee.phone} if attendee.phone else shown


def _host(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "displayEmail": user.email,
        "username": user.username,
        "timeZone": user.time_zone,
    }


def _history(booking: Booking) -> Json:
    facts = {
        "reschedulingReason": booking.rescheduling_reason,
        "rescheduledFromUid": booking.from_uid,
        "rescheduledToUid": booking.to_uid,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _guests(booking: Booking) -> Json:
    emails = [attendee.email for attendee in booking.attendees if attendee.guest]
    return {"guests": emails} if emails else {}


def _responses(booking: Booking) -> Json:
    guests = [attendee.email for attendee in booking.attendees if attendee.guest]
    more = {"guests": guests, "displayGuests": guests} if guests else {}
    return {**booking.responses, "displayEmail": booking.responses["email"], **more}
