"""When the caller would like to come, as it was said: days, hours, or neither."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from booking_core.domain.interval import Span, shift
from booking_core.domain.slots import TimeWish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from voice_agent.dialogue.scene import Scene

ABOUT_MINUTES = 30
"""How far "gegen drei" reaches to either side."""
MAX_DAYS = 14
"""A time without a day, or a part of day over many days, is looked for this far."""
MAX_WISHES = 32
"""No caller means more; the search stays small."""
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """A stretch of days, both ends inside."""

    first: date
    last: date
    weekdays: tuple[int, ...] = ()
    """Only these, 0 is Monday; empty = every day of the stretch."""

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"days end after they begin, not {self.first} to {self.last}")

    @property
    def single(self) -> date | None:
        """The one day that is meant, if it is one."""
        return self.first if self.first == self.last else None

    def each(self) -> Iterator[date]:
        """The days that are meant, in order."""
        count = (self.last - self.first).days + 1
        days = (self.first + timedelta(days=offset) for offset in range(count))
        return (day for day in days if not self.weekdays or day.weekday() in self.weekdays)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A clock time, or a stretch of the day; None on a side = open there."""

    at: time | None = None
    about: bool = False
    """`at` was said with "gegen" or "so um"."""
    start: time | None = None
    end: time | None = None
    """Exclusive; midnight is the end of the day."""
    ends_by: time | None = None
    """The visit is over by then."""
    before: time | None = None
    """Asked for as "früher" than this: nothing later that day is offered instead."""
    after: time | None = None
    """Asked for as "später": nothing earlier than this is offered instead."""
    latest: bool = False
    """The last start of it that can be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One alternative of what the caller wishes; neither days nor hours = as soon as possible."""

    days: Days | None = None
    hours: Hours | None = None

    @property
    def is_open(self) -> bool:
        """Whether any time will do."""
        return self.days is None and self.hours is None


def on(day: date, hours: Hours | None = None) -> Wish:
    """The wish for one day."""
    return Wish(days=Days(first=day, last=day), hours=hours)


def as_then(wish: Wish, start: datetime) -> Wish:
    """A week in which it is to be as it was at that start: the same weekday, the same hour."""
    if wish.days is None or wish.days.single or wish.days.weekdays:
        return wish
    days = [day for day in wish.days.each() if day.weekday() == start.weekday()]
    return on(days[0], Hours(at=start.time())) if days else wish


def time_wishes(wishes: Sequence[Wish], scene: Scene) -> tuple[TimeWish, ...]:
    """What the search is asked for; nothing = as soon as possible."""
    if any(wish.is_open for wish in wishes):
        return ()
    each = chain.from_iterable(_time_wishes(wish, scene) for wish in wishes)
    return tuple(islice(dict.fromkeys(each), MAX_WISHES))


def spans(wish: Wish, scene: Scene) -> tuple[Span, ...]:
    """All time the wish covers: what "nicht am Mittwoch" excludes."""
    horizon = scene.today + timedelta(days=scene.salon.branch.horizon_days)
    days = wish.days or Days(first=scene.today, last=horizon)
    return tuple(_window(day, wish.hours, scene) for day in days.each() if day <= horizon)


def instant(day: date, clock: time, scene: Scene) -> datetime:
    """That wall time on that day, in the salon's zone."""
    return datetime.combine(day, clock, scene.zone)


def _time_wishes(wish: Wish, scene: Scene) -> Iterable[TimeWish]:
    if wish.hours is None:
        assert wish.days is not None
        return _whole_days(wish.days, scene)
    days = wish.days or Days(first=scene.today, last=scene.today + timedelta(days=MAX_DAYS))
    hours = wish.hours
    each = (_on_one_day(day, hours, scene) for day in islice(days.each(), MAX_DAYS + 1))
    found = tuple(chain.from_iterable(each))
    if days.single is not None:
        return found
    return tuple(one for one in found if (one.at or one.window.end) > scene.now)


def _whole_days(days: Days, scene: Scene) -> Iterator[TimeWish]:
    if days.weekdays:
        for day in islice(days.each(), MAX_DAYS):
            yield TimeWish(window=_window(day, None, scene))
        return
    start = instant(days.first, _MIDNIGHT, scene)
    end = instant(days.last + timedelta(days=1), _MIDNIGHT, scene)
    yield TimeWish(window=Span(start, end))


def _on_one_day(day: date, hours: Hours, scene: Scene) -> Iterator[TimeWish]:
    ends_by, before, after = (
        instant(day, clock, scene) if clock else None
        for clock in (hours.ends_by, hours.before, hours.after)
    )
    bounded = partial(TimeWish, ends_by=ends_by, before=before, after=after, latest=hours.latest)
    if hours.at is None:
        yield bounded(window=_window(day, hours, scene))
        return
    at = instant(day, hours.at, scene)
    yield bounded(window=Span.of_minutes(at, 5), at=at)
    if hours.about:
        around = Span(shift(at, -ABOUT_MINUTES), shift(at, ABOUT_MINUTES + 5))
        yield bounded(window=around)


def _window(day: date, hours: Hours | None, scene: Scene) -> Span:
    whole = Span(
        instant(day, _MIDNIGHT, scene),
        instant(day + timedelta(days=1), _MIDNIGHT, scene),
    )
    if hours is None:
        return whole
    if hours.at is not None:
        return Span.of_minutes(instant(day, hours.at, scene), 5)
    start = instant(day, hours.start, scene) if hours.start else whole.start
    end = instant(day, hours.end, scene) if hours.end else whole.end
    return Span(start, end) if start < end else whole
