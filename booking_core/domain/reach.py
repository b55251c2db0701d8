"""How far to look for an answer: the wished days first, and further only if that could help."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from booking_core.domain.interval import Span, shift
from booking_core.domain.rules import bookable, day_span, last_day, today

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.domain.catalogue import Branch, Salon
    from booking_core.domain.slots import SlotQuery

FIRST_DAYS: Final = 2  # an open wish is nearly always answered by today, tomorrow and the day after

DAYS_BEFORE: Final = 7
DAYS_AFTER: Final = 14
"""How far around a wish alternatives are looked for before the whole horizon is read."""


def whole_reach(salon: Salon, now: datetime) -> Span:
    """Every start that could be booked at all."""
    branch = salon.branch
    return bookable(branch, now) or day_span(today(branch, now), last_day(branch, now), branch)


def reaches(query: SlotQuery, salon: Salon, now: datetime) -> list[Span]:
    """Where to look, in growing steps: the wished days, those around them, the whole horizon.

    The first step answers most questions and reads a twentieth of the diary.
    """
    whole, branch = whole_reach(salon, now), salon.branch
    start = min((wish.window.start for wish in query.wishes), default=whole.start)
    end = max((shift(wish.window.end, -1) for wish in query.wishes), default=None)
    last = end or whole.start + timedelta(days=FIRST_DAYS)
    wished = day_span(today(branch, start), today(branch, last), branch).clip(whole)
    steps = [wished, _days_around(whole, start, end or start, branch), whole]
    return [step for step, wider in pairwise([*steps, None]) if step and step != wider]


def _days_around(whole: Span, start: datetime, end: datetime, branch: Branch) -> Span:
    # A wish before or beyond everything bookable still leaves days to look at.
    first = min(start - timedelta(days=DAYS_BEFORE), whole.end - timedelta(days=DAYS_AFTER))
    last = max(end, whole.start) + timedelta(days=DAYS_AFTER)
    days = day_span(today(branch, first), today(branch, last), branch)
    return days.clip(whole) or whole
