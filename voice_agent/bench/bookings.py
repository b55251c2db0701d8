"""How long bookings, moves and cancellations take beyond Cal.com's answers.

Cal.com is a process of its own, as it is in real life, and tells how long it took for its answers,
from a request that it has read to an answer that it has yet to write; everything else counts as
ours: the network of this machine, the database, Redis, and waiting for the processor. What of it
is our own work is told by the time on the processor, which grows far less when others are busy.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any, TypeVar

from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.interval import Span
from booking_core.domain.orders import (
    CancelAppointment,
    Cancelled,
    Moved,
    OrderedBy,
    RescheduleAppointment,
)
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish
from voice_agent import loops
from voice_agent.bench.arena import LIFETIME_S, MORNING, SALON
from voice_agent.bench.books import Calcom
from voice_agent.bench.children import open_nursery
from voice_agent.bench.figures import print_counts, print_percentiles
from voice_agent.bench.turnstile import turnstiles
from voice_agent.config import Settings
from voice_agent.embedded import servers
from voice_agent.runtime import open_runtime
from voice_agent.simulator.books import calendar_keys, open_books, packaged_salon
from voice_agent.simulator.ground import own_ground
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from booking_core.bootstrap import BookingCore
    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from voice_agent.bench.turnstile import Turnstiles
    from voice_agent.embedded import Endpoints

T = TypeVar("T")

COLOUR = 177
LATENCIES_MS = (50, 0)
WARM_UP = 5
COUNTED = 5
AT_ONCE = 8
MANY = 100_000  # requests a minute: nobody shall wait for a turn
WEEK = timedelta(days=7)
THINKS_S = 0.3  # a caller does; meanwhile the offer has been looked at in Cal.com's calendar


def bookings(rounds: int = 40) -> None:
    """Book, move and cancel composite visits, and print what our part of the time is."""
    loops.run(_bookings(rounds))


@dataclass(slots=True)
class Rows:
    """What was measured, by what was done."""

    wall: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)
    trips: dict[str, list[tuple[int, ...]]] = field(default_factory=dict)
    """Round trips to the database, Redis and Cal.com."""

    def note(self, what: str, *, wall_ms: float, cpu_ms: float) -> None:
        """One more."""
        self.wall.setdefault(what, []).append(wall_ms)
        self.cpu.setdefault(f"{what}, processor", []).append(cpu_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A server's core, and the Cal.com it books at."""

    core: BookingCore
    salon: Salon
    calcom: Calcom
    doors: Turnstiles | None = None
    """Counts round trips; None = they are not counted, and cost no detour."""
    numbers: count[int]

    async def timed(self, what: str, work: Coroutine[Any, Any, T], rows: Rows) -> T:
        """The result; noted is how long it took without Cal.com's answers."""
        answering_ms, trips = await self.answering_ms(), self._trips()
        cpu, began = process_time(), perf_counter()
        result = await work
        took_ms, cpu_ms = (perf_counter() - began) * 1000, (process_time() - cpu) * 1000
        counted = self._trips()
        answering_ms = await self.answering_ms() - answering_ms
        rows.note(what, wall_ms=took_ms - answering_ms, cpu_ms=cpu_ms)
        made = tuple(now - before for now, before in zip(counted, trips, strict=True))
        rows.trips.setdefault(what, []).append(made)
        return result

    def _trips(self) -> tuple[int, ...]:
        return self.doors.trips() if self.doors else ()

    async def held(self, rows: Rows, *, moving: Appointment | None = None) -> BookAppointment:
        """An order for the next free colouring, or for one a week later; it is held."""
        owner = f"call:bench-{next(self.numbers)}"
        query = self._query(owner, moving)
        found = await self.timed("search and hold", self.core.offer_slots(query), rows)
        if not isinstance(found, SlotsFound):
            raise TypeError(f"the benchmark has filled the salon: {found}")
        await asyncio.sleep(THINKS_S)
        return self._order(owner, found.offers[0].plan)

    async def answering_ms(self) -> float:
        """How long Cal.com has taken for all its answers so far."""
        told = await self.calcom.control("dump")
        return float(told["answering_ms"])

    def _query(self, owner: str, moving: Appointment | None) -> SlotQuery:
        visit = VisitRequest(services=(self.salon.service_numbered(COLOUR).id,))
        if moving is None:
            return SlotQuery(branch_id=self.salon.branch.id, visit=visit, owner=owner)
        later = moving.plan.start + WEEK
        return SlotQuery(
            branch_id=self.salon.branch.id,
            visit=visit,
            owner=owner,
            wishes=(TimeWish(window=Span(later, later + WEEK), at=later),),
            moving=moving.id,
        )

    def _order(self, owner: str, plan: Plan) -> BookAppointment:
        return BookAppointment(
            key=f"{owner}:1",
            owner=owner,
            branch_id=self.salon.branch.id,
            plan=plan,
            customer=Customer(name="Brinkmann", email="brinkmann@kunden.example"),
            source="bench",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What a server for the demo salon stands on."""

    ground: Endpoints
    calcom_url: str
    settings: Settings
    numbers: count[int] = field(default_factory=count)
    """Of orders: none is given twice."""


@asynccontextmanager
async def _surroundings() -> AsyncIterator[_Surroundings]:
    set_up(level="critical")
    settings, salon = Settings(), packaged_salon(SALON)
    async with AsyncExitStack() as stack:
        endpoints = await stack.enter_async_context(servers(settings))
        ground = await stack.enter_async_context(own_ground(endpoints))
        nursery = await stack.enter_async_context(open_nursery())
        child = await nursery.begin("serve_calcom", now=MORNING.isoformat(), limit_s=LIFETIME_S)
        url = await child.tells("address")
        await open_books(ground, url, [salon])
        keys = await calendar_keys(url, [salon])
        changes = {
            "calendar": "calcom",
            "calcom_api_key": keys,
            "calcom_requests_per_minute": MANY,
            "now": MORNING,
        }
        yield _Surroundings(
            ground=ground, calcom_url=url, settings=settings.model_copy(update=changes)
        )


@asynccontextmanager
async def _bench(around: _Surroundings) -> AsyncIterator[Bench]:
    """As a server is that answers calls."""
    async with _core(around, around.ground, around.calcom_url) as (core, salon):
        calcom = Calcom(around.calcom_url)
        yield Bench(core=core, salon=salon, calcom=calcom, numbers=around.numbers)


@asynccontextmanager
async def _counting_bench(around: _Surroundings) -> AsyncIterator[Bench]:
    """The same, behind doors that count; what it takes is no measure."""
    async with (
        turnstiles(around.ground, around.calcom_url) as (doors, ground, url),
        _core(around, ground, url) as (core, salon),
    ):
        calcom = Calcom(around.calcom_url)
        yield Bench(core=core, salon=salon, calcom=calcom, doors=doors, numbers=around.numbers)


@asynccontextmanager
async def _core(
    around: _Surroundings, ground: Endpoints, calcom_url: str
) -> AsyncIterator[tuple[BookingCore, Salon]]:
    places = {
        "database_url": ground.database_url,
        "redis_url": ground.redis_url,
        "calcom_api_url": calcom_url,
    }
    settings = around.settings.model_copy(update=places)
    async with open_runtime(settings, ground) as runtime:
        salon = await runtime.salons.by_key(SALON)
        gc.collect()
        gc.freeze()  # as the server does before its first call
        yield runtime.core, salon


async def _bookings(rounds: int) -> None:
    async with _surroundings() as around:
        async with _bench(around) as bench:
            for _ in range(WARM_UP):
                await _come_and_go(bench, Rows())
            for latency_ms in LATENCIES_MS:
                await bench.calcom.control("latency", ms=latency_ms)
                rows = await _measured(bench, rounds)
                title = f"beyond Cal.com's answers of {latency_ms} ms and more; four segments each"
                print_percentiles(title, rows.wall | rows.cpu)
        async with _counting_bench(around) as bench:
            for _ in range(WARM_UP):
                await _come_and_go(bench, Rows())
            rows = Rows()
            for _ in range(COUNTED):
                await _come_and_go(bench, rows)
            print_counts("round trips", ("SQL", "Redis", "HTTP"), rows.trips)


async def _measured(bench: Bench, rounds: int) -> Rows:
    rows = Rows()
    for _ in range(rounds):
        await _come_and_go(bench, rows)
    for _ in range(max(2, rounds // AT_ONCE)):
        await _come_at_once(bench, rows)
    return rows


async def _come_and_go(bench: Bench, rows: Rows) -> None:
    """One visit is booked, moved and cancelled."""
    order = await bench.held(rows)
    booked = await bench.timed("book", bench.core.book(order), rows)
    assert isinstance(booked, Booked), booked
    there = await bench.held(rows, moving=booked.appointment)
    move = _move(there, booked.appointment)
    moved = await bench.timed("move", bench.core.reschedule(move), rows)
    assert isinstance(moved, Moved), moved
    await _cancelled(bench, moved.appointment, rows)


async def _come_at_once(bench: Bench, rows: Rows) -> None:
    """Some visits are booked together; each of them waits for its share of all answers."""
    orders = [await bench.held(Rows()) for _ in range(AT_ONCE)]
    answering_ms, began = await bench.answering_ms(), perf_counter()
    booked = await asyncio.gather(*(bench.core.book(order) for order in orders))
    took_ms = (perf_counter() - began) * 1000
    share_ms = (await bench.answering_ms() - answering_ms) / AT_ONCE
    rows.wall.setdefault(f"book {AT_ONCE} at once", []).append(took_ms - share_ms)
    for result in booked:
        assert isinstance(result, Booked), result
        await _cancelled(bench, result.appointment, Rows())


async def _cancelled(bench: Bench, visit: Appointment, rows: Rows) -> None:
    order = CancelAppointment(
        key=f"bench-{next(bench.numbers)}",
        branch_id=visit.branch_id,
        appointment_id=visit.id,
        by=OrderedBy.DESK,
        waive_limit=True,
    )
    cancelled = await bench.timed("cancel", bench.core.cancel(order), rows)
    assert isinstance(cancelled, Cancelled), cancelled


def _move(there: BookAppointment, visit: Appointment) -> RescheduleAppointment:
    return RescheduleAppointment(
        key=there.key,
        owner=there.owner,
        branch_id=there.branch_id,
        appointment_id=visit.id,
        plan=there.plan,
        on_purpose=there.on_purpose,
        by=OrderedBy.DESK,
        waive_limit=True,
    )
