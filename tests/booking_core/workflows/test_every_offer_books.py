"""Every start that is offered can be held and booked: random salons, filled until they are full.

Days of 23 and 25 hours are among them, and visits that end just before midnight.
`OFFERS_BOOK_SALONS=50` fills more salons than the few of a usual run.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from booking_core.adapters.local_calendar import LocalCalendar
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.catalogue import Delegate, LeadChange, WorkingHours
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish
from booking_core.workflows.book import book
from booking_core.workflows.find_slots import find_slots
from booking_core.workflows.hold import offer_slots

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon, Staff
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import SlotAnswer

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = (date(2026, 11, 25), date(2026, 10, 25), date(2027, 3, 28))
LAST = time(23, 55)
SALONS = int(os.environ.get("OFFERS_BOOK_SALONS", "5"))
CALLERS = 20


@dataclass(frozen=True)
class StandingClock:
    moment: datetime

    def now(self) -> datetime:
        return self.moment


@dataclass
class FrontDesk:
    """A random salon on one day, in the database, and callers who want something there."""

    salon: Salon
    day: date
    dice: random.Random
    world: Any

    async def offers(self, caller: int) -> SlotAnswer:
        """What somebody is offered, and holds, who wishes some hours of the day."""
        find = partial(
            find_slots,
            salons=self.world.salons,
            diary=self.world.stores.diary,
            clock=self._clock,
            holidays=lambda _: lambda _: None,
        )
        return await offer_slots(self._query(caller), find=find, diary=self.world.stores.diary)

    async def book(self, caller: int, plan: Plan) -> object:
        order = BookAppointment(
            key=f"{caller}:1",
            owner=f"call:{caller}",
            branch_id=self.salon.branch.id,
            plan=plan,
            customer=Customer(name="Ilse Tamm"),
        )
        parts = replace(self.world.parts(), calendar=LocalCalendar(), clock=self._clock)
        return await book(order, parts)

    @property
    def _clock(self) -> StandingClock:
        return StandingClock(midnight(self.day) - timedelta(hours=30))

    def _query(self, caller: int) -> SlotQuery:
        active = [service.id for service in self.salon.services if service.active]
        asked = tuple(self.dice.sample(active, self.dice.choice((1, 1, 2))))
        hours = self.dice.choice(((0, 4), (0, 24), (1, 3), (9, 18), (18, 24)))
        window = Span(*(midnight(self.day) + timedelta(hours=hour) for hour in hours))
        staff = self.dice.choice((None, None, self.dice.choice(self.salon.staff).id))
        return SlotQuery(
            branch_id=self.salon.branch.id,
            visit=VisitRequest(services=asked, staff=staff),
            owner=f"call:{caller}",
            wishes=(TimeWish(window=window),),
            limit=self.dice.choice((1, 2, 4)),
            strict=self.dice.random() < 0.5,
        )


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BERLIN)


def random_salon(salon: Salon, dice: random.Random) -> Salon:
    """The demo salon, open day and night, with other people's hours and other rules."""
    branch = replace(
        salon.branch,
        opening_hours=tuple(WorkingHours(weekday=day, start=time(), end=LAST) for day in range(7)),
        special_days=(),
        lead_minutes=dice.choice((0, 60, 26 * 60)),
        step_minutes=dice.choice((5, 15, 20)),
        delegate=dice.choice(tuple(Delegate)),
        lead_change=dice.choice(tuple(LeadChange)),
        elastic_pauses=dice.random() < 0.5,
    )
    staff = tuple(with_random_hours(member, dice) for member in salon.staff)
    return replace(salon, branch=branch, staff=staff)


def with_random_hours(member: Staff, dice: random.Random) -> Staff:
    """All day, or until a break within the night, sometimes off the five minutes."""
    pause = dice.choice((None, 60, 130, 143, 150, 600))
    start = time() if dice.random() < 0.7 else time(0, 50)
    marks = [start, LAST]
    if pause is not None:
        marks[1:1] = [clock(pause), clock(pause + dice.choice((15, 45, 62)))]
    hours = tuple(
        WorkingHours(weekday=day, start=begins, end=ends)
        for day in range(7)
        for begins, ends in zip(marks[::2], marks[1::2], strict=True)
    )
    extra = {skill: dice.choice((0, 5, 10)) for skill in ("color", "wash")}
    return replace(member, hours=hours, extra_minutes=extra)


def clock(minute: int) -> time:
    return time(minute // 60, minute % 60)


@pytest.fixture
async def open_desk(world: Any, demo_salon: Salon) -> Any:
    async def open_it(day: date, seed: int) -> FrontDesk:
        dice = random.Random(f"{day} {seed}")  # noqa: S311 - a reproducible salon, no secret
        salons = PostgresSalons(world.stores.engine)
        await salons.save(random_salon(demo_salon, dice))
        world.salons = salons
        return FrontDesk(await salons.by_key(demo_salon.branch.key), day, dice, world)

    return open_it


@pytest.mark.parametrize("seed", range(SALONS))
@pytest.mark.parametrize("day", DAYS, ids=str)
async def test_every_offered_start_books(open_desk: Any, world: Any, day: date, seed: int) -> None:
    desk = await open_desk(day, seed)
    booked = []

    for caller in range(CALLERS):
        answer = await desk.offers(caller)
        if isinstance(answer, SlotsFound):
            plan = desk.dice.choice(answer.offers).plan
            result = await desk.book(caller, plan)
            assert isinstance(result, Booked), (caller, plan)
            booked.append(plan)

    assert len(booked) >= CALLERS // 3
    assert await world.overlaps() == 0
    assert await world.value("SELECT count(*) FROM appointment WHERE state = 'booked'") == len(
        booked
    )
