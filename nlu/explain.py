"""What was understood, in a notation that people read at a glance: "2026-03-14 14:30"."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from nlu.meaning import Grain, Open, Role, StaffWish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nlu.meaning import (
        Candidate,
        Party,
        ServiceMention,
        StaffMention,
        TimeExpression,
        Understanding,
    )
    from nlu.vocabulary import Vocabulary

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ROLES = {Role.WANT: "", Role.REJECT: "not ", Role.EXISTING: "existing "}
_PERIODS = {Grain.WEEK: "week", Grain.WEEKEND: "weekend", Grain.MONTH: "month", Grain.YEAR: "year"}


def explain(understanding: Understanding, vocabulary: Vocabulary | None = None) -> str:
    """Everything that was understood, a line each, with the words and the rules behind it.

    With the vocabulary, services and persons are told by name instead of id.
    """
    return "\n".join(_lines(understanding, _names(vocabulary)))


def brief(expression: TimeExpression) -> str:
    """One time expression in short.

    >>> from nlu.meaning import TimeExpression
    >>> brief(TimeExpression(end=time(18), grain=Grain.HOUR, open=Open.UNTIL, about=True))
    'about until 18:00'
    """
    about = "about " if expression.about else ""
    leave = " (end)" if expression.of_end else ""
    return f"{_ROLES[expression.role]}{about}{_value(expression)}{leave}"


def _names(vocabulary: Vocabulary | None) -> Mapping[str, str]:
    if vocabulary is None:
        return {}
    services = {service.id: service.name for service in vocabulary.services}
    return services | {s.id: f"{s.first_name} {s.last_name}".strip() for s in vocabulary.staff}


def _lines(understanding: Understanding, names: Mapping[str, str]) -> Iterator[str]:
    yield understanding.text
    scores = ", ".join(f"{s.intent.value} {s.score:.2f} [{s.rule}]" for s in understanding.intents)
    yield f"  intent   {scores or '-'}"
    for service in understanding.services:
        yield f"  service  {_service(service, names)}"
    for service in understanding.dropped:
        yield f"  without  {_service(service, names)}"
    for staff in understanding.staff:
        yield f"  staff    {_staff(staff, names)}"
    for expression in understanding.times:
        rules, where = ", ".join(expression.rules), _place(expression.span)
        yield f"  time     {brief(expression)}  “{expression.text}”  {where}  [{rules}]"
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


def _service(mention: ServiceMention, names: Mapping[str, str]) -> str:
    who = _candidates(mention.candidates, names) or "not on offer"
    return f"{who}  “{mention.text}”  {_place(mention.span)}"


def _candidates(candidates: Sequence[Candidate], names: Mapping[str, str]) -> str:
    return ", ".join(f"{names.get(c.id, c.id)} {c.score:.2f}" for c in candidates)


def _place(span: tuple[int, int] | None) -> str:
    """Where in the sentence: 17-23."""
    return f"{span[0]}-{span[1]}" if span else ""


def _staff(mention: StaffMention, names: Mapping[str, str]) -> str:
    where = f"“{mention.text}”  {_place(mention.span)}"
    if mention.wish is StaffWish.ANY:
        return f"anybody  {where}"
    wish = "not " if mention.wish is StaffWish.NOT else ""
    return f"{wish}{_candidates(mention.candidates, names) or 'nobody here'}  {where}"


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
