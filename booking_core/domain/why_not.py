"""Why a wished start is not possible: the first thing in the way, with the facts to say it.

What the calendar forbids comes first. What remains is found by taking obstacles away one kind
after the other: if the visit fits once nobody else has booked anything, the time is taken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from booking_core.domain.board import Person
from booking_core.domain.masks import first
from booking_core.domain.rules import earliest_start, last_day, today
from booking_core.domain.slots import Obstacle, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.board import Board, BoardDay
    from booking_core.domain.case import Case
    from booking_core.domain.catalogue import Staff
    from booking_core.domain.slots import TimeWish


def why_not(case: Case, wish: TimeWish | None) -> Obstacle:
    """What keeps this wish from coming true; without a wish, what keeps every start."""
    found = _nobody(case) or (_too_soon_or_late(case, wish) if wish else None)
    if found:
        return found
    wanted = (case.about(wish) if wish else case.board.steps) & case.bookable
    timely = case.ending_by(wish) if wish else case
    at = wish.at if wish else None
    return (
        _closed(case, wanted, at)
        or _too_long(case, timely, wanted, wish)
        or _refused(timely, wanted, at)
        or _off(timely, wanted, at)
        or _taken(timely, wanted, at)
        or _full(timely, wanted, at)
    )


def _nobody(case: Case) -> Obstacle | None:
    if case.is_doable:
        return None
    away = case.wished is not None and not case.wished.active
    return Obstacle(
        reason=Reason.STAFF_OFF if away else Reason.STAFF_UNQUALIFIED,
        staff_id=_wished_id(case),
        qualified=tuple(member.id for member in case.able),
    )


def _too_soon_or_late(case: Case, wish: TimeWish) -> Obstacle | None:
    branch = case.salon.branch
    earliest, latest = earliest_start(branch, case.now), last_day(branch, case.now)
    if _is_over(wish, case.now):
        return Obstacle(reason=Reason.PAST, start=wish.at, earliest=earliest)
    if _is_over(wish, earliest):
        return Obstacle(reason=Reason.LEAD_TIME, start=wish.at, earliest=earliest)
    if today(branch, wish.at or wish.window.start) > latest:
        return Obstacle(reason=Reason.HORIZON, start=wish.at, latest=latest)
    return None


def _is_over(wish: TimeWish, limit: datetime) -> bool:
    # The end of a window is no start any more.
    return wish.at < limit if wish.at else wish.window.end <= limit


def _closed(case: Case, wanted: int, at: datetime | None) -> Obstacle | None:
    if wanted & case.board.open:
        return None
    days = list(_days(case.board, wanted))
    working = next((day.opening for day in days if day.opening.hours), None)
    if working:
        return Obstacle(
            reason=Reason.OUTSIDE_HOURS, start=at, opens=working.opens, closes=working.closes
        )
    holiday = days[0].opening.holiday if days else None
    reason = Reason.HOLIDAY if holiday else Reason.CLOSED_DAY
    return Obstacle(reason=reason, start=at, holiday=holiday)


def _days(board: Board, wanted: int) -> Iterator[BoardDay]:
    return (day for day in board.days if wanted & board.grid.between(day.first, day.stop))


def _too_long(case: Case, timely: Case, wanted: int, wish: TimeWish | None) -> Obstacle | None:
    """Even with the whole team and every chair free, the visit would end too late."""
    at = wish.at if wish else None
    if not _starts(_deserted(case)) & wanted:
        day = next(d.opening for d in _days(case.board, wanted & case.board.open))
        return Obstacle(
            reason=Reason.TOO_LONG_FOR_DAY, start=at, opens=day.opens, closes=day.closes
        )
    if wish and wish.ends_by and not _starts(_deserted(timely)) & wanted:
        return Obstacle(reason=Reason.TOO_LONG_FOR_DAY, start=at, until=wish.ends_by)
    return None


def _refused(case: Case, wanted: int, at: datetime | None) -> Obstacle | None:
    if not case.own_starts & wanted:
        return None
    possible = case.own_starts & wanted & case.allowed
    return Obstacle(reason=Reason.LEAVES_GAP if possible else Reason.REJECTED, start=at)


def _off(case: Case, wanted: int, at: datetime | None) -> Obstacle | None:
    if _starts(_unbooked(case)) & wanted:
        return None
    return Obstacle(
        reason=Reason.STAFF_OFF,
        start=at,
        staff_id=_wished_id(case),
        until=_back_at_work(case, wanted) if at else None,
    )


def _taken(case: Case, wanted: int, at: datetime | None) -> Obstacle | None:
    if _starts(_roomy(case, *case.layout.kinds)) & wanted:
        return None
    return Obstacle(
        reason=Reason.TAKEN,
        start=at,
        staff_id=_wished_id(case),
        until=_free_again(case, wanted) if at else None,
    )


def _full(case: Case, wanted: int, at: datetime | None) -> Obstacle:
    kinds = case.layout.kinds
    scarce = (
        kind
        for kind in kinds
        if not _starts(_roomy(case, *(other for other in kinds if other != kind))) & wanted
    )
    # Where only several kinds together are in the way, any of them is a true answer.
    kind = next(scarce, kinds[0] if kinds else None)
    return Obstacle(reason=Reason.RESOURCE_FULL, start=at, resource_kind=kind)


def _starts(case: Case) -> int:
    return case.own_starts


def _roomy(case: Case, *kinds: str) -> Case:
    return case.on(case.board.with_unlimited(kinds))


def _unbooked(case: Case) -> Case:
    return case.on(case.board.without_claims().with_unlimited(case.layout.kinds))


def _deserted(case: Case) -> Case:
    """As if everybody always worked and nobody had booked."""
    board = case.board.with_unlimited(case.layout.kinds)
    people = dict.fromkeys(board.people, Person(at_work=board.open))
    return case.on(replace(board, people=people, free=dict.fromkeys(people, board.open)))


def _wished_id(case: Case) -> UUID | None:
    return case.wished.id if case.wished else None


def _back_at_work(case: Case, wanted: int) -> datetime | None:
    """When the first of them is at work, if nobody is at the wished start."""
    start = first(wanted)
    if start is None:
        return None
    masks = [case.board.people[lead.id].at_work for lead in case.own]
    if any(mask >> start & 1 for mask in masks):
        return None
    hits = [hit for mask in masks if (hit := first(mask >> start)) is not None]
    return case.board.grid.moment(start + min(hits)) if hits else None


def _free_again(case: Case, wanted: int) -> datetime | None:
    """When what is first in the way ends, for whoever is free first."""
    start = first(wanted)
    if start is None:
        return None
    ends = [end for lead in case.own if (end := _end_of_conflict(case, lead, start)) is not None]
    return case.board.grid.moment(min(ends)) if ends else None


def _end_of_conflict(case: Case, lead: Staff, start: int) -> int | None:
    draft = _unbooked(case).search.draft(lead, start)
    unclaimed = case.board.people[lead.id].unclaimed
    for placed in draft.placed if draft else ():
        if placed.member.id != lead.id:
            continue
        stop = placed.cell + placed.block.cells(lead)
        conflict = first(case.board.grid.between(placed.cell, stop) & ~unclaimed)
        if conflict is not None:
            return conflict + (first(unclaimed >> conflict) or 0)
    return None
