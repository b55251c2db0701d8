"""A process full of callers who all want the same few days, for as long as it is told.

Says that it is ready, begins when it gets a line, and prints what it came to as JSON. Every caller
searches, hears offers, and books one of them or goes; some book what they found without having
held it, which is as rude as it gets.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from redis.asyncio import from_url

from booking_core.adapters.clock import SystemClock
from booking_core.adapters.jobs import Jobs
from booking_core.adapters.local_calendar import LocalCalendar
from booking_core.adapters.postgres.diary import PostgresDiary
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.sagas import PostgresSagas
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.public_holidays import public_holidays
from booking_core.adapters.redis_locks import RedisLocks
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish
from booking_core.workflows.book import book
from booking_core.workflows.find_slots import find_slots
from booking_core.workflows.hold import offer_slots
from booking_core.workflows.saga import Parts

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.slots import SlotAnswer

CALLERS = 4
LONG_ENOUGH = 300  # calls; there may be nothing left to book


@dataclass
class Contest:
    salon: Salon
    parts: Parts
    diary: PostgresDiary
    name: str
    days: list[datetime]
    chance: random.Random
    counts: Counter[str]
    booked: list[str]
    serial: int = 0

    async def find(self, query: SlotQuery) -> SlotAnswer:
        return await find_slots(
            query,
            salons=self.parts.salons,
            diary=self.diary,
            clock=self.parts.clock,
            holidays=public_holidays,
        )

    async def call(self) -> None:
        self.serial += 1
        query = self.query(f"call:{self.name}-{self.serial}")
        polite = self.chance.random() < 0.5
        answer = await (
            offer_slots(query, find=self.find, diary=self.diary) if polite else self.find(query)
        )
        if not isinstance(answer, SlotsFound):
            self.counts["nothing free"] += 1
        elif self.chance.random() < 0.2:
            await self.diary.release(query.owner)
            self.counts["hung up"] += 1
        else:
            await self.book(query, answer, polite=polite)

    async def book(self, query: SlotQuery, answer: SlotsFound, *, polite: bool) -> None:
        order = BookAppointment(
            key=query.owner,
            owner=query.owner,
            branch_id=query.branch_id,
            plan=self.chance.choice(answer.offers).plan,
            customer=Customer(name="Kim Albers"),
        )
        result = await book(order, self.parts)
        await self.diary.release(query.owner)
        manner = "held" if polite else "not held"
        self.counts[f"{manner}: {type(result).__name__}"] += 1
        if isinstance(result, Booked):
            self.booked.append(str(result.appointment.id))

    def query(self, owner: str) -> SlotQuery:
        day = self.chance.choice(self.days)
        at = day + timedelta(minutes=15 * self.chance.randrange(40))
        numbers = [service for service in self.salon.services if service.active]
        return SlotQuery(
            branch_id=self.salon.branch.id,
            visit=VisitRequest(services=(self.chance.choice(numbers).id,)),
            owner=owner,
            wishes=(TimeWish(window=Span(at, at + timedelta(hours=2)), at=at),),
        )


async def main(wish: dict[str, Any]) -> None:
    engine = make_engine(wish["database_url"])
    salons = PostgresSalons(engine)
    parts = Parts(
        salons=salons,
        sagas=PostgresSagas(engine, Jobs(wish["database_url"])),
        calendar=LocalCalendar(),
        locks=RedisLocks(from_url(wish["redis_url"])),
        clock=SystemClock(datetime.fromisoformat(wish["now"])),
    )
    contest = Contest(
        salon=await salons.by_key(wish["salon"]),
        parts=parts,
        diary=PostgresDiary(engine),
        name=wish["name"],
        days=[datetime.fromisoformat(day).astimezone(UTC) for day in wish["days"]],
        chance=random.Random(wish["seed"]),  # noqa: S311 - wishes, not secrets
        counts=Counter(),
        booked=[],
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    until = time.monotonic() + wish["seconds"]

    async def caller() -> None:
        # Who stood still all that time has not had a chance yet.
        while time.monotonic() < until or not (contest.booked or contest.serial > LONG_ENOUGH):
            await contest.call()

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    report = {"counts": contest.counts, "booked": contest.booked}
    sys.stdout.write(json.dumps(report) + "\n")
    await engine.dispose()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(json.loads(sys.argv[1])))
