"""Schedules, days that differ, absences, and calendars elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox

DAY, NEXT = "2026-11-26", "2026-11-27"  # a Thursday and a Friday
TEN = f"{DAY}T09:00:00Z"
BEN = "cal_localtest_ben_0002"
TAKEN = (400, "User either already has booking at this time or is not available")
WISH = {"name": "Dienst", "timeZone": "Europe/Berlin", "isDefault": True}


async def create(api: Any, **more: object) -> Any:
    return await api("POST", "/v2/schedules", {**WISH, **more})


async def test_a_schedule_comes_back_as_it_was_given(api: Any) -> None:
    hours = [{"days": ["Tuesday", "Saturday"], "startTime": "08:30", "endTime": "13:00"}]
    days = [{"date": DAY, "startTime": "12:00", "endTime": "14:00"}]

    made = (await create(api, availability=hours, overrides=days)).data

    assert made == {
        "id": 1,
        "ownerId": 1,
        "name": "Dienst",
        "timeZone": "Europe/Berlin",
        "availability": hours,
        "isDefault": True,
        "overrides": days,
    }
    assert (await api("GET", "/v2/schedules/1")).data == made
    assert (await api("GET", "/v2/schedules/default")).data == made
    assert (await api("GET", "/v2/schedules")).data == [made]
    assert (await api("GET", "/v2/me")).data["defaultScheduleId"] == 1


async def test_there_is_no_default_schedule_until_one_is_made(api: Any) -> None:
    assert (await api("GET", "/v2/schedules/default")).data is None


async def test_whoever_gives_no_hours_works_in_an_office(api: Any) -> None:
    made = (await create(api)).data

    (hours,) = made["availability"]
    assert hours["days"] == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    assert (hours["startTime"], hours["endTime"]) == ("09:00", "17:00")


async def test_a_new_default_replaces_the_old_one(api: Any) -> None:
    await create(api)
    await create(api, name="Sommer")

    listed = (await api("GET", "/v2/schedules")).data

    assert [one["isDefault"] for one in listed] == [False, True]


@pytest.mark.parametrize(
    ("fields", "where", "rules"),
    [
        ({"isDefault": None}, "isDefault", {"isBoolean"}),
        ({"timeZone": "Berlin"}, "timeZone", {"isTimeZone"}),
        ({"name": 5}, "name", {"isString"}),
    ],
    ids=str,
)
async def test_a_field_that_is_wrong_is_named(
    api: Any, fields: dict[str, object], where: str, rules: set[str]
) -> None:
    refused = await create(api, **fields)

    (finding,) = refused.body["error"]["details"]["errors"]
    assert refused.said == (400, "Bad Request Exception")
    assert (finding["property"], set(finding["constraints"])) == (where, rules)


async def test_a_wrong_day_or_time_is_found_inside_of_the_hours(api: Any) -> None:
    hours = [{"days": ["Montag"], "startTime": "9 Uhr", "endTime": "18:00"}]

    refused = await create(api, availability=hours)

    (finding,) = refused.body["error"]["details"]["errors"]
    (item,) = finding["children"]
    assert (finding["property"], item["property"]) == ("availability", "0")
    assert {one["property"]: set(one["constraints"]) for one in item["children"]} == {
        "days": {"isIn"},
        "startTime": {"matches"},
    }


async def test_schedules_belong_to_somebody(api: Any) -> None:
    foreign = (await api("POST", "/v2/schedules", WISH, key=BEN)).data["id"]

    for method in ("GET", "PATCH", "DELETE"):
        refused = await api(method, f"/v2/schedules/{foreign}", {} if method == "PATCH" else None)
        missing = await api(method, "/v2/schedules/4711", {} if method == "PATCH" else None)

        assert refused.said == (403, f"User with ID=1 does not own schedule with ID={foreign}")
        assert missing.said == (404, "Schedule with ID=4711 does not exist.")


async def test_a_deleted_schedule_is_nobodys_default_and_office_hours_hold_again(api: Any) -> None:
    evening = [{"days": ["Thursday"], "startTime": "18:00", "endTime": "20:00"}]
    made = (await create(api, availability=evening)).data
    cut = await api.event_type("schnitt")
    before = await api.book(cut, TEN)

    deleted = await api("DELETE", f"/v2/schedules/{made['id']}")

    assert before.said == TAKEN
    assert deleted.body == {"status": "success"}
    assert (await api("GET", "/v2/me")).data["defaultScheduleId"] is None
    assert (await api.book(cut, TEN)).status == 201


async def test_hours_of_the_event_type_go_before_those_of_the_person(api: Any) -> None:
    await create(
        api, availability=[{"days": ["Thursday"], "startTime": "08:00", "endTime": "12:00"}]
    )
    late = await api.schedule(("18:00", "20:00"))
    cut = await api.event_type("schnitt")
    colour = await api.event_type("farbe", scheduleId=late)

    assert (await api.book(colour, TEN)).said == TAKEN
    assert (await api.book(colour, f"{DAY}T17:00:00Z")).status == 201
    assert (await api.book(cut, TEN)).status == 201


async def test_a_day_that_differs_replaces_the_whole_day_and_midnight_to_midnight_closes_it(
    api: Any,
) -> None:
    made = (await create(api)).data
    cut = await api.event_type("schnitt", slotInterval=30)
    days = [
        {"date": DAY, "startTime": "19:00", "endTime": "20:00"},
        {"date": NEXT, "startTime": "00:00", "endTime": "00:00"},
    ]

    await api("PATCH", f"/v2/schedules/{made['id']}", {"overrides": days})

    window = (f"{DAY}T00:00:00Z", f"{NEXT}T23:00:00Z")
    assert await api.slots(cut, *window) == ["19:00", "19:30"]
    assert (await api.book(cut, TEN)).said == TAKEN
    assert (await api.book(cut, f"{DAY}T18:30:00Z")).status == 201
    assert (await api.book(cut, f"{NEXT}T09:00:00Z")).said == TAKEN


async def test_a_lunch_break_can_neither_be_booked_nor_crossed_but_touched(api: Any) -> None:
    hours = await api.schedule(("09:00", "12:00"), ("13:00", "15:00"))
    cut = await api.event_type("schnitt", scheduleId=hours)

    starts = ("11:45", "12:15", "11:30", "13:00", "14:30", "14:45")
    answers = [(await api.book(cut, f"{DAY}T{start}:00+01:00")).status for start in starts]

    assert answers == [400, 400, 201, 201, 201, 400]


@pytest.mark.parametrize(
    ("day", "offset"),
    [("2027-03-28", "+02:00"), ("2027-10-31", "+01:00"), ("2027-03-27", "+01:00")],
)
async def test_nine_in_the_morning_stays_nine_when_the_clocks_change(
    api: Any, day: str, offset: str
) -> None:
    weekend = [{"days": ["Saturday", "Sunday"], "startTime": "09:00", "endTime": "18:00"}]
    await create(api, availability=weekend)
    cut = await api.event_type("schnitt", slotInterval=15)

    path = f"/v2/slots?eventTypeId={cut}&start={day}&end={day}&timeZone=Europe/Berlin"
    slots = (await api("GET", path, key=None)).data[day]

    assert slots[0]["start"] == f"{day}T09:00:00.000{offset}"
    assert slots[-1]["start"] == f"{day}T17:30:00.000{offset}"
    assert len(slots) == 35


async def test_an_absence_covers_whole_days_for_every_event_type(
    api: Any, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt", slotInterval=240)
    sandbox.control("out_of_office", username="anna", start=DAY, end=DAY)

    away = await api.book(cut, TEN)
    there = await api.book(cut, f"{NEXT}T09:00:00Z")
    slots = await api.slots(cut, f"{DAY}T00:00:00Z", f"{DAY}T23:00:00Z")
    sandbox.control("back", username="anna")

    assert (away.said, there.status, slots) == (TAKEN, 201, [])
    assert (await api.book(cut, TEN)).status == 201


async def test_an_appointment_elsewhere_blocks_and_shows_among_the_busy_times(
    api: Any, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")
    buffered = await api.event_type("puffer", beforeEventBuffer=30)
    end = f"{DAY}T10:00:00Z"
    sandbox.control("busy", username="anna", start=TEN, end=end, title="Zahnarzt")

    path = f"/v2/calendars/busy-times?dateFrom={DAY}&dateTo={DAY}&timeZone=Europe/Berlin"
    busy = await api("GET", path)

    assert (await api.book(cut, f"{DAY}T09:45:00Z")).said == TAKEN
    assert (await api.book(buffered, end)).said == TAKEN
    assert (await api.book(cut, end)).status == 201
    assert busy.data == [
        {"start": f"{DAY}T09:00:00.000Z", "end": f"{DAY}T10:00:00.000Z", "source": "Zahnarzt"}
    ]
    assert (await api("GET", path, key=BEN)).data == []


async def test_bookings_of_calcoms_own_are_not_among_the_busy_times(api: Any) -> None:
    await api.book(await api.event_type("schnitt"), TEN)

    busy = await api("GET", f"/v2/calendars/busy-times?dateFrom={DAY}&dateTo={DAY}")
    calendars = await api("GET", "/v2/calendars")

    assert busy.data == []
    assert calendars.data == {"connectedCalendars": [], "destinationCalendar": None}


@pytest.mark.parametrize(
    "stretch",
    [
        {"start": TEN, "end": TEN},
        {"start": "gestern", "end": TEN},
    ],
)
async def test_an_appointment_elsewhere_needs_a_beginning_and_a_later_end(
    sandbox: Sandbox, stretch: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="no stretch of time"):
        sandbox.control("busy", username="anna", **stretch)
