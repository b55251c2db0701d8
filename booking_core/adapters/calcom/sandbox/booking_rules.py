"""The rules of an event type that a booking must keep, apart from free time."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox import windows
from booking_core.adapters.calcom.sandbox.errors import ApiError, BareError, ZodError
from booking_core.adapters.calcom.sandbox.event_type_views import booking_fields

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from booking_core.adapters.calcom.sandbox.records import Booking, EventType, Json, User

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
TOO_SOON_OR_FAR = (
    "The event type can't be booked at the \"start\" time provided. This could be because it's "
    "too soon (violating the minimum booking notice) or too far in the future (outside the "
    "event's scheduling window). Try fetching available slots first using the GET /v2/slots "
    'endpoint and then make a booking with "start" time equal to one of the available slots.'
)


def check_right(event_type: EventType, user: User | None) -> None:
    """Some event types may only be booked by their own people."""
    if not event_type.flag("bookingRequiresAuthentication"):
        return
    if user is None:
        text = (
            "checkBookingRequiresAuthentication - request must be authenticated by passing "
            "credentials belonging to event type owner, host or team or org admin or owner."
        )
        raise ApiError(401, text)
    if user.id not in {event_type.owner_id, *event_type.host_ids}:
        text = (
            "checkBookingRequiresAuthentication - user is not authorized to access this event "
            "type. User has to be either event type owner, host, team admin or owner or org "
            "admin or owner."
        )
        raise ApiError(403, text)


def check_hosts(event_type: EventType) -> None:
    """A team's event type needs somebody."""
    if event_type.team_id and not event_type.host_ids:
        text = (
            "Can't book this team event type because it has no hosts. Please, add at least 1 host "
            f"to event type with id={event_type.id} belonging to team with "
            f"id={event_type.team_id} and try again."
        )
        raise ApiError(422, text)


def length(event_type: EventType, body: Json) -> int:
    """How long it becomes; only some event types leave a choice."""
    wanted = body.get("lengthInMinutes")
    if wanted is None:
        return event_type.minutes
    if not event_type.length_options:
        text = (
            "Can't specify 'lengthInMinutes' because event type does not have multiple possible "
            "lengths. Please, remove the 'lengthInMinutes' field from the request."
        )
        raise ApiError(400, text)
    if wanted not in event_type.length_options:
        options = ", ".join(map(str, event_type.length_options))
        text = (
            "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. "
            f"The possible lengths are: {options}"
        )
        raise ApiError(400, text)
    return int(wanted)


def check_single(event_type: EventType, body: Json) -> None:
    """A series needs an event type that repeats; the sandbox has none."""
    if body.get("recurrenceCount") is not None:
        raise ApiError(404, f"Event type with id={event_type.id} is not a recurring event")
    if body.get("instant"):
        raise ApiError(400, "The sandbox does not know 'instant' bookings.")


def check_movable(event_type: EventType, booking: Booking, now: datetime) -> None:
    """Some event types may not be moved at all, or not shortly before."""
    policy = event_type.fields.get("disableRescheduling") or {}
    minutes = policy.get("minutesBefore")
    soon = minutes is not None and booking.start - now < timedelta(minutes=minutes)
    if policy.get("disabled") or soon:
        raise BareError(400, "This event type does not allow rescheduling")


def check_answers(event_type: EventType, body: Json) -> None:
    """Own required questions need an answer; that of a telephone number is recorded not to."""
    given = body.get("bookingFieldsResponses") or {}
    for field in booking_fields(event_type):
        own = not field["isDefault"] and field["type"] != "phone"
        if own and field.get("required") and field["slug"] not in given:
            text = (
                f"Missing required booking field response: {field['slug']} - it is required by "
                "the event type booking fields, but missing in the bookingFieldsResponses. You "
                f"can fetch the event type with ID {event_type.id} to see the required fields."
            )
            raise ApiError(400, text)


def check_location(event_type: EventType, body: Json) -> None:
    """Only a kind of place that the event type offers."""
    wanted = (body.get("location") or {}).get("type")
    offered = [location["type"] for location in event_type.fields.get("locations") or []]
    if wanted is None or wanted in offered:
        return
    text = (
        f"Booking location with type {wanted} not valid for event type with id={event_type.id}. "
        f"The event type has following location types: {', '.join(offered)}, and only these types "
        "are allowed for booking location."
    )
    raise ApiError(400, text)


def check_schema(event_type: EventType, body: Json) -> None:
    """What the booking schema itself demands, behind the pipes."""
    issues = [*_issues_of_metadata(body), *_issues_of_person(event_type, body["attendee"])]
    if issues:
        raise ZodError("".join(f"{issue}, " for issue in issues))


def _issues_of_metadata(body: Json) -> Iterator[str]:
    for key, value in (body.get("metadata") or {}).items():
        if not isinstance(value, str):
            yield f"metadata.{key} - Expected string, received {_kind(value)}"


def _issues_of_person(event_type: EventType, attendee: Json) -> Iterator[str]:
    if not attendee["name"].strip():
        yield "responses - {name}error_required_field"
    if attendee.get("email") is None:
        if event_type.email_field["required"]:
            yield "responses - {email}error_required_field"
    elif not EMAIL.fullmatch(attendee["email"]):
        yield "responses - {email}email_validation_error"


def check_time(event_type: EventType, start: datetime, now: datetime) -> None:
    """Neither in the past, nor too soon, nor too far ahead."""
    if start < now:
        raise ApiError(400, "Attempting to book a meeting in the past.")
    if not windows.may_be_booked(event_type, start, now):
        raise ApiError(400, TOO_SOON_OR_FAR)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list):
        return "array"
    return "object" if isinstance(value, dict) else "null"
