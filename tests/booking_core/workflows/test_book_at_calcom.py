"""Bookings at a Cal.com that answers as the recorded one does, on its good and bad days."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.domain.booking import Booked, Failed, Taken
from booking_core.workflows.book import Pace, book
from booking_core.workflows.recover import recover_all, sweep

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.workflows.saga import Parts

POST = "POST /v2/bookings"
PATIENT = Pace(deadline_s=30)


@pytest.fixture
def calcom_read_s() -> float:
    return 1.0


async def test_each_segment_becomes_a_booking_that_says_what_it_belongs_to(
    visits: Any, calcom: Sandbox, calcom_parts: Parts
) -> None:
    result = await book(visits.order(), calcom_parts, pace=PATIENT)

    assert isinstance(result, Booked)
    bookings = calcom.control("dump")["bookings"]
    assert [booking["metadata"]["index"] for booking in bookings] == ["4", "3", "2", "1"]
    assert {booking["metadata"]["group"] for booking in bookings} == {str(result.appointment.id)}
    assert [booking["minutes"] for booking in bookings] == [30, 30, 15, 30]


@pytest.mark.inc(66)
@pytest.mark.parametrize("nth", [1, 3])
@pytest.mark.parametrize(
    ("deed", "ends"),
    [
        ("conflict", Taken),
        ("timeout_before", Booked),
        ("timeout_after", Booked),
        ("error_after", Booked),
        ("error", Booked),
    ],
)
async def test_a_bad_answer_ends_with_every_segment_once_or_none_at_all(
    visits: Any, calcom: Sandbox, calcom_parts: Parts, accepted: Any,
    nth: int, deed: str, ends: type,
) -> None:  # fmt: skip
    calcom.control("fault", on=POST, nth=nth, do=deed)

    result = await book(visits.order(), calcom_parts, pace=PATIENT)

    assert isinstance(result, ends)
    booked = {str(result.appointment.id): 4} if isinstance(result, Booked) else {}
    assert accepted() == booked


async def test_a_calendar_that_dies_in_the_middle_is_cleaned_up_when_it_is_back(
    world: Any, visits: Any, calcom: Sandbox, calcom_parts: Parts, accepted: Any
) -> None:
    for request in (POST, "GET /v2/bookings", "POST /v2/bookings/{uid}/cancel"):
        calcom.control("fault", on=request, nth=1 if request != POST else 3, do="error", down=True)

    result = await book(visits.order(), calcom_parts, pace=Pace(deadline_s=3))
    left = dict(accepted())
    calcom.control("clear_faults")
    await world.write("UPDATE saga SET lease_until = clock_timestamp()")
    await recover_all(calcom_parts)

    assert isinstance(result, Failed)
    assert sum(left.values()) == 2
    assert accepted() == {}
    assert await world.rows("SELECT state FROM appointment") == [("failed",)]


async def test_a_request_that_lands_after_everybody_gave_up_is_swept_away(
    world: Any, visits: Any, calcom: Sandbox, calcom_parts: Parts, accepted: Any
) -> None:
    calcom.control("fault", on=POST, nth=2, do="timeout_before", land_after_s=2.5)
    calcom.control("fault", on=POST, nth=3, do="error")

    result = await book(visits.order(), calcom_parts, pace=PATIENT)
    async with asyncio.timeout(60):
        while not accepted():
            await asyncio.sleep(0.05)
    swept = await sweep(await world.value("SELECT id FROM saga"), calcom_parts)

    assert isinstance(result, Failed)
    assert swept == 1
    assert accepted() == {}


async def test_callers_for_overlapping_times_do_not_use_the_race_cal_com_loses(
    visits: Any, calcom_parts: Parts, accepted: Any
) -> None:
    orders = [visits.order(visits.plan(5 * number)) for number in range(6)]

    results = await asyncio.gather(*(book(order, calcom_parts, pace=PATIENT) for order in orders))

    booked = [result for result in results if isinstance(result, Booked)]
    assert len(booked) == 1
    assert accepted() == {str(booked[0].appointment.id): 4}
