"""From the times a caller says to wishes: the day being talked about fills what was left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from booking_core.domain.interval import shift
from nlu import Grain, Open, Role
from nlu.parts_of_day import window
from voice_agent.dialogue.wish import Days, Hours, Wish, instant, on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu import TimeExpression
    from voice_agent.dialogue.scene import Scene

_DAY_S = 86_400
_HALF_DAY_MINUTES = 720
_PERIODS = {Grain.WEEK: 7, Grain.WEEKEND: 2}
NOW_RULE = "now"
_DAY_OF_MONTH = "day_of_month"
"""Names of the parser's rules: "jetzt", and "am neunundzwanzigsten" without a month."""
_TIMELESS = frozenset({Grain.DURATION, Grain.EARLIEST, Grain.ANY, Grain.SHIFT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What a time may refer back to."""

    wishes: tuple[Wish, ...] = ()
    """What was wished so far."""
    starts: tuple[datetime, ...] = ()
    """What is on the table, on the salon's wall clock; the one agreed on alone, if there is one."""

    @property
    def day(self) -> date | None:
        """The day being talked about."""
        days = {start.date() for start in self.starts}
        days = days or {wish.days.single for wish in self.wishes if wish.days and wish.days.single}
        return days.pop() if len(days) == 1 else None

    @property
    def hours(self) -> Hours | None:
        """The time of day that was wished."""
        return next((wish.hours for wish in self.wishes if wish.hours), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What a sentence says about when to come."""

    wishes: tuple[Wish, ...] = ()
    """In the order of preference; empty = nothing was wished."""
    avoid: tuple[Wish, ...] = ()
    readings: tuple[Wish, Wish] | None = None
    """Two honest readings: the dialogue asks which; `wishes` holds the likelier one."""
    conflict: bool = False
    """The readings come from a weekday and a date that contradict each other."""


def times_of(said: Sequence[TimeExpression], talk: Talk, scene: Scene) -> Times:
    """The wishes in these expressions."""
    wanted = _wanted(said)
    avoid = [time for time in said if time.role is Role.REJECT]
    readings = _first_doubt(wanted, talk, scene)
    return Times(
        wishes=_wishes(wanted, talk, scene),
        avoid=tuple(wish for time in avoid if (wish := _avoided(time, talk, scene))),
        readings=readings,
        conflict=readings is not None and any(time.conflict for time in wanted),
    )


def _wanted(said: Sequence[TimeExpression]) -> list[TimeExpression]:
    """What is wished; "jetzt" beside another time only says when the caller is speaking."""
    wanted = [time for time in said if time.role is Role.WANT and time.grain is not Grain.DURATION]
    return [time for time in wanted if NOW_RULE not in time.rules] or wanted


def names_start(said: Sequence[TimeExpression], start: datetime) -> bool:
    """Whether the times said fit this start, so that they choose it and wish for nothing new."""
    wanted = [time for time in said if time.role is Role.WANT]
    return bool(wanted) and all(_fits(time, start) for time in wanted)


def _wishes(wanted: Sequence[TimeExpression], talk: Talk, scene: Scene) -> tuple[Wish, ...]:
    if shifted := next((time for time in wanted if time.grain is Grain.SHIFT), None):
        return _shifted(shifted, talk, scene)
    read = [_likeliest(time, scene) for time in wanted]
    shared = _shared(_definite([wish for wish in read if wish is not None]))
    if any(_DAY_OF_MONTH in time.rules for time in wanted):
        shared = [_in_month_of(talk.day, wish, scene) for wish in shared]
    return tuple(dict.fromkeys(full for wish in shared for full in _completed(wish, talk)))


def _definite(wishes: list[Wish]) -> list[Wish]:
    """The next free time "am Samstag" is a wish for Saturday."""
    return [wish for wish in wishes if not wish.is_open] or wishes


def _shared(wishes: list[Wish]) -> list[Wish]:
    """A day said once holds for the later times, a time said once for the earlier days.

    "Donnerstag um neun oder zehn": both on Thursday. "Montag oder Dienstag um zehn": both at ten.
    """
    for index, wish in enumerate(wishes[1:], start=1):
        if wish.days is None and wish.hours is not None:
            wishes[index] = replace(wish, days=wishes[index - 1].days)
    for index, wish in reversed(list(enumerate(wishes[:-1]))):
        if wish.hours is None and wish.days is not None:
            wishes[index] = replace(wish, hours=wishes[index + 1].hours)
    return wishes


def _in_month_of(talked: date | None, wish: Wish, scene: Scene) -> Wish:
    """A bare day of the month, while another month is being talked about, means that month."""
    day = wish.days.single if wish.days else None
    if talked is None or day is None or (day.year, day.month) == (talked.year, talked.month):
        return wish
    try:
        meant = day.replace(year=talked.year, month=talked.month)
    except ValueError:  # that month has no such day
        return wish
    return wish if meant < scene.today else on(meant, wish.hours)


def _completed(wish: Wish, talk: Talk) -> tuple[Wish, ...]:
    """The wish with what it left out, from what was being talked about."""
    if wish.is_open:
        return (wish,)
    if wish.days is None:
        if talk.day:
            return (replace(wish, days=Days(first=talk.day, last=talk.day)),)
        return (replace(wish, days=next((w.days for w in talk.wishes if w.days), None)),)
    if wish.hours is None and talk.hours:
        return (replace(wish, hours=talk.hours), wish)
    return (wish,)


def _likeliest(said: TimeExpression, scene: Scene) -> Wish | None:
    readings = _possible(said, scene)
    return readings[0] if readings else _read(said, scene)


def _first_doubt(
    wanted: Sequence[TimeExpression], talk: Talk, scene: Scene
) -> tuple[Wish, Wish] | None:
    for said in wanted:
        readings = _possible(said, scene)
        if len(readings) > 1 and (said.conflict or _worth_asking(readings[0], readings[1])):
            first, second = (_completed(reading, talk)[0] for reading in readings[:2])
            return (first, second)
    return None


def _possible(said: TimeExpression, scene: Scene) -> list[Wish]:
    """The readings that lie ahead, inside the horizon, and on a day and hour with open doors.

    If there is none, the likeliest one stays: the search knows why it cannot be.
    """
    every = [said, *(_filled(reading, said) for reading in said.alt)]
    wishes = dict.fromkeys(wish for time in every if (wish := _read(time, scene)))
    ahead = [wish for wish in wishes if _lies_ahead(wish, scene)]
    return [wish for wish in ahead if _is_open_then(wish, scene)] or list(wishes)[:1]


def _filled(reading: TimeExpression, said: TimeExpression) -> TimeExpression:
    """A reading may tell only what differs from the expression it belongs to."""
    return replace(
        reading,
        grain=reading.grain or said.grain,
        pod=reading.pod or said.pod,
        open=reading.open or said.open,
        about=reading.about or said.about,
    )


def _worth_asking(first: Wish, second: Wish) -> bool:
    """Whether the readings are days, or clock times, that both could be meant.

    "In acht Tagen" is a week to nearly everybody: a neighbouring day is no question, because
    weekday and date are spoken anyway.
    """
    if first.days != second.days:
        days = [wish.days.single for wish in (first, second) if wish.days]
        one, other = (*days, None, None)[:2]
        return bool(one and other and abs((other - one).days) > 1)
    if not (first.hours and second.hours and first.hours.at and second.hours.at):
        return False
    apart = abs(_minutes(first.hours.at) - _minutes(second.hours.at))
    return 0 < apart < _HALF_DAY_MINUTES


def _lies_ahead(wish: Wish, scene: Scene) -> bool:
    if wish.days is None:
        return True
    horizon = scene.today + timedelta(days=scene.salon.branch.horizon_days)
    if not wish.days.last >= scene.today or wish.days.first > horizon:
        return False
    at = wish.hours.at if wish.hours else None
    return at is None or instant(wish.days.last, at, scene) > scene.now


def _is_open_then(wish: Wish, scene: Scene) -> bool:
    at = wish.hours.at if wish.hours else None
    day = wish.days.single if wish.days else None
    doors = scene.salon.branch.opening_hours
    then = [hours for hours in doors if day is None or hours.weekday == day.weekday()]
    return any(at is None or hours.start <= at < hours.end for hours in then)


def _read(said: TimeExpression, scene: Scene) -> Wish | None:
    """One expression by itself; None when it names no time to come."""
    if said.grain in {Grain.EARLIEST, Grain.ANY} and said.start is None and said.end is None:
        return Wish(hours=_hours(said))
    if NOW_RULE in said.rules:
        return on(scene.today)
    if said.grain is Grain.WEEKDAY_SET:
        return Wish(days=_weekdays(said, scene), hours=_hours(said))
    days, hours = _days(said, scene), _hours(said)
    return Wish(days=days, hours=hours) if days or hours else None


def _weekdays(said: TimeExpression, scene: Scene) -> Days:
    horizon = scene.today + timedelta(days=scene.salon.branch.horizon_days)
    return Days(first=scene.today, last=horizon, weekdays=said.weekdays)


def _days(said: TimeExpression, scene: Scene) -> Days | None:
    start = said.start if isinstance(said.start, datetime) else None
    end = said.end if isinstance(said.end, datetime) else None
    horizon = scene.today + timedelta(days=scene.salon.branch.horizon_days)
    if start is None and end is None:
        return None
    if start is None:
        assert end is not None
        return _until(end, said, scene)
    if said.open is Open.FROM and not _is_clock(said):
        return Days(first=start.date(), last=max(start.date(), horizon))
    return Days(first=start.date(), last=_last_day(start, end, said))


def _until(end: datetime, said: TimeExpression, scene: Scene) -> Days:
    if _is_clock(said):
        return Days(first=end.date(), last=end.date())
    last = (end - timedelta(days=1)).date()
    return Days(first=min(scene.today, last), last=last)


def _last_day(start: datetime, end: datetime | None, said: TimeExpression) -> date:
    day = start.date()
    if end is not None and not _is_clock(said):
        return max(day, (end - timedelta(seconds=1)).date())
    if said.grain in _PERIODS:
        return day + timedelta(days=_PERIODS[said.grain] - 1)
    if said.grain is Grain.MONTH:
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    if said.grain is Grain.YEAR:
        return day.replace(month=12, day=31)
    return day


def _hours(said: TimeExpression) -> Hours | None:
    start, end = _clock_of(said.start, said), _clock_of(said.end, said)
    if said.of_end and (by := end or start):
        return Hours(ends_by=by)
    if said.open is Open.FROM and start is not None:
        return Hours(start=start)
    if end is not None:
        return Hours(start=start, end=end)
    if start is not None:
        return Hours(at=start, about=said.about)
    if said.pod is None:
        return None
    part = window(said.pod)
    return Hours(start=part.start, end=part.end if part.end != time(0) else None)


def _clock_of(moment: datetime | time | None, said: TimeExpression) -> time | None:
    if isinstance(moment, datetime):
        return moment.time().replace(second=0, microsecond=0) if _is_clock(said) else None
    return moment.replace(second=0, microsecond=0, tzinfo=None) if moment else None


def _is_clock(said: TimeExpression) -> bool:
    """Whether a clock time was said, not only a day or a longer stretch."""
    return said.grain in {Grain.MINUTE, Grain.HOUR} or isinstance(said.start or said.end, time)


def _avoided(said: TimeExpression, talk: Talk, scene: Scene) -> Wish | None:
    wish = _read(said, scene)
    if wish is None or wish.is_open:
        return None
    exact = wish.days is None and wish.hours is not None and wish.hours.at is not None
    return replace(wish, days=on(talk.day).days) if exact and talk.day else wish


def _shifted(said: TimeExpression, talk: Talk, scene: Scene) -> tuple[Wish, ...]:
    """Seen from what is on the table: "später", "eine Stunde früher", "am Tag danach"."""
    base = _base(talk, scene)
    if base is None:
        return ()
    seconds = said.shift_s or 0
    if seconds and seconds % _DAY_S == 0:
        day = base.date() + timedelta(seconds=seconds)
        hours = talk.hours or Hours(at=base.time())
        return (on(day, hours), on(day))
    if seconds:
        moved = shift(base, seconds // 60)
        return (on(moved.date(), Hours(at=moved.time())),)
    if said.direction is not None and said.direction < 0:
        return (on(base.date(), Hours(end=min(_on_table(talk, base)).time())),)
    return (on(base.date(), Hours(start=_just_after(max(_on_table(talk, base))))),)


def _base(talk: Talk, scene: Scene) -> datetime | None:
    if talk.starts:
        return talk.starts[0]
    at = talk.hours.at if talk.hours else None
    return instant(talk.day, at, scene) if talk.day and at else None


def _on_table(talk: Talk, base: datetime) -> tuple[datetime, ...]:
    return tuple(start for start in talk.starts if start.date() == base.date()) or (base,)


def _just_after(start: datetime) -> time:
    return shift(start, 5).time()


def _fits(said: TimeExpression, start: datetime) -> bool:
    if said.grain in _TIMELESS or said.grain is Grain.WEEKDAY_SET:
        return False
    readings = (said, *(_filled(reading, said) for reading in said.alt))
    return any(_reading_fits(reading, start) for reading in readings)


def _reading_fits(said: TimeExpression, start: datetime) -> bool:
    day_fits = not isinstance(said.start, datetime) or said.start.date() == start.date()
    hours = _hours(said)
    if hours is None:
        return isinstance(said.start, datetime) and day_fits and said.grain is Grain.DAY
    if hours.at is not None:
        return day_fits and hours.at == start.time()
    inside = (hours.start or time(0)) <= start.time() < (hours.end or time(23, 59))
    return day_fits and inside and hours.ends_by is None


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
