"""The usual way to search: for every person, day and cell, look the segments up in sorted lists."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from booking_core.domain.catalogue import GRID_MINUTES, Role
from voice_agent.bench.month import CLOSES, DAYS, OPENS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from booking_core.domain.catalogue import Segment
    from booking_core.domain.interval import Span
    from voice_agent.bench.month import Month

DAY_MINUTES = 24 * 60

Taken = list[tuple[int, int]]


class Intervals:
    """A month as lists of minutes; `elastic` tries every length of every pause as well."""

    def __init__(self, month: Month, origin: datetime, *, elastic: bool = False) -> None:
        self._origin, self._elastic = origin, elastic
        self._segments = month.salon.services[0].segments
        self._staff = [self._minutes(month.busy[member.id]) for member in month.salon.staff]
        self._units = {
            kind: [self._minutes(month.busy[unit.id]) for unit in month.salon.units(kind)]
            for kind in ("chair", "basin")
        }

    def starts(self) -> int:
        """How many cells are a start for somebody."""
        count = 0
        for day in range(DAYS):
            opens, closes = (day * DAY_MINUTES + wall.hour * 60 for wall in (OPENS, CLOSES))
            for minute in range(opens, closes, GRID_MINUTES):
                count += any(self._fits(0, minute, minute, lead, closes) for lead in self._staff)
        return count

    def _fits(self, index: int, begin: int, minute: int, lead: Taken, closes: int) -> bool:
        """Whether the segments from this one on fit into a visit that began before."""
        if index == len(self._segments):
            return self._any_free("chair", begin, minute)
        segment = self._segments[index]
        end = minute + segment.minutes
        return (
            end <= closes
            and self._can_work(segment, minute, end, lead)
            and any(
                self._fits(index + 1, begin, end + g, lead, closes) for g in self._gaps(segment)
            )
        )

    def _can_work(self, segment: Segment, minute: int, end: int, lead: Taken) -> bool:
        if segment.role is Role.LEAD:
            return _is_free(lead, minute, end)
        somebody = any(_is_free(member, minute, end) for member in self._staff)
        return somebody and self._any_free("basin", minute, end)

    def _gaps(self, segment: Segment) -> Iterator[int]:
        pause = segment.pause_after
        if pause is None:
            return iter((0,))
        longest = pause.max_minutes if self._elastic else pause.min_minutes
        return iter(range(pause.min_minutes, longest + 1, GRID_MINUTES))

    def _any_free(self, kind: str, start: int, end: int) -> bool:
        return any(_is_free(unit, start, end) for unit in self._units[kind])

    def _minutes(self, spans: Sequence[Span]) -> Taken:
        return [
            (
                int((span.start - self._origin).total_seconds()) // 60,
                int((span.end - self._origin).total_seconds()) // 60,
            )
            for span in spans
        ]


def _is_free(taken: Taken, start: int, end: int) -> bool:
    place = bisect_right(taken, (start, 1 << 60))
    before = place == 0 or taken[place - 1][1] <= start
    return before and (place == len(taken) or taken[place][0] >= end)
