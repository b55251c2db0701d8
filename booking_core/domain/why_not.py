"""Why a wished start is not possible: the first thing in the way, with the facts to say it.

What the calendar forbids comes first. What remains is found by taking obstacles away one kind
after the other: if the visit fits once nobody else has booked anything, the time is taken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from booking_core.domain import hindrance
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
    from booking_core.domain.laying import Draft
    from booking_core.domain.slots import TimeWish


def why_not(case: Case, wish: TimeWish) -> Obstacle | None:
    """What keeps this wish from coming true; None exactly when it can be booked."""
    if case.ending_by(wish).selling.fulfilling(wish):
        return None
    return obstacle_to(case, wish)


def obstacle_to(case: Case, wish: TimeWish | None) -> Obstacle:
    """The obstacle to a wish that cannot come true; without a wish, to every start."""
    found = _nobody(case) or (_too_soon_or_late(case, wish) if wish else None)
    found = found or _in_the_way(case, wish)
    return _with_nearest(case, found) if found.start else found


def _in_the_way(case: Case, wish: TimeWish | None) -> Obstacle:
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


def _with_nearest(case: Case, obstacle: Obstacle) -> Obstacle:
    """The starts next to the wished one that can be had."""
    assert obstacle.start is not None
    grid, starts = case.board.grid, case.own_starts & case.allowed
    cell = grid.ceil(obstacle.start)
    before = case.selling.last(starts & grid.between(0, cell))
    after = case.selling.first(starts & grid.between(cell, grid.cells))
    return replace(
        obstacle,
        nearest_before=None if before is None else grid.moment(before),
        nearest_after=None if after is None else grid.moment(after),
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
    if _is_over(wish, earliest):
        reason = Reason.PAST if _is_over(wish, case.now) else Reason.LEAD_TIME
        return Obstacle(reason=reason, start=wish.at, earliest=_first_possible(case))
    if today(branch, wish.at or wish.window.start) > latest:
        return Obstacle(reason=Reason.HORIZON, start=wish.at, latest=latest)
    return None


def _is_over(wish: TimeWish, limit: datetime) -> bool:
    # The end of a window is no start any more.
    return wish.at < limit if wish.at else wish.window.end <= limit


def _first_possible(case: Case) -> datetime | None:
    """What can be had, not merely what the notice would allow."""
    cell = case.selling.first(case.own_starts & case.allowed)
    return None if cell is None else case.board.grid.moment(cell)


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
    if not _deserted(case).own_starts & wanted:
        day = next(d.opening for d in _days(case.board, wanted & case.board.open))
        return Obstacle(
            reason=Reason.TOO_LONG_FOR_DAY, start=at, opens=day.opens, closes=day.closes
        )
    if wish and wish.ends_by and not _deserted(timely).own_starts & wanted:
        return Obstacle(reason=Reason.TOO_LONG_FOR_DAY, start=at, until=wish.ends_by)
    return None


def _refused(case: Case, wanted: int, at: datetime | None) -> Obstacle | None:
    if not case.own_starts & wanted:
        return None
    possible = case.own_starts & wanted & case.allowed
    return Obstacle(reason=Reason.LEAVES_GAP if possible else Reason.REJECTED, start=at)


def _off(case: Case, wanted: int, at: datetime | None) -> Obstacle | None:
    if _unbooked(case).own_starts & wanted:
        return None
    obstacle = Obstacle(reason=Reason.STAFF_OFF, start=at, staff_id=_wished_id(case))
    if not at or not case.wished:
        return obstacle
    draft = _drafted(_deserted(case), wanted)
    leave = hindrance.leave_of(case, draft, case.wished) if draft else None
    if leave is None:
        # Nobody is there who could help.
        return replace(obstacle, staff_id=None)
    return replace(obstacle, since=leave.since, until=leave.until, cause=leave.cause)


def _taken(case: Case, wanted: int, at: datetime | None) -> Obstacle | None:
    if _roomy(case, *case.layout.kinds).own_starts & wanted:
        return None
    obstacle = Obstacle(reason=Reason.TAKEN, start=at, staff_id=_wished_id(case))
    cell = first(wanted)
    if not at or cell is None:
        return obstacle
    if not case.wished:
        return replace(obstacle, until=hindrance.nobody_until(case, cell))
    draft = _drafted(_unbooked(case), wanted)
    booking = hindrance.booking_of(case, draft, case.wished) if draft else None
    if booking is None:
        # Whoever helps is taken.
        return replace(obstacle, staff_id=None)
    return replace(obstacle, since=booking.since, until=booking.until)


def _full(case: Case, wanted: int, at: datetime | None) -> Obstacle:
    kinds = case.layout.kinds
    scarce = (
        kind
        for kind in kinds
        if not _roomy(case, *(other for other in kinds if other != kind)).own_starts & wanted
    )
    # Where only several kinds together are in the way, any of them is a true answer.
    kind = next(scarce, kinds[0] if kinds else None)
    obstacle = Obstacle(reason=Reason.RESOURCE_FULL, start=at, resource_kind=kind)
    draft = _drafted(_roomy(case, *kinds), wanted) if at else None
    full = hindrance.crowd(case, draft, kind) if draft and kind else None
    return replace(obstacle, since=full.since, until=full.until) if full else obstacle


def _drafted(case: Case, wanted: int) -> Draft | None:
    """How the visit would be if it were possible at the wished start."""
    cell = first(wanted & case.own_starts)
    valued = None if cell is None else case.selling.best(cell, own=True, ruled=False)
    return valued.draft if valued else None


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
