from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from booking_core.adapters.calcom.accounts import Accounts
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.client import CalcomClient
from booking_core.adapters.calcom.event_types import CalcomEventTypes
from booking_core.domain.errors import (
    CalendarBusy,
    CalendarDown,
    CalendarError,
    CalendarRefused,
    CalendarSilent,
    CalendarTaken,
)
from booking_core.domain.interval import Span
from booking_core.workflows.sync_event_types import sync_event_types

if TYPE_CHECKING:
    from booking_core.adapters.calcom.event_map import PostgresEventMap
    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon

POST = "POST /v2/bookings"
CANCEL = "POST /v2/bookings/{uid}/cancel"
DAY = Span(
    datetime.fromisoformat("2026-11-25T00:00:00+01:00"),
    datetime.fromisoformat("2026-11-26T00:00:00+01:00"),
)


def live(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [b for b in sandbox.control("dump")["bookings"] if b["status"] == "accepted"]


def take_your_time(sandbox: Sandbox) -> None:
    """Between the check and the booking, so that a slow machine starts the race in time, too."""
    sandbox.state.options = replace(sandbox.state.options, race_window_s=0.3)


async def test_a_booked_segment_stands_with_the_right_person_length_and_metadata(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    uid = await calendar.book(visits.segment("A", "10:00", 20))

    (booking,) = live(sandbox)
    assert booking["uid"] == uid
    assert (booking["start"], booking["minutes"]) == ("2026-11-25T09:00:00.000Z", 20)
    assert (booking["host"], booking["event_type"]["slug"]) == ("wanda", "kranz1-sued-7-a-wanda")
    assert booking["location"] == "Kranz am Markt, Marktplatz 3, Freiburg"
    assert booking["metadata"] == {
        "group": str(visits.group),
        "segment": "A",
        "index": "1",
        "of": "2",
        "version": "1",
        "attempt": "1",
        "planned": "2026-11-25T09:00:00Z/2026-11-25T09:20:00Z",
        "source": "voice-agent",
    }


async def test_the_customer_is_named_but_calcoms_mails_go_to_a_mailbox_of_ours(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    await calendar.book(visits.segment("A", "10:00", 20))

    (booking,) = live(sandbox)
    mailbox = f"booking+{visits.group}@appointments.invalid"
    assert booking["attendee"] == {
        "name": "Klara Nebel",
        "email": mailbox,
        "phone": "+4915123456789",
    }
    assert {to for mail in sandbox.control("dump")["mails"] for to in mail["to"]} == {
        mailbox,
        "wanda@kranz1.invalid",
    }


async def test_a_number_that_is_not_international_is_kept_to_ourselves(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    segment = visits.segment("A", "10:00", 20)

    await calendar.book(replace(segment, customer=replace(segment.customer, phone="0151 23456")))

    assert live(sandbox)[0]["attendee"]["phone"] is None


async def test_an_occupied_pause_lengthens_the_booking_also_beyond_the_usual(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    await calendar.book(visits.segment("A", "10:00", 15, service=8, rest=10))
    await calendar.book(visits.segment("A", "14:00", 15, service=8, rest=20))

    assert [booking["minutes"] for booking in live(sandbox)] == [25, 35]


async def test_a_free_pause_stays_open_for_others(
    calendar: CalcomCalendar, visits: Any, other_visit: Any, sandbox: Sandbox
) -> None:
    await calendar.book(visits.segment("A", "10:00", 20))
    await calendar.book(visits.segment("B", "10:45", 10))

    await calendar.book(other_visit.segment("A", "10:20", 20))

    assert len(live(sandbox)) == 3


async def test_a_taken_time_is_told_apart_from_every_other_refusal(
    calendar: CalcomCalendar, visits: Any, other_visit: Any
) -> None:
    await calendar.book(visits.segment("A", "10:00", 20))

    with pytest.raises(CalendarTaken):
        await calendar.book(other_visit.segment("A", "10:15", 20))
    with pytest.raises(CalendarRefused):
        await calendar.book(other_visit.segment("A", "12:00", 50))  # no such length


async def test_the_loser_of_an_identical_race_hears_taken(
    calendar: CalcomCalendar, visits: Any, other_visit: Any, sandbox: Sandbox
) -> None:
    take_your_time(sandbox)
    wishes = [visits.segment("A", "10:00", 20), other_visit.segment("A", "10:00", 20)]

    results = await asyncio.gather(*map(calendar.book, wishes), return_exceptions=True)

    assert sorted(type(result) for result in results if not isinstance(result, str)) == [
        CalendarTaken
    ]
    assert len(live(sandbox)) == 1


async def test_without_a_lock_of_ours_overlapping_requests_book_a_person_twice(
    calendar: CalcomCalendar, visits: Any, other_visit: Any, sandbox: Sandbox
) -> None:
    take_your_time(sandbox)
    wishes = [visits.segment("A", "10:00", 20), other_visit.segment("A", "10:05", 20)]

    uids = await asyncio.gather(*map(calendar.book, wishes))

    assert len(set(uids)) == len(live(sandbox)) == 2


async def test_a_segment_without_an_event_type_is_refused_without_asking(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox, event_map: PostgresEventMap
) -> None:
    await event_map.plan(visits.salon.branch.id, [])

    with pytest.raises(CalendarRefused) as refused:
        await calendar.book(visits.segment("A", "10:00", 20))

    assert refused.value.facts["reason"] == "no event type"
    assert POST not in sandbox.control("dump")["requests"]


@pytest.mark.parametrize("do", ["timeout_after", "error_after"])
async def test_a_lost_answer_is_unknown_and_the_booking_is_found_by_its_metadata(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox, do: str
) -> None:
    segment = visits.segment("A", "10:00", 20)
    sandbox.control("fault", on=POST, do=do)

    with pytest.raises(CalendarSilent):
        await calendar.book(segment)

    assert await calendar.find(segment) == [live(sandbox)[0]["uid"]]


@pytest.mark.parametrize("do", ["timeout_before", "error"])
async def test_a_request_that_was_not_carried_out_is_unknown_and_nothing_is_found(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox, do: str
) -> None:
    segment = visits.segment("A", "10:00", 20)
    sandbox.control("fault", on=POST, do=do)

    with pytest.raises(CalendarSilent):
        await calendar.book(segment)

    assert await calendar.find(segment) == []


async def test_a_booking_is_never_posted_twice_by_itself(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    sandbox.control("fault", on=POST, do="error", down=True)

    with pytest.raises(CalendarSilent):
        await calendar.book(visits.segment("A", "10:00", 20))

    assert sandbox.control("dump")["requests"][POST] == 1


async def test_a_booking_that_lands_late_is_found_when_it_has_landed(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    segment = visits.segment("A", "10:00", 20)
    sandbox.control("fault", on=POST, do="timeout_before", land_after_s=2.0)

    with pytest.raises(CalendarSilent):
        await calendar.book(segment)
    assert await calendar.find(segment) == []
    await asyncio.sleep(1.2)

    assert len(await calendar.find(segment)) == 1


async def test_a_calendar_that_asks_for_patience_did_nothing(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    sandbox.control("fault", on=POST, do="rate_limit")

    with pytest.raises(CalendarBusy) as busy:
        await calendar.book(visits.segment("A", "10:00", 20))

    assert busy.value.facts["retry_after_s"] == 1.0
    assert live(sandbox) == []


async def test_a_calendar_that_cannot_be_reached_did_nothing(
    accounts: Accounts, sync: Any, salon: Salon, visits: Any
) -> None:
    await sync(salon)
    async with CalcomClient("http://127.0.0.1:9") as nobody:  # the port of nothing
        calendar = CalcomCalendar(nobody, accounts, sync.event_map)

        with pytest.raises(CalendarDown):
            await calendar.book(visits.segment("A", "10:00", 20))


@pytest.mark.parametrize(
    "change",
    [
        {"start": "2026-11-25T09:05:00.000Z"},
        {"end": "2026-11-25T09:30:00.000Z"},
        {"status": "pending"},
        {"eventTypeId": 4711},
        {"hosts": [{"id": 3, "username": "soeren"}]},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.inc(99)
async def test_an_answer_that_is_not_what_was_asked_for_is_undone(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox, change: dict[str, Any]
) -> None:
    sandbox.control("fault", on=POST, do="altered", change=change)

    with pytest.raises(CalendarRefused):
        await calendar.book(visits.segment("A", "10:00", 20))

    assert live(sandbox) == []


@pytest.mark.parametrize("name", ["group", "index", "version", "attempt"])
@pytest.mark.inc(66)
async def test_an_old_booking_returned_as_the_new_one_is_unknown_and_left_alone(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox, name: str
) -> None:
    segment = visits.segment("A", "10:00", 20)
    stranger = {"group": str(visits.group), "index": "1", "version": "1", "attempt": "1"}
    change = {"metadata": {**stranger, name: "other"}}
    sandbox.control("fault", on=POST, do="altered", change=change)

    with pytest.raises(CalendarSilent):
        await calendar.book(segment)

    assert len(live(sandbox)) == 1


async def test_an_answer_of_an_older_api_tells_nothing(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    sandbox.control("fault", on=POST, do="altered", change={"uid": None})

    with pytest.raises(CalendarSilent) as silent:
        await calendar.book(visits.segment("A", "10:00", 20))

    assert silent.value.facts["says"] == "an unexpected shape"


async def test_a_wrong_booking_of_ours_is_undone_on_sight_and_never_found(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    segment = visits.segment("A", "10:00", 20)
    right = await calendar.book(segment)
    wrong = await calendar.book(replace(visits.segment("A", "14:00", 20), attempt=2))
    records = sandbox.state.records.bookings
    records[wrong].metadata = {**records[right].metadata, "attempt": "2"}

    found = await calendar.find(segment)

    assert found == [right]
    assert [booking["uid"] for booking in live(sandbox)] == [right]


async def test_what_was_asked_for_at_another_time_is_neither_found_nor_undone(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    """Two moves in a row, the first of which failed, lead to the same version."""
    await calendar.book(visits.segment("A", "14:00", 20))

    assert await calendar.find(visits.segment("A", "10:00", 20)) == []
    assert len(live(sandbox)) == 1


async def test_what_is_in_somebody_elses_calendar_is_neither_found_nor_undone(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    await calendar.book(visits.segment("B", "10:00", 10, staff="soeren"))

    assert await calendar.find(visits.segment("B", "10:00", 10, staff="wanda")) == []
    assert len(live(sandbox)) == 1


async def test_a_wrong_booking_that_cannot_be_undone_leaves_the_outcome_unknown(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    segment = visits.segment("A", "10:00", 20)
    change = {"start": "2026-11-25T09:05:00.000Z"}
    sandbox.control("fault", on=POST, do="altered", change=change)
    sandbox.control("fault", on=CANCEL, do="error")

    with pytest.raises(CalendarSilent):
        await calendar.book(segment)

    assert len(live(sandbox)) == 1


async def test_no_log_line_tells_a_uid_a_name_or_a_number(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    segment = visits.segment("A", "10:00", 20)
    sandbox.control("fault", on=POST, do="altered", change={"status": "pending"})
    sandbox.control("fault", on=POST, nth=2, do="altered", change={"metadata": {}})

    with capture_logs() as lines:
        for _ in range(2):
            with pytest.raises(CalendarError):
                await calendar.book(segment)

    told = str(lines)
    events = [line["event"] for line in lines if line["event"] != "calcom_called"]
    assert events == ["booking_not_accepted", "booking_answer_foreign"]
    secrets = {booking["uid"] for booking in sandbox.control("dump")["bookings"]}
    assert not [secret for secret in {*secrets, "Klara", "4915123"} if secret in told]


async def test_a_booking_the_salon_has_moved_is_left_alone(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    segment = visits.segment("A", "10:00", 20)
    uid = await calendar.book(segment)
    async with httpx.AsyncClient(base_url=sandbox.url) as desk:
        moved = await desk.post(
            f"/v2/bookings/{uid}/reschedule",
            json={"start": "2026-11-25T13:00:00Z"},
            headers={"cal-api-version": "2024-08-13"},
        )

    found = await calendar.find(segment)

    assert found == []
    assert [booking["uid"] for booking in live(sandbox)] == [moved.json()["data"]["uid"]]


async def test_all_segments_of_an_appointment_are_found_whoever_does_them(
    calendar: CalcomCalendar, visits: Any, other_visit: Any
) -> None:
    mine = {
        await calendar.book(visits.segment("A", "10:00", 20, staff="oezguer")),
        await calendar.book(visits.segment("B", "10:45", 10, staff="soeren")),
    }
    await calendar.book(other_visit.segment("A", "10:00", 20))

    found = await calendar.find_group(visits.salon, visits.group, DAY)
    before = await calendar.find_group(
        visits.salon, visits.group, Span(DAY.start, DAY.start.replace(hour=10))
    )

    assert set(found) == mine
    assert before == []


async def test_of_another_version_only_the_group_is_found(
    calendar: CalcomCalendar, visits: Any
) -> None:
    old = visits.segment("A", "10:00", 20)
    uid = await calendar.book(old)

    assert await calendar.find(replace(old, version=2)) == []
    assert await calendar.find_group(visits.salon, visits.group, DAY) == [uid]


async def test_a_list_nobody_answers_is_unknown_not_empty(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    sandbox.control("fault", on="GET /v2/bookings", do="error", down=True)

    with pytest.raises(CalendarSilent):
        await calendar.find(visits.segment("A", "10:00", 20))


async def test_a_list_that_stumbles_once_is_asked_again(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    segment = visits.segment("A", "10:00", 20)
    uid = await calendar.book(segment)
    sandbox.control("fault", on="GET /v2/bookings", do="error")

    assert await calendar.find(segment) == [uid]


async def test_without_a_key_for_a_person_nothing_is_found_empty_by_mistake(
    client: CalcomClient, accounts: Accounts, event_map: PostgresEventMap, visits: Any
) -> None:
    some = Accounts(keys={"soeren": accounts.key("soeren")})
    calendar = CalcomCalendar(client, some, event_map)

    with pytest.raises(CalendarRefused):
        await calendar.find(visits.segment("A", "10:00", 20))


async def test_cancelling_frees_the_time_and_tells_why(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    segment = visits.segment("A", "10:00", 20)
    uid = await calendar.book(segment)

    await calendar.cancel(visits.salon, uid, reason="Termin verlegt")

    assert await calendar.find(segment) == []
    assert sandbox.control("dump")["bookings"][0]["cancellation_reason"] == "Termin verlegt"
    assert await calendar.book(segment) != uid


async def test_what_is_cancelled_already_or_was_never_there_is_cancelled(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox
) -> None:
    uid = await calendar.book(visits.segment("A", "10:00", 20))
    other = await calendar.book(visits.segment("B", "11:00", 20))
    await calendar.cancel(visits.salon, uid, reason="Kundin krank")

    await calendar.cancel(visits.salon, uid, reason="Kundin krank")
    await calendar.cancel(visits.salon, "nobodyknowsthisuid1234", reason="Kundin krank")

    assert [booking["uid"] for booking in live(sandbox)] == [other]


@pytest.mark.parametrize("do", ["timeout_after", "error_after"])
async def test_a_lost_answer_to_a_cancellation_is_settled_by_reading(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox, do: str
) -> None:
    uid = await calendar.book(visits.segment("A", "10:00", 20))
    sandbox.control("fault", on=CANCEL, do=do)

    await calendar.cancel(visits.salon, uid, reason="Kundin krank")

    assert live(sandbox) == []


@pytest.mark.parametrize("do", ["timeout_before", "error"])
async def test_a_cancellation_that_was_not_carried_out_is_not_called_done(
    calendar: CalcomCalendar, visits: Any, sandbox: Sandbox, do: str
) -> None:
    uid = await calendar.book(visits.segment("A", "10:00", 20))
    sandbox.control("fault", on=CANCEL, do=do)

    with pytest.raises(CalendarSilent):
        await calendar.cancel(visits.salon, uid, reason="Kundin krank")

    assert len(live(sandbox)) == 1


async def test_no_error_carries_the_uid_it_is_about(
    calendar: CalcomCalendar, visits: Any, client: CalcomClient, accounts: Accounts
) -> None:
    uid = await calendar.book(visits.segment("A", "10:00", 20))
    key = accounts.key("wanda")
    await client.cancel(key, uid, reason="x")

    with pytest.raises(CalendarRefused) as refused:
        await client.cancel(key, uid, reason="x")

    assert "cancelled already" in str(refused.value.facts)
    assert uid not in str(refused.value.facts) + str(refused.value)


async def test_one_key_for_everybody_books_too(
    client: CalcomClient, sandbox: Sandbox, event_map: PostgresEventMap, saved: Salon, visits: Any
) -> None:
    made = sandbox.control("ensure_user", username="salon", name="Kranz am Markt")
    single = Accounts(single=str(made["key"]))
    event_types = CalcomEventTypes(client, single, timezone="Europe/Berlin")
    await sync_event_types(saved, event_types=event_types, event_map=event_map)
    calendar = CalcomCalendar(client, single, event_map)
    segment = visits.segment("B", "10:00", 10, staff="soeren")

    uid = await calendar.book(segment)

    assert await calendar.find(segment) == [uid]
    assert live(sandbox)[0]["event_type"]["slug"] == "kranz1-sued-7-b-soeren"


async def test_every_group_has_a_mailbox_of_its_own(calendar: CalcomCalendar) -> None:
    first, second = uuid4(), uuid4()

    assert calendar.placeholder(first) != calendar.placeholder(second)
    assert calendar.placeholder(first) == calendar.placeholder(first)
