"""What a request to book must look like before anybody looks at calendars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox.validation import (
    IS_BOOLEAN,
    IS_INSTANT,
    IS_INT,
    IS_OBJECT,
    IS_STRING,
    IS_ZONE,
    MISSING,
    Rule,
    Wrong,
    check,
    refuse_flat,
    unknown,
)

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.records import Json

KNOWN = frozenset(
    {"start", "attendee", "eventTypeId", "eventTypeSlug", "username", "teamSlug", "metadata"}
    | {"organizationSlug", "lengthInMinutes", "bookingFieldsResponses", "guests", "location"}
    | {"routing", "emailVerificationCode", "meetingUrl", "instant", "recurrenceCount"}
    | {"rrHostSubsetIds"}
)
HOSTS_WISHES = frozenset({"allowConflicts", "allowBookingOutOfBounds", "skipBookingLimits"})
ATTENDEE = frozenset({"name", "email", "timeZone", "phoneNumber", "language"})
LANGUAGES = (
    *("ar", "ca", "de", "es", "eu", "he", "id", "ja", "lv", "pl", "ro", "sr", "th", "vi", "az"),
    *("cs", "el", "es-419", "fi", "hr", "it", "km", "nl", "pt", "ru", "sv", "tr", "zh-CN", "bg"),
    *("da", "en", "et", "fr", "hu", "iw", "ko", "no", "pt-BR", "sk", "ta", "uk", "zh-TW", "bn"),
)
MOST_KEYS, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500

IS_GIVEN = Rule(
    name="isDefined",
    text="$ should not be null or undefined",
    holds=lambda value: value is not MISSING and value is not None,
)
IS_LANGUAGE = Rule(
    name="isEnum",
    text=f"$ must be one of the following values: {', '.join(LANGUAGES)}",
    holds=lambda value: value in LANGUAGES,
)


def _is_metadata(value: object) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= MOST_KEYS
        and all(len(key) <= LONGEST_KEY for key in value)
        and all(len(v) <= LONGEST_VALUE for v in value.values() if isinstance(v, str))
    )


IS_METADATA = Rule(
    name="validateMetadata",
    text="Metadata must have at most 50 keys, each key up to 40 characters, "
    "and string values up to 500 characters.",
    holds=_is_metadata,
)


def check_create(body: Json, *, newer: bool = False) -> None:
    """Refuse a body that is not a booking."""
    refuse_flat(
        [
            *unknown(body, KNOWN | HOSTS_WISHES if newer else KNOWN),
            *check(body, "start", IS_INSTANT),
            *_wrong_attendee(body),
            *check(body, "bookingFieldsResponses", IS_OBJECT, optional=True),
            *check(body, "eventTypeId", IS_INT, optional=True),
            *check(body, "lengthInMinutes", IS_INT, optional=True),
            *check(body, "recurrenceCount", IS_INT, optional=True),
            *check(body, "instant", IS_BOOLEAN, optional=True),
            *_wrong_guests(body),
            *check(body, "location", IS_OBJECT, optional=True),
            *check(body, "metadata", IS_METADATA, optional=True),
            *_wrong_identification(body),
        ]
    )


def check_reschedule(body: Json) -> None:
    """Refuse a body that does not say when to."""
    known = {"start", "rescheduledBy", "reschedulingReason", "seatUid", "emailVerificationCode"}
    refuse_flat(
        [
            *unknown(body, known),
            *check(body, "start", IS_INSTANT),
            *check(body, "rescheduledBy", IS_STRING, optional=True),
            *check(body, "reschedulingReason", IS_STRING, optional=True),
        ]
    )


def check_cancel(body: Json) -> None:
    """Refuse unknown fields and a reason that is no text."""
    known = {"cancellationReason", "cancelSubsequentBookings", "seatUid"}
    refuse_flat(
        [
            *unknown(body, known),
            *check(body, "cancellationReason", IS_STRING, optional=True),
            *check(body, "cancelSubsequentBookings", IS_BOOLEAN, optional=True),
            *check(body, "seatUid", IS_STRING, optional=True),
        ]
    )


def _wrong_attendee(body: Json) -> list[Wrong]:
    attendee = body.get("attendee")
    if not isinstance(attendee, dict):
        return check(body, "attendee", IS_GIVEN) or check(body, "attendee", IS_OBJECT)
    children = [
        *unknown(attendee, ATTENDEE),
        *check(attendee, "name", IS_STRING),
        *check(attendee, "email", IS_STRING, optional=True),
        *check(attendee, "phoneNumber", IS_STRING, optional=True),
        *check(attendee, "timeZone", IS_ZONE),
        *check(attendee, "language", IS_LANGUAGE, optional=True),
        *_wrong_contact(attendee),
    ]
    return [Wrong(property="attendee", children=children)] if children else []


def _wrong_contact(attendee: Json) -> list[Wrong]:
    if attendee.get("email") or attendee.get("phoneNumber"):
        return []
    text = "Attendee must have at least one contact method (email or phone number)"
    return [Wrong(property="attendee email or phone", constraints={"contact": text})]


def _wrong_guests(body: Json) -> list[Wrong]:
    guests = body.get("guests")
    if guests is None or (isinstance(guests, list) and all(isinstance(g, str) for g in guests)):
        return []
    text = "each value in guests must be a string"
    return [Wrong(property="guests", constraints={"isString": text})]


def _wrong_identification(body: Json) -> list[Wrong]:
    by_slug = body.get("eventTypeSlug") and (body.get("username") or body.get("teamSlug"))
    if body.get("eventTypeId") is not None or by_slug:
        return []
    text = (
        "Either eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug "
        "must be provided"
    )
    constraints = {"eventType": text}
    return [Wrong(property="eventTypeId or eventTypeSlug + username", constraints=constraints)]
