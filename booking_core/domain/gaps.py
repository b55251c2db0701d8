"""Whether a possible start is sold: by which rule of the salon a visit leaves no useless gap."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from booking_core.domain.catalogue import GRID_MINUTES
from booking_core.domain.columns import Edge, stays_of
from booking_core.domain.gap_rules import Beside, EmptyDay, GapBlocks, GapRules, GapScope, Raster
from booking_core.domain.masks import EVERYWHERE
from booking_core.domain.touching import touching

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from booking_core.domain.availability import Search
    from booking_core.domain.board import Board
    from booking_core.domain.catalogue import Branch
    from booking_core.domain.columns import Column, Columns, Stay
    from booking_core.domain.laying import Draft

NO_RULES = GapRules()


class Admission(StrEnum):
    """Why a start is sold; each can be told to the desk in one sentence."""

    NO_RULE = "no_rule"
    """Nothing keeps it out."""
    EMPTY_DAY = "empty_day"
    ANCHOR = "anchor"
    FLUSH = "flush"
    SHIFT_START = "shift_start"
    SHIFT_END = "shift_end"
    ROOM_AROUND = "room_around"


class Gaps:
    """The rules of one salon on one board."""

    def __init__(self, branch: Branch, board: Board, columns: Columns, today: date) -> None:
        self._rules, self._today = branch.gaps, today
        self._board, self._columns = board, columns
        self.step = branch.step_minutes // GRID_MINUTES

    def admission(self, draft: Draft) -> Admission | None:
        """By which rule this visit is sold; None = it is not."""
        rules = self._rules_on(draft.placed[0].cell)
        judged = [stay for stay in stays_of(draft) if stay.leads or rules.scope is GapScope.ALL]
        each = [_Judgement(rules, stay, draft, self).admission() for stay in judged]
        return None if None in each else each[0]

    def plausible(self, search: Search) -> int:
        """The only starts at which a visit can be sold; most of them are."""
        rules = self._rules
        on_raster = rules.admits_all or rules.idle_minutes or rules.days
        if rules.raster is not Raster.CLOCK and (
            on_raster or rules.empty_day is EmptyDay.EVERYTHING
        ):
            return EVERYWHERE
        mask = touching(search) | self._anchored()
        if on_raster or rules.empty_day is EmptyDay.EVERYTHING:
            mask |= self._board.steps
        return mask

    def _anchored(self) -> int:
        board, mask = self._board, 0
        for day in board.days:
            for anchor in self._rules.anchors:
                moment = datetime.combine(day.opening.day, anchor, board.zone)
                cell = board.grid.ceil(moment)
                mask |= board.grid.between(cell, cell + 1)
        return mask

    def column(self, stay: Stay) -> Column:
        """The person's day."""
        return self._columns.of(stay.staff_id, stay.start)

    def on_clock(self, cell: int) -> bool:
        """Whether a cell is on the branch's own raster."""
        return bool(self._board.steps >> cell & 1)

    def is_anchor(self, cell: int, rules: GapRules) -> bool:
        """Whether an anchor time begins here."""
        return self._board.local(cell).time() in rules.anchors

    def _rules_on(self, cell: int) -> GapRules:
        if self._rules.days is None:
            return self._rules
        far = (self._board.local(cell).date() - self._today).days
        return self._rules if far < self._rules.days else NO_RULES


class _Judgement:
    """One person's part of one visit, held against the rules."""

    def __init__(self, rules: GapRules, stay: Stay, draft: Draft, gaps: Gaps) -> None:
        self._rules, self._stay, self._gaps = rules, stay, gaps
        self._start = draft.placed[0].cell
        last = draft.placed[-1]
        self._length = last.cell + last.block.cells(last.member) - self._start
        self._column = gaps.column(stay)

    def admission(self) -> Admission | None:
        if (
            0
            < self._column.idle_before(self._stay.start)
            < self._cells(self._rules.idle_before_minutes)
        ):
            return None
        if not self._column.booked and self._rules.empty_day is not EmptyDay.BY_RULE:
            return self._on_empty_day()
        return self._by_edge() or self._by_raster()

    def _on_empty_day(self) -> Admission | None:
        if self._rules.empty_day is EmptyDay.ANCHORS:
            anchored = self._gaps.is_anchor(self._start, self._rules)
            return Admission.ANCHOR if anchored else None
        return Admission.EMPTY_DAY if self._on_raster() else None

    def _by_edge(self) -> Admission | None:
        rules, edges = self._rules, self._edges()
        if rules.flush and Edge.NEIGHBOUR in {edge for pair in edges for edge in pair}:
            return Admission.FLUSH
        if rules.shift_start and any(before is Edge.SHIFT for before, _ in edges):
            return Admission.SHIFT_START
        if rules.shift_end and any(after is Edge.SHIFT for _, after in edges):
            return Admission.SHIFT_END
        return None

    def _by_raster(self) -> Admission | None:
        rules = self._rules
        if not self._on_raster():
            return None
        if rules.admits_all:
            return Admission.NO_RULE
        enough = self._cells(rules.idle_minutes or 0)
        around = (
            self._column.idle_before(self._stay.start),
            self._column.idle_after(self._stay.stop),
        )
        return Admission.ROOM_AROUND if rules.idle_minutes and min(around) >= enough else None

    def _edges(self) -> list[tuple[Edge | None, Edge | None]]:
        """What each piece touches, as far as the rules look at it."""
        pieces: Sequence[tuple[int, int]] = self._stay.pieces
        if self._rules.blocks is GapBlocks.FIRST:
            pieces = pieces[:1]
        return [(self._column.before(start), self._column.after(stop)) for start, stop in pieces]

    def _on_raster(self) -> bool:
        return self._on_step() or self._is_beside()

    def _on_step(self) -> bool:
        if self._rules.raster is Raster.CLOCK:
            return self._gaps.on_clock(self._start)
        step = self._length if self._rules.raster is Raster.VISIT else self._gaps.step
        return self._column.idle_before(self._stay.start) % step == 0

    def _is_beside(self) -> bool:
        beside = self._rules.beside
        if beside is Beside.NO:
            return False
        before, after = (
            self._column.before(self._stay.start),
            self._column.after(self._stay.stop),
        )
        return before is Edge.NEIGHBOUR or (beside is Beside.BOTH and after is Edge.NEIGHBOUR)

    @staticmethod
    def _cells(minutes: int) -> int:
        return -(-minutes // GRID_MINUTES)
