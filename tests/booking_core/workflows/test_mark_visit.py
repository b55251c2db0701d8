"""Who came and who did not: said by the salon, of the version it looked at, when it can be true."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from booking_core.adapters.clock import SystemClock
from booking_core.domain.appointment import Mark
from booking_core.domain.errors import UnknownAppointment
from booking_core.domain.orders import NotBooked, Outdated
from booking_core.workflows.mark_visit import Marked, MarkVisit, TooEarly, mark_visit


@pytest.fixture
def say(world: Any) -> Any:
    """Marks a visit at a time: `await say(visit, Mark.ARRIVED, at=visit.plan.start)`."""

    async def said(visit: Any, mark: Mark | None, *, at: Any, **changes: Any) -> Any:
        order = MarkVisit(
            branch_id=visit.branch_id, appointment_id=visit.id, version=visit.version, mark=mark
        )
        return await mark_visit(
            replace(order, **changes),
            appointments=world.stores.appointments,
            salons=world.salons,
            clock=SystemClock(at),
        )

    return said


async def test_a_mark_stands_on_the_visit_and_is_taken_back(
    world: Any, booked: Any, say: Any
) -> None:
    visit = await booked()
    start = visit.plan.start

    missed = await say(visit, Mark.MISSED, at=start + timedelta(minutes=20))
    marked = await world.stores.appointments.by_id(visit.id)
    back = await say(visit, None, at=start + timedelta(minutes=21))

    assert missed == Marked(mark=Mark.MISSED)
    assert marked == replace(visit, mark=Mark.MISSED)
    assert back == Marked(mark=None)
    assert await world.stores.appointments.by_id(visit.id) == visit


@pytest.mark.parametrize(
    ("mark", "minutes", "result"),
    [
        (Mark.MISSED, -1, TooEarly()),
        (Mark.MISSED, 0, Marked(mark=Mark.MISSED)),
        (Mark.ARRIVED, -1, Marked(mark=Mark.ARRIVED)),
        (Mark.ARRIVED, -24 * 60, TooEarly()),
        (None, -24 * 60, Marked(mark=None)),
    ],
)
async def test_nobody_comes_the_day_before_and_nobody_is_missed_before_the_start(
    booked: Any, say: Any, mark: Mark | None, minutes: int, result: Any
) -> None:
    visit = await booked()

    assert await say(visit, mark, at=visit.plan.start + timedelta(minutes=minutes)) == result


async def test_a_move_takes_the_mark_with_the_old_time_and_an_old_page_marks_nothing(
    world: Any, booked: Any, say: Any, move_it: Any, visits: Any
) -> None:
    visit = await booked()
    await say(visit, Mark.ARRIVED, at=visit.plan.start - timedelta(minutes=1))

    moved = (await move_it(visit, visits.plan(600))).appointment
    late = await say(visit, Mark.ARRIVED, at=moved.plan.start)

    assert late == Outdated(version=2)
    assert (await world.stores.appointments.by_id(visit.id)).mark is None


async def test_only_what_stands_here_is_marked(booked: Any, say: Any, cancel_it: Any) -> None:
    visit = await booked()

    with pytest.raises(UnknownAppointment):
        await say(visit, Mark.ARRIVED, at=visit.plan.start, branch_id=uuid4())
    await cancel_it(visit)

    assert isinstance(await say(visit, Mark.ARRIVED, at=visit.plan.start), NotBooked)
