"""Two pieces as one wish: a day with its time, a range, a correction of what was said before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlu.bounds import bind
from nlu.days import DayWords, day_of_week_ahead, unify
from nlu.meaning import Open, Role

if TYPE_CHECKING:
    from nlu.groups import Group
    from nlu.meaning import PartOfDay

Words = tuple[int, int] | None
_OBSTACLES = frozenset({"instead", "unable", "shut", "engaged"})
_SEPARATORS = frozenset(
    {"or", "fix", "but", "instead", "until", "dash", "from", "before", "after", "between", "not",
     "except", "to", "ranked", "of", "unable"}
)  # fmt: skip


def joined(before: Group, group: Group) -> bool:
    """Makes both one wish, if they are."""
    if before.alone or group.alone:
        return False
    if "fix" in group.gap and not group.gap & {"or"} and _corrects(before, group):
        return True
    if before.corrected and _says_time_again(before, group):
        return True
    return _makes_range(before, group) or _merges(before, group) or _moves_to_week(before, group)


def _moves_to_week(before: Group, group: Group) -> bool:
    """Freitag, aber erst nächste Woche; nicht diesen Freitag, sondern nächste Woche."""
    day, week = before.day, group.day
    if day is None or week is None or not (before.is_day_only and group.is_day_only):
        return False
    if week.unit != "week" or week.week is None or "not" in group.tight or before.day_end:
        return False
    if not group.gap & {"instead", "but"} or day.weekday is None or before.pod:
        return False
    this_one = DayWords(weekday=day.weekday, which=0)
    if day != this_one and (not day.is_bare_weekday or before.role is Role.REJECT):
        return False
    before.day, before.role, before.last = replace(week, weekday=day.weekday), Role.WANT, group.last
    before.rules += group.rules
    return True


def _says_time_again(before: Group, group: Group) -> bool:
    """Dienstag um elf, nein, Mittwoch um elf: the clock time goes with the new day."""
    if not group.is_clock_only or group.words or group.gap & _SEPARATORS or "comma" in group.gap:
        return False
    bind(group)
    before.clock, before.until, before.pod = group.clock, group.until, group.pod
    before.bound, before.about, before.last = group.bound, group.about, group.last
    before.clock_words = group.clock_words
    before.corrected = False
    return True


def _merges(before: Group, group: Group) -> bool:  # noqa: PLR0911 - one way of saying it a line
    """A day with its clock time, a weekday with its date, a part of day with both."""
    if group.gap & {"or", "but", "instead", "unable"}:
        return False
    refused = group.tight & {"not", "except"}
    if refused and before.role is Role.WANT and "from" not in group.tight:
        return False
    behind = group.gap & {"comma", "and", "stop"}
    if before.role is Role.REJECT and behind and not _dates(before, group):
        return False
    if group.day is not None and (before.day is not None or group.words or group.gap & _SEPARATORS):
        if before.day is not None:
            return _unifies(before, group)
        if group.gap & (_SEPARATORS - {"of"}) or before.day_end:
            return False
    if group.clock is not None and (before.clock is not None or before.day_end is not None):
        return False
    if group.pod is not None and before.pod is not None and not _narrows(before.pod, group.pod):
        return False
    if "and" in group.gap and group.day is not None and before.day is not None:
        return False
    _absorb(before, group)
    return True


def _dates(before: Group, group: Group) -> bool:
    """Not on Thursday, the third of June: the comma before its date ends no refusal."""
    if before.day is None or group.day is None or group.gap & {"and", "stop", "fix"}:
        return False
    return before.day.is_bare_weekday and group.day.day is not None and before.clock is None


def _narrows(first: PartOfDay, second: PartOfDay) -> bool:
    """First thing tomorrow morning: the part of day said first lies within the second."""
    return first.value in {f"early{second}", f"late{second}"} or first == second


def _unifies(before: Group, group: Group) -> bool:
    """Two sayings of one day: Freitag, den dreizehnten; nächste Woche Dienstag."""
    if before.day_end:
        return _in_period(before, group)
    if before.day is None or group.day is None or group.day_end:
        return False
    if group.gap & (_SEPARATORS - {"of"}) or "and" in group.gap or "stop" in group.gap:
        return False
    if group.words > (2 if before.clock is None else 0) or (group.words and "comma" in group.gap):
        return False
    return _unify(before, group)


def _unify(before: Group, group: Group) -> bool:
    if before.day is None or group.day is None or (group.clock and before.clock):
        return False
    merged = day_of_week_ahead(before.day, group.day) or unify(before.day, group.day)
    if merged is None:
        return False
    before.day = merged
    group.day = None
    _absorb(before, group)
    return True


def _in_period(before: Group, group: Group) -> bool:
    """Montag bis Mittwoch nächster Woche: both days lie in it."""
    is_period = group.is_day_only and group.day is not None and group.day.is_week_or_month
    if not is_period or group.words or group.gap & (_SEPARATORS - {"of"}) or before.end_group:
        return False
    first = unify(before.day, group.day) if before.day and group.day else None
    last = unify(before.day_end, group.day) if before.day_end and group.day else None
    if first is None or last is None:
        return False
    before.day, before.day_end, before.last = first, last, group.last
    before.rules += group.rules
    return True


def _absorb(before: Group, group: Group) -> None:
    """Takes over what the later piece says."""
    before.day = before.day or group.day
    before.day_end = before.day_end or group.day_end
    if group.clock is not None:
        before.clock, before.until = group.clock, group.until
    before.pod = before.pod or group.pod
    _take_bound(before, group)
    before.day_words = _both(before.day_words, group.day_words)
    before.clock_words = _both(before.clock_words, group.clock_words)
    before.about = before.about or group.about
    before.last = group.last
    before.rules += group.rules


def _both(one: Words, other: Words) -> Words:
    """From the first word to the last."""
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])


def _take_bound(before: Group, group: Group) -> None:
    bind(group)
    if group.bound is not None and (group.clock is not None or group.day is not None):
        before.bound = group.bound
    if group.clock is not None and before.bound is None and group.until is None:
        before.bound = group.bound


def _makes_range(before: Group, group: Group) -> bool:
    """Von Montag bis Mittwoch; Donnerstag nach neun, aber vor elf."""
    overnight = "to" in group.tight and "of" in before.tight and not group.after_move
    joins = (
        "until" in group.tight
        or "dash" in group.tight
        or ("and" in group.tight and "between" in before.tight)
        or (overnight and before.is_day_only and group.day is not None)
    )
    if group.words or group.gap & {"or", "fix", "ranked", "stop"}:
        return False
    if group.moves and {"to", "until"} <= group.tight:
        return False  # "from Tuesday to Thursday" is where an appointment moves
    if (
        before.bound is Open.FROM
        and before.has_clock
        and "before" in group.tight
        and group.is_clock_only
    ):
        before.until, before.bound, before.last = group.clock, None, group.last
        return True
    if not joins or before.until or before.day_end or before.end_group:
        return False
    if before.is_day_only and group.day is not None:
        before.bound = None
        before.day_end, before.last = group.day, group.last
        if group.has_clock or before.pod or group.pod:
            before.end_group = group
        before.rules.append("range_of_days")
        return True
    return _makes_range_of_times(before, group)


def _makes_range_of_times(before: Group, group: Group) -> bool:
    if not before.has_clock:
        return False
    before.bound = None
    if group.day is None and group.has_clock:
        before.until, before.last = group.clock, group.last
        before.pod = before.pod or group.pod
        before.rules.append("range_of_times")
        return True
    if group.day is not None:
        before.end_group, before.last = group, group.last
        before.rules.append("range_of_days")
        return True
    return False


def _corrects(before: Group, group: Group) -> bool:
    """The later value replaces the earlier one of the same kind, the rest stays."""
    if before.role is not Role.WANT or group.gap & _OBSTACLES:
        return False  # "Mittwoch ist schlecht, lieber Donnerstag" refuses the Wednesday
    same = (
        (group.day is not None and before.day is not None)
        or (group.clock is not None and before.clock is not None)
        or (group.pod is not None and before.pod is not None)
        or (group.pod is not None and before.clock is not None)
        or (group.clock is not None and before.pod is not None and before.day is None)
    )
    if not same:
        return False
    bind(group)
    if group.role is Role.REJECT:
        return False
    if group.day is not None:
        before.day, before.day_end, before.end_group = group.day, group.day_end, None
        before.bound, before.day_words = group.bound, group.day_words
    if group.clock is not None or group.pod is not None:
        before.clock_words = group.clock_words
        before.clock, before.until, before.pod = group.clock, group.until, group.pod
        before.bound, before.about = group.bound, group.about
    before.last = group.last
    before.corrected = group.day is not None
    before.rules = [*before.rules, "correction", *group.rules]
    return True
