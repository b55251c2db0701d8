"""One customer is in one place: two visits at one time are booked, or moved there, on purpose."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from booking_core.domain.appointment import Customer
from booking_core.domain.booking import AlreadyThere, Booked
from booking_core.domain.orders import Moved
from booking_core.workflows.book import Pace, book

PATIENT = Pace(deadline_s=60)
PHONE = "+4915112345678"


@pytest.fixture
def alone(visits: Any) -> Any:
    """An order of somebody who cannot be in two places, with Ben while Ada is busy."""

    def order(start: int, name: str = "Wilma Tönnies", **changes: Any) -> Any:
        plan = visits.plan(start, service=12, staff="ben")
        customer = Customer(name=name, phone=changes.pop("phone", PHONE))
        return visits.order(plan, customer=customer, on_purpose=False, **changes)

    return order


async def counted(world: Any) -> int:
    return await world.value("SELECT count(*) FROM appointment")


@pytest.mark.parametrize("name", ["Wilma Tönnies", "Toennies", "Wilma"])
async def test_who_is_there_already_is_told_of_that_visit_and_nothing_is_written(
    world: Any, booked: Any, alone: Any, name: str
) -> None:
    visit = await booked(0)
    order = alone(35, name)

    result = await book(order, world.parts())

    assert result == AlreadyThere(appointment=visit, plan=order.plan)
    assert await counted(world) == 1


@pytest.mark.parametrize(
    ("start", "changes"),
    [
        (150, {}),
        (35, {"name": "Mia Tönnies"}),
        (35, {"phone": None}),
        (35, {"phone": "+4915112345679"}),
    ],
    ids=["afterwards", "a child", "no number", "another number"],
)
async def test_whoever_is_not_there_at_that_time_is_booked(
    world: Any, booked: Any, alone: Any, start: int, changes: dict[str, Any]
) -> None:
    await booked(0)

    assert isinstance(await book(alone(start, **changes), world.parts()), Booked)


async def test_two_at_once_are_booked_for_whoever_says_that_it_is_meant(
    world: Any, booked: Any, visits: Any
) -> None:
    await booked(0)
    order = visits.order(visits.plan(35, service=12, staff="ben"), on_purpose=True)

    assert isinstance(await book(order, world.parts()), Booked)


async def test_of_two_calls_of_one_number_at_once_one_is_booked(
    world: Any, visits: Any, alone: Any
) -> None:
    orders = [
        alone(0, call_id="1"),
        replace(alone(0, call_id="2"), plan=visits.plan(0, service=12, staff="ada")),
    ]

    results = await asyncio.gather(*(book(order, world.parts()) for order in orders))

    assert sorted(type(result).__name__ for result in results) == ["AlreadyThere", "Booked"]


async def test_the_same_order_again_is_answered_by_its_own_visit(world: Any, alone: Any) -> None:
    order = alone(0)
    first = await book(order, world.parts())

    assert await book(order, world.parts()) == first


async def test_a_cancelled_visit_is_in_nobodys_way(
    world: Any, booked: Any, cancel_it: Any, alone: Any
) -> None:
    await cancel_it(await booked(0))

    assert isinstance(await book(alone(35), world.parts()), Booked)


@pytest.fixture
def move_alone(move_it: Any) -> Any:
    """Moves a visit of somebody who cannot be in two places."""

    async def run(visit: Any, plan: Any, **changes: Any) -> Any:
        return await move_it(visit, plan, **{"on_purpose": False, **changes})

    return run


@pytest.fixture
async def second(booked: Any, visits: Any) -> Any:
    """Trimmed by Ben, long after the colour of the same customer is done."""
    return await booked(visits.plan(600, service=12, staff="ben"))


async def test_who_moves_a_visit_onto_another_of_theirs_is_told_and_nothing_is_written(
    world: Any, booked: Any, second: Any, visits: Any, move_alone: Any
) -> None:
    visit = await booked(0)
    plan = visits.plan(35, service=12, staff="ben")
    world.calendar.asked.clear()

    result = await move_alone(second, plan)

    assert result == AlreadyThere(appointment=visit, plan=plan)
    assert await world.stores.appointments.by_id(second.id) == second
    assert world.calendar.asked == []
    assert await world.value("SELECT count(*) FROM saga WHERE kind = 'move'") == 0


async def test_their_own_visit_is_told_before_the_time_is_called_taken(
    booked: Any, second: Any, visits: Any, move_alone: Any
) -> None:
    visit = await booked(0)
    plan = visits.plan(0, service=12, staff="ada")

    assert await move_alone(second, plan) == AlreadyThere(appointment=visit, plan=plan)


async def test_a_visit_may_be_moved_onto_another_by_whoever_says_that_it_is_meant(
    booked: Any, second: Any, visits: Any, move_alone: Any
) -> None:
    await booked(0)
    plan = visits.plan(35, service=12, staff="ben")

    assert isinstance(await move_alone(second, plan, on_purpose=True), Moved)


async def test_a_visit_is_not_in_its_own_way(booked: Any, move_alone: Any) -> None:
    assert isinstance(await move_alone(await booked(0), 15), Moved)


async def test_what_stands_beside_another_on_purpose_stays_beside_it_without_being_asked(
    booked: Any, visits: Any, move_alone: Any
) -> None:
    await booked(0)
    beside = await booked(visits.plan(35, service=12, staff="ben"))

    assert isinstance(await move_alone(beside, visits.plan(50, service=12, staff="ben")), Moved)


@pytest.mark.parametrize(
    "customer",
    [
        Customer(name="Mia Tönnies", phone=PHONE),
        Customer(name="Wilma Tönnies", phone=None),
        Customer(name="Wilma Tönnies", phone="+4915112345679"),
    ],
    ids=["a child", "no number", "another number"],
)
async def test_a_visit_is_moved_beside_one_of_somebody_else(
    booked: Any, visits: Any, move_alone: Any, customer: Customer
) -> None:
    await booked(0)
    other = await booked(visits.plan(600, service=12, staff="ben"), customer=customer)

    assert isinstance(await move_alone(other, visits.plan(35, service=12, staff="ben")), Moved)


async def test_of_two_visits_moved_to_one_time_at_once_one_is_moved(
    booked: Any, visits: Any, move_alone: Any
) -> None:
    one = await booked(visits.plan(600, service=12, staff="ben"))
    other = await booked(visits.plan(700, service=12, staff="ada"))

    results = await asyncio.gather(
        move_alone(one, visits.plan(0, service=12, staff="ben")),
        move_alone(other, visits.plan(0, service=12, staff="ada")),
    )

    assert sorted(type(result).__name__ for result in results) == ["AlreadyThere", "Moved"]


async def test_a_visit_on_its_way_is_in_the_way_where_it_is_and_where_it_goes(
    world: Any, visits: Any, booked: Any, second: Any, alone: Any, move_alone: Any
) -> None:
    visit = await booked(0)
    gate = asyncio.Event()
    world.calendar.on_book = lambda _: gate.wait()
    under_way = asyncio.create_task(move_alone(visit, 300, pace=PATIENT))
    while not await world.value("SELECT count(*) FROM saga WHERE kind = 'move'"):
        await asyncio.sleep(0.01)

    before = await move_alone(second, visits.plan(35, service=12, staff="ben"))
    after = await book(alone(335), world.parts())
    gate.set()
    moved = await under_way

    assert isinstance(moved, Moved)
    assert before.appointment == visit
    assert (after.appointment.id, after.appointment.plan) == (visit.id, moved.appointment.plan)
