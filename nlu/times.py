"""Dates and times in a sentence, resolved against the moment of the call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from nlu import (
    anchored_rules,
    date_rules,
    day_rules,
    part_rules,
    period_rules,
    shift_rules,
    span_rules,
)
from nlu.bounds import SHORTLY
from nlu.clock import end_after, read
from nlu.grouping import groups_of
from nlu.lexicon import lexicon
from nlu.meaning import Grain, Open, TimeExpression
from nlu.parts_of_day import window
from nlu.pieces import Piece, Scan
from nlu.resolve import resolve
from nlu.roles import assign_roles
from nlu.stories import without_stories
from nlu.weighing import weighed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nlu.groups import Group
    from nlu.lexicon import Atom
    from nlu.stretches import Days

_DAY = timedelta(1)
_SHORTLY = timedelta(7)  # how far "kurz vor Weihnachten" reaches


def parse_times(text: str, now: datetime, language: str) -> list[TimeExpression]:
    """The dates and times of a text, in order; `now` is aware, in the salon's zone.

    >>> from zoneinfo import ZoneInfo
    >>> now = datetime(2026, 3, 11, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    >>> [e.to_contract()["start"] for e in parse_times("Samstag um halb drei", now, "de")]
    ['2026-03-14T14:30:00']
    """
    return expressions(text, now, language)


def expressions(
    text: str, now: datetime, language: str, *, bare_hours: bool = False, sole_hour: bool = False
) -> list[TimeExpression]:
    """As `parse_times`; with `bare_hours` a number alone is an hour, as in an answer to "Wann?".

    With `sole_hour` the one number of the text is an hour: "nein, lieber elf".
    """
    atoms = lexicon(language).atoms(text)
    pieces = Scan(atoms, rules_of(language), bare_hours=bare_hours, sole_hour=sole_hour).pieces()
    if not pieces:
        return []
    groups = groups_of(atoms, pieces)
    assign_roles(atoms, groups)
    found = [_expression(group, atoms, now, text) for group in without_stories(groups)]
    heard = [replace(one, language=language) for one in found if one]
    return weighed(heard)


@lru_cache(maxsize=8)
def rules_of(language: str) -> dict[str, tuple[Callable[[Sequence[Atom], int], Piece | None], ...]]:
    """All rules by the kind of word they begin with."""
    del language  # rules work on kinds of words; the words are data
    tables = (
        anchored_rules.RULES,
        day_rules.RULES,
        date_rules.RULES,
        period_rules.RULES,
        span_rules.RULES,
        shift_rules.RULES,
        part_rules.RULES,
    )
    kinds = {kind for table in tables for kind in table}
    return {kind: tuple(r for table in tables for r in table.get(kind, ())) for kind in kinds}


def _expression(
    group: Group, atoms: Sequence[Atom], now: datetime, text: str
) -> TimeExpression | None:
    found: TimeExpression | None
    if group.alone:
        found = _alone(group.alone, now)
    elif group.day is None:
        found = _without_day(group)
    else:
        found = _with_day(group, now)
    if found is None:
        return None
    span = (atoms[group.first].start, atoms[group.last - 1].end)
    return replace(
        found,
        role=group.role,
        about=group.about,
        of_end=group.of_end,
        span=span,
        text=text[span[0] : span[1]],
        bare_weekday=group.day is not None and group.day.is_bare_weekday,
        rules=tuple(group.rules),
    )


def _alone(piece: Piece, now: datetime) -> TimeExpression:
    """Lengths, shifts, moments counted from now."""
    if piece.elapsed_s is not None:
        start = _after(now, piece.elapsed_s)
        return TimeExpression(start=start, grain=Grain.MINUTE)
    if piece.lasting_s is not None:
        return TimeExpression(
            start=_minute(now), end=_after(now, piece.lasting_s), grain=Grain.MINUTE
        )
    if piece.grain is Grain.DURATION:
        return TimeExpression(grain=Grain.DURATION, duration_s=piece.seconds)
    if piece.grain is Grain.SHIFT:
        return TimeExpression(grain=Grain.SHIFT, shift_s=piece.seconds, direction=piece.direction)
    return TimeExpression(grain=piece.grain, weekdays=piece.weekdays)


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


def _after(now: datetime, seconds: int) -> datetime:
    """Elapsed time: an hour is an hour also where the clocks change."""
    return (_minute(now).astimezone(UTC) + timedelta(seconds=seconds)).astimezone(now.tzinfo)


# --- without a day ------------------------------------------------------------------------------


def _without_day(group: Group) -> TimeExpression:
    if group.clock is None:
        return TimeExpression(grain=Grain.DAY, pod=group.pod)
    start, others = read(group.clock, group.pod)
    grain = Grain.HOUR if group.clock.whole else Grain.MINUTE
    if group.until is not None:
        return _time_range(group, start)
    if group.bound is Open.UNTIL:
        alt = tuple(TimeExpression(end=other, grain=grain, open=Open.UNTIL) for other in others)
        return TimeExpression(end=start, grain=grain, open=Open.UNTIL, alt=alt)
    alt = tuple(TimeExpression(start=one, grain=grain, open=group.bound) for one in others)
    return TimeExpression(start=start, grain=grain, open=group.bound, alt=alt)


def _time_range(group: Group, start: time) -> TimeExpression:
    if group.clock is None or group.until is None:
        raise ValueError("a range has two ends")
    start, end = _range_ends(group)
    grain = Grain.HOUR if group.clock.whole and group.until.whole else Grain.MINUTE
    return TimeExpression(start=start, end=end, grain=grain)


def _range_ends(group: Group) -> tuple[time, time]:
    """Start and end of a range of clock times: the start goes along with a fixed end."""
    clock, until = group.clock, group.until
    if clock is None or until is None:
        raise ValueError("a range has two ends")
    start, others = read(clock, group.pod)
    end = end_after(start, until, group.pod)
    if end <= start and others:
        earlier = [other for other in others if other < end]
        start = earlier[0] if earlier else start
    return start, end


# --- with a day ---------------------------------------------------------------------------------


def _with_day(group: Group, now: datetime) -> TimeExpression | None:
    if group.day is None:
        return None
    days = resolve(group.day, now.date())
    if days is None:
        return None
    if group.end_group is not None or group.day_end is not None:
        return _day_range(group, days, now)
    if group.clock is None:
        return _days(group, days, now)
    return _day_and_time(group, days, now)


def _days(group: Group, days: Days, now: datetime) -> TimeExpression:
    """Days, weeks, months; perhaps a part of them."""
    start, end = _midnight(days.start, now), _midnight(days.end, now)
    alt = tuple(_alternative(day, days, now) for day in days.alt)
    alt = tuple(one for one in alt if not _is_today_only(one, now, group))
    if group.bound is Open.FROM:
        begin = end if "after_day" in group.rules else start
        if SHORTLY in group.rules:
            return TimeExpression(start=begin, end=begin + _SHORTLY, grain=Grain.DAY)
        return TimeExpression(
            start=begin,
            grain=_bound_grain(days),
            open=Open.FROM,
            pod=group.pod,
            alt=alt,
            conflict=days.conflict,
        )
    if group.bound is Open.UNTIL:
        last = end if "until_day_included" in group.rules or group.pod else start
        if SHORTLY in group.rules:
            return TimeExpression(start=last - _SHORTLY, end=last, grain=Grain.DAY)
        return TimeExpression(
            end=last, grain=Grain.DAY, open=Open.UNTIL, pod=group.pod, conflict=days.conflict
        )
    if days.is_one_day and not _shows_end(group):
        return TimeExpression(
            start=start, grain=Grain.DAY, pod=group.pod, alt=alt, conflict=days.conflict
        )
    return TimeExpression(
        start=start, end=end, grain=days.grain, pod=group.pod, alt=alt, conflict=days.conflict
    )


def _bound_grain(days: Days) -> Grain:
    return Grain.DAY if days.grain in {Grain.DAY, Grain.WEEK, Grain.WEEKEND} else days.grain


def _shows_end(group: Group) -> bool:
    day = group.day
    if day is None:
        return False
    return day.to_offset is not None or (day.edge is not None and day.weekday is None)


def _alternative(day: date, days: Days, now: datetime) -> TimeExpression:
    start = _midnight(day, now)
    end = None if days.is_one_day else _midnight(day + (days.end - days.start), now)
    return TimeExpression(start=start, end=end, grain=days.grain)


def _is_today_only(reading: TimeExpression, now: datetime, group: Group) -> bool:
    """Today is a reading of its own weekday only if a time still ahead is named."""
    is_today = isinstance(reading.start, datetime) and reading.start.date() == now.date()
    if not is_today or group.clock is not None:
        return False
    if group.pod is None:
        return True
    end = window(group.pod).end
    return end != time(0) and end <= now.time()


def _day_and_time(group: Group, days: Days, now: datetime) -> TimeExpression | None:
    if group.clock is None:
        return None
    day = days.start
    grain = Grain.HOUR if group.clock.whole else Grain.MINUTE
    if group.until is not None:
        start_time, end_time = _range_ends(group)
        if not group.until.whole:
            grain = Grain.MINUTE
        return TimeExpression(
            start=_at(day, start_time, now),
            end=_at(day, end_time, now),
            grain=grain,
            conflict=days.conflict,
        )
    moment, others = read(group.clock, group.pod)
    days_alt = tuple(
        other
        for other in days.alt
        if other != now.date() or moment > now.time().replace(tzinfo=None)
    )
    alt = (
        *(_at(day, other, now) for other in others),
        *(_at(other, moment, now) for other in days_alt),
    )
    if group.bound is Open.UNTIL:
        return TimeExpression(
            end=_at(day, moment, now), grain=grain, open=Open.UNTIL, conflict=days.conflict,
            alt=tuple(TimeExpression(end=one, grain=grain, open=Open.UNTIL) for one in alt),
        )  # fmt: skip
    return TimeExpression(
        start=_at(day, moment, now), grain=grain, open=group.bound, conflict=days.conflict,
        alt=tuple(TimeExpression(start=one, grain=grain, open=group.bound) for one in alt),
    )  # fmt: skip


def _day_range(group: Group, days: Days, now: datetime) -> TimeExpression | None:
    """From one day, perhaps with a clock time, to another."""
    end_words = group.end_group.day if group.end_group is not None else group.day_end
    if group.day is None or end_words is None:
        return None
    if end_words.relation == 6 and end_words.feast is None:  # noqa: PLR2004 - a week from that day on
        start = _midnight(days.start, now)
        return TimeExpression(
            start=start, end=_midnight(days.start + timedelta(7), now), grain=Grain.DAY
        )
    first_words = group.day
    if first_words.day is not None and first_words.month is None and end_words.month is not None:
        first_words = replace(first_words, month=end_words.month)
    if first_words.month is not None and first_words.year is None and end_words.year is not None:
        first_words = replace(first_words, year=end_words.year)
    first = resolve(first_words, now.date())
    if first is None:
        return None
    is_counted = any(n is not None for n in (end_words.offset, end_words.week, end_words.months))
    last = resolve(end_words, now.date() if is_counted else first.start)
    if last is None:
        return None
    return _from_to(group, first, last, now)


def _from_to(group: Group, first: Days, last: Days, now: datetime) -> TimeExpression | None:
    clock_end = group.end_group.clock if group.end_group is not None else None
    if group.clock is None and clock_end is None:
        if last.end <= first.start:
            return None
        return TimeExpression(
            start=_midnight(first.start, now),
            end=_midnight(last.end, now),
            grain=_range_grain(first),
        )
    start = (
        _midnight(first.start, now)
        if group.clock is None
        else _at(first.start, read(group.clock, group.pod)[0], now)
    )
    end = _midnight(last.end, now)
    if clock_end is not None and group.end_group is not None:
        end = _at(last.start, read(clock_end, group.end_group.pod)[0], now)
    grain = Grain.DAY if group.clock is None else Grain.HOUR if group.clock.whole else Grain.MINUTE
    return TimeExpression(start=start, end=end, grain=grain)


def _range_grain(first: Days) -> Grain:
    return first.grain if first.grain in {Grain.WEEK, Grain.MONTH} else Grain.DAY


def _midnight(day: date, now: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)


def _at(day: date, moment: time, now: datetime) -> datetime:
    """That wall time; one that the clock change skips is moved forward."""
    wall = datetime.combine(day, moment, tzinfo=now.tzinfo)
    there = wall.astimezone(UTC).astimezone(now.tzinfo)
    return wall if there.replace(tzinfo=None) == wall.replace(tzinfo=None) else there
