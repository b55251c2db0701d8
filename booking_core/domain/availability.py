"""Starts at which a whole visit fits, and the best way to lay it out at one of them.

`starts` answers for all cells at once, from the last segment backwards; `draft` lays the visit out
at one cell. Both ask the same questions of the same masks, so a start is found if and only if it
can be laid out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

from booking_core.domain.catalogue import Delegate, Level, Role
from booking_core.domain.masks import EVERYWHERE, covers, erode, smear
from booking_core.domain.plan import ClaimKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from booking_core.domain.board import Board, Person, Unit
    from booking_core.domain.catalogue import Salon, Staff
    from booking_core.domain.layout import Block, Layout, Stretch, Wait

LEVELS: Final = tuple(Level)

Cost = tuple[int, int, int]
"""Cells waited, rank of the assistants, cells altogether: compared in this order."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A visit laid out in cells."""

    cost: Cost
    placed: tuple[Placed, ...]


class Search:
    """One visit on one board; remembers the masks that several leads share."""

    def __init__(self, salon: Salon, board: Board, layout: Layout) -> None:
        self.board = board
        self.layout = layout
        self._delegate = salon.branch.delegate
        self._staff = tuple(member for member in salon.staff if member.active)
        self.blocks = layout.blocks
        self._helpers = [self._qualified_helpers(block) for block in self.blocks]
        self._shared: dict[int, dict[int, int]] = {}
        self._seats: dict[tuple[tuple[str, ...], int], int] = {}

    def leads(self) -> tuple[Staff, ...]:
        """Everybody who can be the hairdresser of this visit."""
        return qualified(self._staff, self.layout, self._delegate)

    def starts(self, lead: Staff) -> int:
        """All cells at which the visit can start with this lead."""
        after, number = EVERYWHERE, len(self.blocks)
        for stretch in reversed(self.layout.stretches):
            number -= len(stretch.blocks)
            after = self._stretch_starts(stretch, number, lead, after)
            if not after:
                break
        return after

    def draft(self, lead: Staff, cell: int) -> Draft | None:
        """The visit at this start: shortest waits first, then the right person for washing."""
        return _Laying(self, lead).stretch(0, cell)

    def crew(self, number: int, lead: Staff) -> Sequence[tuple[int, Staff]]:
        """Who may do a block when `lead` leads, best first, each with a rank."""
        block = self.blocks[number]
        if block.role is Role.LEAD:
            return ((0, lead),)
        if self._delegate is Delegate.NEVER:
            return ((0, lead),) if block.skills <= lead.skills else ()
        helpers = self._helpers[number]
        if self._delegate is Delegate.PREFER:
            by_rank = ((LEVELS.index(helper.level), helper) for helper in helpers)
            return sorted(by_rank, key=lambda ranked: (ranked[0], ranked[1] is not lead))
        others = [(1 + LEVELS.index(h.level), h) for h in helpers if h is not lead]
        return [(0, lead), *others] if block.skills <= lead.skills else others

    def places(self, kinds: tuple[str, ...]) -> list[Place]:
        """All places a customer can keep; being in the open salon is enough where none is asked."""
        places = []
        for units in product(*(self.board.units.get(kind, ()) for kind in kinds)):
            free = self.board.open
            for unit in units:
                free &= unit.free
            places.append(Place(units=units, free=free))
        return places

    def _qualified_helpers(self, block: Block) -> tuple[Staff, ...]:
        able = [member for member in self._staff if block.skills <= member.skills]
        return tuple(sorted(able, key=lambda member: LEVELS.index(member.level)))

    def _stretch_starts(self, stretch: Stretch, number: int, lead: Staff, after: int) -> int:
        length = self._fixed_length(stretch, number, lead)
        if length is not None:
            chain = self._chain(stretch, number, lead, after, EVERYWHERE)
            return chain & self._seats_free(stretch.kinds, length)
        mask = 0
        for free in _widest([place.free for place in self.places(stretch.kinds)]):
            mask |= self._chain(stretch, number, lead, after, free)
        return mask

    def _fixed_length(self, stretch: Stretch, number: int, lead: Staff) -> int | None:
        """How long the place is needed, if that is the same whoever helps and waits."""
        total = 0
        for index, block in enumerate(stretch.blocks):
            lengths = self._lengths(number + index, lead)
            inner = block.wait if index + 1 < len(stretch.blocks) else None
            if len(lengths) != 1 or (inner and inner.shortest != inner.longest):
                return None
            total += next(iter(lengths)) + (inner.shortest if inner else 0)
        return total

    def _lengths(self, number: int, lead: Staff) -> Collection[int]:
        block = self.blocks[number]
        if self._is_lead_only(number):
            return (block.cells(lead),) if block.skills <= lead.skills else ()
        return self._shared_bodies(number)

    def _is_lead_only(self, number: int) -> bool:
        return self.blocks[number].role is Role.LEAD or self._delegate is Delegate.NEVER

    def _seats_free(self, kinds: tuple[str, ...], length: int) -> int:
        key = (kinds, length)
        if key not in self._seats:
            mask = 0
            for place in self.places(kinds):
                mask |= erode(place.free, length)
            self._seats[key] = mask
        return self._seats[key]

    def _chain(self, stretch: Stretch, number: int, lead: Staff, after: int, place: int) -> int:
        for index in reversed(range(len(stretch.blocks))):
            after = self._block_starts(number + index, lead, after, place)
            if not after:
                break
        return after

    def _block_starts(self, number: int, lead: Staff, after: int, place: int) -> int:
        wait = self.blocks[number].wait
        stay = place if wait is None or wait.keeps_place else self.board.open
        if wait is not None and (wait.claim or wait.guarded):
            return self._block_starts_each(number, lead, wait, after, (place, stay))
        tail = _before_wait(after, wait, stay) if wait else after
        mask = 0
        for length, body in self._bodies(number, lead).items():
            mask |= body & erode(place, length) & (tail >> length)
        return mask

    def _block_starts_each(
        self, number: int, lead: Staff, wait: Wait, after: int, where: tuple[int, int]
    ) -> int:
        """As above when the pause depends on who is to be there meanwhile."""
        place, stay = where
        mask = 0
        for _, member in self.crew(number, lead):
            corridor = stay & claimable(self.board, member, wait.claim)
            gate = after
            if wait.guarded:
                gate &= self.board.people[member.id].unclaimed << 1
            length = self.blocks[number].cells(member)
            tail = _before_wait(gate, wait, corridor)
            mask |= self._body(number, member) & erode(place, length) & (tail >> length)
        return mask

    def _bodies(self, number: int, lead: Staff) -> dict[int, int]:
        """Per length, where anybody of the crew can do the block."""
        if self._is_lead_only(number):
            return self._by_length(number, [member for _, member in self.crew(number, lead)])
        return self._shared_bodies(number)

    def _shared_bodies(self, number: int) -> dict[int, int]:
        if number not in self._shared:
            self._shared[number] = self._by_length(number, self._helpers[number])
        return self._shared[number]

    def _by_length(self, number: int, members: Sequence[Staff]) -> dict[int, int]:
        bodies: dict[int, int] = {}
        for member in members:
            length = self.blocks[number].cells(member)
            bodies[length] = bodies.get(length, 0) | self._body(number, member)
        return bodies

    def _body(self, number: int, member: Staff) -> int:
        block = self.blocks[number]
        mask = erode(self.board.free[member.id], block.cells(member))
        for step, offset, length in block.offsets(member):
            for kind in step.passing_kinds:
                mask &= self.kind_free(kind, length) >> offset
        return mask

    def kind_free(self, kind: str, length: int) -> int:
        """Where some unit of this kind is free for so long."""
        key = ((kind,), length)
        if key not in self._seats:
            self._seats[key] = self.board.kind_free(kind, length)
        return self._seats[key]


def qualified(staff: Sequence[Staff], layout: Layout, delegate: Delegate) -> tuple[Staff, ...]:
    """Everybody who can be the hairdresser of this visit."""
    needed = layout.skills if delegate is Delegate.NEVER else layout.lead_skills
    return tuple(member for member in staff if member.active and needed <= member.skills)


def claimable(board: Board, member: Staff, claim: ClaimKind | None) -> int:
    """Where a pause may lie that does this to the staff member's time."""
    person: Person = board.people[member.id]
    match claim:
        case None:
            return EVERYWHERE
        case ClaimKind.REST:
            # Whoever rests may as well have their break.
            return person.unclaimed
        case _:
            return board.free[member.id]


def _before_wait(after: int, wait: Wait, corridor: int) -> int:
    """The cells at which this wait can begin so that it ends in `after`."""
    reached = smear(after, wait.longest - wait.shortest, corridor)
    return (reached >> wait.shortest) & erode(corridor, wait.shortest)


def _widest(masks: Sequence[int]) -> list[int]:
    """Masks that no other one contains."""
    kept: list[int] = []
    for mask in sorted(set(masks), key=int.bit_count, reverse=True):
        if not any(mask & other == mask for other in kept):
            kept.append(mask)
    return kept


class _Laying:
    """Finds the cheapest draft for one lead; every state is looked at once."""

    def __init__(self, search: Search, lead: Staff) -> None:
        self._search = search
        self._board = search.board
        self._lead = lead
        self._known: dict[tuple[int, int, int], Draft | None] = {}
        self._places = _places_by_opener(search)

    def stretch(self, number: int, cell: int) -> Draft | None:
        """The rest of the visit from a block at which the customer takes a new place."""
        drafts = [self.block(number, cell, place) for place in self._places[number]]
        return min((d for d in drafts if d), key=lambda draft: draft.cost, default=None)

    def block(self, number: int, cell: int, place: Place) -> Draft | None:
        """The rest of the visit from this block on, in this place."""
        key = (number, cell, id(place))
        if key not in self._known:
            options = self._options(number, cell, place)
            self._known[key] = min(options, key=lambda draft: draft.cost, default=None)
        return self._known[key]

    def _options(self, number: int, cell: int, place: Place) -> list[Draft]:
        block, drafts = self._search.blocks[number], []
        for rank, member in self._search.crew(number, self._lead):
            length = block.cells(member)
            if not self._can_work(block, member, cell, place):
                continue
            for gap in self._gaps(block.wait, member, cell + length, place):
                rest = self._rest(number + 1, cell + length + gap, place)
                if rest is not None:
                    placed = Placed(block=block, member=member, cell=cell, gap=gap, place=place)
                    drafts.append(_joined(placed, (gap, rank, length + gap), rest))
        return drafts

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

    def _gaps(self, wait: Wait | None, member: Staff, cell: int, place: Place) -> list[int]:
        if wait is None:
            return [0]
        stay = place.free if wait.keeps_place else self._board.open
        corridor = stay & claimable(self._board, member, wait.claim)
        unclaimed = self._board.people[member.id].unclaimed
        return [
            gap
            for gap in range(wait.shortest, wait.longest + 1)
            if covers(corridor, cell, gap)
            and (not wait.guarded or covers(unclaimed, cell + gap - 1, 1))
        ]

    def _rest(self, number: int, cell: int, place: Place) -> Draft | None:
        if number == len(self._search.blocks):
            return Draft(cost=(0, 0, 0), placed=())
        if number in self._places:
            return self.stretch(number, cell)
        return self.block(number, cell, place)


def _places_by_opener(search: Search) -> dict[int, list[Place]]:
    """The places to choose from, per block at which one is taken."""
    places, number = {}, 0
    for stretch in search.layout.stretches:
        places[number] = search.places(stretch.kinds)
        number += len(stretch.blocks)
    return places


def _joined(placed: Placed, cost: Cost, rest: Draft) -> Draft:
    waited, rank, cells = (a + b for a, b in zip(cost, rest.cost, strict=True))
    return Draft(cost=(waited, rank, cells), placed=(placed, *rest.placed))
