"""From the times a caller says to wishes: the day being talked about fills what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from booking_core.domain.interval import shift
from nlu import Grain, Role
from voice_agent.dialogue.readings import NOW_RULE, read, readings_of
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.wish import MAX_DAYS, Days, Hours, Wish, instant, on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu import TimeExpression
    from voice_agent.dialogue.scene import Scene

LATER_MINUTES = 30
"""What "später" means at least."""
_DAY_S = 86_400
_HALF_DAY_MINUTES = 720
_PAIR = 2
_STRETCHES = frozenset({Grain.WEEK, Grain.MONTH})
_WEEK = "which_week"
"""The parser's name for "nächste Woche", also beside a weekday."""
_DAY_OF_MONTH = "day_of_month"
"""The parser's name for "am neunundzwanzigsten" without a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What a time may refer back to."""

    wishes: tuple[Wish, ...] = ()
    """What was wished so far."""
    starts: tuple[datetime, ...] = ()
    """What is agreed on, else what is on the table; on the salon's wall clock."""
    table: tuple[datetime, ...] = ()
    """Everything that was offered: "später" is later than all of it."""
    stretch: Days | None = None
    """The week or other stretch of days that was named last."""

    @property
    def day(self) -> date | None:
        """The day being talked about."""
        days = {start.date() for start in self.starts}
        days = days or {wish.days.single for wish in self.wishes if wish.days and wish.days.single}
        return days.pop() if len(days) == 1 else None

    @property
    def days(self) -> tuple[date, ...]:
        """The days on the table, then those of the stretches that were wished."""
        on_table = [start.date() for start in (*self.starts, *self.table)]
        stretches = [w.days for w in self.wishes if w.days and not w.days.weekdays]
        stretches += [self.stretch] if self.stretch else []
        wished = [day for days in stretches for day in islice(days.each(), MAX_DAYS)]
        return tuple(dict.fromkeys((*on_table, *wished)))

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
    stretch: Days | None = None
    """The days being talked about from here on: weekdays said alone lie in them."""


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
        stretch=_stretch(wanted, talk, scene),
    )


def _stretch(wanted: Sequence[TimeExpression], talk: Talk, scene: Scene) -> Days | None:
    """A week that was named, also with a day of it; another day said exactly leaves it."""
    stretch = talk.stretch
    for said in wanted:
        wish = read(said, scene)
        if wish is None or wish.days is None or said.bare_weekday:
            continue
        days = wish.days
        if days.single is None:
            stretch = stretch if days.weekdays else days
        elif _WEEK in said.rules:
            monday = days.first - timedelta(days=days.first.weekday())
            stretch = Days(first=monday, last=monday + timedelta(days=6))
        else:
            stretch = None
    return stretch


def _wanted(said: Sequence[TimeExpression]) -> list[TimeExpression]:
    """What is wished; "jetzt" beside another time only says when the caller is speaking."""
    wanted = [time for time in said if time.role is Role.WANT and time.grain is not Grain.DURATION]
    return [time for time in wanted if NOW_RULE not in time.rules] or wanted


def _wishes(wanted: Sequence[TimeExpression], talk: Talk, scene: Scene) -> tuple[Wish, ...]:
    if shifted := next((time for time in wanted if time.grain is Grain.SHIFT), None):
        clock = next((one for one in wanted if isinstance(one.start, time)), None)
        return _shifted(shifted, talk, scene, _likeliest(clock, scene) if clock else None)
    wanted = _weekdays_in(wanted)
    read = [_talked_about(time, talk, scene) or _likeliest(time, scene) for time in wanted]
    shared = _shared(_within(_definite([wish for wish in read if wish is not None])))
    if any(_DAY_OF_MONTH in time.rules for time in wanted):
        shared = [_in_month_of(talk.day, wish, scene) for wish in shared]
    return tuple(dict.fromkeys(full for wish in shared for full in _completed(wish, talk)))


def _definite(wishes: list[Wish]) -> list[Wish]:
    """The next free time "am Samstag" is a wish for Saturday."""
    return [wish for wish in wishes if not wish.is_open] or wishes


def _weekdays_in(wanted: Sequence[TimeExpression]) -> Sequence[TimeExpression]:
    """Nächsten Monat, am liebsten an einem Samstag: any Saturday of that month."""
    if len(wanted) != _PAIR or wanted[0].grain not in _STRETCHES:
        return wanted
    stretch, day = wanted
    start = day.start
    if not day.bare_weekday or day.grain is not Grain.DAY or not isinstance(start, datetime):
        return wanted
    every = replace(day, start=None, grain=Grain.WEEKDAY_SET, weekdays=(start.weekday(),), alt=())
    return (stretch, every)


def _within(wishes: list[Wish]) -> list[Wish]:
    """In den nächsten Wochen samstags: the Saturdays in there."""
    sets = [one for one in wishes if one.days and one.days.weekdays]
    spans = [one for one in wishes if one.days and not (one.days.weekdays or one.days.single)]
    if len(sets) != 1 or len(spans) != 1 or len(wishes) != len(sets) + len(spans):
        return wishes
    (every,), (stretch,) = sets, spans
    assert every.days
    assert stretch.days
    days = replace(stretch.days, weekdays=every.days.weekdays)
    return [Wish(days=days, hours=every.hours or stretch.hours)]


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


def _talked_about(said: TimeExpression, talk: Talk, scene: Scene) -> Wish | None:
    """A weekday said alone is the one on the table, else the one in the days being talked about.

    "Nächste Woche" and then "Mittwoch": Wednesday of that week.
    """
    wish = read(said, scene) if said.bare_weekday else None
    if wish is None or wish.days is None or wish.days.single is None:
        return None
    weekday = wish.days.single.weekday()
    day = next((day for day in talk.days if day.weekday() == weekday), None)
    return on(day, wish.hours) if day and day >= scene.today else None


def _likeliest(said: TimeExpression, scene: Scene) -> Wish | None:
    readings = readings_of(said, scene)
    return readings[0] if readings else read(said, scene)


def _first_doubt(
    wanted: Sequence[TimeExpression], talk: Talk, scene: Scene
) -> tuple[Wish, Wish] | None:
    for said in wanted:
        if _talked_about(said, talk, scene):
            continue
        readings = readings_of(said, scene)
        if len(readings) > 1 and _worth_asking(*readings[:2], conflict=said.conflict):
            first, second = (_completed(reading, talk)[0] for reading in readings[:2])
            return (first, second)
    return None


def _worth_asking(first: Wish, second: Wish, *, conflict: bool) -> bool:
    """Whether the readings are days, or clock times, that both could be meant.

    "In acht Tagen" is a week to nearly everybody: a neighbouring day is no question, because
    weekday and date are spoken anyway.
    """
    if first.days != second.days:
        days = [wish.days.single for wish in (first, second) if wish.days]
        one, other = (*days, None, None)[:2]
        return bool(one and other and (conflict or abs((other - one).days) > 1))
    if not (first.hours and second.hours and first.hours.at and second.hours.at):
        return False
    apart = abs(_minutes(first.hours.at) - _minutes(second.hours.at))
    return 0 < apart < _HALF_DAY_MINUTES


def _avoided(said: TimeExpression, talk: Talk, scene: Scene) -> Wish | None:
    wish = read(said, scene)
    if wish is None or wish.is_open:
        return None
    exact = wish.days is None and wish.hours is not None and wish.hours.at is not None
    return replace(wish, days=on(talk.day).days) if exact and talk.day else wish


def _shifted(
    said: TimeExpression, talk: Talk, scene: Scene, clock: Wish | None = None
) -> tuple[Wish, ...]:
    """Seen from what is on the table: "später", "eine Stunde früher", "am Tag danach um zwei"."""
    seconds = said.shift_s or 0
    if seconds and seconds % _DAY_S == 0 and talk.day:
        day = talk.day + timedelta(seconds=seconds)
        return (on(day, clock.hours),) if clock else _days_on(day, talk)
    base = _base(talk, scene)
    if base is None:
        return ()
    if seconds:
        return (_moved(base, seconds // 60, _on_table(talk, base)),)
    if said.direction is not None and said.direction < 0:
        first = min(_on_table(talk, base)).time()
        return (on(base.date(), Hours(end=first, before=first)),)
    soonest = _just_after(max(_on_table(talk, base)))
    return (on(base.date(), Hours(start=soonest, after=soonest)),)


def _days_on(day: date, talk: Talk) -> tuple[Wish, ...]:
    """Another day: at the time that was talked about, else at any."""
    at = talk.starts[0].time() if talk.starts else None
    hours = talk.hours or (Hours(at=at) if at else None)
    if hours is None or hours.before or hours.after:
        return (on(day),)
    return (on(day, hours), on(day))


def _moved(base: datetime, minutes: int, table: Sequence[datetime]) -> Wish:
    """So much earlier or later; nothing on the other side of the table is offered instead."""
    moved = shift(base, minutes)
    at = Hours(at=moved.time())
    if moved.date() != base.date():
        return on(moved.date(), at)
    if minutes < 0:
        return on(moved.date(), replace(at, before=min(table).time()))
    return on(moved.date(), replace(at, after=shift(max(table), 1).time()))


def _base(talk: Talk, scene: Scene) -> datetime | None:
    if talk.starts:
        return talk.starts[0]
    at = talk.hours.at if talk.hours else None
    return instant(talk.day, at, scene) if talk.day and at else None


def _on_table(talk: Talk, base: datetime) -> tuple[datetime, ...]:
    offered = (*talk.starts, *talk.table)
    return tuple(start for start in offered if start.date() == base.date()) or (base,)


def _just_after(start: datetime) -> time:
    return shift(start, LATER_MINUTES).time()


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
