"""A visit of fifty segments is fifty requests: it gets the time for them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from booking_core.domain.booking import Booked
from booking_core.domain.interval import Span, shift
from booking_core.domain.orders import Cancelled, Moved
from booking_core.domain.plan import Claim
from booking_core.workflows.book import Pace, book, in_time_for

SEGMENTS = 50


def fifty(visits: Any, start: int = 0) -> Any:
    """Ada for ten hours, five minutes of work at a time with as many between them."""
    plan = visits.plan(start, service=12)
    (only,) = plan.segments
    starts = [plan.start + timedelta(minutes=10 * number) for number in range(SEGMENTS)]
    segments = tuple(
        replace(only, index=number, of=SEGMENTS, span=Span.of_minutes(start, 5))
        for number, start in enumerate(starts, 1)
    )
    claims = tuple(Claim(resource_id=only.staff_id, span=part.span) for part in segments)
    return replace(plan, segments=segments, claims=claims)


async def test_fifty_segments_are_booked_though_they_take_longer_than_a_visit_may(
    world: Any, visits: Any
) -> None:
    async def slowly(_: Any) -> None:
        await asyncio.sleep(0.05)

    world.calendar.on_book = slowly  # 2.5 seconds in all, at the least

    result = await book(visits.order(fifty(visits)), world.parts(), pace=Pace(deadline_s=2.4))

    assert isinstance(result, Booked)
    assert world.calendar.of(result.appointment.id) == list(range(1, SEGMENTS + 1))


async def test_fifty_segments_are_moved_and_cancelled_as_one_visit(
    world: Any, visits: Any, booked: Any, move_it: Any, cancel_it: Any
) -> None:
    visit = await booked(fifty(visits))

    moved = await move_it(visit, fifty(visits, start=15))
    places = world.calendar.places(visit.id)
    gone = await cancel_it(moved.appointment)

    assert isinstance(moved, Moved)
    assert len(places) == SEGMENTS
    assert places[0][1].start == shift(visit.plan.start, 15)
    assert isinstance(gone, Cancelled)
    assert world.calendar.live == {}


def test_what_one_service_can_have_is_booked_within_a_callers_patience(visits: Any) -> None:
    pace = Pace()

    assert in_time_for(visits.plan(), pace) == pace
    assert in_time_for(fifty(visits), pace).deadline_s == 5 * pace.deadline_s
