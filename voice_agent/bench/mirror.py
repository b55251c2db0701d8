"""How long it takes to say who is busy in Cal.com: from a process's copy, and from the database."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from booking_core.adapters.postgres import migrate
from booking_core.adapters.postgres.diary import PostgresDiary
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.mirror_copy import MirrorCopy
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.domain.interval import Span
from voice_agent import loops
from voice_agent.bench.month import DAYS, FIRST, month
from voice_agent.config import Settings
from voice_agent.embedded import servers
from voice_agent.simulator.ground import own_ground

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.postgres.mirror_copy import Elsewhere
    from booking_core.domain.catalogue import Salon

PEOPLE: Final = 20
ENTRIES_A_DAY: Final = 6
IN_A_ROW: Final = 1000
"""Questions to the copy that are measured together: one is shorter than the clock is exact."""
MICRO: Final = 1e6
START: Final = datetime.combine(FIRST, datetime.min.time(), UTC)

_FILL = text("""
    INSERT INTO calendar_day (branch_id, staff_id, day, busy, read_at)
    VALUES (:branch_id, :staff_id, :day, CAST(:busy AS tstzmultirange), clock_timestamp())
""")
_ASK = text("""
    SELECT staff_id, array_agg(lower(part) ORDER BY part), array_agg(upper(part) ORDER BY part)
    FROM calendar_day, unnest(busy) AS part
    WHERE branch_id = :branch_id AND day BETWEEN :first AND :last
      AND part && tstzrange(:start, :end)
    GROUP BY staff_id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A question, and how many microseconds its answer takes."""

    question: str
    copy_us: float
    database_us: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A salon whose calendars have been read."""

    engine: AsyncEngine
    salon: Salon
    elsewhere: Elsewhere

    async def asked(self, window: Span) -> int:
        """The way without a copy: the database searches, and everything is parsed."""
        asked = {
            "branch_id": self.salon.branch.id,
            "first": window.start.date() - timedelta(days=1),
            "last": window.end.date() + timedelta(days=1),
            "start": window.start,
            "end": window.end,
        }
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_ASK, asked)).all()
        return sum(len(list(map(Span, starts, ends))) for _, starts, ends in rows)


def mirror(rounds: int, settings: Settings | None = None) -> None:
    """Measure, and print microseconds and ratios."""
    lines, diary_ms = loops.run(_measure(rounds, settings or Settings()))
    entries = f"{PEOPLE} people, {DAYS} days, {ENTRIES_A_DAY} entries a day"
    table = Table(title=f"who is busy in Cal.com: {entries}; medians in microseconds")
    for heading in ("question", "copy", "database", "ratio"):
        table.add_column(heading, justify="left" if heading == "question" else "right")
    for line in lines:
        ratio = line.database_us / line.copy_us
        copied, asked = f"{line.copy_us:.2f}", f"{line.database_us:.0f}"
        table.add_row(line.question, copied, asked, f"{ratio:,.0f}")
    out = Console()
    out.print(table)
    for name, taken_ms in diary_ms.items():
        out.print(f"{name}: {taken_ms:.2f} ms")


async def _measure(rounds: int, settings: Settings) -> tuple[list[Line], dict[str, float]]:
    async with _scene(settings) as scene:
        windows = {
            "an hour of one person": Span.of_minutes(START + timedelta(days=9, hours=10), 60),
            "a day of everybody": Span(START + timedelta(days=9), START + timedelta(days=10)),
            "the month of everybody": Span(START, START + timedelta(days=DAYS)),
        }
        lines = [await _line(scene, name, window, rounds) for name, window in windows.items()]
        return lines, await _whole_diary(scene, windows["a day of everybody"], rounds)


async def _line(scene: Scene, question: str, window: Span, rounds: int) -> Line:
    elsewhere, one = scene.elsewhere, scene.elsewhere.of(scene.salon.staff[0].id)

    def ask() -> object:
        single = window.minutes == 60  # noqa: PLR2004 - the first of the three
        return one.is_free(window) if single else elsewhere.within(window)

    return Line(
        question=question,
        copy_us=median(_in_a_row(ask) for _ in range(rounds)),
        database_us=await _waited_us(lambda: scene.asked(window), rounds),
    )


async def _whole_diary(scene: Scene, day: Span, rounds: int) -> dict[str, float]:
    """Claims and mirror in one question, as a search asks; and the same after something changed."""
    diary, branch_id = PostgresDiary(scene.engine), scene.salon.branch.id

    async def ask() -> object:
        return await diary.busy(branch_id, day, except_owner="call:bench")

    async def ask_anew() -> object:
        return await PostgresDiary(scene.engine).busy(branch_id, day, except_owner="call:bench")

    await ask()
    return {
        "the diary of a day, claims included, with a copy that holds": await _waited_us(ask, rounds)
        / 1000,
        "the same when the mirror has changed since": await _waited_us(ask_anew, rounds) / 1000,
    }


def _in_a_row(ask: Callable[[], object]) -> float:
    begun = perf_counter()
    for _ in range(IN_A_ROW):
        ask()
    return (perf_counter() - begun) / IN_A_ROW * MICRO


async def _waited_us(ask: Callable[[], Awaitable[object]], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        begun = perf_counter()
        await ask()
        taken.append((perf_counter() - begun) * MICRO)
    return median(taken)


@asynccontextmanager
async def _scene(settings: Settings) -> AsyncIterator[Scene]:
    salon = month(PEOPLE).salon
    async with servers(settings) as endpoints, own_ground(endpoints) as ground:
        await migrate.upgrade(ground.database_url)
        engine = make_engine(ground.database_url)
        try:
            await PostgresSalons(engine).save(salon)
            version = await _fill(engine, salon)
            elsewhere = await MirrorCopy(engine).at(salon.branch.id, version)
            yield Scene(engine, salon, elsewhere)
        finally:
            await engine.dispose()


async def _fill(engine: AsyncEngine, salon: Salon) -> UUID:
    """As if everybody's calendar had been read; the version it has then."""
    chance = random.Random(1)  # noqa: S311 - the same month every time
    days = [START + timedelta(days=ahead) for ahead in range(DAYS)]
    rows = [
        {
            "branch_id": salon.branch.id,
            "staff_id": member.id,
            "day": day.date(),
            "busy": _day(chance, day),
        }
        for member in salon.staff
        for day in days
    ]
    async with engine.begin() as connection:
        await connection.execute(_FILL, rows)
        version: UUID = await connection.scalar(text("SELECT version FROM calendar_version"))
    return version


def _day(chance: random.Random, day: datetime) -> str:
    """Half-hours with gaps, between eight and seven."""
    begins = sorted(chance.sample(range(16, 38), ENTRIES_A_DAY))
    spans = [day + timedelta(minutes=30 * half) for half in begins]
    ends = timedelta(minutes=25)
    return "{" + ", ".join(f"[{at.isoformat()}, {(at + ends).isoformat()})" for at in spans) + "}"
