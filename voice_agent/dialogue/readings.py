"""What one time expression means by itself: days and hours, in each of its honest readings."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from nlu import Grain, Open, Role
from nlu.parts_of_day import window
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.wish import Days, Hours, Wish, instant, on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu import TimeExpression
    from voice_agent.dialogue.scene import Scene

NOW_RULE = "now"
"""The parser's name for "jetzt"."""
_PERIODS = {Grain.WEEK: 7, Grain.WEEKEND: 2}
_TIMELESS = frozenset({Grain.DURATION, Grain.EARLIEST, Grain.ANY, Grain.SHIFT})


def names_start(said: Sequence[TimeExpression], start: datetime) -> bool:
    """Whether the times said fit this start, so that they choose it and wish for nothing new."""
    wanted = [time for time in said if time.role is Role.WANT]
    return bool(wanted) and all(_fits(time, start) for time in wanted)


def wanted(times: Sequence[TimeExpression]) -> tuple[TimeExpression, ...]:
    """The same times, whatever they are to the caller, as what is meant."""
    return tuple(replace(time, role=Role.WANT) for time in times)


def readings_of(said: TimeExpression, scene: Scene) -> list[Wish]:
    """The readings that lie ahead, inside the horizon, and on a day and hour with open doors.

    If there is none, the likeliest one stays: the search knows why it cannot be.
    """
    every = [said, *(_filled(reading, said) for reading in said.alt)]
    wishes = dict.fromkeys(wish for time in every if (wish := read(time, scene)))
    ahead = [wish for wish in wishes if _lies_ahead(wish, scene)]
    return [wish for wish in ahead if _is_open_then(wish, scene)] or list(wishes)[:1]


def _filled(reading: TimeExpression, said: TimeExpression) -> TimeExpression:
    """A reading may tell only what differs from the expression it belongs to."""
    return replace(
        reading,
        grain=reading.grain or said.grain,
        pod=reading.pod or said.pod,
        language=said.language,
        open=reading.open or said.open,
        about=reading.about or said.about,
    )


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


def read(said: TimeExpression, scene: Scene) -> Wish | None:
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
    part = window(said.pod, said.language)
    return Hours(start=part.start, end=part.end if part.end != time(0) else None)


def _clock_of(moment: datetime | time | None, said: TimeExpression) -> time | None:
    if isinstance(moment, datetime):
        return moment.time().replace(second=0, microsecond=0) if _is_clock(said) else None
    return moment.replace(second=0, microsecond=0, tzinfo=None) if moment else None


def _is_clock(said: TimeExpression) -> bool:
    """Whether a clock time was said, not only a day or a longer stretch."""
    return said.grain in {Grain.MINUTE, Grain.HOUR} or isinstance(said.start or said.end, time)


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
