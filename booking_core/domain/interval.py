"""Stretches of time: half-open everywhere, so that what merely touches does not overlap.

Python compares two times of one zone by the clock on the wall. In the hour that comes twice in
October, and in the one that is missing in March, that is not the order in which they happen: a
`Span` keeps such times in UTC, so that everything else may simply compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from booking_core.domain.errors import InvalidTime

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` up to, not including, `end`; both aware, and never ambiguous."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        # Nearly all spans are in UTC, where nothing has to be looked up.
        if self.start.tzinfo is not UTC or self.end.tzinfo is not UTC:
            object.__setattr__(self, "start", unambiguous(self.start))
            object.__setattr__(self, "end", unambiguous(self.end))
        if self.end <= self.start:
            raise InvalidTime(
                f"a span ends after it starts, not {self.start} to {self.end}",
                start=self.start,
                end=self.end,
            )

    @classmethod
    def of_minutes(cls, start: datetime, minutes: int) -> Span:
        """The span of this many elapsed minutes, also across a clock change."""
        return cls(start, shift(start, minutes))

    @property
    def minutes(self) -> int:
        """Elapsed minutes."""
        return int((self.end.timestamp() - self.start.timestamp()) // 60)

    def overlaps(self, other: Span) -> bool:
        """Whether the two share an instant; touching is not overlapping."""
        return self.start < other.end and other.start < self.end

    def covers(self, other: Span) -> bool:
        """Whether all of `other` lies inside."""
        return self.start <= other.start and other.end <= self.end

    def contains(self, instant: datetime) -> bool:
        """Whether the instant lies inside."""
        return self.start <= unambiguous(instant) < self.end

    def clip(self, to: Span) -> Span | None:
        """The part inside `to`, or nothing."""
        start, end = max(self.start, to.start), min(self.end, to.end)
        return Span(start, end) if start < end else None


def unambiguous(moment: datetime) -> datetime:
    """The same instant; in UTC if the clock on the wall shows it twice, or never.

    >>> from zoneinfo import ZoneInfo
    >>> twice = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1)
    >>> unambiguous(twice).isoformat()
    '2026-10-25T01:30:00+00:00'
    """
    offset = moment.utcoffset()
    if offset is None:
        raise InvalidTime(f"a time needs a zone: {moment}", time=moment)
    other_reading = moment.replace(fold=1 - moment.fold)
    return moment if other_reading.utcoffset() == offset else moment.astimezone(UTC)


def shift(moment: datetime, minutes: int) -> datetime:
    """The moment this many elapsed minutes later, in the zone of `moment`.

    Adding a timedelta to an aware local time adds wall time, which is wrong on the two days a
    year on which the clock changes: the addition is done in UTC.
    """
    return (moment.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(moment.tzinfo)


def merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time, in as few spans as possible, in order."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def subtract(whole: Span, parts: Iterable[Span]) -> tuple[Span, ...]:
    """What is left of `whole` without the parts, in order."""
    left: list[Span] = []
    cursor = whole.start
    for part in merge(parts):
        if not part.overlaps(whole):
            continue
        if cursor < part.start:
            left.append(Span(cursor, part.start))
        cursor = max(cursor, part.end)
    if cursor < whole.end:
        left.append(Span(cursor, whole.end))
    return tuple(left)
