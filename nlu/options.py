"""The options the agent has just named, and what they decide about a time with two readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import TYPE_CHECKING

from nlu.meaning import Grain, Role
from nlu.times import expressions
from nlu.vocabulary import Expecting, Option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.meaning import TimeExpression
    from nlu.vocabulary import Context


def on_the_table(context: Context) -> tuple[Option, ...]:
    """The times the agent's last words named, where the dialogue hands over no options."""
    if context.expecting is not Expecting.CHOICE or not context.agent_said:
        return ()
    found = expressions(context.agent_said, context.now, context.language)
    starts = [_moment(e, context.now) for e in found if e.grain in {Grain.HOUR, Grain.MINUTE}]
    return tuple(Option(start=start) for start in starts if start)


def _moment(expression: TimeExpression, now: datetime) -> datetime | None:
    match expression.start:
        case datetime():
            return expression.start
        case time():
            return datetime.combine(now.date(), expression.start, tzinfo=now.tzinfo)
        case _:
            return None


def settle_readings(
    times: Sequence[TimeExpression], options: Sequence[Option]
) -> list[TimeExpression]:
    """Between morning and evening the options on the table decide."""
    if not options:
        return list(times)
    clocks = {option.start.time() for option in options}
    return [_settled(expression, clocks) for expression in times]


def _settled(expression: TimeExpression, clocks: set[time]) -> TimeExpression:
    if expression.role is not Role.WANT or _clock(expression) in clocks:
        return expression
    for reading in expression.alt:
        if _clock(reading) in clocks and _same_day(reading, expression):
            return replace(expression, start=reading.start, alt=())
    return expression


def _clock(expression: TimeExpression) -> time | None:
    start = expression.start
    return start.time() if isinstance(start, datetime) else start


def _same_day(a: TimeExpression, b: TimeExpression) -> bool:
    if isinstance(a.start, datetime) and isinstance(b.start, datetime):
        return a.start.date() == b.start.date()
    return True
