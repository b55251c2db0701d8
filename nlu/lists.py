"""Lists of wishes: a day said once holds for later times, a condition for all days before it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from nlu.days import DayWords, day_behind, later_by
from nlu.meaning import Grain, Role
from nlu.shift_rules import FROM_THERE

if TYPE_CHECKING:
    from nlu.groups import Group

_DAY_S = 86400
_WEEK = 7
_LISTING = frozenset({"comma", "or", "and", "joint", "filler", "again"})
"""Kinds of words between the days of one list."""


def listed(found: list[Group]) -> list[Group]:
    """A day said once holds for the later clock times; a part of day for both days of a choice."""
    found = _with_conditions(found)
    counted = [before for before, group in pairwise(found) if _count_on(before, group)]
    found = [group for group in found if group not in counted]
    for before, group in pairwise(found):
        ranked = "ranked" in group.gap
        group.linked = bool(group.gap & {"or", "and", "comma", "dash"}) and not group.alone
        group.ranked = ranked
        if before.alone or group.alone:
            continue
        if before.role is not group.role:
            _keep_day_after_refusal(before, group)
            continue
        if group.linked:
            _stay_in_period(before, group)
        if group.day is None and before.day is not None and group.words <= 2 and group.linked:  # noqa: PLR2004 - "oder vielleicht auch um elf"
            group.day = before.day
        if before.is_clock_only and group.day and "or" in group.gap and _is_told_first(group):
            before.day = group.day
        if (
            before.is_day_only
            and group.day is not None
            and "or" in group.gap
            and not ranked
            and not group.words
        ):
            _spread(before, group)
    _spread_over_lists(found)
    return found


def apart(group: Group) -> list[Group]:
    """Nächste Woche um zehn: any day of that week, and a clock time; not its Monday at ten."""
    if group.day is None or not group.day.is_stretch or group.day_end or not group.has_clock:
        return [group]
    said, told = group.day_words, group.clock_words
    if said is None or told is None:  # "... oder um elf": the week was said before
        return [replace(group, day=None)]
    hours = replace(group, day=None, first=told[0], last=told[1])
    if group.role is Role.REJECT:  # not at ten, the rest of that week is fine
        return [hours]
    days = replace(
        group,
        clock=None,
        until=None,
        pod=None,
        bound=None,
        about=False,
        first=said[0],
        last=said[1],
    )
    return sorted((days, hours), key=lambda one: one.first)


def _stay_in_period(before: Group, group: Group) -> None:
    """Nächste Woche Mittwoch oder Donnerstag; am dritten Mai oder am vierten: both in there."""
    said, day = before.day, group.day
    if said is None or day is None:
        return
    if said.week is not None and said.weekday is not None and day.is_bare_weekday:
        group.day = replace(day, week=said.week, offset=said.offset)
    elif day.day is not None and day == DayWords(day=day.day):
        group.day = day_behind(said, day.day) or day


def _count_on(before: Group, group: Group) -> bool:
    """Freitag oder am Tag danach: counted from what was said, not from what was offered.

    Tells whether the first day was only said to count from: am elften ist das Fest, am Tag davor.
    """
    shift = group.alone
    if shift is None or shift.grain is not Grain.SHIFT or not shift.seconds:
        return False
    days, rest = divmod(shift.seconds, _DAY_S)
    from_there = before.is_day_only and shift.rule == FROM_THERE
    if rest or before.day is None:
        return False
    by_weeks = before.day.unit == "week" and days % _WEEK == 0
    if not (from_there or by_weeks or abs(days) == 1 or "or" in group.gap):
        return False
    day = later_by(before.day, days)
    if day is None:
        return False
    if shift.nearest_s:
        nearest = later_by(before.day, shift.nearest_s // _DAY_S)
        first, last = (day, nearest) if days < 0 else (nearest, day)
        group.day, group.day_end, group.alone = first, last, None
    else:
        group.day, group.alone = day, None
    return before.is_day_only and before.role is Role.WANT and "or" not in group.gap


def _keep_day_after_refusal(before: Group, group: Group) -> None:
    """Dienstag um zehn passt nicht, aber um elf; am Montagmorgen nicht, ab Mittag: that day."""
    has_time = before.has_clock or before.pod is not None
    refused_time = before.role is Role.REJECT and has_time and before.day is not None
    if refused_time and group.is_clock_only and group.role is Role.WANT:
        group.day = before.day


def _with_conditions(found: list[Group]) -> list[Group]:
    """Montag oder Mittwoch, aber nicht vor zehn: the condition holds for all days before it."""
    kept: list[Group] = []
    for group in found:
        conditions = group.is_clock_only and "but" in group.gap and group.role is Role.WANT
        limits = group.bound or group.until or (group.pod and not group.words)
        days = _days_before(kept) if conditions and limits else []
        for day in days:
            day.clock, day.until, day.bound = group.clock, group.until, group.bound
            day.pod = day.pod or group.pod
            day.rules.append("condition")
        if days:
            days[-1].last = group.last
        else:
            kept.append(group)
    return kept


def _days_before(found: list[Group]) -> list[Group]:
    """The wished days at the end of what was said so far."""
    days: list[Group] = []
    for group in reversed(found):
        if not group.is_day_only or group.role is not Role.WANT or group.bound:
            break
        days.insert(0, group)
        if not group.gap & {"or", "and", "comma"}:
            break
    return days


def _spread_over_lists(found: list[Group]) -> None:
    """Montag, Dienstag oder Mittwoch nachmittags; vormittags am Dienstag oder Mittwoch."""
    for before, group in reversed(list(pairwise(found))):
        if _is_listed(before, group) and "holds_for_both" in group.rules:
            _spread(before, group)
    for before, group in pairwise(found):
        holds = _is_told_first(before) or "holds_for_both" in before.rules
        if _is_listed(before, group) and holds:
            _spread(group, before)


def _is_listed(before: Group, group: Group) -> bool:
    """Two days with no more than a comma or a little word between them."""
    is_list = group.gap <= _LISTING and bool(group.gap & {"or", "comma"}) and not group.words
    days = before.day is not None and group.day is not None
    return is_list and days and before.role is group.role and not group.ranked


def _is_told_first(group: Group) -> bool:
    """The part of day or clock time was said before the day."""
    return group.clock_first or (group.pod is not None and group.rules[0] == "part_of_day")


def _spread(before: Group, group: Group) -> None:
    """Montag oder Dienstag vormittag; Montag oder Dienstag um drei."""
    if "early" in group.rules:  # "heute oder morgen früh"
        return
    if before.pod is None and before.clock is None and before.bound is None and not before.day_end:
        before.pod, before.clock, before.until, before.bound = (
            group.pod,
            group.clock,
            group.until,
            group.bound,
        )
        before.about = before.about or group.about
        if before.pod or before.clock:
            before.rules.append("holds_for_both")
