"""What is looked at first: the body's syntax, the key, the body's fields, then what is there."""

from __future__ import annotations

from typing import Any

import pytest

DAY = "2026-11-26"
TEN, NOON = f"{DAY}T09:00:00Z", f"{DAY}T11:00:00Z"
ANNA, BEN = "cal_localtest_anna_0001", "cal_localtest_ben_0002"
NOWHERE = "00000000-0000-4000-8000-000000000000"
INVALID = "Bad Request Exception"
ABSENT = (
    "attendees property is wrong, 0 property is wrong, absent property is wrong,"
    "absent must be a boolean value "
)
CONFIRMED = {"type": "always", "blockUnconfirmedBookingsInBooker": False}


async def test_broken_json_is_noticed_before_a_wrong_key_and_a_wrong_key_before_wrong_fields(
    api: Any,
) -> None:
    stranger = {"Authorization": "Bearer cal_wrong", "cal-api-version": "2024-08-13"}
    headers = {**stranger, "Content-Type": "application/json"}

    broken = await api.http.post("/v2/bookings", content=b'{"start": ', headers=headers)
    wrong = await api("POST", "/v2/bookings", {"nonsense": 1}, key="cal_wrong")

    assert broken.status_code == 400
    assert broken.json()["error"]["message"] == "Unexpected end of JSON input"
    assert wrong.said == (401, "CustomThrottlerGuard - Invalid API Key")


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("PATCH", "/v2/event-types/99", {"lengthInMinutes": "lang"}, INVALID),
        ("PATCH", "/v2/schedules/99", {"timeZone": "Mitteleuropa"}, INVALID),
        ("PATCH", f"/v2/slots/reservations/{NOWHERE}", {"eventTypeId": 1}, INVALID),
        ("POST", "/v2/slots/reservations", {"eventTypeId": 99}, INVALID),
        (
            "POST",
            "/v2/bookings/nope/cancel",
            {"reason": "krank"},
            "reason property is wrong,property reason should not exist ",
        ),
        (
            "POST",
            "/v2/bookings/nope/reschedule",
            {},
            "start property is wrong,start must be a valid ISO 8601 date string ",
        ),
        (
            "POST",
            "/v2/bookings/nope/decline",
            {"why": "voll"},
            "why property is wrong,property why should not exist ",
        ),
        ("POST", "/v2/bookings/nope/mark-absent", {"attendees": [{"email": "a@b.test"}]}, ABSENT),
        (
            "POST",
            "/v2/bookings/nope/guests",
            {},
            "guests property is wrong,guests must be an array ",
        ),
    ],
)
async def test_wrong_fields_are_told_before_anybody_looks_whether_the_thing_is_there(
    api: Any, method: str, path: str, body: dict[str, object], message: str
) -> None:
    assert (await api(method, path, body)).said == (400, message)


async def test_whose_webhooks_they_are_is_looked_at_before_the_body(api: Any) -> None:
    bens = await api.event_type("bens", key=BEN)

    refused = await api("POST", f"/v2/event-types/{bens}/webhooks", {"triggers": "all"})

    assert refused.status == 404


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_that_does_not_call_itself_json_is_not_read(api: Any, kind: str) -> None:
    cut = await api.event_type("schnitt")
    person = '{"name": "Ida", "email": "i@k.test", "timeZone": "Europe/Berlin"}'
    raw = f'{{"start": "{TEN}", "eventTypeId": {cut}, "attendee": {person}}}'.encode()
    version = {"cal-api-version": "2024-08-13"}

    unread = await api.http.post(
        "/v2/bookings", content=raw, headers={**version, "Content-Type": kind}
    )
    read = await api.http.post(
        "/v2/bookings",
        content=raw,
        headers={**version, "Content-Type": "application/json; charset=utf-8"},
    )

    assert unread.status_code == 400
    assert unread.json()["error"]["message"].startswith("start property is wrong,start must be")
    assert read.status_code == 201


async def test_a_body_that_is_too_large_is_refused_bare(api: Any) -> None:
    version = {"cal-api-version": "2024-08-13"}

    refused = await api.http.post(
        "/v2/bookings", json={"metadata": {"k": "x" * 2_000_000}}, headers=version
    )

    assert refused.status_code == 413
    assert refused.json() == {"statusCode": 413, "message": "request entity too large"}


async def test_the_booking_schema_tells_everything_that_it_finds_in_one_go(api: Any) -> None:
    cut = await api.event_type("schnitt")
    nobody = {"name": " ", "email": "nowhere", "timeZone": "Europe/Berlin"}

    refused = await api.book(cut, TEN, attendee=nobody, metadata={"a": 1, "b": True, "c": "x"})

    assert refused.said == (
        400,
        (
            "metadata.a - Expected string, received number, "
            "metadata.b - Expected string, received boolean, "
            "responses - {name}error_required_field, responses - {email}email_validation_error, "
        ),
    )


@pytest.mark.parametrize("what", ["confirm", "decline"])
async def test_only_whose_calendar_it_is_decides_about_a_request(api: Any, what: str) -> None:
    asked = await api.event_type("anfrage", confirmationPolicy=CONFIRMED)
    uid = (await api.book(asked, TEN)).data["uid"]

    stranger = await api("POST", f"/v2/bookings/{uid}/{what}", {}, key=BEN)
    nobody = await api("POST", f"/v2/bookings/{uid}/{what}", {}, key=None)
    still = (await api("GET", f"/v2/bookings/{uid}")).data["status"]
    owner = await api("POST", f"/v2/bookings/{uid}/{what}", {}, key=ANNA)

    assert (stranger.status, stranger.body["error"]["code"]) == (401, "TRPCError")
    assert nobody.status == 401
    assert still == "pending"
    assert owner.data["status"] == {"confirm": "accepted", "decline": "rejected"}[what]
