"""Which steps at the calendar lead from one plan to another, so that none of them is refused.

New bookings are made first, old ones are cancelled last. Where a new booking would overlap an old
one of the same person, which a calendar refuses, the old one moves away: it is shifted to its own
new time, later ones before earlier ones when the visit moves back, the other way round when it
moves forward. Two plans that keep the order of their segments never wait for each other in a
circle; where they do not, one booking leaves the circle and is booked again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from booking_core.domain.saga import Action, Step, StepState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from booking_core.domain.plan import Plan, PlannedSegment


class BookingOrder(StrEnum):
    """Which segment is booked first."""

    REVERSE = "reverse"
    """D, C, B, A: the booking at which the customer walks in exists only when all others do."""
    FORWARD = "forward"
    SCARCEST_FIRST = "scarcest_first"
    """Longest segment first: what is hardest to fit fails fastest."""


def steps_to_book(plan: Plan, order: BookingOrder = BookingOrder.REVERSE) -> tuple[Step, ...]:
    """Every segment, one after the other."""
    return _numbered(_booking(segment) for segment in _sequence(plan.segments, order))


def steps_to_cancel(plan: Plan) -> tuple[Step, ...]:
    """Every segment, last one first, and no way back."""
    return _numbered(_leaving(segment) for segment in reversed(plan.segments))


def steps_to_move(
    old: Plan, new: Plan, order: BookingOrder = BookingOrder.REVERSE
) -> tuple[Step, ...]:
    """From all bookings of the old plan to all of the new one."""
    kept = _pairs(new.segments, old.segments, _is_same)
    arriving = [one for one in new.segments if one.index not in kept]
    staying = set(kept.values())
    leaving = {one.index: one for one in old.segments if one.index not in staying}
    removal = _Removal.of(_sequence(arriving, order), leaving)
    steps = [_keeping(index, former) for index, former in kept.items()]
    steps += [_booking(one) for one in removal.free]
    steps += removal.in_order()
    last = [one for one in reversed(old.segments) if one.index in removal.undisturbed]
    return _numbered([*steps, *map(_leaving, last)])


@dataclass
class _Removal:
    """Old bookings making room for new ones."""

    arriving: Sequence[PlannedSegment]
    leaving: dict[int, PlannedSegment]
    blockers: dict[int, set[int]]
    """For each new segment: the old ones that have to be gone first."""
    shifted: dict[int, int]
    """New segments that an old booking is shifted to, and which one that is."""
    gone: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, arriving: Sequence[PlannedSegment], leaving: dict[int, PlannedSegment]) -> _Removal:
        """Whoever is in somebody's way is shifted, if there is a place to shift it to."""
        partner = _pairs(
            sorted(arriving, key=lambda one: one.index), list(leaving.values()), _may_be_shifted
        )
        in_way = {
            one.index: {other for other in leaving if _collide(one, leaving[other])}
            for one in arriving
        }
        unwanted = set().union(*in_way.values())
        shifted = {index: former for index, former in partner.items() if former in unwanted}
        blockers = {index: others - {shifted.get(index)} for index, others in in_way.items()}
        return cls(arriving, leaving, blockers, shifted)

    @property
    def free(self) -> list[PlannedSegment]:
        """New segments that are in nobody's way and nobody in theirs."""
        return [
            one
            for one in self.arriving
            if not self.blockers[one.index] and one.index not in self.shifted
        ]

    @property
    def undisturbed(self) -> set[int]:
        """Old segments that can stand until the new plan does."""
        return set(self.leaving) - self.gone

    def in_order(self) -> list[Step]:
        """The steps of all others; each finds its place empty."""
        free = {one.index for one in self.free}
        waiting = [one for one in self.arriving if one.index not in free]
        steps: list[Step] = []
        while waiting:
            ready = next((one for one in waiting if self._can_come(one)), None)
            if ready is None:
                self._break_the_circle(waiting)
                continue
            steps += self._placed(ready)
            waiting.remove(ready)
        return steps

    def _can_come(self, one: PlannedSegment) -> bool:
        still_to_be_shifted = set(self.shifted.values()) - self.gone
        return not self.blockers[one.index] & still_to_be_shifted

    def _placed(self, one: PlannedSegment) -> list[Step]:
        in_way = sorted(self.blockers[one.index] - self.gone)
        self.gone.update(in_way)
        steps = [replace(_leaving(self.leaving[former]), after_pivot=False) for former in in_way]
        former = self.shifted.get(one.index)
        if former is None:
            return [*steps, _booking(one)]
        self.gone.add(former)
        return [*steps, _shifting(one, former)]

    def _break_the_circle(self, waiting: Sequence[PlannedSegment]) -> None:
        index = next(one.index for one in waiting if one.index in self.shifted)
        former = self.shifted.pop(index)
        arriving = next(one for one in waiting if one.index == index)
        if _collide(arriving, self.leaving[former]):
            self.blockers[index].add(former)


def _sequence(segments: Sequence[PlannedSegment], order: BookingOrder) -> list[PlannedSegment]:
    match order:
        case BookingOrder.REVERSE:
            return list(reversed(segments))
        case BookingOrder.FORWARD:
            return list(segments)
        case BookingOrder.SCARCEST_FIRST:
            return sorted(segments, key=lambda segment: -segment.calendar_span.minutes)


def _pairs(
    new: Sequence[PlannedSegment],
    old: Sequence[PlannedSegment],
    fit: Callable[[PlannedSegment, PlannedSegment], bool],
) -> dict[int, int]:
    """For new segments the old one that fits, each used once."""
    pairs: dict[int, int] = {}
    left = list(old)
    for one in new:
        other = next((other for other in left if fit(one, other)), None)
        if other is not None:
            left.remove(other)
            pairs[one.index] = other.index
    return pairs


def _is_same(one: PlannedSegment, other: PlannedSegment) -> bool:
    return _may_be_shifted(one, other) and one.calendar_span == other.calendar_span


def _may_be_shifted(one: PlannedSegment, other: PlannedSegment) -> bool:
    """A calendar moves a booking within one person's time, and keeps its kind and its length."""
    return _kind_of(one) == _kind_of(other)


def _kind_of(one: PlannedSegment) -> tuple[object, ...]:
    return one.service_id, one.key, one.staff_id, one.calendar_span.minutes, one.local


def _collide(one: PlannedSegment, other: PlannedSegment) -> bool:
    """Whether the calendar would refuse to have both; it does not get what is local."""
    same_person = one.staff_id == other.staff_id and not (one.local or other.local)
    return same_person and one.calendar_span.overlaps(other.calendar_span)


def _booking(segment: PlannedSegment) -> Step:
    return Step(position=0, action=Action.BOOK, index=segment.index)


def _shifting(segment: PlannedSegment, former: int) -> Step:
    return Step(position=0, action=Action.SHIFT, index=segment.index, former=former)


def _leaving(segment: PlannedSegment) -> Step:
    return Step(position=0, action=Action.CANCEL, former=segment.index, after_pivot=True)


def _keeping(index: int, former: int) -> Step:
    return Step(position=0, action=Action.KEEP, index=index, former=former, state=StepState.DONE)


def _numbered(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(replace(step, position=position) for position, step in enumerate(steps))
