"""Starts at which a whole visit fits, and the best way to lay it out at one of them.

`starts` answers for all cells at once, from the last segment backwards; `draft` lays the visit out
at one cell. Both ask the same questions of the same masks, so a start is found if and only if it
can be laid out.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

from booking_core.domain.catalogue import Delegate, Level, Role
from booking_core.domain.laying import Laying, Place, claimable
from booking_core.domain.masks import EVERYWHERE, erode, smear

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from booking_core.domain.board import Board
    from booking_core.domain.catalogue import Salon, Staff
    from booking_core.domain.laying import Draft
    from booking_core.domain.layout import Block, Layout, Stretch, Wait

LEVELS: Final = tuple(Level)


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
        self._led: dict[tuple[int, UUID], dict[int, int]] = {}
        self._pieces: dict[tuple[UUID, int], int] = {}
        self._lasts: dict[tuple[int, tuple[tuple[str, int], ...]], int | None] = {}
        self._seats: dict[tuple[tuple[str, ...], int], int] = {}
        self._widest: dict[tuple[str, ...], list[int]] = {}

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
        return Laying(self, lead).stretch(0, cell)

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
        key = (number, tuple(lead.extra_minutes.items()))
        if key not in self._lasts:
            self._lasts[key] = self._fixed_length(stretch, number, lead)
        length = self._lasts[key]
        if length is not None:
            chain = self._chain(stretch, number, lead, after, EVERYWHERE)
            return chain & self._seats_free(stretch.kinds, length)
        return self._starts_by_place(stretch, number, lead, after)

    def _starts_by_place(self, stretch: Stretch, number: int, lead: Staff, after: int) -> int:
        """One chain per place; no more of them once every start of an endless salon is found."""
        most = self._chain(stretch, number, lead, after, self.board.open)
        mask = 0
        for free in self._widest_places(stretch.kinds):
            if mask == most:
                break
            mask |= self._chain(stretch, number, lead, after, free)
        return mask

    def _widest_places(self, kinds: tuple[str, ...]) -> list[int]:
        if kinds not in self._widest:
            self._widest[kinds] = _widest([place.free for place in self.places(kinds)])
        return self._widest[kinds]

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
        if not self._is_lead_only(number):
            return self._shared_bodies(number)
        key = (number, lead.id)
        if key not in self._led:
            crew = [member for _, member in self.crew(number, lead)]
            self._led[key] = self._by_length(number, crew)
        return self._led[key]

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
        mask = self._piece(member, block.cells(member))
        if not block.passes:
            return mask
        for step, offset, length in block.offsets(member):
            for kind in step.passing_kinds:
                mask &= self.kind_free(kind, length) >> offset
        return mask

    def _piece(self, member: Staff, length: int) -> int:
        key = (member.id, length)
        if key not in self._pieces:
            self._pieces[key] = erode(self.board.free[member.id], length)
        return self._pieces[key]

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
