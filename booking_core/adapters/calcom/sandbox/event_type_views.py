"""An event type as the API shows it: what was given, and a default for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.records import EventType, Json, User

DEFAULT_NOTICE_MINUTES = 120
DISABLED: Json = {"disabled": True}
ENABLED: Json = {"disabled": False}
PLAIN: Json = {
    "description": "",
    "locations": [],
    "disableGuests": False,
    "slotInterval": None,
    "minimumBookingNotice": DEFAULT_NOTICE_MINUTES,
    "beforeEventBuffer": 0,
    "afterEventBuffer": 0,
    "lockTimeZoneToggleOnBookingPage": False,
    "successRedirectUrl": None,
    "scheduleId": None,
    "onlyShowFirstAvailableSlot": False,
    "offsetStart": 0,
    "bookingWindow": DISABLED,
    "requiresBookerEmailVerification": False,
    "hideCalendarNotes": False,
    "useDestinationCalendarEmail": False,
    "hideCalendarEventDetails": False,
    "hideOrganizerEmail": False,
    "hidden": False,
    "bookingRequiresAuthentication": False,
    "disableCancelling": ENABLED,
    "disableRescheduling": ENABLED,
    "interfaceLanguage": None,
    "allowReschedulingPastBookings": False,
    "allowReschedulingCancelledBookings": False,
    "showOptimizedSlots": False,
}
"""Fields that are shown as they were given."""
ONLY_WHEN_GIVEN = (
    *("lengthInMinutesOptions", "bookingLimitsCount", "bookingLimitsDuration", "color"),
    *("customName", "bookerLayouts", "destinationCalendar"),
)
CONSTANT: Json = {
    "recurrence": None,
    "price": 0,
    "currency": "usd",
    "forwardParamsSuccessRedirect": True,
    "isInstantEvent": False,
    "seats": DISABLED,
}
VIDEO_SETTINGS: Json = {"sendTranscriptionEmails": True}
PREFILLED: Json = {"disableOnPrefill": False}
OPTIONAL: Json = {"required": False, "hidden": False}
PHONE = "attendeePhoneNumber"  # a question with this slug counts as one of Cal.com's own
INPUTS = frozenset(
    {
        *PLAIN,
        *ONLY_WHEN_GIVEN,
        *("lengthInMinutes", "title", "slug", "bookingFields", "confirmationPolicy"),
        *("bookerActiveBookingsLimit", "recurrence", "seats", "calVideoSettings"),
    }
)
"""Everything the API takes; the rest is dropped without a word."""


def listed(event_type: EventType, owner: User, web_url: str) -> Json:
    """As lists show it: recorded without the hidden question for the title."""
    whole = shown(event_type, owner, web_url)
    asked = [f for f in whole["bookingFields"] if not (f["isDefault"] and f["slug"] == "title")]
    return {**whole, "bookingFields": asked}


def shown(event_type: EventType, owner: User, web_url: str) -> Json:
    """The whole of it."""
    given = event_type.fields
    return {
        "id": event_type.id,
        "ownerId": owner.id,
        **{name: given[name] for name in ("lengthInMinutes", "title", "slug")},
        **{name: given.get(name, default) for name, default in PLAIN.items()},
        **{name: given[name] for name in ONLY_WHEN_GIVEN if given.get(name) is not None},
        **CONSTANT,
        "bookingFields": booking_fields(event_type),
        "metadata": metadata(event_type),
        "calVideoSettings": {**VIDEO_SETTINGS, **(given.get("calVideoSettings") or {})},
        "confirmationPolicy": confirmation_policy(event_type),
        "bookerActiveBookingsLimit": active_bookings_limit(event_type),
        "users": [_user(owner)],
        "bookingUrl": f"{web_url}/{owner.username}/{event_type.slug}",
    }


def metadata(event_type: EventType) -> Json:
    """What Cal.com keeps for itself."""
    options = {"multipleDuration": event_type.length_options} if event_type.length_options else {}
    return {**options, **event_type.metadata}


def booking_fields(event_type: EventType) -> list[Json]:
    """The questions a booker is asked: own ones stand after the location."""
    own = [
        {"isDefault": field.get("slug") == PHONE, "hidden": False, **field, **PREFILLED}
        for field in event_type.fields.get("bookingFields") or []
        if field.get("type") not in {"name", "email"}
    ]
    return [
        _standard("name", "name", required=True, label="your_name"),
        _standard("email", "email", **event_type.email_field),
        {"isDefault": True, "type": "radioInput", "slug": "location", **OPTIONAL},
        *own,
        _standard("text", "title", required=True, hidden=True),
        _standard("textarea", "notes", **OPTIONAL),
        _standard("multiemail", "guests", **OPTIONAL),
        _standard("textarea", "rescheduleReason", **OPTIONAL),
    ]


def confirmation_policy(event_type: EventType) -> Json:
    """Whether a host must confirm; a field the API does not know is dropped in here, too."""
    policy = event_type.fields.get("confirmationPolicy")
    if not isinstance(policy, dict) or policy.get("disabled") or "type" not in policy:
        return dict(DISABLED)
    known = {name: policy[name] for name in ("type", "noticeThreshold") if name in policy}
    blocks = bool(policy.get("blockUnconfirmedBookingsInBooker"))
    return {**known, "blockUnconfirmedBookingsInBooker": blocks}


def active_bookings_limit(event_type: EventType) -> Json:
    """How many open bookings one e-mail address may have."""
    limit = event_type.fields.get("bookerActiveBookingsLimit")
    if not isinstance(limit, dict) or limit.get("disabled"):
        return dict(DISABLED)
    return {"offerReschedule": False, **limit}


def _standard(kind: str, slug: str, **facts: object) -> Json:
    return {"isDefault": True, "type": kind, "slug": slug, **PREFILLED, **facts}


def _user(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "avatarUrl": None,
        "brandColor": None,
        "darkBrandColor": None,
        "weekStart": "Monday",
        "metadata": {},
    }
