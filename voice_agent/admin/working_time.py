"""When the salon is open on a date, and when somebody is at work in it, as stretches of time."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from booking_core.domain.interval import Span
from booking_core.domain.rules import zone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from booking_core.domain.catalogue import Branch, Salon, Staff
    from booking_core.domain.rules import Opening


def open_spans(opening: Opening, branch: Branch) -> tuple[Span, ...]:
    """The opening hours of a date; none when it is closed."""
    return tuple(_span(opening.day, start, end, branch) for start, end in opening.hours)


def working_spans(salon: Salon, member: Staff, open_: Sequence[Span]) -> tuple[Span, ...]:
    """Where their plan of the week and the opening hours meet; absences are not taken out."""
    if not open_:
        return ()
    day = open_[0].start.astimezone(zone(salon.branch)).date()
    own = [
        _span(day, hours.start, hours.end, salon.branch)
        for hours in member.hours
        if hours.weekday == day.weekday()
    ]
    return tuple(part for whole in open_ for span in own if (part := span.clip(whole)))


def _span(day: date, start: time, end: time, branch: Branch) -> Span:
    last = day + timedelta(days=1) if end == time() else day
    hung = zone(branch)
    return Span(datetime.combine(day, start, hung), datetime.combine(last, end, hung))
