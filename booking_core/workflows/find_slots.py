"""Find starts for a visit: read the salon and its diary, then search without waiting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from booking_core.domain.errors import InvalidRequest, SalonOutdated
from booking_core.domain.gap_rules import GapRules
from booking_core.domain.interval import Span, shift
from booking_core.domain.preflight import bookable_part
from booking_core.domain.reach import reaches
from booking_core.domain.rules import day_span, today
from booking_core.domain.search import look
from booking_core.domain.slots import Obstacle, Reason

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from booking_core.domain.preflight import Unbookable
    from booking_core.domain.rules import Holidays
    from booking_core.domain.slots import SlotAnswer, SlotQuery
    from booking_core.ports import Clock, Diary, Salons


Taken = Mapping[UUID, Sequence[Span]]
"""Per staff member and unit."""


class Gaps(Protocol):
    """What the external calendar is not ready for."""

    async def of(self, salon: Salon) -> Sequence[Unbookable]:
        """Segments and people that cannot be booked."""
        ...


async def find_slots(
    query: SlotQuery,
    *,
    salons: Salons,
    diary: Diary,
    clock: Clock,
    holidays: Callable[[str], Holidays],
    gaps: Gaps | None = None,
) -> SlotAnswer:
    """The wished start, or what comes closest to it, or why there is none.

    The salon is taken as it was read last; the diary tells in the same breath when it is not so any
    more. The wished days are read first, which is nearly always enough, and more of the diary only
    when something better could be there. What a failed booking of the same caller still occupies
    stays occupied, but nobody else is blamed for it. `holidays` gives the calendar of a Land.
    """
    asked = partial(_found, query, diary=diary, now=clock.now(), holidays=holidays, gaps=gaps)
    try:
        return await asked(await salons.known(query.branch_id), is_current=False)
    except (SalonOutdated, InvalidRequest):  # what was unknown there may be new
        return await asked(await salons.by_id(query.branch_id), is_current=True)


async def _found(
    query: SlotQuery,
    salon: Salon,
    *,
    is_current: bool,
    diary: Diary,
    now: datetime,
    holidays: Callable[[str], Holidays],
    gaps: Gaps | None,
) -> SlotAnswer:
    """The answer of the salon as it is here; SalonOutdated when the diary knows a newer one."""
    whole, version = _as_asked(salon, query), None if is_current else salon.version
    salon = bookable_part(whole, query.visit, await gaps.of(whole)) if gaps else whole
    land = holidays(salon.branch.land)
    for reach in reaches(query, salon, now):
        days = _days(salon, reach)
        busy, rests = await _taken(query, diary, days, version)
        found = look(query, salon, busy, now, land, reach=reach, given_up=rests)
        if found.settled:
            break
    if salon is not whole:
        entire = look(query, whole, busy, now, land, reach=reach, given_up=rests)
        return _with_gaps(found.answer, entire.answer, query)
    blamed = found.answer.obstacle
    if blamed is None or not _blames_others(blamed):
        return found.answer
    own = await diary.remains(salon.branch.id, days, owner=query.owner)
    if not own:
        return found.answer
    without = look(query, salon, _others(busy, own), now, land, reach=reach, given_up=rests)
    return replace(found.answer, obstacle=_truly(blamed, without.answer.obstacle))


def _as_asked(salon: Salon, query: SlotQuery) -> Salon:
    """Without what the salon asks of everybody but its own desk."""
    if not query.at_desk:
        return salon
    return replace(salon, branch=replace(salon.branch, lead_minutes=0, gaps=GapRules()))


async def _taken(
    query: SlotQuery, diary: Diary, days: Span, salon_version: int | None
) -> tuple[Taken, Taken]:
    """Who is taken when; for a person at the desk apart from the rests they may work in."""
    branch_id, purpose = query.branch_id, query.override is not None
    busy = await diary.busy(
        branch_id,
        days,
        except_owner=query.owner,
        moving=query.moving,
        but_rests=purpose,
        salon_version=salon_version,
    )
    if query.around is not None:
        busy = _with(query.around, busy)
    return busy, await diary.rests(branch_id, days, moving=query.moving) if purpose else {}


def _with(plan: Plan, busy: Taken) -> Taken:
    """What is taken once this plan is carried out as well."""
    taken = {one: list(spans) for one, spans in busy.items()}
    for claim in plan.claims:
        taken.setdefault(claim.resource_id, []).append(claim.span)
    return {one: sorted(spans) for one, spans in taken.items()}


def _with_gaps(answer: SlotAnswer, entire: SlotAnswer, query: SlotQuery) -> SlotAnswer:
    """What can be booked, and why not more: `entire` tells what would be possible otherwise."""
    if answer.obstacle is None:
        return answer
    if entire.obstacle is not None:
        return replace(answer, obstacle=entire.obstacle)
    start = query.wishes[0].at if query.wishes else None
    obstacle = Obstacle(reason=Reason.NOT_BOOKABLE, start=start, staff_id=query.visit.staff)
    return replace(answer, obstacle=obstacle)


def _days(salon: Salon, reach: Span) -> Span:
    branch = salon.branch
    return day_span(today(branch, reach.start), today(branch, shift(reach.end, -1)), branch)


def _blames_others(obstacle: Obstacle) -> bool:
    return obstacle.reason in {Reason.TAKEN, Reason.RESOURCE_FULL}


def _others(
    busy: Mapping[UUID, Sequence[Span]], own: Mapping[UUID, Sequence[Span]]
) -> dict[UUID, list[Span]]:
    """Who would be taken if nothing of the caller's own were left."""
    return {
        one: [span for span in spans if span not in own.get(one, ())] for one, spans in busy.items()
    }


def _truly(blamed: Obstacle, without: Obstacle | None) -> Obstacle:
    """What is said instead: somebody else is only blamed for what would be taken anyway."""
    if without is not None and _blames_others(without):
        return without
    return Obstacle(reason=Reason.UNDOING, start=blamed.start)
