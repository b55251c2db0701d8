"""Cancelling: once, also where it was done already, and never believed without a look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from booking_core.domain.errors import (
    CalendarRefused,
    CalendarSilent,
)

if TYPE_CHECKING:
    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.calendar import CalcomCalendar
    from booking_core.adapters.calcom.client import CalcomClient
    from booking_core.adapters.calcom.sandbox import Sandbox

POST = "POST /v2/bookings"
CANCEL = "POST /v2/bookings/{uid}/cancel"


def live(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [b for b in sandbox.control("dump")["bookings"] if b["status"] == "accepted"]


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
