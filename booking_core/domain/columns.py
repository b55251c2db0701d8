"""One person's day as a visit meets it: what is beside it, and how much is left around it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from booking_core.domain.catalogue import Role
from booking_core.domain.masks import first, run

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.board import Board
    from booking_core.domain.laying import Draft


class Edge(Enum):
    """What a visit touches."""

    NEIGHBOUR = auto()
    """A booking or a break."""
    SHIFT = auto()
    """The beginning or the end of the working time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """When a visit takes one person's time, in cells: one piece where nothing is in between."""

    staff_id: UUID
    pieces: tuple[tuple[int, int], ...]
    leads: bool

    @property
    def start(self) -> int:
        """When the person is first needed."""
        return self.pieces[0][0]

    @property
    def stop(self) -> int:
        """When the person is done."""
        return self.pieces[-1][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The cells of one working day; they are counted as on the board."""

    base: int
    """The first cell of the date."""
    work: int
    """At work, from `base` on."""
    free: int
    """At work and not taken."""
    booked: bool
    """Whether somebody has a booking that day."""

    def before(self, cell: int) -> Edge | None:
        """What ends where this cell begins."""
        place = cell - self.base
        if self.work & run(place) == 0:
            return Edge.SHIFT
        return None if self.free >> (place - 1) & 1 else Edge.NEIGHBOUR

    def after(self, cell: int) -> Edge | None:
        """What begins at this cell."""
        place = cell - self.base
        if self.work >> place == 0:
            return Edge.SHIFT
        return None if self.free >> place & 1 else Edge.NEIGHBOUR

    def is_taken(self, cell: int) -> bool:
        """Whether there is a booking at this cell."""
        place = cell - self.base
        return place >= 0 and bool((self.work & ~self.free) >> place & 1)

    def idle_before(self, cell: int) -> int:
        """So many cells directly before this one are free."""
        place = cell - self.base
        return place - (run(place) & ~self.free).bit_length()

    def idle_after(self, cell: int) -> int:
        """So many cells from this one on are free."""
        idle = first(~(self.free >> (cell - self.base)))
        return idle or 0


class Columns:
    """The days of everybody on a board, each looked up once."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._firsts = [day.first for day in board.days]
        self._known: dict[tuple[UUID, int], Column] = {}

    def day(self, cell: int) -> int:
        """The number of the date a cell lies on."""
        return bisect_right(self._firsts, cell) - 1

    def of(self, staff_id: UUID, cell: int) -> Column:
        """The day of this person on which the cell lies."""
        key = (staff_id, self.day(cell))
        if key not in self._known:
            self._known[key] = self._column(*key)
        return self._known[key]

    def _column(self, staff_id: UUID, number: int) -> Column:
        day, person = self._board.days[number], self._board.people[staff_id]
        date = run(day.stop - day.first)
        work, unclaimed = (mask >> day.first & date for mask in (person.at_work, person.unclaimed))
        booked = bool(work & ~unclaimed)
        return Column(base=day.first, work=work, free=work & unclaimed, booked=booked)


def stays_of(draft: Draft) -> tuple[Stay, ...]:
    """Whose time a visit takes; an occupied pause is part of the piece before it."""
    pieces: dict[UUID, list[tuple[int, int]]] = {}
    leads = set()
    for placed in draft.placed:
        staff_id, wait = placed.member.id, placed.block.wait
        stop = placed.cell + placed.block.cells(placed.member)
        stop += placed.gap if wait and wait.claim else 0
        _append(pieces.setdefault(staff_id, []), placed.cell, stop)
        if placed.block.role is Role.LEAD:
            leads.add(staff_id)
    return tuple(
        Stay(staff_id=staff_id, pieces=tuple(taken), leads=staff_id in leads)
        for staff_id, taken in pieces.items()
    )


def _append(pieces: list[tuple[int, int]], start: int, stop: int) -> None:
    if pieces and pieces[-1][1] == start:
        start = pieces.pop()[0]
    pieces.append((start, stop))
