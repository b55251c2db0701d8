"""Whose rest was used leaves: who was put into it is booked at Cal.com from then on, as others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from booking_core.domain.booking import Taken
from booking_core.domain.interval import shift
from booking_core.domain.slots import NoSlots

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from booking_core.domain.appointment import Appointment

CARE, FRINGE = 21, 22
TEN = 60
"""Minutes after the first Monday's opening at nine."""
REST = TEN + 10
"""When the rest of a care that begins at ten begins; it lasts 20 minutes."""
COMPARISONS = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'calendar.reconcile'"
OPEN = "SELECT kind FROM attention WHERE settled_at IS NULL"
BOOK = "POST /v2/bookings"


@pytest.fixture
async def put_in(reception: Any) -> tuple[Appointment, Appointment]:
    """A care, and the fringe that the desk has put into its rest."""
    care = await reception.booked(CARE, TEN)
    return care, await reception.put_in(FRINGE, REST)


@pytest.fixture
def stored(stores: Any) -> Callable[[Appointment], Awaitable[Appointment]]:
    async def read(visit: Appointment) -> Appointment:
        found: Appointment = await stores.appointments.by_id(visit.id)
        return found

    return read


async def test_when_the_other_visit_is_cancelled_the_one_put_in_is_booked_at_cal_com(
    reception: Any, put_in: Any, accepted: Any, stored: Any
) -> None:
    care, fringe = put_in

    await reception.cancelled(care)
    before = accepted()
    await reception.work()

    now = await stored(fringe)
    assert before == {}
    assert accepted() == {str(fringe.id): 1}
    assert (now.version, now.plan.start, now.plan.local_segments) == (1, fringe.plan.start, ())
    assert isinstance(await reception.ask(FRINGE, REST), NoSlots)


async def test_when_the_other_visit_is_moved_away_the_one_put_in_is_booked_at_cal_com(
    reception: Any, put_in: Any, accepted: Any
) -> None:
    care, fringe = put_in

    await reception.moved(care, CARE, TEN + 120)
    await reception.work()

    assert accepted() == {str(care.id): 2, str(fringe.id): 1}


async def test_as_long_as_the_rest_is_there_nothing_more_is_booked(
    reception: Any, put_in: Any, accepted: Any, stored: Any, world: Any
) -> None:
    care, fringe = put_in

    await reception.reconcile.branch(care.branch_id)

    assert accepted() == {str(care.id): 2}
    assert await stored(fringe) == fringe
    assert await world.rows(OPEN) == []


async def test_from_then_on_it_is_cancelled_and_moved_at_cal_com_like_any_other(
    reception: Any, put_in: Any, accepted: Any, calcom: Any
) -> None:
    care, fringe = put_in
    await reception.cancelled(care)
    await reception.work()

    moved = await reception.moved(fringe, FRINGE, REST + 5)
    (there,) = [one for one in calcom.control("dump")["bookings"] if one["status"] == "accepted"]
    live = accepted()
    await reception.cancelled(moved)

    assert live == {str(fringe.id): 1}
    assert there["start"].startswith(f"{shift(reception.opens, REST + 5):%Y-%m-%dT%H:%M}")
    assert accepted() == {}


@pytest.mark.parametrize("calcom_read_s", [2.0])  # so long is an answer that got lost waited for
@pytest.mark.parametrize("deed", ["timeout_after", "timeout_before", "error"])
async def test_a_booking_that_nobody_has_heard_of_is_made_good_and_made_once(
    reception: Any, put_in: Any, accepted: Any, calcom: Any, stored: Any, deed: str
) -> None:
    care, fringe = put_in
    await reception.cancelled(care)
    calcom.control("fault", on=BOOK, nth=1, do=deed)

    await reception.work()
    for _ in range(2):
        await reception.reconcile.branch(care.branch_id)

    assert accepted() == {str(fringe.id): 1}
    assert (await stored(fringe)).plan.local_segments == ()


async def test_a_calendar_that_is_away_is_asked_again_by_the_job(
    reception: Any, put_in: Any, accepted: Any, calcom: Any, world: Any
) -> None:
    care, fringe = put_in
    await reception.cancelled(care)
    calcom.control("fault", on="GET /v2/bookings", nth=1, do="error", down=True)

    await reception.work()
    waits = await world.value(f"{COMPARISONS} AND status = 'todo' AND scheduled_at > now()")
    calcom.control("clear_faults")
    await world.write("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    await reception.work()

    assert waits == 1
    assert accepted() == {str(fringe.id): 1}


async def test_where_somebody_has_taken_the_time_at_cal_com_the_salon_is_told_until_it_is_free(
    reception: Any, put_in: Any, accepted: Any, world: Any
) -> None:
    care, fringe = put_in
    await reception.cancelled(care)
    stranger = await reception.write_in(shift(reception.opens, REST))

    await reception.work()
    told = await world.rows(OPEN)
    await stranger.goes()
    await reception.reconcile.branch(care.branch_id)

    assert told == [("missing_there",)]
    assert accepted()[str(fringe.id)] == 1
    assert await world.rows(OPEN) == []


async def test_a_rest_that_never_came_about_has_the_calendars_compared_as_well(
    reception: Any, calcom: Any, world: Any
) -> None:
    plan, owner = await reception.planned(CARE, TEN)
    calcom.control("fault", on=BOOK, nth=2, do="conflict")

    result = await reception.core.book(reception.order(plan, owner))

    assert isinstance(result, Taken)
    assert await world.value(COMPARISONS) == 1


async def test_who_leaves_no_rest_has_nothing_compared(reception: Any, world: Any) -> None:
    await reception.cancelled(await reception.booked(FRINGE, TEN))

    assert await world.value(COMPARISONS) == 0
