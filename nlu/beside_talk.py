"""Weekdays beside the day being talked about: the Saturday after, am Freitag davor."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nlu.meaning import Role
from nlu.times import expressions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.meaning import TimeExpression
    from nlu.vocabulary import Context

_LATER, _EARLIER = "weekday_later", "weekday_earlier"
"""The parser's names for them; on their own they are the next such weekday."""
_WEEK = timedelta(7)


def beside_talk(times: Sequence[TimeExpression], context: Context) -> list[TimeExpression]:
    """The times, with such weekdays counted from what was offered or said last."""
    if not any(_LATER in one.rules or _EARLIER in one.rules for one in times):
        return list(times)
    days = _days_of_talk(context)
    return [_moved(one, days) for one in times] if days else list(times)


def _days_of_talk(context: Context) -> list[datetime]:
    if context.options:
        return sorted(option.start for option in context.options)
    said = expressions(context.agent_said or "", context.now, context.language)
    return sorted(
        one.start for one in said if one.role is Role.WANT and isinstance(one.start, datetime)
    )


def _moved(said: TimeExpression, days: Sequence[datetime]) -> TimeExpression:
    """The nearest such weekday on that side of all days of the talk, but none that is over."""
    is_beside = _LATER in said.rules or _EARLIER in said.rules
    if not is_beside or not isinstance(said.start, datetime):
        return said
    found = said.start
    if _LATER in said.rules:
        while found.date() <= days[-1].date():
            found += _WEEK
    else:
        while found.date() + _WEEK < days[0].date():
            found += _WEEK
    end = said.end + (found - said.start) if isinstance(said.end, datetime) else said.end
    alt = tuple(_as_moved(one, found - said.start) for one in said.alt)
    return replace(said, start=found, end=end, alt=alt, bare_weekday=False)


def _as_moved(reading: TimeExpression, by: timedelta) -> TimeExpression:
    start = reading.start + by if isinstance(reading.start, datetime) else reading.start
    return replace(reading, start=start)
