"""Every text with which a real Cal.com was seen to refuse, and what it means to us."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from booking_core.adapters.calcom.refusals import is_outage, refusal
from booking_core.adapters.calcom.transport import Reply
from booking_core.domain.errors import (
    CalendarBusy,
    CalendarError,
    CalendarRefused,
    CalendarSilent,
    CalendarTaken,
)

RECORDINGS = (
    Path(__file__).resolve().parents[4].parent / "shared" / "reference" / "calcom" / "recordings"
)
UID = "t6BBCMp85FyXsX51qYAseG"
TAKEN, RULE, KEY = "taken", "rule", "key"
GONE = "has been cancelled already. Please provide uid of a booking that is not cancelled."


def _reply(status: int, body: Any, headers: dict[str, str] | None = None) -> Reply:
    content = body if isinstance(body, str) else json.dumps(body)
    return Reply(status=status, headers=headers or {}, content=content.encode())


class Said(NamedTuple):
    """A refusal: the envelope has a code, the bare shape has none."""

    status: int
    code: str | None
    message: str
    means: str

    def response(self) -> Reply:
        if self.code is None:
            body: dict[str, Any] = {"statusCode": self.status, "message": self.message}
        else:
            error = {"code": self.code, "message": self.message}
            body = {"status": "error", "path": f"/v2/bookings/{UID}", "error": error}
        return _reply(self.status, body)


BAD, ZOD, DENIED = "BadRequestException", "BAD_REQUEST", "UnauthorizedException"
FORBIDDEN, MISSING = "ForbiddenException", "NotFoundException"
UNFIT, CLASH = "UnprocessableEntityException", "ConflictException"

TO_BOOK_OR_MOVE = [
    Said(400, BAD, "User either already has booking at this time or is not available", TAKEN),
    Said(400, BAD, "One of the hosts either already has booking at this time or is not available",
         TAKEN),
    Said(400, BAD, "no_available_users_found_error", TAKEN),
    Said(409, None, "booking_conflict_error", TAKEN),
    Said(409, CLASH, "booking_conflict_error", TAKEN),
    Said(409, CLASH, "whatever a later version says", TAKEN),
    Said(400, BAD, "Attempting to book a meeting in the past.", RULE),
    Said(400, BAD, 'The event type can\'t be booked at the "start" time provided. This could be '
         "because it's too soon (violating the minimum booking notice) or too far in the future",
         RULE),
    Said(401, None, "booking_limit_reached", RULE),
    Said(400, BAD, "Attendee with this email can't book because the maximum number of active "
         "bookings has been reached.", RULE),
    Said(400, None, "Invalid event length", RULE),
    Said(400, BAD, f"Can't reschedule booking with uid={UID} because it has been cancelled and "
         f"rescheduled already to booking with uid={UID}.", RULE),
    Said(400, BAD, f"Can't reschedule booking with uid={UID} because it has been cancelled.", RULE),
    Said(404, MISSING, f"Booking with uid={UID} was not found in the database", RULE),
    Said(400, BAD, "Unexpected end of JSON input", RULE),
    Said(400, ZOD, "responses - {email}error_required_field, ", RULE),
    Said(400, ZOD, "responses - {name}error_required_field, ", RULE),
    Said(400, ZOD, "responses - {email}email_validation_error, ", RULE),
    Said(400, ZOD, "metadata.a - Expected string, received number, ", RULE),
    Said(400, BAD, "start property is wrong,start must be a valid ISO 8601 date string ", RULE),
    Said(400, BAD, "attendee property is wrong,attendee should not be null or undefined ", RULE),
    Said(400, BAD, "attendee property is wrong, attendee email or phone property is wrong,"
         "Attendee must have at least one contact method (email or phone number) ", RULE),
    Said(400, BAD, "attendee property is wrong, timeZone property is wrong,"
         "timeZone must be a valid IANA time-zone ", RULE),
    Said(400, BAD, "attendee property is wrong, name property is wrong,name must be a string ",
         RULE),
    Said(400, BAD, "attendee property is wrong, language property is wrong,"
         "language must be one of the following values: de, en ", RULE),
    Said(400, BAD, "eventTypeId property is wrong,eventTypeId must be an integer number ", RULE),
    Said(400, BAD, "eventTypeId or eventTypeSlug + username property is wrong,"
         "Either eventTypeId or eventTypeSlug + username must be provided ", RULE),
    Said(400, BAD, "foo property is wrong,property foo should not exist ", RULE),
    Said(400, BAD, "Can't specify 'lengthInMinutes' because event type does not have multiple "
         "possible lengths.", RULE),
    Said(400, BAD, "Provided 'lengthInMinutes' is not one of the possible lengths for the event "
         "type. The possible lengths are: 15, 30, 45", RULE),
    Said(400, BAD, "metadata property is wrong,Metadata must have at most 50 keys", RULE),
    Said(400, BAD, "Missing required booking field response: haarlaenge", RULE),
    Said(400, BAD, "Booking location with type phone not valid for event type with id=1.", RULE),
    Said(400, BAD, "Bad Request Exception", RULE),
    Said(404, MISSING, "Event type with id 99999 not found.", RULE),
    Said(404, MISSING, "Event type with slug nix belonging to user anna not found.", RULE),
    Said(404, MISSING, "User with username nobody not found", RULE),
    Said(422, UNFIT, "Can't book this team event type because it has no hosts.", RULE),
    Said(401, DENIED, "checkBookingRequiresAuthentication - request must be authenticated", KEY),
    Said(403, FORBIDDEN, "checkBookingRequiresAuthentication - user is not authorized", KEY),
    Said(401, DENIED, "CustomThrottlerGuard - Invalid API Key", KEY),
    Said(401, DENIED, "ApiAuthStrategy - api key - Your api key is expired", KEY),
]  # fmt: skip

TO_ANYTHING_ELSE = [
    Said(400, BAD, f"Can't cancel booking with uid={UID} because it {GONE}", RULE),
    Said(400, None, "Cancellation reason is required", RULE),
    Said(400, None, "Cancellation reason is required when you are the host", RULE),
    Said(400, None, "This event type does not allow cancellations", RULE),
    Said(400, None, "Cannot cancel a booking that has already ended", RULE),
    Said(400, BAD, "cancellationReason property is wrong,cancellationReason must be a string ",
         RULE),
    Said(404, MISSING, f"Booking with uid={UID} not found", RULE),
    Said(400, "TRPCError", "Booking already confirmed", RULE),
    Said(400, BAD, "Bookings can only be marked as absent after their scheduled start time.", RULE),
    Said(404, MISSING, "User with id=77 was not found in the database", RULE),
    Said(400, BAD, "checkIsEmailUserAccessible - Email booking field must be required and visible",
         RULE),
    Said(400, BAD, "User already has an event type with this slug.", RULE),
    Said(400, BAD, "Unsupported location type 'moon'.", RULE),
    Said(404, MISSING, "User with ID=1 does not own schedule with ID=2", RULE),
    Said(404, MISSING, "Event type with ID=99999 does not exist.", RULE),
    Said(404, MISSING, "Event type with id 20 not found", RULE),
    Said(404, MISSING, "Schedule with ID=99999 does not exist.", RULE),
    Said(404, MISSING, "Cannot GET /v2/slots?eventTypeId=1&start=2026-12-01&end=2026-12-02", RULE),
    Said(404, MISSING, "Cannot GET /v2/nothing", RULE),
    Said(404, MISSING, "Cannot POST /v2/slots/reservations", RULE),
    Said(400, BAD, "reason property is wrong,property reason should not exist ", RULE),
    Said(404, MISSING, "Event Type not found", RULE),
    Said(400, BAD, "end property is wrong,end must be a valid ISO 8601 date string ", RULE),
    Said(400, BAD, "organizationSlug property is wrong,organizationSlug must be a string ", RULE),
    Said(400, BAD, "usernames property is wrong,each value in usernames must be a string", RULE),
    Said(400, BAD, "timeZone property is wrong,timeZone must be a valid IANA time-zone ", RULE),
    Said(400, BAD, "You passed 'slotDuration' but this event type is not a variable length event "
         "type.", RULE),
    Said(404, MISSING, "Event Type with ID=99999 not found", RULE),
    Said(404, MISSING, "Slot with uid=nope not found", RULE),
    Said(422, UNFIT, "This time slot is already reserved by another user.", RULE),
    Said(422, UNFIT, "Can't reserve a slot if the event is already booked.", RULE),
    Said(400, BAD, "Webhook URL is not allowed: Invalid URL format", RULE),
    Said(400, BAD, "Webhook URL is not allowed: Blocked hostname", RULE),
    Said(409, CLASH, "Webhook with this subscriber url already exists for this user", RULE),
    Said(409, CLASH, "Ooo entry already exists.", RULE),
    Said(404, MISSING, "Webhook (nope) not found", RULE),
    Said(403, FORBIDDEN, "IsUserWebhookGuard - user with id=(2) is not the owner of webhook", KEY),
    Said(403, FORBIDDEN, "User with ID=1 does not own event type with ID=20", KEY),
    Said(403, FORBIDDEN, "User with ID=1 does not own schedule with ID=2", KEY),
    Said(403, FORBIDDEN, "PermissionsGuard - no authentication provided.", KEY),
    Said(403, FORBIDDEN, "authenticated user is not owner of event type", KEY),
    Said(401, DENIED, "reservationDuration can only be used for authenticated requests", KEY),
    Said(401, DENIED, "ApiAuthStrategy - No authentication method provided.", KEY),
    Said(401, DENIED, "Invalid Access Token.", KEY),
]  # fmt: skip


def meaning(error: CalendarError) -> str:
    """What we make of it."""
    if isinstance(error, CalendarTaken):
        return TAKEN
    assert isinstance(error, CalendarRefused)
    return str(error.facts["reason"])


@pytest.mark.parametrize("said", TO_BOOK_OR_MOVE, ids=lambda said: f"{said.status} {said.message}")
def test_what_is_said_to_a_wish_for_time_means_what_it_says(said: Said) -> None:
    assert meaning(refusal(said.response(), booking=True)) == said.means


@pytest.mark.parametrize("said", TO_ANYTHING_ELSE, ids=lambda said: f"{said.status} {said.message}")
def test_what_is_said_to_anything_else_is_never_that_the_time_is_taken(said: Said) -> None:
    assert meaning(refusal(said.response())) == said.means


@pytest.mark.parametrize("said", TO_BOOK_OR_MOVE + TO_ANYTHING_ELSE, ids=lambda said: said.message)
def test_no_refusal_is_an_outage_and_none_tells_a_uid(said: Said) -> None:
    response = said.response()

    assert not is_outage(response)
    assert UID not in str(refusal(response, booking=True).facts)


@pytest.mark.parametrize(
    ("response", "outage"),
    [
        (Said(500, "INTERNAL_SERVER_ERROR", "There was an error", "").response(), True),
        (Said(500, None, "Internal server error", "").response(), False),
        (_reply(502, "<html>Bad Gateway</html>"), True),
        (_reply(503, {"message": "Service Unavailable"}), True),
        (_reply(504, ""), True),
        (_reply(500, "<html>oops</html>"), True),
        (_reply(500, []), True),
    ],
)
def test_a_fault_leaves_the_outcome_unknown_and_some_show_that_nothing_works(
    response: Reply, *, outage: bool
) -> None:
    assert isinstance(refusal(response, booking=True), CalendarSilent)
    assert is_outage(response) == outage


@pytest.mark.parametrize(
    ("response", "to_a_question", "to_a_change"),
    [
        (Said(500, None, "Internal server error", "").response(), True, False),
        (_reply(200, "\n <!doctype html><html></html>"), True, True),
        (_reply(200, {"status": "success", "data": []}), False, False),
        (_reply(403, "<html>Attention required</html>"), False, False),
    ],
)
def test_a_question_that_fails_and_a_page_in_place_of_an_answer_show_that_nothing_works(
    response: Reply, *, to_a_question: bool, to_a_change: bool
) -> None:
    assert is_outage(response, looked=True) == to_a_question
    assert is_outage(response) == to_a_change


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"X-RateLimit-Reset-Default": "17"}, 17),
        ({"x-ratelimit-reset-tiny": "3"}, 3),
        ({"X-RateLimit-Reset-Default": "86400"}, 60),
        ({"X-RateLimit-Reset-Default": "soon"}, 1),
        ({}, 1),
    ],
)
def test_too_many_requests_say_when_to_come_back(headers: dict[str, str], wait_s: float) -> None:
    body = {"status": "error", "error": {"code": "ThrottlerException", "message": "Too many"}}
    error = refusal(_reply(429, body, headers))

    assert isinstance(error, CalendarBusy)
    assert error.retry_after_s == wait_s


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings are not part of the project")
def test_every_recorded_refusal_is_one_of_these() -> None:
    """A text that a real server said and that nobody has thought about is found here."""
    known = TO_BOOK_OR_MOVE + TO_ANYTHING_ELSE
    refusals = [e for e in _recorded() if 400 <= e["response"]["status"] < 429]

    assert len(refusals) > 100
    assert [
        t for t in map(_text, refusals) if not any(_same(t, said.message) for said in known)
    ] == []


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings are not part of the project")
def test_every_recorded_refusal_of_a_time_is_taken_and_no_other_is() -> None:
    booked = [
        e
        for e in _recorded()
        if e["request"]["method"] == "POST"
        and (e["request"]["path"] == "/v2/bookings" or e["request"]["path"].endswith("reschedule"))
        and e["response"]["status"] >= 400
    ]
    taken = [
        _text(e) for e in booked if isinstance(refusal(_response(e), booking=True), CalendarTaken)
    ]
    others = {_text(e) for e in booked} - set(taken)

    assert len(taken) > 30
    assert set(taken) == {said.message for said in TO_BOOK_OR_MOVE[:4]} - {
        "no_available_users_found_error"
    }
    assert not [text for text in others if "already has booking" in text]


def _recorded() -> list[dict[str, Any]]:
    files = sorted(RECORDINGS.glob("*.json"))
    return [e for f in files for e in json.loads(f.read_text("utf-8"))["exchanges"]]


def _response(exchange: dict[str, Any]) -> Reply:
    answer = exchange["response"]
    return _reply(answer["status"], answer["body"])


def _text(exchange: dict[str, Any]) -> str:
    body = exchange["response"]["body"]
    error = body.get("error") if isinstance(body, dict) else None
    return str(error["message"] if isinstance(error, dict) else body["message"])


def _same(text: str, known: str) -> bool:
    """Ids and uids differ, and so do the ends of long ones."""
    return _plain(text).startswith(_plain(known)[:40])


def _plain(text: str) -> str:
    return re.sub(r"\(.*?\)|\d+|uid=.*", "", text).strip()
