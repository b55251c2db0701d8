"""Whatever is sent, the sandbox answers in a shape of Cal.com's and never falls over."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_core.adapters.calcom.sandbox import Options, running

NOW = datetime.fromisoformat("2026-11-24T10:00:00+01:00")
KEY = "cal_localtest_anna_0001"
VERSIONS = {"bookings": "2024-08-13", "slots": "2024-09-04", "event-types": "2024-06-14",
            "schedules": "2024-06-11"}  # fmt: skip
PERSON = {"name": "Ida", "email": "ida@kunde.test", "timeZone": "Europe/Berlin", "language": "de",
          "phoneNumber": "+4915123456789"}  # fmt: skip
HOURS = {"days": ["Monday"], "startTime": "09:00", "endTime": "18:00"}
BODIES: dict[str, dict[str, Any]] = {
    "/v2/bookings": {
        "start": "2026-11-26T09:00:00Z", "eventTypeId": 1, "attendee": PERSON, "guests": [],
        "metadata": {"group": "g"}, "bookingFieldsResponses": {"notes": "n"},
        "location": {"type": "address"}, "lengthInMinutes": 30,
    },
    "/v2/event-types": {
        "title": "T", "slug": "t", "lengthInMinutes": 30, "slotInterval": 15, "locations": [
            {"type": "address", "address": "A", "public": True}], "bookingFields": [
            {"type": "text", "slug": "x", "label": "X", "required": True}],
        "bookingWindow": {"type": "calendarDays", "value": 3, "rolling": True}, "hidden": True,
        "lengthInMinutesOptions": [15, 30], "confirmationPolicy": {"type": "always"},
        "bookingLimitsCount": {"day": 1}, "bookerActiveBookingsLimit": {"maximumActiveBookings": 1},
        "scheduleId": 1, "beforeEventBuffer": 5, "afterEventBuffer": 5, "minimumBookingNotice": 0,
        "offsetStart": 5, "disableCancelling": {"disabled": False},
    },
    "/v2/schedules": {
        "name": "S", "timeZone": "Europe/Berlin", "isDefault": True, "availability": [HOURS],
        "overrides": [{"date": "2026-11-26", "startTime": "09:00", "endTime": "10:00"}],
    },
    "/v2/slots/reservations": {"eventTypeId": 1, "slotStart": "2026-11-26T09:00:00Z",
                               "slotDuration": 30, "reservationDuration": 5},
    "/v2/webhooks": {"active": True, "subscriberUrl": "http://127.0.0.1:9/x",
                     "triggers": ["BOOKING_PAID"], "secret": "s"},
    "/v2/bookings/x/cancel": {"cancellationReason": "r"},
    "/v2/bookings/x/reschedule": {"start": "2026-11-26T09:00:00Z", "reschedulingReason": "r"},
    "/_control": {"action": "fault", "on": "POST /v2/bookings", "nth": 999, "do": "conflict"},
}  # fmt: skip
FIRST = {"title": "F", "slug": "f", "lengthInMinutes": 30, "minimumBookingNotice": 0}
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**12), NUMBERS,
    st.text(max_size=8), st.just([]), st.just({}), st.lists(st.integers(), max_size=2),
    st.just([{}]), st.just([None]), st.just({"type": None}), st.just({"value": "x"}),
    st.just("\x00"), st.just("9999-12-31T23:59:59Z"), st.just("0001-01-01"), st.just("2026-02-30"),
)  # fmt: skip


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A valid body with one or two fields, or what is inside of them, replaced."""
    path = draw(st.sampled_from(sorted(BODIES)))
    body = dict(BODIES[path])
    for name in draw(st.lists(st.sampled_from(sorted(body)), min_size=1, max_size=2)):
        inner = body[name]
        if isinstance(inner, dict) and inner and draw(st.booleans()):
            body[name] = {**inner, draw(st.sampled_from(sorted(inner))): draw(ODD)}
        else:
            body[name] = draw(ODD)
    return path, body


async def send(wishes: list[tuple[str, dict[str, Any]]]) -> list[tuple[int, str, Any]]:
    answers = []
    options = Options(seed="scenario", now=NOW, race_window_s=0.0)
    async with running(options) as sandbox, httpx.AsyncClient(base_url=sandbox.url) as http:
        for path, body in [("/v2/event-types", FIRST), *wishes]:
            version = VERSIONS.get([*path.split("/"), ""][2], "")
            headers = {"Authorization": f"Bearer {KEY}", "cal-api-version": version}
            answer = await http.post(path, json=body, headers=headers)
            answers.append((answer.status_code, path, body))
            window = "start=2026-11-25&end=2026-11-27"
            for read in (
                "/v2/event-types",
                "/v2/bookings",
                f"/v2/slots?eventTypeId=1&{window}",
                "/",
            ):
                version = VERSIONS.get(read.partition("?")[0].rpartition("/")[2], "")
                answer = await http.get(read, headers={**headers, "cal-api-version": version})
                answers.append((answer.status_code, f"{read} after {path}", body))
    return answers


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(requests(), min_size=1, max_size=8))
def test_no_request_makes_it_fall_over(wishes: list[tuple[str, dict[str, Any]]]) -> None:
    answers = asyncio.run(send(wishes))

    assert [answer for answer in answers if answer[0] >= 500] == []


QUERIES = {
    "/v2/slots": {"eventTypeId": "1", "start": "2026-11-25", "end": "2026-11-27", "duration": "30",
                  "timeZone": "Europe/Berlin", "format": "range", "bookingUidToReschedule": "x",
                  "eventTypeSlug": "f", "username": "anna", "usernames": "anna,ben"},
    "/v2/bookings": {"take": "5", "skip": "1", "status": "upcoming", "afterStart": "2026-11-25",
                     "beforeEnd": "2026-11-27T10:00:00Z", "eventTypeIds": "1,2", "teamId": "1",
                     "sortStart": "asc", "attendeeEmail": "ida@kunde.test"},
    "/v2/event-types": {"username": "anna", "eventSlug": "f", "sortCreatedAt": "desc"},
    "/v2/webhooks": {"take": "5", "skip": "1"},
    "/v2/calendars/busy-times": {"dateFrom": "2026-11-25", "dateTo": "2026-11-27"},
}  # fmt: skip
ODD_WORDS = st.one_of(
    st.text(max_size=6), st.integers(-2, 10**15).map(str),
    st.sampled_from(["", "0", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59Z", "1e9", "null",
                     "٣", "2026-11-25T25:00:00Z", "Europe/", "../etc/passwd", "\x00"]),
)  # fmt: skip


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A sensible query with one or two odd values, or with parts missing."""
    path = draw(st.sampled_from(sorted(QUERIES)))
    query = dict(QUERIES[path])
    for name in draw(st.lists(st.sampled_from(sorted(query)), min_size=1, max_size=2)):
        query[name] = draw(ODD_WORDS)
    for name in draw(st.lists(st.sampled_from(sorted(query)), max_size=2, unique=True)):
        del query[name]
    return path, query


async def ask(asked: list[tuple[str, dict[str, str]]]) -> list[tuple[int, str, dict[str, str]]]:
    answers = []
    options = Options(seed="scenario", now=NOW, race_window_s=0.0)
    async with running(options) as sandbox, httpx.AsyncClient(base_url=sandbox.url) as http:
        http.headers["Authorization"] = f"Bearer {KEY}"
        versioned = {"cal-api-version": VERSIONS["event-types"]}
        await http.post("/v2/event-types", json=FIRST, headers=versioned)
        for path, query in asked:
            version = VERSIONS.get(path.rpartition("/")[2], "")
            answer = await http.get(path, params=query, headers={"cal-api-version": version})
            answers.append((answer.status_code, path, query))
    return answers


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(questions(), min_size=1, max_size=8))
def test_no_question_makes_it_fall_over_or_think_for_ever(
    asked: list[tuple[str, dict[str, str]]],
) -> None:
    async def within_a_while() -> list[tuple[int, str, dict[str, str]]]:
        async with asyncio.timeout(20):
            return await ask(asked)

    answers = asyncio.run(within_a_while())

    assert [answer for answer in answers if answer[0] >= 500] == []
