"""Outcomes nobody knows: looked up, never believed, never posted twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.client import CalcomClient
from booking_core.domain.errors import (
    CalendarBusy,
    CalendarDown,
    CalendarRefused,
    CalendarSilent,
)

if TYPE_CHECKING:
    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon

POST = "POST /v2/bookings"


def live(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [b for b in sandbox.control("dump")["bookings"] if b["status"] == "accepted"]


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
