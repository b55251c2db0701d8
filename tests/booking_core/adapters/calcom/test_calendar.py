from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from booking_core.adapters.calcom.accounts import Accounts
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.event_types import CalcomEventTypes
from booking_core.domain.errors import (
    CalendarError,
    CalendarRefused,
    CalendarTaken,
)
from booking_core.workflows.sync_event_types import sync_event_types

if TYPE_CHECKING:
    from booking_core.adapters.calcom.client import CalcomClient
    from booking_core.adapters.calcom.event_map import PostgresEventMap
    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon

POST = "POST /v2/bookings"


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
