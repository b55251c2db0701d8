"""How good a start is, for the caller first and then for the salon; every part has its reason.

What an offer keeps of the wish is compared first: day, person, part of the day. Among offers that
keep the same, points decide: minutes away from the wish, minutes nobody can sell any more, and
small bonuses for a calendar without gaps. A point is a minute: a start that leaves a useless
quarter of an hour loses against one that is a quarter of an hour further away.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from booking_core.domain.catalogue import GRID_MINUTES, Delegate, Role
from booking_core.domain.columns import stays_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from booking_core.domain.catalogue import Salon, Service
    from booking_core.domain.columns import Columns, Stay
    from booking_core.domain.laying import Draft

TOUCH_POINTS: Final = -10  # for each side: worth ten minutes of distance, never another half-day
FILL_POINTS: Final = -15  # time in somebody else's pause cannot be sold otherwise
OWN_PAUSE_POINTS: Final = -5  # once: the pause may be sold, or may not
HAND_OVER_POINTS: Final = 10
MOST_BONUS: Final = -(2 * TOUCH_POINTS + FILL_POINTS + OWN_PAUSE_POINTS)
"""No start is better than its distance by more than this."""


class Likeness(IntEnum):
    """What an offer keeps of the wish, best first."""

    SAME_DAY = 0
    """And the person, if one was wished."""
    SAME_TIME = 1
    """Exactly when it was wished, with somebody else."""
    SAME_PERSON_NEAR = 2
    """A near day, at the same time or in the same part of the day."""
    OTHER = 3


class Ground(StrEnum):
    """Why a start has points."""

    DISTANCE = "distance"
    """Minutes between the start and the wish."""
    WASTE = "waste"
    """Minutes that are left over before or after, too few for any service."""
    TOUCHES = "touches"
    """The visit begins or ends where a booking, a break or the working time does."""
    FILLS_PAUSE = "fills_pause"
    """It lies between two bookings that are no further apart than a pause is long."""
    SELLABLE_PAUSE = "sellable_pause"
    """In the visit's own pause there is room for somebody else."""
    HAND_OVER = "hand_over"
    """The customer goes from one person to another."""
    WAITING = "waiting"
    """Minutes by which the pauses are longer than they need to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One reason, and what it counts."""

    ground: Ground
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What speaks for and against an offer; the smaller, the better."""

    likeness: Likeness = Likeness.SAME_DAY
    days_off: int = 0
    other_staff: bool
    other_part: bool = False
    """Not in the part of the day that was wished."""
    terms: tuple[Term, ...]

    @property
    def points(self) -> int:
        """The sum of the terms."""
        return sum(term.points for term in self.terms)

    @property
    def rank(self) -> tuple[int, ...]:
        """What offers are compared by."""
        return (*tier(self.likeness, self.days_off, self.other_staff, self.other_part), self.points)


def tier(likeness: Likeness, days_off: int, *others: bool) -> tuple[int, ...]:
    """Offers of one tier keep the same of the wish: only points tell them apart.

    `others`: with other staff, in another part of the day.
    """
    other_staff, other_part = others
    staff = other_staff if likeness is Likeness.OTHER else False
    return (likeness, days_off, staff, other_part)


class Worth:
    """What a visit laid out in a certain way is worth to one salon, wherever it was wished."""

    def __init__(self, salon: Salon, columns: Columns) -> None:
        self._salon, self._columns = salon, columns
        self._shortest: dict[UUID, int] = {}
        self._longest_pause = _longest_free_pause(salon)

    def terms(self, draft: Draft) -> tuple[Term, ...]:
        """Every reason that counts."""
        stays = stays_of(draft)
        found = (
            (Ground.WASTE, sum(self._waste(stay) for stay in stays)),
            (Ground.TOUCHES, sum(self._touches(stay) for stay in stays if stay.leads)),
            (Ground.FILLS_PAUSE, self._fills(stays)),
            (Ground.SELLABLE_PAUSE, self._leaves_pause(draft)),
            (Ground.HAND_OVER, _hand_overs(draft) * HAND_OVER_POINTS),
            (Ground.WAITING, _waiting(draft) * GRID_MINUTES),
        )
        return tuple(Term(ground=ground, points=points) for ground, points in found if points)

    def _waste(self, stay: Stay) -> int:
        """Minutes around the stay in which this person cannot do any service at all."""
        column = self._columns.of(stay.staff_id, stay.start)
        shortest = self._shortest_of(stay.staff_id)
        around = (column.idle_before(stay.start), column.idle_after(stay.stop))
        return sum(idle for idle in around if idle < shortest) * GRID_MINUTES

    def _touches(self, stay: Stay) -> int:
        column = self._columns.of(stay.staff_id, stay.start)
        edges = (column.before(stay.start), column.after(stay.stop))
        return sum(TOUCH_POINTS for edge in edges if edge)

    def _fills(self, stays: tuple[Stay, ...]) -> int:
        if len(stays) > 1 or len(stays[0].pieces) > 1:
            return 0
        (stay,) = stays
        column = self._columns.of(stay.staff_id, stay.start)
        start = stay.start - column.idle_before(stay.start)
        stop = stay.stop + column.idle_after(stay.stop)
        narrow = stop - start <= self._longest_pause
        between = column.is_taken(start - 1) and column.is_taken(stop)
        return FILL_POINTS if narrow and between else 0

    def _leaves_pause(self, draft: Draft) -> int:
        for placed in draft.placed:
            wait = placed.block.wait
            free = wait is not None and wait.claim is None
            if free and placed.gap >= self._shortest_of(placed.member.id):
                return OWN_PAUSE_POINTS
        return 0

    def _shortest_of(self, staff_id: UUID) -> int:
        """The shortest visit this person could do; nothing is wasted of one who never leads."""
        if staff_id not in self._shortest:
            skills = self._salon.member(staff_id).skills
            lengths = (s.total_minutes for s in self._salon.services if self._sells(s, skills))
            self._shortest[staff_id] = min(lengths, default=0) // GRID_MINUTES
        return self._shortest[staff_id]

    def _sells(self, service: Service, skills: frozenset[str]) -> bool:
        alone = self._salon.branch.delegate is Delegate.NEVER
        needed = {s.skill for s in service.segments if alone or s.role is Role.LEAD}
        return service.active and bool(needed) and needed <= skills


def _longest_free_pause(salon: Salon) -> int:
    pauses = (
        segment.pause_after.max_minutes
        for service in salon.services
        for segment in service.segments
        if segment.pause_after and service.active and not service.occupies(segment.pause_after)
    )
    return max(pauses, default=0) // GRID_MINUTES


def _hand_overs(draft: Draft) -> int:
    return sum(before.member is not after.member for before, after in pairwise(draft.placed))


def _waiting(draft: Draft) -> int:
    waits: Iterator[int] = (
        placed.gap - placed.block.wait.shortest for placed in draft.placed if placed.block.wait
    )
    return sum(waits)
