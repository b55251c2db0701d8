"""Find starts for a visit: read the salon and its diary, then search without waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.interval import shift
from booking_core.domain.reach import reaches
from booking_core.domain.rules import day_span, today
from booking_core.domain.search import look

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from booking_core.domain.rules import Holidays
    from booking_core.domain.search import Look
    from booking_core.domain.slots import SlotAnswer, SlotQuery
    from booking_core.ports import Clock, Diary, Salons


async def find_slots(
    query: SlotQuery,
    *,
    salons: Salons,
    diary: Diary,
    clock: Clock,
    holidays: Callable[[str], Holidays],
) -> SlotAnswer:
    """The wished start, or what comes closest to it, or why there is none.

    The wished days are read first, which is nearly always enough; more of the diary only when
    something better could be there. `holidays` gives the calendar of a Land.
    """
    salon, now = await salons.by_id(query.branch_id), clock.now()
    land = holidays(salon.branch.land)
    for reach in reaches(query, salon, now):
        found = await _look(query, salon, diary, now, land, reach)
        if found.settled:
            break
    return found.answer


async def _look(
    query: SlotQuery, salon: Salon, diary: Diary, now: datetime, holidays: Holidays, reach: Span
) -> Look:
    branch = salon.branch
    days = day_span(today(branch, reach.start), today(branch, shift(reach.end, -1)), branch)
    busy = await diary.busy(branch.id, days, except_owner=query.owner)
    return look(query, salon, busy, now, holidays, reach=reach)
