"""One customer is in one place: a second visit at the same time is booked only on purpose."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from booking_core.domain.appointment import Customer
from booking_core.domain.booking import AlreadyThere, Booked
from booking_core.workflows.book import book

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
