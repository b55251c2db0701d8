"""Bookings found again: by group, version and person, and undone when they are wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from booking_core.adapters.calcom.accounts import Accounts
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.domain.errors import (
    CalendarRefused,
    CalendarSilent,
)
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from booking_core.adapters.calcom.client import CalcomClient
    from booking_core.adapters.calcom.event_map import PostgresEventMap
    from booking_core.adapters.calcom.sandbox import Sandbox

POST = "POST /v2/bookings"
CANCEL = "POST /v2/bookings/{uid}/cancel"
DAY = Span(
    datetime.fromisoformat("2026-11-25T00:00:00+01:00"),
    datetime.fromisoformat("2026-11-26T00:00:00+01:00"),
)


def live(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [b for b in sandbox.control("dump")["bookings"] if b["status"] == "accepted"]


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


async def test_every_group_has_a_mailbox_of_its_own(calendar: CalcomCalendar) -> None:
    first, second = uuid4(), uuid4()

    assert calendar.placeholder(first) != calendar.placeholder(second)
    assert calendar.placeholder(first) == calendar.placeholder(first)
