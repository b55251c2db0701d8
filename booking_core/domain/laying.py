"""Laying one visit out at one start: who does what, how long the pauses are, which chair."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from booking_core.domain.masks import EVERYWHERE, covers
from booking_core.domain.plan import ClaimKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from booking_core.domain.availability import Search
    from booking_core.domain.board import Board, Unit
    from booking_core.domain.catalogue import Staff
    from booking_core.domain.crew import Ranked
    from booking_core.domain.layout import Block, Layout, Stretch, Wait

Cost = tuple[int, int, int, int]
"""Hand-overs, cells waited, rank of the assistants, cells altogether: compared in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the customer sits: one unit of each kind that is kept."""

    units: tuple[Unit, ...]
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One block at a definite cell."""

    block: Block
    member: Staff
    cell: int
    gap: int
    """Cells of the wait after it."""
    place: Place

    def at(self, place: Place) -> Placed:
        """The same in another place; `replace` takes five times as long, a dozen times a search."""
        return Placed(
            block=self.block, member=self.member, cell=self.cell, gap=self.gap, place=place
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A visit laid out in cells."""

    cost: Cost
    placed: tuple[Placed, ...]


class Laying:
    """Finds the cheapest draft for one lead, or for a lead that may change.

    Walks forward from block to block and remembers the best rest of the visit from each state:
    which block, which cell, which place the customer has, who leads at that point.
    """

    def __init__(self, search: Search, lead: Staff | None) -> None:
        self._search = search
        self._board = search.board
        self._lead = lead
        self._known: dict[tuple[int, int, int, int], Draft | None] = {}
        self._stretches = _stretches_by_opener(search.layout)
        self._anywhere = Place(units=(), free=search.board.open)
        self._least = _least(search)

    def stretch(self, number: int, cell: int, lead: Staff | None) -> Draft | None:
        """The rest of the visit from a block at which the customer takes a new place."""
        stretch = self._stretches[number]
        ideal = self.block(number, cell, self._anywhere, lead)
        if ideal is None:
            return None
        places = self._search.places(stretch.kinds)
        stop = _end_of(ideal.placed[: len(stretch.blocks)])
        fitting = (place for place in places if covers(place.free, cell, stop - cell))
        if (place := next(fitting, None)) is not None:
            return _seated(ideal, place, len(stretch.blocks))
        drafts = [self.block(number, cell, place, lead) for place in places]
        return min((d for d in drafts if d), key=lambda draft: draft.cost, default=None)

    def block(self, number: int, cell: int, place: Place, lead: Staff | None) -> Draft | None:
        """The rest of the visit from this block on, in this place."""
        key = (number, cell, id(place), id(lead))
        if key not in self._known:
            best: Draft | None = None
            for rank, member in self._search.crew.ranked(number, self._lead, lead):
                # The best people come first: nobody behind them could be cheaper than this.
                if best and best.cost <= self._least[number].with_rank(rank):
                    break
                best = self._better(best, (number, cell), (rank, member), place, lead)
            self._known[key] = best
        return self._known[key]

    def _better(
        self,
        best: Draft | None,
        at: tuple[int, int],
        ranked: Ranked,
        place: Place,
        lead: Staff | None,
    ) -> Draft | None:
        """The best draft so far, or the one with this member if that is cheaper."""
        (number, cell), (rank, member) = at, ranked
        block, least = self._search.blocks[number], self._least[number + 1]
        if not self._can_work(block, member, cell, place):
            return best
        leads = member if self._search.crew.is_led(number) else lead
        handovers = int(lead is not None and leads is not lead)
        length = block.cells(member)
        for gap in self._gaps(block.wait, member, cell + length, place):
            bound = (handovers, gap + least.waits, rank, length + gap + least.cells)
            if best and best.cost <= bound:  # every longer wait costs even more
                break
            rest = self._rest(number + 1, cell + length + gap, place, leads)
            if rest is None:
                continue
            placed = Placed(block=block, member=member, cell=cell, gap=gap, place=place)
            draft = _joined(placed, (handovers, gap, rank, length + gap), rest)
            if best is None or draft.cost < best.cost:
                best = draft
        return best

    def _can_work(self, block: Block, member: Staff, cell: int, place: Place) -> bool:
        length = block.cells(member)
        return (
            covers(self._board.free[member.id], cell, length)
            and covers(place.free, cell, length)
            and all(
                covers(self._search.kind_free(kind, cells), cell + offset, 1)
                for step, offset, cells in block.offsets(member)
                for kind in step.passing_kinds
            )
        )

    def _gaps(self, wait: Wait | None, member: Staff, cell: int, place: Place) -> Iterator[int]:
        """How long the wait can be, shortest first."""
        if wait is None:
            yield 0
            return
        stay = place.free if wait.keeps_place else self._board.open
        corridor = stay & claimable(self._board, member, wait.claim)
        unclaimed = self._board.people[member.id].unclaimed
        for gap in range(wait.shortest, wait.longest + 1):
            if not covers(corridor, cell, gap):
                return
            if not wait.guarded or covers(unclaimed, cell + gap - 1, 1):
                yield gap

    def _rest(self, number: int, cell: int, place: Place, lead: Staff | None) -> Draft | None:
        if number == len(self._search.blocks):
            return Draft(cost=(0, 0, 0, 0), placed=())
        if number in self._stretches:
            return self.stretch(number, cell, lead)
        return self.block(number, cell, place, lead)


def _stretches_by_opener(layout: Layout) -> dict[int, Stretch]:
    """Each stretch by the number of its first block."""
    stretches, number = {}, 0
    for stretch in layout.stretches:
        stretches[number] = stretch
        number += len(stretch.blocks)
    return stretches


@dataclass(frozen=True, slots=True, kw_only=True)
class Least:
    """What the rest of a visit costs at the very least, whoever does it and whenever."""

    waits: int
    cells: int

    def with_rank(self, rank: int) -> Cost:
        """The least cost when it begins with somebody of this rank."""
        return (0, self.waits, rank, self.cells)


def _least(search: Search) -> tuple[Least, ...]:
    """For the rest from each block on, and for the end, where nothing is left."""
    waits = [block.wait.shortest if block.wait else 0 for block in search.blocks]
    cells = [wait + work for wait, work in zip(waits, search.crew.shortest, strict=True)]
    totals = zip(_sums_from_here(waits), _sums_from_here(cells), strict=True)
    return tuple(Least(waits=waited, cells=taken) for waited, taken in totals)


def _sums_from_here(values: Sequence[int]) -> list[int]:
    """What each value and those behind it make together, and 0 for the end.

    >>> _sums_from_here([1, 2, 3])
    [6, 5, 3, 0]
    """
    return list(accumulate(reversed(values), initial=0))[::-1]


def _end_of(placed: Sequence[Placed]) -> int:
    return placed[-1].cell + placed[-1].block.cells(placed[-1].member)


def _seated(draft: Draft, place: Place, count: int) -> Draft:
    """The same draft with its first blocks in this place."""
    seated = tuple(placed.at(place) for placed in draft.placed[:count])
    return Draft(cost=draft.cost, placed=(*seated, *draft.placed[count:]))


def _joined(placed: Placed, cost: Cost, rest: Draft) -> Draft:
    handovers, waited, rank, cells = (a + b for a, b in zip(cost, rest.cost, strict=True))
    return Draft(cost=(handovers, waited, rank, cells), placed=(placed, *rest.placed))


def claimable(board: Board, member: Staff, claim: ClaimKind | None) -> int:
    """Where a pause may lie that does this to the staff member's time."""
    person = board.people[member.id]
    match claim:
        case None:
            return EVERYWHERE
        case ClaimKind.REST:
            # Whoever rests may as well have their break.
            return person.unclaimed
        case _:
            return board.free[member.id]
