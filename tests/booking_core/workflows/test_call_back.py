"""A booking that the calendar's silence has prevented: the salon calls the caller back, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.postgres.callbacks import PostgresCallbacks
from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import Failed, FailureCause, Taken
from booking_core.domain.catalogue import WorkingHours
from booking_core.workflows.book import book
from booking_core.workflows.call_back import due, with_callback

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.booking import BookingResult
    from booking_core.domain.catalogue import Salon

REQUESTS = "SELECT name, phone, state, reason FROM callback_request"


@pytest.fixture
def shop(small_salon: Salon) -> Salon:
    """Open Tuesday to Saturday from 9 to 18."""
    hours = tuple(WorkingHours(weekday=day, start=time(9), end=time(18)) for day in range(1, 6))
    return replace(small_salon, branch=replace(small_salon.branch, opening_hours=hours))


@dataclass(frozen=True, slots=True)
class OneSalon:
    """A store with one salon in it."""

    salon: Salon

    async def by_id(self, branch_id: UUID) -> Salon:
        assert branch_id == self.salon.branch.id
        return self.salon


@pytest.fixture
def answered(world: Any, shop: Salon) -> Any:
    """What the caller is told of a result, and the database afterwards."""

    async def go(result: BookingResult, order: Any) -> BookingResult:
        return await with_callback(
            result,
            order,
            callbacks=PostgresCallbacks(world.stores.engine),
            salons=OneSalon(shop),  # type: ignore[arg-type] - only asked by id
            now=datetime.fromisoformat("2026-11-25T10:00:00+01:00"),
            holidays=public_holidays,
        )

    return go


def silence(order: Any) -> Failed:
    return Failed(cause=FailureCause.CALENDAR_SILENT, plan=order.plan)


async def test_a_caller_whom_silence_has_cost_a_booking_is_called_back(
    world: Any, visits: Any, answered: Any
) -> None:
    order = visits.order()

    result = await answered(silence(order), order)

    assert result == replace(silence(order), callback=True)
    assert await world.rows(REQUESTS) == [
        ("Wilma Tönnies", "+4915112345678", "open", "calendar_silent")
    ]


async def test_who_tries_twice_in_one_call_is_called_back_once(
    world: Any, visits: Any, answered: Any
) -> None:
    orders = [visits.order(visits.plan(minute), call_id="call_1") for minute in (0, 60)]

    for order in orders:
        await answered(silence(order), order)

    starts = await world.rows("SELECT wish->>'start' FROM callback_request")
    assert starts == [(orders[1].plan.start.isoformat(),)]


async def test_who_books_after_all_need_not_be_called(
    world: Any, visits: Any, answered: Any
) -> None:
    first, second = (visits.order(call_id="call_1") for _ in range(2))
    await answered(silence(first), first)

    await answered(await book(second, world.parts()), second)

    assert await world.rows("SELECT state FROM callback_request") == [("obsolete",)]


async def test_who_has_no_number_is_promised_nothing(
    world: Any, visits: Any, answered: Any
) -> None:
    order = visits.order(customer=Customer(name="Ohne Nummer"))

    assert await answered(silence(order), order) == silence(order)
    assert await world.rows(REQUESTS) == []


async def test_a_time_that_is_taken_is_no_reason_to_call(
    world: Any, visits: Any, answered: Any
) -> None:
    order = visits.order()

    assert await answered(Taken(plan=order.plan), order) == Taken(plan=order.plan)
    assert await world.rows(REQUESTS) == []


async def test_a_request_that_could_not_be_written_down_is_not_promised(
    world: Any, visits: Any, answered: Any
) -> None:
    order = visits.order()
    await world.write("ALTER TABLE callback_request RENAME TO callback_request_away")

    try:
        result = await answered(silence(order), order)
    finally:
        await world.write("ALTER TABLE callback_request_away RENAME TO callback_request")

    assert result == silence(order)


@pytest.mark.parametrize(
    ("now", "by"),
    [
        ("2026-11-25T10:00", "2026-11-25T11:00"),
        ("2026-11-25T07:00", "2026-11-25T10:00"),
        ("2026-11-25T19:00", "2026-11-26T10:00"),
        ("2026-11-28T18:00", "2026-12-01T10:00"),
        ("2026-12-24T19:00", "2026-12-29T10:00"),
    ],
)
def test_the_call_is_due_an_hour_after_somebody_is_there(shop: Salon, now: str, by: str) -> None:
    at = datetime.fromisoformat(f"{now}:00+01:00")

    assert due(shop, at, public_holidays("BE")) == datetime.fromisoformat(f"{by}:00+01:00")


@pytest.fixture
def caring(world: Any, shop: Salon) -> Any:
    """What visits are booked with where whom a failure costs one is called back."""

    def parts(**more: Any) -> Any:
        def by(_: Salon, now: datetime) -> datetime:
            return due(shop, now, public_holidays("BE"))

        return replace(world.parts(**more), call_back_by=by)

    return parts


async def test_a_booking_fails_and_the_call_is_on_record_in_one_commit(
    world: Any, visits: Any, caring: Any, crash: type[BaseException], make_fuse: Any
) -> None:
    """Whoever was to answer the caller dies with the commit; the salon calls all the same."""
    world.calendar.script.append("refused")
    parts = caring(fuse=make_fuse("after turn_back"))

    with pytest.raises(crash):
        await book(visits.order(call_id="call_9"), parts)

    assert await world.rows("SELECT state, setback FROM saga") == [
        ("compensating", "calendar_refused")
    ]
    assert await world.rows("SELECT key, name, state, reason FROM callback_request") == [
        ("call_9", "Wilma Tönnies", "open", "calendar_refused")
    ]


async def test_a_booking_fails_even_if_the_call_cannot_be_put_on_record(
    world: Any, visits: Any, caring: Any
) -> None:
    order = visits.order()
    world.calendar.script.append("refused")
    await world.write("ALTER TABLE callback_request RENAME TO callback_request_away")

    try:
        result = await book(order, caring())
    finally:
        await world.write("ALTER TABLE callback_request_away RENAME TO callback_request")

    assert result == Failed(cause=FailureCause.CALENDAR_REFUSED, plan=order.plan)
    assert await world.rows("SELECT state FROM saga") == [("failed",)]


@pytest.mark.parametrize(
    ("word", "phone"), [("taken", "+4915112345678"), ("refused", None)], ids=["taken", "no number"]
)
async def test_nothing_is_put_on_record_for_whom_nobody_has_to_or_can_call(
    world: Any, visits: Any, caring: Any, word: str, phone: str | None
) -> None:
    world.calendar.script.append(word)

    await book(visits.order(customer=Customer(name="Wilma Tönnies", phone=phone)), caring())

    assert await world.rows(REQUESTS) == []
