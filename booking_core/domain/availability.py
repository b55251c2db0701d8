"""Starts at which a whole visit fits, for all cells of a board at once.

Time is cut into cells of five minutes, and "Emma is free" is one long number with a bit per cell
(`masks`, `board`). Where she could begin a piece of work of three cells is `erode(free, 3)`: the
bits that are followed by two more. A visit is a chain of such pieces with waits between them
(`layout`), so its starts are found from the last piece backwards: a cell is a start of piece j if
somebody can begin j there and, one length and one wait later, there is a start of piece j + 1.
Shifting and AND-ing whole months costs microseconds, whatever the calendar looks like.

Two things need more than a single mask:

* Who leads. The led pieces go to one person, so the chain is computed once per lead; pieces that
  anybody may do use the OR of everybody's masks, which all leads share (`crew`).
* Where the customer sits. One chair is kept through a whole stretch of pieces, so it must be free
  for as long as the stretch takes, and with elastic waits that is not one number. The chain
  therefore carries a mask per length (`Lasting`); at the stretch's first piece each of them is
  AND-ed with "some chair is free for so long".

`draft` lays the visit out at one cell (`laying`). Both ask the same questions of the same masks, so
a start is found if and only if it can be laid out.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING

from booking_core.domain.crew import Crew
from booking_core.domain.laying import Laying, Place, claimable
from booking_core.domain.masks import EVERYWHERE, erode, smear

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from booking_core.domain.board import Board
    from booking_core.domain.catalogue import Salon, Staff
    from booking_core.domain.laying import Draft
    from booking_core.domain.layout import Block, Layout, Stretch, Wait

Lasting = dict[int, int]
"""Cells at which the rest of a stretch can begin, by how long the customer's place is needed."""


class Search:
    """One visit on one board; remembers the masks that several leads share."""

    def __init__(self, salon: Salon, board: Board, layout: Layout) -> None:
        self.board = board
        self.layout = layout
        self.blocks = layout.blocks
        self.crew = Crew(salon, layout)
        self._starts: dict[int, int] = {}
        self._layings: dict[int, Laying] = {}
        self._shared: dict[int, dict[int, int]] = {}
        self._pieces: dict[tuple[UUID, int], int] = {}
        self._seats: dict[tuple[tuple[str, ...], int], int] = {}
        self._units: dict[tuple[str, int], int] = {}
        self._places: dict[tuple[str, ...], list[Place]] = {}

    def starts(self, lead: Staff | None) -> int:
        """All cells at which the visit can start with this lead; None = the lead may change."""
        key = id(lead)
        if key not in self._starts:
            self._starts[key] = self._all_starts(lead)
        return self._starts[key]

    def draft(self, lead: Staff | None, cell: int) -> Draft | None:
        """The visit at this start: shortest waits first, then the right person for washing."""
        if not self.starts(lead) >> cell & 1:
            return None
        key = id(lead)
        if key not in self._layings:
            self._layings[key] = Laying(self, lead)
        return self._layings[key].stretch(0, cell, lead)

    def places(self, kinds: tuple[str, ...]) -> list[Place]:
        """All places a customer can keep; being in the open salon is enough where none is asked."""
        if kinds not in self._places:
            self._places[kinds] = list(self._each_place(kinds))
        return self._places[kinds]

    def kind_free(self, kind: str, length: int) -> int:
        """Where some unit of this kind is free for so long."""
        key = (kind, length)
        if key not in self._units:
            self._units[key] = self.board.kind_free(kind, length)
        return self._units[key]

    def _all_starts(self, lead: Staff | None) -> int:
        after, number = EVERYWHERE, len(self.blocks)
        for stretch in reversed(self.layout.stretches):
            number -= len(stretch.blocks)
            after = self._seated_starts(stretch, number, lead, after)
            if not after:
                break
        return after

    def _each_place(self, kinds: tuple[str, ...]) -> Iterator[Place]:
        for units in product(*(self.board.units.get(kind, ()) for kind in kinds)):
            free = self.board.open
            for unit in units:
                free &= unit.free
            yield Place(units=units, free=free)

    def _seated_starts(self, stretch: Stretch, number: int, lead: Staff | None, after: int) -> int:
        """Where a stretch can begin so that what follows it begins in `after`."""
        lasting = {0: after}
        for index in reversed(range(len(stretch.blocks))):
            lasting = self._block_starts(number + index, lead, lasting)
        mask = 0
        for length, starts in lasting.items():
            mask |= starts & self._place_free(stretch.kinds, length)
        return mask

    def _place_free(self, kinds: tuple[str, ...], length: int) -> int:
        key = (kinds, length)
        if key not in self._seats:
            mask = 0
            for place in self.places(kinds):
                mask |= erode(place.free, length)
            self._seats[key] = mask
        return self._seats[key]

    def _block_starts(self, number: int, lead: Staff | None, after: Lasting) -> Lasting:
        wait = self.blocks[number].wait
        starts: Lasting = defaultdict(int)
        if wait is not None and wait.is_personal:
            for member in self.crew.members(number, lead):
                bodies = {self.blocks[number].cells(member): self._body(number, member)}
                _prepend(starts, bodies, self._before_wait_of(member, wait, after))
        else:
            tail = after if wait is None else _before_wait(after, wait, self._corridor(wait))
            _prepend(starts, self._bodies(number, lead), tail)
        return _shortest(starts)

    def _before_wait_of(self, member: Staff, wait: Wait, after: Lasting) -> Lasting:
        """The cells at which a wait can begin that depends on who was with the customer before."""
        corridor = self._corridor(wait) & claimable(self.board, member, wait.claim)
        if wait.guarded:
            gate = self.board.people[member.id].unclaimed << 1
            after = {length: cells & gate for length, cells in after.items()}
        return _before_wait(after, wait, corridor)

    def _corridor(self, wait: Wait) -> int:
        # A place that is kept is in the open salon anyway.
        return EVERYWHERE if wait.keeps_place else self.board.open

    def _bodies(self, number: int, lead: Staff | None) -> Mapping[int, int]:
        """Per length, where anybody of the crew can do the block."""
        if lead is not None and self.crew.is_led(number):
            return self._by_length(number, self.crew.members(number, lead))
        if number not in self._shared:
            self._shared[number] = self._by_length(number, self.crew.able[number])
        return self._shared[number]

    def _by_length(self, number: int, members: Sequence[Staff]) -> dict[int, int]:
        bodies: dict[int, int] = defaultdict(int)
        for member in members:
            bodies[self.blocks[number].cells(member)] |= self._body(number, member)
        return bodies

    def _body(self, number: int, member: Staff) -> int:
        block = self.blocks[number]
        mask = self._piece(member, block.cells(member))
        return mask & self._passing(block, member) if block.passes else mask

    def _passing(self, block: Block, member: Staff) -> int:
        """Where the basins and devices that are needed on the way are free."""
        mask = EVERYWHERE
        for step, offset, length in block.offsets(member):
            for kind in step.passing_kinds:
                mask &= self.kind_free(kind, length) >> offset
        return mask

    def _piece(self, member: Staff, length: int) -> int:
        key = (member.id, length)
        if key not in self._pieces:
            self._pieces[key] = erode(self.board.free[member.id], length)
        return self._pieces[key]


def _prepend(starts: Lasting, bodies: Mapping[int, int], tail: Lasting) -> None:
    """Put a block of each length before what follows it."""
    for length, body in bodies.items():
        for rest, cells in tail.items():
            if fitting := body & (cells >> length):
                starts[length + rest] |= fitting


def _shortest(lasting: Lasting) -> Lasting:
    """Each cell with its shortest length only: where a long stay fits, a short one does too."""
    if len(lasting) == 1:
        return lasting
    kept: Lasting = {}
    seen = 0
    for length in sorted(lasting):
        if cells := lasting[length] & ~seen:
            kept[length] = cells
            seen |= cells
    return kept


def _before_wait(after: Lasting, wait: Wait, corridor: int) -> Lasting:
    """The cells at which this wait can begin so that it ends in `after`."""
    if not wait.keeps_place:
        reached = smear(after.get(0, 0), wait.longest - wait.shortest, corridor)
        return {0: (reached >> wait.shortest) & erode(corridor, wait.shortest)}
    tail: Lasting = defaultdict(int)
    for gap in range(wait.shortest, wait.longest + 1):
        clear = erode(corridor, gap)
        for rest, cells in after.items():
            tail[gap + rest] |= (cells >> gap) & clear
    return tail
