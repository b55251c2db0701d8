"""The options the agent has just named, and what they decide about a time with two readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from nlu.meaning import Grain, Open, Role, StaffWish
from nlu.parts_of_day import window
from nlu.times import expressions
from nlu.vocabulary import Expecting, Option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.meaning import StaffMention, TimeExpression
    from nlu.vocabulary import Context

_TOO = frozenset({"too_early", "too_late"})
"""The parser's names for refusals that reach to one side."""
_OF_A_MOMENT = frozenset({Grain.DAY, Grain.HOUR, Grain.MINUTE})


def on_the_table(context: Context) -> tuple[Option, ...]:
    """The times the agent's last words named, where the dialogue hands over no options."""
    if context.expecting is not Expecting.CHOICE or not context.agent_said:
        return ()
    found = expressions(context.agent_said, context.now, context.language)
    starts = [_moment(e, context.now) for e in found if e.grain in {Grain.HOUR, Grain.MINUTE}]
    return tuple(Option(start=start) for start in starts if start)


def contradicts(
    times: Sequence[TimeExpression], staff: Sequence[StaffMention], context: Context
) -> bool:
    """Whether what a sentence names is not what the agent has just read back."""
    if not times and not staff:
        return False
    offered = _read_back(context) if times else ()
    if any(not _is_repeated(expression, offered) for expression in times):
        return True
    people = {option.staff_id for option in context.options} - {None}
    return any(m.wish is StaffWish.NOT for m in staff) or (
        bool(people) and any(m.accepted and m.accepted not in people for m in staff)
    )


def _read_back(context: Context) -> tuple[datetime | time, ...]:
    """The moments of the options, else those of the agent's last words."""
    if context.options or not context.agent_said:
        return tuple(option.start for option in context.options)
    found = expressions(context.agent_said, context.now, context.language)
    wanted = [e for e in found if e.role is Role.WANT and e.grain in {Grain.HOUR, Grain.MINUTE}]
    return tuple(e.start for e in wanted if e.start)


def _is_repeated(said: TimeExpression, offered: Sequence[datetime | time]) -> bool:
    """Mittwoch um zwei; bis Mittwoch. What is not on a moment is a wish of its own."""
    if said.role is not Role.WANT or said.grain not in _OF_A_MOMENT:
        return said.grain is Grain.ANY
    if said.open is Open.UNTIL and said.grain is Grain.DAY:  # "bis Mittwoch" takes leave
        return not offered or any(_is_on(_last_day(said), moment) for moment in offered)
    if said.open is not None:
        return False
    readings = (said, *said.alt)
    return not offered or any(
        _is_on(reading.start, moment, whole_day=said.grain is Grain.DAY) and _is_in(said, moment)
        for reading in readings
        for moment in offered
    )


def _last_day(said: TimeExpression) -> datetime | time | None:
    if isinstance(said.end, datetime) and "until_day_included" in said.rules:
        return said.end - timedelta(1)
    return said.end


def _is_on(
    said: datetime | time | None, moment: datetime | time, *, whole_day: bool = True
) -> bool:
    """Whether both are the same as far as both tell."""
    if isinstance(said, datetime) and isinstance(moment, datetime):
        return said.date() == moment.date() if whole_day else said == moment
    if said is None or whole_day:
        return True
    return _time_of(said) == _time_of(moment)


def _time_of(moment: datetime | time) -> time:
    return moment.time() if isinstance(moment, datetime) else moment


def _is_in(said: TimeExpression, moment: datetime | time) -> bool:
    if said.pod is None:
        return True
    part = window(said.pod, said.language)
    return part.start <= _time_of(moment) and (part.end == time(0) or _time_of(moment) < part.end)


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
    if expression.role is Role.REJECT and not {"too_early", "too_late"}.isdisjoint(
        expression.rules
    ):
        return _told_by_options(expression, clocks)
    if expression.role is not Role.WANT or _clock(expression) in clocks:
        return expression
    for reading in expression.alt:
        if _clock(reading) in clocks and _same_day(reading, expression):
            return replace(expression, start=reading.start, alt=())
    return expression


def _told_by_options(refused: TimeExpression, clocks: set[time]) -> TimeExpression:
    """Halb zehn ist zu früh: of two readings the one that lies nearer to what was offered."""
    nearest = min((refused, *refused.alt), key=lambda reading: _distance(reading, clocks))
    return replace(refused, start=nearest.start, end=nearest.end, alt=())


def _distance(reading: TimeExpression, clocks: set[time]) -> int:
    """Minutes to the nearest option."""
    moment = reading.start or reading.end
    if moment is None:
        return 0
    said = _time_of(moment)
    return min(abs(60 * (said.hour - at.hour) + said.minute - at.minute) for at in clocks)


def _clock(expression: TimeExpression) -> time | None:
    start = expression.start
    return start.time() if isinstance(start, datetime) else start


def _same_day(a: TimeExpression, b: TimeExpression) -> bool:
    if isinstance(a.start, datetime) and isinstance(b.start, datetime):
        return a.start.date() == b.start.date()
    return True
