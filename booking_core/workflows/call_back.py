"""People whom the salon calls back: those who ask for it, and those whom silence cost a booking."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from booking_core.domain.booking import Failed
from booking_core.domain.requests import CallbackNoted
from booking_core.domain.rules import opening_on, today, zone

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.domain.booking import BookAppointment, BookingResult
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.requests import RequestCallback
    from booking_core.domain.rules import Holidays
    from booking_core.ports import Salons

log = structlog.get_logger()

WITHIN = timedelta(hours=1)  # of opening hours: who wanted to book today is not called tomorrow
FURTHEST_DAYS = 31  # a salon that is closed for longer sees the request when it opens its pages


class Callbacks(Protocol):
    """Whom the salon is to call back."""

    async def record(self, order: BookAppointment, *, reason: str, due_at: datetime) -> None:
        """Note that this person waits for a call; once a call."""
        ...

    async def note(self, request: RequestCallback, *, due_at: datetime) -> None:
        """Note what was asked for; asked again by the same key, the newest facts count."""
        ...


async def call_back(
    request: RequestCallback,
    *,
    callbacks: Callbacks,
    salons: Salons,
    now: datetime,
    holidays: Callable[[str], Holidays],
) -> CallbackNoted:
    """The request as it stands in the database from now on."""
    salon = await salons.by_id(request.branch_id)
    due_at = due(salon, now, holidays(salon.branch.land))
    await callbacks.note(request, due_at=due_at)
    return CallbackNoted(name=request.name, phone=request.phone, due_at=due_at)


async def with_callback(
    result: BookingResult,
    order: BookAppointment,
    *,
    callbacks: Callbacks,
    salons: Salons,
    now: datetime,
    holidays: Callable[[str], Holidays],
) -> BookingResult:
    """The result; of a failure with whether a callback request stands in the database.

    Nobody can be called back without a number.
    """
    if not isinstance(result, Failed) or order.customer.phone is None:
        return result
    try:
        salon = await salons.by_id(order.branch_id)
        due_at = due(salon, now, holidays(salon.branch.land))
        await callbacks.record(order, reason=result.cause.value, due_at=due_at)
    except Exception:
        log.exception("callback_not_recorded")  # then nothing is promised
        return result
    return replace(result, callback=True)


def due(salon: Salon, now: datetime, holidays: Holidays) -> datetime:
    """An hour after now, or after the salon next opens."""
    first = today(salon.branch, now)
    for ahead in range(FURTHEST_DAYS):
        opening = opening_on(salon, first + timedelta(days=ahead), holidays)
        for opens, closes in opening.hours:
            starts = datetime.combine(opening.day, opens, zone(salon.branch))
            ends = datetime.combine(opening.day, closes, zone(salon.branch))
            if now < ends:
                return max(now, starts) + WITHIN
    return now + WITHIN
