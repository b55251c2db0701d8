"""What was understood, in a notation that people read at a glance: "2026-03-14 14:30"."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from nlu.meaning import Grain, Open, Role, StaffWish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlu.meaning import Party, ServiceMention, StaffMention, TimeExpression, Understanding

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ROLES = {Role.WANT: "", Role.REJECT: "not ", Role.EXISTING: "existing "}
_PERIODS = {Grain.WEEK: "week", Grain.WEEKEND: "weekend", Grain.MONTH: "month", Grain.YEAR: "year"}


def explain(understanding: Understanding) -> str:
    """Everything that was understood, a line each, with the words and the rules behind it."""
    return "\n".join(_lines(understanding))


def brief(expression: TimeExpression) -> str:
    """One time expression in short.

    >>> from nlu.meaning import TimeExpression
    >>> brief(TimeExpression(end=time(18), grain=Grain.HOUR, open=Open.UNTIL, about=True))
    'about until 18:00'
    """
    about = "about " if expression.about else ""
    leave = " (end)" if expression.of_end else ""
    return f"{_ROLES[expression.role]}{about}{_value(expression)}{leave}"


def _lines(understanding: Understanding) -> Iterator[str]:
    yield understanding.text
    scores = ", ".join(f"{s.intent.value} {s.score:.2f}" for s in understanding.intents)
    yield f"  intent   {scores or '-'}"
    for service in understanding.services:
        yield f"  service  {_service(service)}"
    for service in understanding.dropped:
        yield f"  without  {_service(service)}"
    for staff in understanding.staff:
        yield f"  staff    {_staff(staff)}"
    for expression in understanding.times:
        rules = ", ".join(expression.rules)
        yield f"  time     {brief(expression)}  “{expression.text}”  [{rules}]"
        yield from (f"           or {_value(reading)}" for reading in expression.alt)
    if understanding.name:
        yield f"  name     {understanding.name.text} {understanding.name.score:.2f}"
    values = {"phone": understanding.phone, "email": understanding.email}
    yield from (f"  {label:8} {value}" for label, value in values.items() if value)
    if understanding.yes_no:
        yield f"  answer   {understanding.yes_no.value}"
    if understanding.condition:
        yield f"  only if  “{understanding.condition}”"
    if understanding.party:
        yield f"  party    {_party(understanding.party)}"
    if understanding.choice:
        yield f"  choice   {understanding.choice.index}"


def _party(party: Party) -> str:
    who = [*(["caller"] if party.caller else []), *(guest.text for guest in party.guests)]
    return f"{party.people}: {', '.join(who)}"


def _service(mention: ServiceMention) -> str:
    candidates = ", ".join(f"{c.id} {c.score:.2f}" for c in mention.candidates)
    return f"{candidates or 'not on offer'}  “{mention.text}”"


def _staff(mention: StaffMention) -> str:
    if mention.wish is StaffWish.ANY:
        return f"anybody  “{mention.text}”"
    candidates = ", ".join(f"{c.id} {c.score:.2f}" for c in mention.candidates)
    wish = "not " if mention.wish is StaffWish.NOT else ""
    return f"{wish}{candidates or 'nobody here'}  “{mention.text}”"


def _value(e: TimeExpression) -> str:
    match e.grain:
        case Grain.DURATION:
            return f"lasting {_length(e.duration_s or 0)}"
        case Grain.SHIFT:
            return _shift(e)
        case Grain.EARLIEST | Grain.ANY:
            return e.grain.value
        case Grain.WEEKDAY_SET:
            return "every " + " ".join(_WEEKDAYS[day] for day in e.weekdays)
        case _:
            return _when(e)


def _when(e: TimeExpression) -> str:
    part = f" {e.pod.value}" if e.pod else ""
    if e.open is Open.FROM:
        return f"from {_moment(e.start, e)}{part}"
    if e.open is Open.UNTIL:
        return f"until {_last(e)}{part}"
    if e.start is None:
        return part.strip()
    if e.grain in _PERIODS and e.grain is not None:
        return f"{_PERIODS[e.grain]} {_moment(e.start, e)}{part}"
    if e.end is None:
        return _moment(e.start, e) + part
    return f"{_moment(e.start, e)}..{_last(e)}{part}"


def _is_clock(e: TimeExpression) -> bool:
    return e.grain in {Grain.HOUR, Grain.MINUTE, None}


def _moment(value: datetime | time | None, e: TimeExpression) -> str:
    match value:
        case datetime():
            clock = f" {value:%H:%M}" if _is_clock(e) else ""
            return f"{value:%Y-%m-%d}{clock}"
        case time():
            return f"{value:%H:%M}"
        case _:
            return ""


def _last(e: TimeExpression) -> str:
    """The end; of days the last one that belongs to it."""
    if isinstance(e.end, datetime) and not _is_clock(e):
        last: date = e.end.date() - timedelta(1)
        return last.isoformat()
    same_day = (
        isinstance(e.end, datetime)
        and isinstance(e.start, datetime)
        and e.end.date() == e.start.date()
    )
    return _moment(e.end.timetz() if same_day and isinstance(e.end, datetime) else e.end, e)


def _shift(e: TimeExpression) -> str:
    if e.shift_s is None:
        return "later" if e.direction == 1 else "earlier"
    return f"{_length(abs(e.shift_s))} {'later' if e.shift_s > 0 else 'earlier'}"


def _length(seconds: int) -> str:
    days, rest = divmod(seconds, 86400)
    if days and not rest:
        return f"{days} d"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02d}"
