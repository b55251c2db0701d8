"""How long a search for composite starts takes, against one that walks lists of intervals.

Twenty people, thirty days, two thirds of the time booked, everybody qualified for everything.
"""

from __future__ import annotations

import random
import statistics
import time as stopwatch
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from rich.console import Console
from rich.table import Table

from booking_core.domain.availability import Search
from booking_core.domain.board import build
from booking_core.domain.case import any_starts
from booking_core.domain.catalogue import (
    Branch,
    Company,
    Gender,
    Pause,
    PausePolicy,
    Resource,
    Role,
    Salon,
    Segment,
    Service,
    Staff,
    WorkingHours,
)
from booking_core.domain.interval import Span, merge
from booking_core.domain.layout import lay_out
from booking_core.domain.masks import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PEOPLE: Final = 20
DAYS: Final = 30
CHAIRS: Final = 16
BASINS: Final = 6
LOAD: Final = 0.65
FIRST: Final = date(2026, 3, 2)
SKILLS: Final = ("color", "wash", "cut", "style")
OPENS, CLOSES = time(9), time(19)

Busy = dict[UUID, tuple[Span, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One line of the result, in microseconds."""

    name: str
    p50: float
    p99: float
    starts: int


def run(rounds: int = 300) -> None:
    """Measure, and print percentiles and the ratio."""
    timings = measure(rounds)
    table = Table(title=f"slot search: {PEOPLE} people, {DAYS} days, load {LOAD}")
    for heading in ("search", "p50", "p99", "starts", "against intervals"):
        table.add_column(heading, justify="left" if heading == "search" else "right")
    slow = timings[-1]
    for timing in timings:
        ratio = f"{slow.p50 / timing.p50:,.0f} x" if timing.starts == slow.starts else ""
        table.add_row(timing.name, _ms(timing.p50), _ms(timing.p99), str(timing.starts), ratio)
    Console().print(table)


def measure(rounds: int) -> list[Timing]:
    """Every search on the same random month; the last one is the slow one."""
    salon = _salon()
    busy = _busy(salon)
    days = (FIRST, FIRST + timedelta(days=DAYS - 1))
    board = build(salon, busy, days, _no_holidays)
    fixed = lay_out(salon.services, elastic=False)
    elastic = lay_out(salon.services, elastic=True)

    def same_person() -> int:
        return any_starts(Search(salon, board, fixed), salon.staff)

    def elastic_pauses() -> int:
        return any_starts(Search(salon, board, elastic), salon.staff)

    def named_person() -> int:
        return Search(salon, board, fixed).starts(salon.staff[0])

    def plan_of_one_start() -> int:
        cell = next(cells(found))
        search = Search(salon, board, fixed)
        return sum(search.draft(lead, cell) is not None for lead in salon.staff)

    def build_all_masks() -> int:
        return build(salon, busy, days, _no_holidays).open

    found = same_person()
    slow = Intervals(salon, busy, board.grid.origin)
    return [
        _timing("same person, free pauses", same_person, rounds, found.bit_count()),
        _timing("named person", named_person, rounds, named_person().bit_count()),
        _timing("elastic pauses", elastic_pauses, rounds, elastic_pauses().bit_count()),
        _timing("plan of one start", plan_of_one_start, rounds, 1),
        _timing("build all masks", build_all_masks, max(rounds // 10, 3), 0),
        _timing("interval lists, same person", slow.starts, max(rounds // 100, 1), slow.starts()),
    ]


class Intervals:
    """The usual way: for every person, day and cell, look the segments up in sorted lists."""

    def __init__(self, salon: Salon, busy: Mapping[UUID, Sequence[Span]], origin: datetime) -> None:
        self._origin = origin
        self._segments = salon.services[0].segments
        self._staff = [self._minutes(busy[member.id]) for member in salon.staff]
        units = {kind: salon.units(kind) for kind in ("chair", "basin")}
        self._units = {
            kind: [self._minutes(busy[unit.id]) for unit in those] for kind, those in units.items()
        }

    def starts(self) -> int:
        """How many cells are a start for somebody."""
        count = 0
        for day in range(DAYS):
            opens = day * 1440 + OPENS.hour * 60
            for minute in range(opens, day * 1440 + CLOSES.hour * 60, 5):
                limit = day * 1440 + CLOSES.hour * 60
                count += any(self._fits(lead, minute, limit) for lead in self._staff)
        return count

    def _fits(self, lead: list[tuple[int, int]], minute: int, limit: int) -> bool:
        begin = minute
        for segment in self._segments:
            end = minute + segment.minutes
            crew = self._staff if segment.role is Role.ASSIST else [lead]
            if end > limit or not any(_is_free(member, minute, end) for member in crew):
                return False
            if segment.role is Role.ASSIST and not self._any_free("basin", minute, end):
                return False
            minute = end + (segment.pause_after.min_minutes if segment.pause_after else 0)
        return self._any_free("chair", begin, minute)

    def _any_free(self, kind: str, start: int, end: int) -> bool:
        return any(_is_free(unit, start, end) for unit in self._units[kind])

    def _minutes(self, spans: Sequence[Span]) -> list[tuple[int, int]]:
        return [
            (
                int((span.start - self._origin).total_seconds()) // 60,
                int((span.end - self._origin).total_seconds()) // 60,
            )
            for span in spans
        ]


def _is_free(busy: list[tuple[int, int]], start: int, end: int) -> bool:
    place = bisect_right(busy, (start, 1 << 60))
    before = place == 0 or busy[place - 1][1] <= start
    return before and (place == len(busy) or busy[place][0] >= end)


def _timing(name: str, work: Callable[[], int], rounds: int, starts: int) -> Timing:
    taken = []
    for _ in range(rounds):
        begun = stopwatch.perf_counter()
        work()
        taken.append((stopwatch.perf_counter() - begun) * 1e6)
    centiles = statistics.quantiles(taken, n=100) if len(taken) > 1 else taken * 99
    return Timing(name=name, p50=centiles[49], p99=centiles[98], starts=starts)


def _ms(microseconds: float) -> str:
    return f"{microseconds / 1000:.3f} ms"


def _no_holidays(_: date) -> None:
    return None


def _salon() -> Salon:
    week = range(7)
    return Salon(
        company=Company(id=UUID(int=1), key="bench", code="B", name="Bench"),
        branch=Branch(
            id=UUID(int=2),
            key="bench",
            code="B",
            name="Bench",
            address="",
            timezone="UTC",
            land="BE",
            language="de",
            opening_hours=_hours(week),
        ),
        staff=tuple(
            Staff(
                id=UUID(int=100 + number),
                key=f"staff{number}",
                first_name="Staff",
                last_name=str(number),
                skills=frozenset(SKILLS),
                hours=_hours(week),
            )
            for number in range(PEOPLE)
        ),
        resources=tuple(
            Resource(id=UUID(int=500 + number), key=f"unit{number}", kind=kind, name="")
            for number, kind in enumerate(["chair"] * CHAIRS + ["basin"] * BASINS)
        ),
        services=(_service(),),
    )


def _hours(weekdays: range) -> tuple[WorkingHours, ...]:
    return tuple(WorkingHours(weekday=day, start=OPENS, end=CLOSES) for day in weekdays)


def _service() -> Service:
    def segment(key: str, minutes: int, skill: str, pause: tuple[int, int] | None) -> Segment:
        return Segment(
            key=key,
            name=skill,
            minutes=minutes,
            skill=skill,
            role=Role.ASSIST if skill == "wash" else Role.LEAD,
            resources=("basin" if skill == "wash" else "chair",),
            pause_after=Pause(min_minutes=pause[0], max_minutes=pause[1]) if pause else None,
        )

    return Service(
        id=UUID(int=3),
        number=1,
        code="COL",
        name="Colour",
        spoken_name="Colour",
        gender=Gender.FEMININE,
        price_cents=0,
        pause_policy=PausePolicy.FREE,
        segments=(
            segment("A", 30, "color", (30, 45)),
            segment("B", 15, "wash", None),
            segment("C", 30, "cut", (15, 30)),
            segment("D", 30, "style", None),
        ),
    )


def _busy(salon: Salon) -> Busy:
    dice = random.Random(7)  # noqa: S311 - a reproducible month, no secret
    owners = [(member.id, LOAD) for member in salon.staff]
    owners += [(unit.id, LOAD / 2) for unit in salon.resources]
    return {owner: _booked(dice, load) for owner, load in owners}


def _booked(dice: random.Random, load: float) -> tuple[Span, ...]:
    spans = []
    for day in range(DAYS):
        moment = datetime.combine(FIRST + timedelta(days=day), OPENS, UTC)
        closes = datetime.combine(moment.date(), CLOSES, UTC)
        while moment < closes:
            length = timedelta(minutes=dice.choice((30, 45, 60, 90)))
            if dice.random() < load:
                spans.append(Span(moment, min(moment + length, closes)))
            moment += length
    return merge(spans)
