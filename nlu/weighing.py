"""Times of one sentence held against one another: what adds nothing or cannot be meant goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from nlu.meaning import Grain, Open, Role, TimeExpression

if TYPE_CHECKING:
    from datetime import time

_CLOCK = frozenset({Grain.HOUR, Grain.MINUTE})


def weighed(found: list[TimeExpression]) -> list[TimeExpression]:
    """The times that are left, in their order."""
    return _without_repetition(_without_idle(_beside_refusals(_within_bounds(found))))


def _beside_refusals(found: list[TimeExpression]) -> list[TimeExpression]:
    """Diesen Freitag nicht, nächsten schon: the reading that was not refused."""
    refused = {e.start for e in found if e.role is Role.REJECT and e.grain is Grain.DAY}
    return [_not_refused(e, refused) for e in found] if refused else found


def _within_bounds(found: list[TimeExpression]) -> list[TimeExpression]:
    """Am Freitag heirate ich, also spätestens Donnerstag: the later day is no wish."""
    kept = [e for e, bound in pairwise(found) if not _lies_beyond(e, bound)]
    return [*kept, *found[-1:]]


def _lies_beyond(one: TimeExpression, bound: TimeExpression) -> bool:
    """A plain day that the bound said right behind it leaves out."""
    if one.role is not Role.WANT or bound.role is not Role.WANT or bound.open is not Open.UNTIL:
        return False
    if not isinstance(one.start, datetime) or not isinstance(bound.end, datetime):
        return False
    is_day = one.grain is Grain.DAY and one.open is None and one.end is None
    return is_day and bound.end <= one.start


def _not_refused(one: TimeExpression, refused: set[datetime | time | None]) -> TimeExpression:
    if one.role is not Role.WANT or one.grain is not Grain.DAY or one.start not in refused:
        return one
    others = [reading for reading in one.alt if reading.start not in refused]
    return replace(one, start=others[0].start, alt=tuple(others[1:])) if others else one


def _without_idle(found: list[TimeExpression]) -> list[TimeExpression]:
    """Mittwoch oder Donnerstag, egal: a choice of two; Freitag den ganzen Tag: the day."""
    wishes = [e for e in found if e.role is Role.WANT and (e.start or e.end or e.pod or e.weekdays)]
    if not wishes:
        return found
    return [e for e in found if e.grain is not Grain.ANY and "whole_period" not in e.rules]


def _without_repetition(found: list[TimeExpression]) -> list[TimeExpression]:
    """A day that another wish names too adds nothing: "heute um vier. Das ist der elfte"."""
    kept: list[TimeExpression] = []
    for place, one in enumerate(found):
        goes_on = any(_repeats(one, later) for later in found[place + 1 :] if later.grain in _CLOCK)
        if not goes_on and not any(_repeats(one, earlier) for earlier in kept):
            kept.append(one)
    return kept


def _repeats(one: TimeExpression, earlier: TimeExpression) -> bool:
    if one.role is not earlier.role or not isinstance(one.start, datetime):
        return False
    is_plain_day = one.grain is Grain.DAY and one.end is None and one.open is None and not one.pod
    same_day = isinstance(earlier.start, datetime) and earlier.start.date() == one.start.date()
    return is_plain_day and same_day and earlier.grain in {Grain.DAY, Grain.HOUR, Grain.MINUTE}
