"""Look up a visit that somebody has: by number, by code, or by name and day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.errors import InvalidRequest
from booking_core.domain.names import folded_words
from booking_core.domain.rules import day_span
from booking_core.ports import Search

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.interval import Span
    from booking_core.ports import Appointments, Clock, Salons


async def find_appointments(  # noqa: PLR0913 - a question with many ways to ask it
    branch_id: UUID,
    *,
    salons: Salons,
    appointments: Appointments,
    clock: Clock,
    phone: str | None = None,
    name: str | None = None,
    code: str | None = None,
    day: date | None = None,
    include_past: bool = False,
) -> Sequence[Appointment]:
    """What fits everything that is given, upcoming ones first; nothing when nobody is known.

    A number or a code finds whatever name is on it: whether the name that was said fits is for
    whoever heard it to judge. Without them the name has to share a word, however it is spelled,
    and needs a day: a name alone is no question anybody may ask.
    """
    phone, code = (said.strip() if said else None for said in (phone, code))
    if not phone and not code and (name is None or day is None):
        raise InvalidRequest("a visit is looked up by number, by code, or by name and day")
    salon, now = await salons.by_id(branch_id), clock.now()
    by_name = not phone and not code and name is not None
    words = folded_words(name) if by_name and name else frozenset[str]()
    if by_name and not words:
        return []
    search = Search(
        branch_id=branch_id,
        phone=phone or None,
        code=code.upper() if code else None,
        words=words,
        starts_in=day_span(day, day, salon.branch) if day else None,
        ends_after=None if include_past else now,
    )
    found = await appointments.find(search)
    past = [visit for visit in found if visit.plan.end <= now]
    return [*(visit for visit in found if visit.plan.end > now), *reversed(past)]


async def standing_visits(
    branch_id: UUID,
    *,
    appointments: Appointments,
    clock: Clock,
    phone: str,
    within: Span | None = None,
) -> Sequence[Appointment]:
    """Booked visits on this number that are not over, in order; `within` = that touch this time.

    Whoever of the people with this number comes: two of a family may well sit side by side.
    """
    if not phone.strip():
        return []
    search = Search(
        branch_id=branch_id, phone=phone.strip(), ends_after=clock.now(), overlaps=within
    )
    return await appointments.find(search)
