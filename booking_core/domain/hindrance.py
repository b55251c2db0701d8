"""What exactly is in a visit's way: whose time or which kind of place, from when until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking_core.domain.catalogue import Role
from booking_core.domain.layout import KEPT_KINDS
from booking_core.domain.masks import first, run
from booking_core.domain.plan import ClaimKind
from booking_core.domain.slots import Cause

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from booking_core.domain.board import Board
    from booking_core.domain.case import Case
    from booking_core.domain.catalogue import Staff
    from booking_core.domain.laying import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """One stretch of time that is in the way."""

    since: datetime
    """The visit would need this moment."""
    until: datetime | None
    """When it is over; None when that is beyond what was looked at."""
    cause: Cause | None = None


def booking_of(case: Case, draft: Draft, lead: Staff) -> Hindrance | None:
    """The first booking of the lead that such a visit runs into."""
    person = case.board.people[lead.id]
    stay, work = (_led(draft, lead, resting=resting) for resting in (True, False))
    # Somebody else's rest that was given up is in the way of resting, and not of working.
    free = person.unclaimed | (person.given_up & work)
    return _first_clash(case.board, stay, free)


def leave_of(case: Case, draft: Draft, lead: Staff) -> Hindrance | None:
    """The first time away of the lead that such a visit runs into."""
    at_work = case.board.people[lead.id].at_work
    clash = _first_clash(case.board, _led(draft, lead, resting=False), at_work)
    if clash is None:
        return None
    cause = _cause(case, lead, clash)
    return Hindrance(since=clash.since, until=clash.until, cause=cause)


def crowd(case: Case, draft: Draft, kind: str) -> Hindrance | None:
    """The first time at which every unit of this kind is taken; None when that is never so.

    Units that are each free for a part of the time do not help a customer who stays.
    """
    free = 0
    for unit in case.board.units.get(kind, ()):
        free |= unit.free
    return _first_clash(case.board, _seated(draft, kind), free)


def nobody_until(case: Case, cell: int) -> datetime | None:
    """When the first of the leads is free again; None when somebody is free at the cell."""
    free = 0
    for lead in case.own:
        free |= case.board.free[lead.id]
    if free >> cell & 1:
        return None
    wait = first(free >> cell)
    return None if wait is None else case.board.grid.moment(cell + wait)


def _first_clash(board: Board, needed: int, free: int) -> Hindrance | None:
    cell = first(needed & ~free)
    if cell is None:
        return None
    wait = first(free >> cell)
    until = cell + wait if wait is not None and cell + wait < board.grid.cells else None
    return Hindrance(
        since=board.grid.moment(cell),
        until=None if until is None else board.grid.moment(until),
    )


def _led(draft: Draft, lead: Staff, *, resting: bool) -> int:
    """The cells in which the lead cannot be replaced; `resting` = those of a pause `never` too."""
    mask = 0
    for placed in draft.placed:
        if placed.member.id != lead.id or placed.block.role is not Role.LEAD:
            continue
        length = placed.block.cells(placed.member)
        claim = placed.block.wait and placed.block.wait.claim
        if claim and (resting or claim is not ClaimKind.REST):
            length += placed.gap
        mask |= run(length) << placed.cell
    return mask


def _seated(draft: Draft, kind: str) -> int:
    """The cells in which the customer needs a place of this kind."""
    mask = 0
    for placed in draft.placed:
        if kind in KEPT_KINDS:
            wait = placed.block.wait
            kept = placed.gap if wait and wait.keeps_place else 0
            mask |= run(placed.block.cells(placed.member) + kept) << placed.cell
            continue
        for step, offset, length in placed.block.offsets(placed.member):
            if kind in step.passing_kinds:
                mask |= run(length) << (placed.cell + offset)
    return mask


def _cause(case: Case, lead: Staff, clash: Hindrance) -> Cause:
    if any(absence.span.contains(clash.since) for absence in lead.absences):
        return Cause.ABSENCE
    at_work = case.board.people[lead.id].at_work
    return Cause.BREAK if _is_inside(case.board, at_work, clash) else Cause.HOURS


def _is_inside(board: Board, at_work: int, clash: Hindrance) -> bool:
    """Whether there is work before and after it on the same day."""
    cell = board.grid.floor(clash.since)
    days: Iterable[tuple[int, int]] = ((day.first, day.stop) for day in board.days)
    start, stop = next((day for day in days if day[0] <= cell < day[1]), (cell, cell))
    before = at_work & board.grid.between(start, cell)
    after = at_work & board.grid.between(cell, stop)
    return bool(before and after)
