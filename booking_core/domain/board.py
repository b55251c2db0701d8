"""The salon's days as masks: who works, who is unclaimed, which chairs and basins are free."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from booking_core.domain.catalogue import GRID_MINUTES
from booking_core.domain.masks import CELL, EVERYWHERE, Grid, erode, run
from booking_core.domain.rules import day_span, midnight, opening_on, zone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import time
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from booking_core.domain.rules import Holidays, Hours, Opening

DAY_MINUTES: Final = 24 * 60

T = TypeVar("T", int, datetime)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardDay:
    """One local date on the grid."""

    opening: Opening
    first: int
    stop: int
    """Cells of the date; fewer or more than 288 when the clock changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """When one staff member can be used."""

    at_work: int
    """Working hours without absences, inside the opening hours."""
    unclaimed: int = EVERYWHERE
    """Not taken by another visit, at work or not."""
    given_up: int = 0
    """Taken by nothing but the rest of a `never` pause, which the desk gives up on purpose."""

    @property
    def workable(self) -> int:
        """Not taken by anything that keeps one from working, at work or not."""
        return self.unclaimed | self.given_up

    @property
    def free(self) -> int:
        """At work, and may work."""
        return self.at_work & self.workable


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One chair or basin; `resource_id` is None for a unit that is only assumed."""

    resource_id: UUID | None
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A run of whole local days of one salon."""

    grid: Grid
    zone: ZoneInfo
    days: tuple[BoardDay, ...]
    open: int
    steps: int
    """Cells on the branch's raster of offers."""
    people: Mapping[UUID, Person]
    free: Mapping[UUID, int]
    """`Person.free` of everybody, computed once."""
    units: Mapping[str, tuple[Unit, ...]]
    """Per kind of resource."""

    def kind_free(self, kind: str, length: int) -> int:
        """Cells at which some unit of this kind is free for so long."""
        mask = 0
        for unit in self.units.get(kind, ()):
            mask |= erode(unit.free, length)
        return mask

    def local(self, cell: int) -> datetime:
        """When a cell starts, on the salon's wall clock."""
        return self.grid.moment(cell).astimezone(self.zone)

    def until(self, cell: int) -> Board:
        """The same board, closed for good from this cell on."""
        allowed = self.grid.between(0, cell)
        units = {
            kind: tuple(replace(unit, free=unit.free & allowed) for unit in units)
            for kind, units in self.units.items()
        }
        return replace(self, open=self.open & allowed, units=units)

    def with_unlimited(self, kinds: Iterable[str]) -> Board:
        """The same board with as many units of these kinds as anybody could need."""
        endless = (Unit(resource_id=None, free=self.open),)
        return replace(self, units={**self.units, **dict.fromkeys(kinds, endless)})

    def without_claims(self) -> Board:
        """The same board as if nobody had booked anything with anyone."""
        people = {key: Person(at_work=person.at_work) for key, person in self.people.items()}
        return replace(self, people=people, free={k: p.free for k, p in people.items()})


def build(
    salon: Salon,
    busy: Mapping[UUID, Sequence[Span]],
    days: tuple[date, date],
    holidays: Holidays,
    *,
    given_up: Mapping[UUID, Sequence[Span]] | None = None,
    only: Collection[UUID] | None = None,
) -> Board:
    """Masks of all active staff and all units, first and last date included.

    `given_up` are rests that are no obstacle to work; whatever else is there is in `busy`. With
    `only` nobody and nothing else is looked at.
    """
    sheet = _Sheet(salon, days, holidays)
    opened = sheet.mask_of_days({d.opening.day: d.opening.hours for d in sheet.days})
    people = {}
    for member in salon.staff:
        if not member.active or (only is not None and member.id not in only):
            continue
        hours: dict[int, Hours] = defaultdict(tuple)
        for worked in member.hours:
            hours[worked.weekday] += ((worked.start, worked.end),)
        absent = sheet.grid.touched(absence.span for absence in member.absences)
        taken = sheet.grid.touched(busy.get(member.id, ()))
        rests = sheet.grid.touched(given_up.get(member.id, ())) if given_up else 0
        people[member.id] = Person(
            at_work=sheet.mask_of_weeks(hours) & opened & ~absent,
            unclaimed=~(taken | rests),
            given_up=rests & ~taken,
        )
    units: dict[str, tuple[Unit, ...]] = defaultdict(tuple)
    for unit in salon.resources:
        if only is not None and unit.id not in only:
            continue
        free = opened & ~sheet.grid.touched(busy.get(unit.id, ()))
        units[unit.kind] += (Unit(resource_id=unit.id, free=free),)
    return Board(
        grid=sheet.grid,
        zone=sheet.zone,
        days=sheet.days,
        open=opened,
        steps=sheet.raster(salon.branch.step_minutes),
        people=people,
        free={key: person.free for key, person in people.items()},
        units=dict(units),
    )


class _Sheet:
    """Translates local wall times of a run of days into cells.

    A day of 24 hours has the same pattern as every other one with the same hours; only the two
    days on which the clock changes are translated time by time.
    """

    def __init__(self, salon: Salon, days: tuple[date, date], holidays: Holidays) -> None:
        span = day_span(*days, salon.branch)
        origin = span.start.astimezone(UTC)
        self.grid = Grid(origin, (span.end.astimezone(UTC) - origin) // CELL)
        self.zone = zone(salon.branch)
        self.days = tuple(self._days(salon, days, holidays))

    def _days(
        self, salon: Salon, days: tuple[date, date], holidays: Holidays
    ) -> Iterable[BoardDay]:
        day, first = days[0], 0
        while day <= days[1]:
            following = day + timedelta(days=1)
            stop = self.grid.floor(midnight(following, salon.branch))
            opening = opening_on(salon, day, holidays)
            yield BoardDay(opening=opening, first=first, stop=stop)
            day, first = following, stop

    def mask_of_days(self, hours: Mapping[date, Hours]) -> int:
        """The cells of these hours of these dates."""
        mask = 0
        patterns: dict[Hours, int] = {}
        for day in self.days:
            mask |= self._mask_of_day(day, hours[day.opening.day], patterns)
        return mask

    def mask_of_weeks(self, hours: Mapping[int, Hours]) -> int:
        """The cells of these hours of each weekday."""
        mask = 0
        patterns: dict[Hours, int] = {}
        for day in self.days:
            worked = hours.get(day.opening.day.weekday(), ())
            mask |= self._mask_of_day(day, worked, patterns)
        return mask

    def raster(self, minutes: int) -> int:
        """Cells whose wall time is a multiple of so many minutes after midnight."""
        pattern = sum(1 << (m // GRID_MINUTES) for m in range(0, DAY_MINUTES, minutes))
        mask = 0
        for day in self.days:
            if _is_plain(day):
                mask |= pattern << day.first
            else:
                mask |= sum(
                    1 << cell
                    for cell in range(day.first, day.stop)
                    if self._minute_of_day(cell) % minutes == 0
                )
        return mask

    def _mask_of_day(self, day: BoardDay, hours: Hours, patterns: dict[Hours, int]) -> int:
        if not hours:
            return 0
        if not _is_plain(day):
            return self._changing_day(day, hours)
        if hours not in patterns:
            patterns[hours] = _pattern(hours)
        return patterns[hours] << day.first

    def _changing_day(self, day: BoardDay, hours: Hours) -> int:
        closes = self.grid.moment(day.stop)
        stretches = [
            (self._instant(day, start), self._instant(day, end) if end > start else closes)
            for start, end in hours
        ]
        mask = 0
        for begins, ends in _joined(stretches):
            mask |= self.grid.between(self.grid.ceil(begins), self.grid.floor(ends))
        return mask

    def _instant(self, day: BoardDay, wall: time) -> datetime:
        return datetime.combine(day.opening.day, wall, self.zone).astimezone(UTC)

    def _minute_of_day(self, cell: int) -> int:
        local = self.grid.moment(cell).astimezone(self.zone)
        return local.hour * 60 + local.minute


def _is_plain(day: BoardDay) -> bool:
    return (day.stop - day.first) * GRID_MINUTES == DAY_MINUTES


def _pattern(hours: Hours) -> int:
    stretches = [
        (_minutes(start), _minutes(end) if end > start else DAY_MINUTES) for start, end in hours
    ]
    mask = 0
    for opens, closes in _joined(stretches):
        first, stop = -(-opens // GRID_MINUTES), closes // GRID_MINUTES
        mask |= run(max(stop - first, 0)) << first
    return mask


def _minutes(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def _joined(stretches: Iterable[tuple[T, T]]) -> list[tuple[T, T]]:
    """What touches is one: rounded on its own, each part would lose the cell they meet in."""
    joined: list[tuple[T, T]] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif start < end:
            joined.append((start, end))
    return joined
