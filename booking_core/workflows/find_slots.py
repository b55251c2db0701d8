"""Find starts for a visit: read the salon and its diary, then search without waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.interval import shift
from booking_core.domain.rules import day_span, today
from booking_core.domain.search import answer, near_reach, whole_reach
from booking_core.domain.slots import NoSlots

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from booking_core.domain.rules import Holidays
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

    One read of the diary is nearly always enough: the days around the wish. Only when they hold
    nothing at all is the whole horizon looked at. `holidays` gives the calendar of a Land.
    """
    salon, now = await salons.by_id(query.branch_id), clock.now()
    land = holidays(salon.branch.land)
    near, whole = near_reach(query, salon, now), whole_reach(salon, now)
    found = await _search(query, salon, diary, now, land, near)
    if isinstance(found, NoSlots) and not query.strict and near != whole:
        return await _search(query, salon, diary, now, land, whole)
    return found


async def _search(
    query: SlotQuery, salon: Salon, diary: Diary, now: datetime, holidays: Holidays, reach: Span
) -> SlotAnswer:
    branch = salon.branch
    days = day_span(today(branch, reach.start), today(branch, shift(reach.end, -1)), branch)
    busy = await diary.busy(branch.id, days, except_owner=query.owner)
    return answer(query, salon, busy, now, holidays, reach=reach)
