"""Every way in which a booking is refused, and in which words: clients live on these texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox

DAY = "2026-11-26"
TEN, NOON = f"{DAY}T09:00:00Z", f"{DAY}T11:00:00Z"
BEN = "cal_localtest_ben_0002"
PERSON = {"name": "Ida Kern", "email": "ida@kunde.test", "timeZone": "Europe/Berlin"}
WRONG_START = "start property is wrong,start must be a valid ISO 8601 date string "
WRONG_ID = "eventTypeId property is wrong,eventTypeId must be an integer number "
WRONG_LOCATION = (
    "Booking location with type phone not valid for event type with id=1. The event type has "
    "following location types: address, and only these types are allowed for booking location."
)
WRONG_METADATA = (
    "metadata property is wrong,Metadata must have at most 50 keys, each key up to 40 characters, "
    "and string values up to 500 characters. "
)
NOBODY = "attendee property is wrong,attendee should not be null or undefined "
NO_TYPE = (
    "eventTypeId or eventTypeSlug + username property is wrong,Either eventTypeId or "
    "eventTypeSlug + username or eventTypeSlug + teamSlug must be provided "
)
NO_CONTACT = (
    "attendee property is wrong, attendee email or phone property is wrong,Attendee must have at "
    "least one contact method (email or phone number) "
)
OUT_OF_BOUNDS = 'The event type can\'t be booked at the "start" time provided.'


def without(person: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in person.items() if key != name}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": "2026-13-45"}, WRONG_START),
        ({"attendee": None}, NOBODY),
        ({"eventTypeId": None}, NO_TYPE),
        ({"eventTypeId": "1"}, WRONG_ID),
        ({"attendee": without(PERSON, "email")}, NO_CONTACT),
        (
            {"attendee": {**PERSON, "timeZone": "Mitteleuropa"}},
            ("attendee property is wrong, timeZone property is wrong,timeZone must be a valid IANA "
            "time-zone "),
        ),
        (
            {"attendee": without(PERSON, "name")},
            "attendee property is wrong, name property is wrong,name must be a string ",
        ),
        ({"colour": "rot"}, "colour property is wrong,property colour should not exist "),
        ({"metadata": {"k": "x" * 501}}, WRONG_METADATA),
        ({"metadata": {"k" * 41: "x"}}, WRONG_METADATA),
        ({"metadata": {str(n): "x" for n in range(51)}}, WRONG_METADATA),
        ({"location": {"type": "phone"}}, WRONG_LOCATION),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
async def test_what_the_request_says_wrong_is_one_flat_sentence(
    api: Any, change: dict[str, object], message: str
) -> None:
    cut = await api.event_type("schnitt")

    refused = await api.book(cut, TEN, **{"attendee": PERSON, **change})

    assert refused.said == (400, message)
    assert refused.body["error"]["code"] == "BadRequestException"
    assert refused.body["error"]["details"] == {
        "message": message,
        "error": "Bad Request",
        "statusCode": 400,
    }


@pytest.mark.parametrize("body", [{}, None])
async def test_an_empty_request_lists_everything_that_is_missing(api: Any, body: Any) -> None:
    refused = await api("POST", "/v2/bookings", body)

    assert refused.said == (400, f"{WRONG_START}, {NOBODY}, {NO_TYPE}")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"attendee": {**PERSON, "name": ""}}, "responses - {name}error_required_field, "),
        ({"attendee": {**PERSON, "email": "ida"}}, "responses - {email}email_validation_error, "),
        (
            {"attendee": {**without(PERSON, "email"), "phoneNumber": "+493012345"}},
            "responses - {email}error_required_field, ",
        ),
        ({"metadata": {"a": 1}}, "metadata.a - Expected string, received number, "),
        ({"metadata": {"a": True}}, "metadata.a - Expected string, received boolean, "),
        ({"metadata": {"a": None}}, "metadata.a - Expected string, received null, "),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_the_booking_schema_finds_has_no_details(
    api: Any, change: dict[str, object], message: str
) -> None:
    cut = await api.event_type("schnitt")

    refused = await api.book(cut, TEN, **{"attendee": PERSON, **change})

    assert refused.said == (400, message)
    assert refused.body["error"] == {"code": "BAD_REQUEST", "message": message}


async def test_a_language_nobody_translates_into_is_answered_with_all_that_there_are(
    api: Any,
) -> None:
    cut = await api.event_type("schnitt")

    refused = await api.book(cut, TEN, attendee={**PERSON, "language": "tlh"})

    assert refused.status == 400
    assert "language must be one of the following values: ar, ca, de, es, eu," in refused.message
    assert refused.message.endswith("zh-TW, bn ")


async def test_a_telephone_number_is_taken_as_it_is(api: Any) -> None:
    cut = await api.event_type("schnitt")

    booked = await api.book(cut, TEN, attendee={**PERSON, "phoneNumber": "030 901820"})

    assert booked.status == 201
    assert booked.data["attendees"][0]["phoneNumber"] == "030 901820"


async def test_a_required_question_needs_an_answer_but_not_that_for_the_telephone(
    api: Any,
) -> None:
    length = {"type": "text", "slug": "laenge", "label": "Haarlänge", "required": True}
    phone = {"type": "phone", "slug": "attendeePhoneNumber", "label": "Telefon", "required": True}
    asks = await api.event_type("fragt", bookingFields=[length])
    calls = await api.event_type("ruft", bookingFields=[phone])

    refused = await api.book(asks, TEN)
    answered = await api.book(asks, TEN, bookingFieldsResponses={"laenge": "lang"})
    unanswered = await api.book(calls, NOON)

    assert refused.said == (
        400,
        (
            "Missing required booking field response: laenge - it is required by the event type "
            "booking fields, but missing in the bookingFieldsResponses. You can fetch the event "
            f"type with ID {asks} to see the required fields."
        ),
    )
    assert answered.data["bookingFieldsResponses"]["laenge"] == "lang"
    assert unanswered.status == 201


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"eventTypeId": 4711}, "Event type with id 4711 not found."),
        (
            {"eventTypeSlug": "nix", "username": "anna"},
            "Event type with slug nix belonging to user anna not found.",
        ),
        ({"eventTypeSlug": "nix", "username": "niemand"}, "User with username niemand not found"),
        (
            {"eventTypeSlug": "nix", "teamSlug": "salon"},
            "Event type with slug nix belonging to team salon not found.",
        ),
    ],
    ids=str,
)
async def test_an_event_type_that_is_not_there_is_named_as_it_was_asked_for(
    api: Any, named: dict[str, object], message: str
) -> None:
    body = {"start": TEN, "attendee": PERSON, **named}

    assert (await api("POST", "/v2/bookings", body)).said == (404, message)


async def test_a_slug_and_a_user_are_as_good_as_an_id(api: Any) -> None:
    cut = await api.event_type("schnitt")
    body = {"start": TEN, "attendee": PERSON, "eventTypeSlug": "schnitt", "username": "anna"}

    booked = await api("POST", "/v2/bookings", body, key=None)

    assert booked.data["eventTypeId"] == cut


async def test_the_past_and_too_soon_sound_different(api: Any) -> None:
    today = await api.event_type("heute", minimumBookingNotice=180)

    past = await api.book(today, "2026-11-24T08:00:00Z")
    soon = await api.book(today, "2026-11-24T11:00:00Z")
    late = await api.book(today, "2026-11-24T12:30:00Z")

    assert past.said == (400, "Attempting to book a meeting in the past.")
    assert (soon.status, soon.message[: len(OUT_OF_BOUNDS)]) == (400, OUT_OF_BOUNDS)
    assert late.status == 201


@pytest.mark.parametrize(
    ("window", "first", "second"),
    [
        ({"type": "calendarDays", "value": 3, "rolling": False}, 201, 400),
        ({"type": "calendarDays", "value": 3, "rolling": True}, 201, 201),
        ({"type": "businessDays", "value": 3, "rolling": False}, 201, 400),
        ({"type": "range", "value": ["2026-11-25", "2026-11-27"]}, 201, 400),
        ({"disabled": True}, 201, 201),
    ],
    ids=str,
)
async def test_windows_are_enforced_unless_they_roll(
    api: Any, window: dict[str, object], first: int, second: int
) -> None:
    soon = await api.event_type("bald", bookingWindow=window)

    inside = await api.book(soon, "2026-11-27T09:00:00Z")
    outside = await api.book(soon, "2026-12-03T09:00:00Z")

    assert (inside.status, outside.status) == (first, second)


async def test_a_length_must_be_one_of_the_choices_and_there_must_be_a_choice(api: Any) -> None:
    fixed = await api.event_type("fest")
    free = await api.event_type("frei", lengthInMinutesOptions=[15, 30, 45])

    one, two = (
        await api.book(fixed, TEN, lengthInMinutes=30),
        await api.book(free, TEN, lengthInMinutes=50),
    )
    three = await api.book(free, TEN, lengthInMinutes=45)

    assert one.message.startswith("Can't specify 'lengthInMinutes' because event type does not")
    assert two.said == (
        400,
        (
            "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. The "
            "possible lengths are: 15, 30, 45"
        ),
    )
    assert (three.data["duration"], three.data["end"]) == (45, f"{DAY}T09:45:00.000Z")


async def test_some_event_types_are_only_for_their_own_people(api: Any) -> None:
    own = await api.event_type("intern", bookingRequiresAuthentication=True)

    anonymous = await api.book(own, TEN, key=None)
    stranger = await api.book(own, TEN, key=BEN)
    owner = await api.book(own, TEN)

    assert anonymous.status == 401
    assert anonymous.message.startswith("checkBookingRequiresAuthentication - request must be")
    assert stranger.status == 403
    assert stranger.message.startswith("checkBookingRequiresAuthentication - user is not")
    assert owner.status == 201


@pytest.mark.parametrize(("unit", "other"), [("day", "2026-11-27"), ("week", "2026-12-01")])
async def test_a_limit_counts_within_its_day_or_week_and_full_ones_show_no_slots(
    api: Any, unit: str, other: str
) -> None:
    rare = await api.event_type("selten", bookingLimitsCount={unit: 1})
    await api.book(rare, TEN)

    refused = await api.book(rare, NOON)
    elsewhen = await api.book(rare, f"{other}T09:00:00Z")

    assert refused.body == {"statusCode": 401, "message": "booking_limit_reached"}
    assert elsewhen.status == 201
    assert await api.slots(rare, f"{DAY}T08:00:00Z", f"{DAY}T16:00:00Z") == []


async def test_a_limit_does_not_count_the_booking_that_is_moved(api: Any) -> None:
    rare = await api.event_type("selten", bookingLimitsCount={"day": 1})
    uid = (await api.book(rare, TEN)).data["uid"]

    assert (await api.move(uid, NOON)).status == 201


async def test_a_limit_of_minutes_refuses_what_would_exceed_it(api: Any) -> None:
    brief = await api.event_type("kurz", bookingLimitsDuration={"day": 60})

    statuses = [
        (await api.book(brief, f"{DAY}T{hour}:00:00Z")).status for hour in ("09", "10", "11")
    ]

    assert statuses == [201, 201, 401]


async def test_one_address_may_have_only_so_many_open_bookings(api: Any, sandbox: Sandbox) -> None:
    few = await api.event_type("wenige", bookerActiveBookingsLimit={"maximumActiveBookings": 1})
    first = (await api.book(few, TEN, attendee=PERSON)).data["uid"]

    refused = await api.book(few, NOON, attendee=PERSON)
    other = await api.book(few, NOON, attendee={**PERSON, "email": "ute@kunde.test"})
    sandbox.control("move_booking_to_past", uid=first, startHoursAgo=3, endHoursAgo=2)

    assert refused.said == (
        400,
        (
            "Attendee with this email can't book because the maximum number of active bookings has "
            "been reached."
        ),
    )
    assert other.status == 201
    assert (await api.book(few, TEN, attendee=PERSON)).status == 201


async def test_a_series_needs_an_event_type_that_repeats(api: Any) -> None:
    cut = await api.event_type("schnitt")

    refused = await api.book(cut, TEN, recurrenceCount=3)

    assert refused.said == (404, f"Event type with id={cut} is not a recurring event")


async def test_a_team_without_hosts_cannot_be_booked(api: Any, sandbox: Sandbox) -> None:
    sandbox.control("create_team_fixture")

    refused = await api.book(102, TEN)

    assert refused.status == 422
    assert refused.message.startswith(
        "Can't book this team event type because it has no hosts. Please, add at least 1 host"
    )


async def test_a_refusal_changes_nothing(api: Any, sandbox: Sandbox) -> None:
    cut = await api.event_type("schnitt")
    await api.book(cut, TEN)
    before = sandbox.control("dump")

    await api.book(cut, TEN)
    await api.book(cut, NOON, metadata={"a": 1})

    after = sandbox.control("dump")
    assert (after["bookings"], after["mails"]) == (before["bookings"], before["mails"])


async def test_whoever_need_not_give_an_address_gets_one_and_mail_goes_there(
    api: Any, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")
    sandbox.control("set_email_field", eventTypeId=cut, required=False, hidden=True)
    caller = {**without(PERSON, "email"), "phoneNumber": "+4930901820"}

    booked = await api.book(cut, TEN, attendee=caller)

    assert booked.data["attendees"][0]["email"] == "4930901820@sms.cal.com"
    recipients = [mail["to"][0] for mail in sandbox.control("mails")["mails"]]
    assert sorted(recipients) == ["4930901820@sms.cal.com", "anna@salon.test"]


async def test_guests_come_along_without_a_name_and_get_mail_too(
    api: Any, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")

    booked = await api.book(cut, TEN, guests=["gast@kunde.test"])

    guest = booked.data["attendees"][1]
    assert (guest["name"], guest["email"], guest["language"]) == ("", "gast@kunde.test", "en")
    assert booked.data["guests"] == ["gast@kunde.test"]
    assert len(sandbox.control("mails")["mails"]) == 3
