"""How long the salon's pages take, with 20 people, 10,000 visits and 5,000 calls on record."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from aiohttp import ClientSession, CookieJar
from sqlalchemy import text

from booking_core.adapters.postgres.appointments import adding
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.pipeline import write
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.domain.appointment import Appointment, AppointmentState, Customer
from booking_core.domain.interval import Span
from booking_core.domain.plan import Claim, ClaimKind, Plan, PlannedPause, PlannedSegment
from voice_agent import loops
from voice_agent.admin.site import PAGES
from voice_agent.bench.arena import MORNING, SALON
from voice_agent.bench.figures import print_percentiles
from voice_agent.bench.serving import serving
from voice_agent.config import Settings
from voice_agent.embedded import servers
from voice_agent.simulator.books import packaged_salon
from voice_agent.simulator.ground import own_ground
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon

COLOUR: Final = 177
PEOPLE: Final = 20
DAYS: Final = 100
A_DAY: Final = 5
"""Visits of each person on each day: 20 x 100 x 5 = 10,000."""
CALLS: Final = 5000
WARM_UP: Final = 5
NAMES: Final = UUID("5ab75c2c-4c8d-4a5e-9a33-0f6ff2f2c1de")
BATCH: Final = 100
LENGTHS: Final = ((30, 15), (10, 0), (25, 5), (10, 0))
"""Minutes of work, and of the pause behind it; five such visits fit into a day."""
_BOOKED = "UPDATE appointment SET state = 'booked', booked_at = created_at"
_CLAIMS = """
    INSERT INTO claim (branch_id, resource_id, during, owner, holder, kind, state, appointment_id)
    SELECT visit.branch_id, part.staff_id, part.during, 'appointment:' || visit.id,
      'appointment:' || visit.id, 'work', 'final', visit.id
    FROM appointment_segment AS part JOIN appointment AS visit ON visit.id = part.appointment_id
"""
_CALLS = """
    INSERT INTO call (id, branch_id, caller_number, started_at, ended_at, outcome)
    SELECT 'bench-' || n, branch.id, '+49171000' || lpad(n::text, 4, '0'),
      CAST(:now AS timestamptz) - make_interval(mins => n * 17),
      CAST(:now AS timestamptz) - make_interval(mins => n * 17 - 2),
      (ARRAY['booked', 'not_booked', 'callback', 'information'])[1 + n % 4]
    FROM branch, generate_series(1, :calls) AS n
"""
_TURNS = """
    INSERT INTO call_turn (call_id, turn, at, response_id, kind, ended, caller_text, agent_text,
      understanding, actions, first_ms, total_ms)
    SELECT call.id, n, call.started_at + make_interval(secs => n * 12), n, 'speech', 'answered',
      'caller', 'agent', '{}', ARRAY[]::text[], 4, 9
    FROM call, generate_series(1, 6) AS n
"""


def pages(rounds: int) -> None:
    """Ask for each page so often, and print percentiles."""
    set_up(level="critical")
    rows = loops.run(_measured(rounds))
    print_percentiles("pages, one visitor after the other", rows)


async def _measured(rounds: int) -> dict[str, list[float]]:
    async with AsyncExitStack() as stack:
        endpoints = await stack.enter_async_context(servers(Settings()))
        ground = await stack.enter_async_context(own_ground(endpoints))
        server = await stack.enter_async_context(serving(ground, now=MORNING, salon=SALON))
        engine = make_engine(ground.database_url, pool_size=1)
        stack.push_async_callback(engine.dispose)
        visit = await _filled(engine, MORNING)
        jar = CookieJar(unsafe=True)
        http = await stack.enter_async_context(ClientSession(server.address, cookie_jar=jar))
        async with http.post("/admin/sign-in", data={"alone": "1"}) as answer:
            answer.raise_for_status()
        return {name: await _timed(http, path, rounds) for name, path in _addresses(visit).items()}


def _addresses(visit: UUID) -> dict[str, str]:
    """Those of the navigation, and what is behind them."""
    day = MORNING.date()
    inner = {
        "day, events": f"/admin/day/events?date={day}",
        "day, list": f"/admin/day/list?date={day}",
        "week": f"/admin/week?date={day}",
        "visit": f"/admin/visits/{visit}",
        "booking form": f"/admin/book?date={day}",
        "known customers": "/admin/customers/known?name=Gast",
    }
    return dict(PAGES) | inner


async def _timed(http: ClientSession, path: str, rounds: int) -> list[float]:
    """Milliseconds from the request to the last byte of the page."""
    series = []
    for number in range(rounds + WARM_UP):
        since = perf_counter()
        async with http.get(path) as answer:
            answer.raise_for_status()
            await answer.read()
        if number >= WARM_UP:
            series.append((perf_counter() - since) * 1000)
    return series


async def _filled(engine: AsyncEngine, now: datetime) -> UUID:
    """A salon with all of it; one of its visits."""
    salons = PostgresSalons(engine)
    await salons.save(_crowded(packaged_salon(SALON)))
    salon = await salons.by_key(SALON)
    visits = list(_visits(salon, now))
    for first in range(0, len(visits), BATCH):
        batch = visits[first : first + BATCH]
        async with engine.begin() as connection:
            await write(connection, [part for visit in batch for part in adding(visit)])
    async with engine.begin() as connection:
        for statement in (_BOOKED, _CLAIMS, _CALLS, _TURNS, "ANALYZE"):
            values = {"now": now, "calls": CALLS} if statement == _CALLS else {}
            await connection.execute(text(statement), values)
    return next(visit.id for visit in visits if visit.plan.start > now)


def _crowded(salon: Salon) -> Salon:
    """The same salon with more people, who are copies of those it has."""
    own = salon.staff
    more = tuple(
        replace(
            own[n % len(own)],
            id=uuid5(NAMES, f"staff-{n}"),
            key=f"more-{n}",
            first_name=f"{own[n % len(own)].first_name} {n}",
            nicknames=(),
            calendar_user=f"more-{n}",
        )
        for n in range(PEOPLE - len(own))
    )
    return replace(salon, staff=(*own, *more))


def _visits(salon: Salon, now: datetime) -> Iterator[Appointment]:
    today = now.astimezone(ZoneInfo(salon.branch.timezone)).replace(hour=9, minute=0)
    service = salon.service_numbered(COLOUR)
    for day in range(-DAYS // 2, DAYS // 2):
        for number, member in enumerate(salon.staff):
            for turn in range(A_DAY):
                start = today + timedelta(days=day, minutes=100 * turn)
                name = f"{day}-{number}-{turn}"
                yield Appointment(
                    id=uuid5(NAMES, name),
                    branch_id=salon.branch.id,
                    code=f"B{name}",
                    state=AppointmentState.BOOKING,
                    version=1,
                    plan=_plan(service.id, member.id, start),
                    service_names=(service.name,),
                    price_cents=service.price_cents,
                    customer=Customer(name=f"Gast {name}", phone=f"+4917100{number:02}{turn}00"),
                    call_id=f"bench-{1 + number}",
                )


def _plan(service: UUID, member: UUID, start: datetime) -> Plan:
    segments = []
    for index, (minutes, rest) in enumerate(LENGTHS, start=1):
        span = Span.of_minutes(start, minutes)
        pause = Span.of_minutes(span.end, rest) if rest else None
        segments.append(
            PlannedSegment(
                index=index,
                of=len(LENGTHS),
                key="ABCD"[index - 1],
                name=f"part {index}",
                service_id=service,
                staff_id=member,
                span=span,
                pause=PlannedPause(span=pause, occupied=False) if pause else None,
            )
        )
        start = pause.end if pause else span.end
    claims = tuple(Claim(resource_id=member, span=s.span, kind=ClaimKind.WORK) for s in segments)
    return Plan(services=(service,), segments=tuple(segments), claims=claims)
