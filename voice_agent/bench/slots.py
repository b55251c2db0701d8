"""How long a search for composite starts takes: against lists of intervals, and as salons grow."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from time import thread_time
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

from booking_core.domain.availability import Search
from booking_core.domain.board import build
from booking_core.domain.case import any_starts
from booking_core.domain.layout import lay_out
from booking_core.domain.masks import cells
from voice_agent.bench import slot_diary
from voice_agent.bench.figures import print_percentiles
from voice_agent.bench.intervals import Intervals
from voice_agent.bench.month import DAYS, FIRST, LAST, LOAD, month, no_holidays

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.domain.board import Board
    from voice_agent.bench.month import Month
    from voice_agent.config import Settings

PEOPLE: Final = 20
SMALL: Final = 5
FACTORS: Final = (1, 10, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One line of the result, in microseconds of CPU: other programs do not count."""

    name: str
    p50: float
    p99: float
    starts: int
    slow: float | None = None
    """The median of the same search on lists of intervals."""


def run(rounds: int = 300, settings: Settings | None = None) -> None:
    """Measure, and print percentiles and ratios; then the same as a caller waits for it."""
    _print(measure(rounds))
    series = slot_diary.measure(month(PEOPLE), max(rounds // 6, 2), settings)
    print_percentiles(
        f"find_slots with PostgreSQL: {PEOPLE} people, {DAYS} days, load {LOAD}", series
    )


def growth(
    rounds: int = 20, factors: tuple[int, ...] = FACTORS, settings: Settings | None = None
) -> None:
    """Print how everything grows with the staff and their appointments.

    Masks, search and interval lists in CPU time; the last two columns are `find_slots` with
    PostgreSQL, as long as a caller waits.
    """
    table = Table(title=f"growth: {DAYS} days, load {LOAD}; medians")
    headings = ("people", "claims", "masks", "search", "each", "intervals", "ratio")
    for heading in (*headings, "an hour", "soonest"):
        table.add_column(heading, justify="right")
    for factor in factors:
        table.add_row(*_grown(month(SMALL * factor), rounds, settings))
    Console().print(table)


def measure(rounds: int) -> list[Timing]:
    """Every search on the same random month; with the fixed and elastic one also the slow way."""
    busy_month = month(PEOPLE)
    salon, board = busy_month.salon, _board(busy_month)
    fixed, elastic = (lay_out(salon.services, elastic=flag) for flag in (False, True))

    def same_person() -> int:
        return any_starts(Search(salon, board, fixed), salon.staff).bit_count()

    def elastic_pauses() -> int:
        return any_starts(Search(salon, board, elastic), salon.staff).bit_count()

    def named_person() -> int:
        return Search(salon, board, fixed).starts(salon.staff[0]).bit_count()

    def changing_lead() -> int:
        return Search(salon, board, fixed).starts(None).bit_count()

    def search_and_plan() -> int:
        search = Search(salon, board, fixed)
        cell = next(cells(any_starts(search, salon.staff)))
        return sum(search.draft(lead, cell) is not None for lead in salon.staff)

    def build_all_masks() -> int:
        return len(_board(busy_month).days)

    few = max(rounds // 100, 1)
    slow = (Intervals(busy_month, board.grid.origin, elastic=flag) for flag in (False, True))
    slow_fixed, slow_elastic = (_timing("", way.starts, few) for way in slow)
    return [
        _timing("same person, free pauses", same_person, rounds, slow_fixed),
        _timing("same person, elastic pauses", elastic_pauses, rounds, slow_elastic),
        _timing("named person", named_person, rounds),
        _timing("several people", changing_lead, rounds),
        _timing("same person, and the first start laid out", search_and_plan, rounds),
        _timing("build all masks", build_all_masks, max(rounds // 10, 3)),
    ]


def _grown(busy_month: Month, rounds: int, settings: Settings | None) -> tuple[str, ...]:
    salon, board = busy_month.salon, _board(busy_month)
    layout = lay_out(salon.services, elastic=False)
    few = max(rounds // 5, 2)
    built = _timing("", lambda: len(_board(busy_month).days), few)
    found = _timing(
        "", lambda: any_starts(Search(salon, board, layout), salon.staff).bit_count(), rounds
    )
    slow = _timing("", Intervals(busy_month, board.grid.origin).starts, 1)
    asked = slot_diary.measure(busy_month, few, settings)
    return (
        str(len(salon.staff)),
        f"{busy_month.claims:,}",
        _ms(built.p50),
        _ms(found.p50),
        _ms(found.p50 / len(salon.staff)),
        _ms(slow.p50),
        f"{slow.p50 / found.p50:,.0f} x",
        *(f"{statistics.median(asked[name]):.2f} ms" for name in slot_diary.ASKED),
    )


def _board(busy_month: Month) -> Board:
    return build(busy_month.salon, busy_month.busy, (FIRST, LAST), no_holidays)


def _print(timings: list[Timing]) -> None:
    table = Table(title=f"slot search, CPU time: {PEOPLE} people, {DAYS} days, load {LOAD}")
    for heading in ("search", "p50", "p99", "found", "interval lists", "ratio"):
        table.add_column(heading, justify="left" if heading == "search" else "right")
    for timing in timings:
        slow = _ms(timing.slow) if timing.slow else ""
        ratio = f"{timing.slow / timing.p50:,.0f} x" if timing.slow else ""
        row = (timing.name, _ms(timing.p50), _ms(timing.p99), str(timing.starts), slow, ratio)
        table.add_row(*row)
    Console().print(table)


def _timing(name: str, work: Callable[[], int], rounds: int, slow: Timing | None = None) -> Timing:
    taken, found = [], 0
    for _ in range(rounds):
        begun = thread_time()
        found = work()
        taken.append((thread_time() - begun) * 1e6)
    if slow and slow.starts != found:
        raise RuntimeError(f"{name}: {found} starts, but {slow.starts} on lists of intervals")
    centiles = statistics.quantiles(taken, n=100) if len(taken) > 1 else taken * 99
    return Timing(
        name=name,
        p50=centiles[49],
        p99=centiles[98],
        starts=found,
        slow=slow.p50 if slow else None,
    )


def _ms(microseconds: float) -> str:
    return f"{microseconds / 1000:.3f} ms"
