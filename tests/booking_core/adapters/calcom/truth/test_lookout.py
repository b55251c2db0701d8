"""Offers come from the mirror, are verified there and then, and booking has the last word."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.jobs import Jobs
from booking_core.adapters.mail.notice import render_notice
from booking_core.adapters.postgres.customers import PostgresCustomers
from booking_core.adapters.postgres.ledger import PostgresLedger
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.public_holidays import public_holidays
from booking_core.bootstrap import BookingCore
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked, Taken
from booking_core.domain.catalogue import WorkingHours
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound
from booking_core.workflows.lookout import Lookout
from booking_core.workflows.tell_salon import TellSalon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from booking_core.workflows.mirror_calendar import MirrorCalendar
    from booking_core.workflows.reconcile import Reconcile
    from booking_core.workflows.saga import Parts

SENT = "POST /v2/bookings"


@pytest.fixture
async def core(  # noqa: PLR0913, PLR0917 - a whole core has many parts
    mirror: MirrorCalendar, reconcile: Reconcile, parts: Parts, stores: Any, salon: Salon,
    engine: AsyncEngine, database_url: str, postman: Any, watch: Any,
) -> AsyncIterator[BookingCore]:  # fmt: skip
    """The booking core of the salon, which is open every day from 9 to 18."""
    hours = tuple(WorkingHours(weekday=day, start=time(9), end=time(18)) for day in range(7))
    salons = PostgresSalons(engine)
    staff = tuple(replace(member, hours=hours) for member in salon.staff)
    branch = replace(salon.branch, opening_hours=hours, holidays_closed=False)
    await salons.save(replace(salon, branch=branch, staff=staff))
    ledger = PostgresLedger(engine)
    tell = TellSalon(
        untold=ledger, salons=salons, mailer=postman, clock=watch, render=render_notice
    )
    core = BookingCore(
        salons=salons, customers=PostgresCustomers(engine), diary=stores.diary,
        sagas=stores.sagas, appointments=stores.appointments, mail_log=stores.mail_log,
        calendar=parts.calendar, locks=parts.locks, clock=watch, holidays=public_holidays,
        jobs=Jobs(database_url), mailer=postman, render=render_notice,  # type: ignore[arg-type]  # no mail is due here
        lookout=lambda _, beside: Lookout(
            salons=salons, mirror=mirror, reconcile=reconcile, tell=tell, beside=beside
        ),
    )  # fmt: skip
    yield core
    await core.settle()


@pytest.fixture
def query(salon: Salon) -> SlotQuery:
    """A toning by Wanda as soon as possible."""
    visit = VisitRequest(services=(salon.services[0].id,), staff=salon.staff[0].id)
    return SlotQuery(branch_id=salon.branch.id, visit=visit, owner="call:a")


@pytest.fixture
async def first(core: Any, query: SlotQuery, mirror: MirrorCalendar) -> Plan:
    """What is offered first while nothing is known to be taken; nobody holds it."""
    await mirror.refresh()
    answer = await core.offer_slots(query)
    await core.release_holds(query.owner)
    await core.settle()
    plan: Plan = answer.offers[0].plan
    return plan


def order(plan: Plan, salon: Salon) -> BookAppointment:
    return BookAppointment(
        key="call_a/1",
        owner="call:a",
        branch_id=salon.branch.id,
        plan=plan,
        customer=Customer(name="Ludmilla Storch", phone="+4915144556677"),
    )


async def take(desk: Any, plan: Plan) -> None:
    """Somebody books this time in Cal.com by hand."""
    await desk.write_in("wanda", f"{plan.start.astimezone(desk.zone):%m-%d %H:%M}")


def sent(sandbox: Sandbox) -> int:
    """How many bookings Cal.com was asked for."""
    return int(sandbox.control("dump")["requests"].get(SENT, 0))


async def test_an_offer_that_is_taken_there_is_refused_before_anything_is_sent(
    core: Any, query: SlotQuery, first: Plan, desk: Any, sandbox: Sandbox, mirror: Any, salon: Any
) -> None:
    await take(desk, first)
    await desk.age_mirror(seconds=30)
    before = sent(sandbox)

    answer = await core.offer_slots(query)
    async with asyncio.timeout(60):
        while not await mirror.collides(first, within_s=20):
            await asyncio.sleep(0.02)
    result = await core.book(order(first, salon))

    assert answer.offers[0].plan.start == first.start
    assert result == Taken(plan=first, seen=True)
    assert sent(sandbox) == before


async def test_what_was_not_looked_at_for_long_is_looked_at_before_it_is_offered(
    core: Any, query: SlotQuery, first: Plan, desk: Any
) -> None:
    await take(desk, first)
    await desk.age_mirror(seconds=400)

    answer = await core.offer_slots(query)

    assert isinstance(answer, SlotsFound)
    assert not answer.unseen
    assert all(not offer.plan.span.overlaps(first.segments[0].span) for offer in answer.offers)


async def test_offers_that_nobody_could_look_at_say_so(
    core: Any, query: SlotQuery, first: Plan, desk: Any, sandbox: Sandbox
) -> None:
    await desk.age_mirror(seconds=400)
    sandbox.control("fault", on="GET /v2/slots", nth=1, do="error", down=True)

    answer = await core.offer_slots(query)

    assert answer.offers[0].plan.start == first.start
    assert answer.unseen


async def test_a_cal_com_that_takes_its_time_does_not_take_the_callers(
    core: Any, query: SlotQuery, first: Plan, desk: Any, sandbox: Sandbox
) -> None:
    await desk.age_mirror(seconds=400)
    sandbox.control("latency", on="GET /v2/slots", ms=20_000)

    async with asyncio.timeout(15):
        answer = await core.offer_slots(query)

    assert answer.offers[0].plan.start == first.start
    assert answer.unseen


async def test_what_cal_com_refuses_as_taken_is_not_offered_again(
    core: Any, query: SlotQuery, first: Plan, desk: Any, salon: Any
) -> None:
    await take(desk, first)

    result = await core.book(order(first, salon))
    again = await core.offer_slots(query)

    assert result == Taken(plan=first)
    assert all(not offer.plan.span.overlaps(first.segments[0].span) for offer in again.offers)


async def test_an_order_that_was_carried_out_is_not_refused_when_it_comes_again(
    core: Any, first: Plan, desk: Any, salon: Any
) -> None:
    booked = await core.book(order(first, salon))
    local = first.start.astimezone(desk.zone)
    await desk.pretend_read(local.date(), busy=f"{local:%m-%d %H:%M}")

    again = await core.book(order(first, salon))

    assert isinstance(booked, Booked)
    assert again == booked
