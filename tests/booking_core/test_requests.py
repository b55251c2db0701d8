"""Callbacks that were asked for, and the waiting list, over the real database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from booking_core.adapters.clock import SystemClock
from booking_core.adapters.local_calendar import LocalCalendar
from booking_core.adapters.mail.folder import FolderMailer
from booking_core.adapters.mail.render import render_confirmation
from booking_core.adapters.postgres.callbacks import PostgresCallbacks
from booking_core.adapters.postgres.customers import PostgresCustomers
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.postgres.waiting import PostgresWaitingList
from booking_core.adapters.public_holidays import public_holidays
from booking_core.adapters.redis_locks import RedisLocks
from booking_core.bootstrap import BookingCore
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.errors import InvalidRequest
from booking_core.domain.interval import Span
from booking_core.domain.orders import CancelAppointment, Cancelled
from booking_core.domain.plan import VisitRequest
from booking_core.domain.requests import JoinWaitingList, RequestCallback, WaitingState
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from redis.asyncio import Redis

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon

MONDAY = datetime.fromisoformat("2031-03-03T10:00:00+01:00")
TUESDAY_AT_TWO = datetime.fromisoformat("2031-03-04T14:00:00+01:00")


@pytest.fixture
async def core(
    stores: Any,
    saved_salon: Salon,  # noqa: ARG001 - its rows must exist
    redis: Redis,
    tmp_path: Path,
) -> AsyncIterator[BookingCore]:
    core = BookingCore(
        salons=PostgresSalons(stores.engine),
        customers=PostgresCustomers(stores.engine),
        diary=stores.diary,
        sagas=stores.sagas,
        appointments=stores.appointments,
        mail_log=stores.mail_log,
        calendar=LocalCalendar(),
        locks=RedisLocks(redis),
        clock=SystemClock(MONDAY),
        holidays=public_holidays,
        jobs=stores.jobs,
        mailer=FolderMailer(tmp_path),
        render=render_confirmation,
        callbacks=PostgresCallbacks(stores.engine),
        waiting=PostgresWaitingList(stores.engine),
    )
    yield core
    await core.settle()


@pytest.fixture
def ask(saved_salon: Salon) -> Any:
    """A request for a callback."""

    def make(**facts: Any) -> RequestCallback:
        known = {"key": "call_9", "phone": "+4930555010", "reason": "asked", **facts}
        return RequestCallback(branch_id=saved_salon.branch.id, **known)

    return make


@pytest.fixture
def wait(saved_salon: Salon) -> Any:
    """A wish for Emma's Tuesday at two."""
    emma = next(member for member in saved_salon.staff if member.key == "emma")

    def make(**facts: Any) -> JoinWaitingList:
        known = {
            "key": "call_9",
            "services": (saved_salon.service_numbered(177).id,),
            "staff": emma.id,
            "windows": (Span.of_minutes(TUESDAY_AT_TWO, 5),),
            "name": "Wanda Ilg",
            "phone": "+4930555010",
            **facts,
        }
        return JoinWaitingList(branch_id=saved_salon.branch.id, **known)

    return make


async def visit(core: BookingCore, wish: JoinWaitingList) -> Appointment:
    """Somebody else has the very place that is waited for."""
    query = SlotQuery(
        branch_id=wish.branch_id,
        visit=VisitRequest(services=wish.services, staff=wish.staff),
        owner="call:other",
        wishes=(TimeWish(window=Span.of_minutes(TUESDAY_AT_TWO, 5), at=TUESDAY_AT_TWO),),
    )
    found = await core.offer_slots(query)
    assert isinstance(found, SlotsFound)
    order = BookAppointment(
        key="other/1",
        owner="call:other",
        branch_id=wish.branch_id,
        plan=found.offers[0].plan,
        customer=Customer(name="Änne Grüber"),
    )
    booked = await core.book(order)
    assert isinstance(booked, Booked)
    return booked.appointment


async def call_off(core: BookingCore, appointment: Appointment) -> None:
    order = CancelAppointment(
        key="other/2", branch_id=appointment.branch_id, appointment_id=appointment.id
    )
    assert isinstance(await core.cancel(order), Cancelled)


async def rows(stores: Any, query: str) -> list[tuple[Any, ...]]:
    async with stores.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


CALLBACKS = "SELECT name, phone, topic, reason, state, asked_for FROM callback_request"


async def test_a_request_stands_before_it_is_answered(
    core: BookingCore, stores: Any, ask: Any
) -> None:
    noted = await core.call_back(ask(topic="Strähnen", wish={"names": ["Strähnen"]}))

    assert await rows(stores, CALLBACKS) == [("", "+4930555010", "Strähnen", "asked", "open", True)]
    assert noted.due_at > MONDAY


async def test_asked_again_in_a_call_it_is_one_request_with_the_newest_facts(
    core: BookingCore, stores: Any, ask: Any
) -> None:
    await core.call_back(ask(name="Wanda Ilg", topic="Strähnen"))
    await core.call_back(ask(phone="+4930555011", topic="Strähnen / nachmittags"))

    assert await rows(stores, CALLBACKS) == [
        ("Wanda Ilg", "+4930555011", "Strähnen / nachmittags", "asked", "open", True)
    ]


def test_nobody_is_called_or_waits_without_a_number(ask: Any, wait: Any) -> None:
    with pytest.raises(InvalidRequest):
        ask(phone="")
    with pytest.raises(InvalidRequest):
        wait(phone="")


async def test_who_waits_is_listed_once_with_the_newest_wish(core: BookingCore, wait: Any) -> None:
    later = Span.of_minutes(TUESDAY_AT_TWO + timedelta(hours=1), 5)
    await core.join_waiting_list(wait())
    await core.join_waiting_list(wait(name="", windows=(later,)))

    (entry,) = await core.waiting_list(wait().branch_id)
    assert entry.wish == wait(windows=(later,))
    assert entry.state is WaitingState.OPEN


async def test_a_cancellation_is_noticed_for_those_it_suits(core: BookingCore, wait: Any) -> None:
    taken = await visit(core, wait())
    await core.join_waiting_list(wait())
    assert await core.look_for_places() == 0

    await call_off(core, taken)

    assert await core.look_for_places() == 1
    (entry,) = await core.waiting_list(wait().branch_id)
    assert (entry.state, entry.found) == (WaitingState.FOUND, TUESDAY_AT_TWO)


async def test_a_place_at_another_time_is_no_place(core: BookingCore, wait: Any) -> None:
    taken = await visit(core, wait())
    sunday = Span.of_minutes(TUESDAY_AT_TWO + timedelta(days=5), 5)
    await core.join_waiting_list(wait(windows=(sunday,)))

    await call_off(core, taken)

    assert await core.look_for_places() == 0
    (entry,) = await core.waiting_list(wait().branch_id)
    assert entry.state is WaitingState.OPEN


async def test_a_wish_whose_days_are_over_waits_no_more(core: BookingCore, wait: Any) -> None:
    taken = await visit(core, wait())
    await core.join_waiting_list(wait(windows=(Span.of_minutes(MONDAY - timedelta(days=1), 5),)))

    await call_off(core, taken)
    await core.look_for_places()

    assert await core.waiting_list(wait().branch_id) == []


async def test_what_the_salon_has_seen_to_leaves_the_list(core: BookingCore, wait: Any) -> None:
    entry = await core.join_waiting_list(wait())

    assert await core.settle_waiting(wait().branch_id, entry.id)
    assert not await core.settle_waiting(wait().branch_id, entry.id)
    assert await core.waiting_list(wait().branch_id) == []
