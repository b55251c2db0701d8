"""`find_slots` as a caller waits for it: the salon and the diary in PostgreSQL, then the search."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from booking_core.adapters.postgres import migrate
from booking_core.adapters.postgres.diary import PostgresDiary
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.domain.interval import Span
from booking_core.domain.plan import Claim, Plan, PlannedSegment, VisitRequest
from booking_core.domain.search import look
from booking_core.domain.slots import SlotQuery, TimeWish
from booking_core.workflows.find_slots import find_slots
from voice_agent import loops
from voice_agent.bench.month import FIRST, OPENS, no_holidays
from voice_agent.config import Settings
from voice_agent.embedded import servers
from voice_agent.simulator.ground import own_ground

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.slots import SlotAnswer
    from voice_agent.bench.month import Month

T = TypeVar("T")

A_YEAR_S = 365 * 24 * 3600.0
NOW = datetime.combine(FIRST, OPENS, UTC) - timedelta(hours=2)

HOUR, PERSON, SOON = "a wished hour", "a person, any time of a day", "as soon as possible"
ASKED = (HOUR, SOON)
"""What the growth of a salon is shown for."""

Series = dict[str, list[float]]
"""Milliseconds by what took them."""


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Always the same morning."""

    moment: datetime = NOW

    def now(self) -> datetime:
        """That morning."""
        return self.moment


@dataclass(slots=True)
class Office:
    """A month that is in the database, and the questions that are asked about it."""

    month: Month
    salons: PostgresSalons
    diary: PostgresDiary
    series: Series = field(default_factory=dict)

    async def ask(self, name: str, query: SlotQuery) -> SlotAnswer:
        """Answer a question, and remember how long that took."""
        return await self.timed(name, lambda: self._find(query))

    async def parts(self, query: SlotQuery) -> None:
        """One question about one day again, each part of the answer on its own."""
        branch_id = query.branch_id
        day = Span(query.wishes[0].window.start, query.wishes[0].window.end)
        salon = await self.timed("  of it: the salon", lambda: self.salons.by_id(branch_id))
        busy = await self.timed(
            "  of it: the diary", lambda: self.diary.busy(branch_id, day, except_owner="call:bench")
        )

        async def search() -> object:
            return look(query, salon, busy, NOW, no_holidays, reach=day)

        await self.timed("  of it: the search", search)

    async def timed(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Wait for something, and remember how long."""
        begun = perf_counter()
        done = await work()
        self.series.setdefault(name, []).append((perf_counter() - begun) * 1000)
        return done

    async def _find(self, query: SlotQuery) -> SlotAnswer:
        return await find_slots(
            query,
            salons=self.salons,
            diary=self.diary,
            clock=FixedClock(),
            holidays=lambda _: no_holidays,
        )


def measure(month: Month, rounds: int, settings: Settings | None = None) -> Series:
    """How long the questions of a call take, with all of a month in PostgreSQL."""
    return loops.run(_measure(month, rounds, settings or Settings()))


async def _measure(month: Month, rounds: int, settings: Settings) -> Series:
    async with _office(month, settings) as office:
        for turn in range(rounds):
            day = datetime.combine(FIRST + timedelta(days=1 + turn % 20), OPENS, UTC)
            lead = month.salon.staff[turn % len(month.salon.staff)].id
            await office.ask(HOUR, _query(month.salon, _hour(day, 2)))
            await office.ask(PERSON, _query(month.salon, _hour(day, 9), lead))
            await office.ask(SOON, _query(month.salon))
            await office.parts(_query(month.salon, _hour(day, 2)))
        return office.series


def _hour(day: datetime, hours: int) -> TimeWish:
    return TimeWish(window=Span(day, day + timedelta(hours=hours)))


def _query(salon: Salon, wish: TimeWish | None = None, staff: UUID | None = None) -> SlotQuery:
    visit = VisitRequest(services=(salon.services[0].id,), staff=staff)
    wishes = (wish,) if wish else ()
    return SlotQuery(branch_id=salon.branch.id, visit=visit, owner="call:bench", wishes=wishes)


@asynccontextmanager
async def _office(month: Month, settings: Settings) -> AsyncIterator[Office]:
    async with servers(settings) as endpoints, own_ground(endpoints) as ground:
        await migrate.upgrade(ground.database_url)
        engine = make_engine(ground.database_url)
        try:
            office = Office(month, PostgresSalons(engine), PostgresDiary(engine))
            await office.salons.save(month.salon)
            for number, (owner, spans) in enumerate(month.busy.items()):
                await _take(office, f"call:{number}", owner, spans)
            yield office
        finally:
            await engine.dispose()


async def _take(office: Office, holder: str, owner: UUID, spans: Sequence[Span]) -> None:
    """Let somebody hold all of this for a year."""
    salon = office.month.salon
    segment = PlannedSegment(
        index=1,
        of=1,
        key="A",
        name="",
        service_id=salon.services[0].id,
        staff_id=owner,
        span=spans[0],
    )
    claims = tuple(Claim(resource_id=owner, span=span) for span in spans)
    plan = Plan(services=(salon.services[0].id,), segments=(segment,), claims=claims)
    await office.diary.hold(salon.branch.id, holder, [plan], ttl_s=A_YEAR_S)
