"""Requests that were given up land where an old booking has to stand again."""

from __future__ import annotations

from typing import Any

from booking_core.domain.booking import Failed, FailureCause, Taken
from booking_core.workflows.recover import recover

OVER = "UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL"


def wanted(plan: Any) -> list[Any]:
    """Where the bookings of a plan are, as the calendar lists them."""
    return sorted((segment.staff_id, segment.calendar_span) for segment in plan.segments)


async def test_what_lands_where_an_old_booking_has_to_stand_again_makes_room_for_it(
    world: Any, visits: Any, booked: Any, move_it: Any
) -> None:
    """The cut makes room for a trim, which is asked for twice and lands when it is given up."""
    visit, plan = await booked(), visits.plan(75, service=12)
    world.calendar.script.extend(["late", "lost_before"])
    world.calendar.on_book = landing_before(world, version=visit.version)

    result = await move_it(visit, plan)

    assert result == Failed(cause=FailureCause.CALENDAR_SILENT, plan=plan, undone=True)
    assert world.calendar.places(visit.id) == wanted(visit.plan)
    assert await world.stores.appointments.by_id(visit.id) == visit


async def test_what_an_earlier_saga_left_behind_makes_room_as_well(
    world: Any, visits: Any, booked: Any, move_it: Any
) -> None:
    """The blow-drying was booked at the second try; the first lands when it has just moved away."""
    world.calendar.script.append("late")
    visit = await booked()
    world.calendar.script.extend(["fine", "overtaken"])

    result = await move_it(visit, 45)

    assert result == Taken(plan=visits.plan(45))
    assert world.calendar.places(visit.id) == wanted(visit.plan)
    assert await world.rows("SELECT state FROM saga WHERE kind = 'move'") == [("failed",)]


async def test_the_place_of_a_stranger_is_left_to_a_person_and_tried_again(
    world: Any, visits: Any, booked: Any, move_it: Any
) -> None:
    """Whatever is not ours is never cancelled; the visit comes back once the place is free."""
    visit, stranger = await booked(), await booked(6000)
    world.calendar.script.append("refused")
    blocker = None

    async def sneaks_in(asked: Any) -> None:
        nonlocal blocker
        if asked.version == visit.version and blocker is None:
            blocker = await world.calendar.move_by_hand(stranger.id, index=3, minutes=-6000)

    world.calendar.on_book = sneaks_in

    first = await move_it(visit, visits.plan(75, service=12))
    assert blocker in world.calendar.live
    await world.calendar.cancel(visits.salon, blocker, reason="the stranger has left")
    await world.write(OVER)
    await recover(await world.value("SELECT id FROM saga WHERE kind = 'move'"), world.parts())

    assert isinstance(first, Failed)
    assert not first.undone
    assert world.calendar.places(visit.id) == wanted(visit.plan)


def landing_before(world: Any, *, version: int) -> Any:
    """All that was given up lands just before a booking of this version is asked for."""

    async def land(asked: Any) -> None:
        if asked.version == version:
            world.calendar.land()

    return land
