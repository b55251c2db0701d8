"""The steps of a move, carried out at a calendar that refuses every overlap."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_core.domain.change import BookingOrder, steps_to_book, steps_to_cancel, steps_to_move
from booking_core.domain.interval import Span
from booking_core.domain.plan import Plan, PlannedPause, PlannedSegment
from booking_core.domain.saga import Action, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES = int(os.environ.get("CHANGE_PLAN_EXAMPLES", "300"))
NINE = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
SERVICE, OTHER = UUID(int=1), UUID(int=2)
PEOPLE = [UUID(int=11), UUID(int=12)]


@dataclass
class ModelCalendar:
    """Bookings by a name of their own; never two of one person at the same time."""

    live: dict[int, PlannedSegment] = field(default_factory=dict)
    made: int = 0

    def book(self, segment: PlannedSegment, name: int | None = None) -> int:
        assert not self._in_the_way(segment), f"refused: {segment.key}"
        self.made += 1
        name = self.made if name is None else name
        self.live[name] = segment
        return name

    def shift(self, name: int, segment: PlannedSegment) -> None:
        old = self.live.pop(name)
        assert (old.staff_id, old.key, old.service_id, old.calendar_span.minutes) == (
            segment.staff_id,
            segment.key,
            segment.service_id,
            segment.calendar_span.minutes,
        )
        self.book(segment, name)

    def cancel(self, name: int) -> PlannedSegment:
        return self.live.pop(name)

    def _in_the_way(self, wanted: PlannedSegment) -> bool:
        return any(
            kept.staff_id == wanted.staff_id and kept.calendar_span.overlaps(wanted.calendar_span)
            for kept in self.live.values()
        )


@dataclass
class Move:
    """Carries steps out, and takes them back."""

    old: Plan
    new: Plan
    calendar: ModelCalendar = field(default_factory=ModelCalendar)
    names: dict[int, int] = field(default_factory=dict)
    """Of the old segments, by index."""
    made: dict[int, int] = field(default_factory=dict)
    """What a step made, by position."""

    def __post_init__(self) -> None:
        self.names = {one.index: self.calendar.book(one) for one in self.old.segments}

    def do(self, step: Step) -> None:
        match step.action:
            case Action.BOOK:
                self.made[step.position] = self.calendar.book(self._new(step))
            case Action.SHIFT:
                self.calendar.shift(self.names[self._former(step)], self._new(step))
            case Action.CANCEL:
                self.calendar.cancel(self.names[self._former(step)])
            case Action.KEEP:
                assert self._new(step).calendar_span == self._old(step).calendar_span

    def undo(self, step: Step) -> None:
        match step.action:
            case Action.BOOK:
                self.calendar.cancel(self.made[step.position])
            case Action.SHIFT:
                self.calendar.shift(self.names[self._former(step)], self._old(step))
            case Action.CANCEL:
                self.calendar.book(self._old(step), self.names[self._former(step)])
            case Action.KEEP:
                pass

    def _new(self, step: Step) -> PlannedSegment:
        assert step.index is not None
        return self.new.segments[step.index - 1]

    def _old(self, step: Step) -> PlannedSegment:
        return self.old.segments[self._former(step) - 1]

    def _former(self, step: Step) -> int:
        assert step.former is not None
        return step.former


def places(segments: Sequence[PlannedSegment]) -> list[tuple[str, UUID, Span]]:
    return sorted((one.key, one.staff_id, one.calendar_span) for one in segments)


def plan_of(parts: Sequence[tuple[str, UUID, int, int, int, bool]], start: int = 0) -> Plan:
    """Segments one after the other: key, person, service, minutes, pause, pause occupied."""
    segments, cursor = [], NINE + timedelta(minutes=start)
    for index, (key, person, service, minutes, wait, occupied) in enumerate(parts, 1):
        span = Span.of_minutes(cursor, minutes)
        cursor = span.end + timedelta(minutes=wait)
        pause = PlannedPause(span=Span(span.end, cursor), occupied=occupied) if wait else None
        segments.append(
            PlannedSegment(
                index=index, of=len(parts), key=key, name=key, staff_id=person, span=span,
                service_id=SERVICE if service == 1 else OTHER, pause=pause,
            )
        )  # fmt: skip
    return Plan(services=(SERVICE,), segments=tuple(segments), claims=())


def part(keys: str) -> st.SearchStrategy[Any]:
    minutes = st.sampled_from([5, 10, 15, 30])
    waits = st.sampled_from([0, 0, 5, 15, 30])
    return st.tuples(
        st.sampled_from(keys), st.sampled_from(PEOPLE), st.sampled_from([1, 1, 2]), minutes,
        waits, st.booleans(),
    )  # fmt: skip


def plans() -> st.SearchStrategy[Plan]:
    """Any visit: parts may be missing, doubled, in another order or of another length."""
    starts = st.integers(0, 24).map(lambda number: 5 * number)
    return st.builds(plan_of, st.lists(part("ABCD"), min_size=1, max_size=6), starts)


@st.composite
def shifted_visits(draw: st.DrawFn) -> tuple[Plan, Plan]:
    """The same visit at two times, with elastic pauses and perhaps other people."""
    parts = draw(st.lists(part("A"), min_size=1, max_size=6))
    named = [("ABCDEF"[number], *rest) for number, (_, *rest) in enumerate(parts)]
    waits = draw(st.lists(st.sampled_from([0, 5, 10]), min_size=len(named), max_size=len(named)))
    again = [
        (k, p, s, m, w + more, False) for (k, p, s, m, w, _), more in zip(named, waits, strict=True)
    ]
    old = [(k, p, s, m, w, False) for k, p, s, m, w, _ in named]
    return plan_of(old), plan_of(again, 5 * draw(st.integers(-20, 20)))


@settings(max_examples=EXAMPLES, deadline=None)
@given(plans(), plans(), st.sampled_from(list(BookingOrder)))
def test_a_move_is_never_refused_and_ends_at_the_new_plan(
    old: Plan, new: Plan, order: BookingOrder
) -> None:
    move = Move(old, new)

    for step in steps_to_move(old, new, order):
        move.do(step)

    assert places(list(move.calendar.live.values())) == places(new.segments)


@settings(max_examples=EXAMPLES, deadline=None)
@given(plans(), plans(), st.data())
def test_taking_back_what_was_done_so_far_leaves_exactly_the_old_bookings(
    old: Plan, new: Plan, data: st.DataObject
) -> None:
    move = Move(old, new)
    before_pivot = [step for step in steps_to_move(old, new) if not step.after_pivot]
    before = dict(move.calendar.live)
    done = before_pivot[: data.draw(st.integers(0, len(before_pivot)))]

    for step in done:
        move.do(step)
    for step in reversed(done):
        move.undo(step)

    assert move.calendar.live == before


@settings(max_examples=EXAMPLES, deadline=None)
@given(shifted_visits())
def test_the_same_visit_at_another_time_never_gives_up_a_booking_before_the_new_ones_stand(
    visit: tuple[Plan, Plan],
) -> None:
    steps = steps_to_move(*visit)

    cancelled = [step.after_pivot for step in steps if step.action is Action.CANCEL]
    assert all(cancelled)


@settings(max_examples=EXAMPLES, deadline=None)
@given(plans(), plans())
def test_every_segment_of_both_plans_is_in_exactly_one_step(old: Plan, new: Plan) -> None:
    steps = steps_to_move(old, new)

    made = [step.index for step in steps if step.index is not None]
    replaced = [step.former for step in steps if step.former is not None]
    assert sorted(made) == [one.index for one in new.segments]
    assert sorted(replaced) == [one.index for one in old.segments]
    assert [step.position for step in steps] == list(range(len(steps)))
    assert sorted(steps, key=lambda step: step.after_pivot) == list(steps)


def told(steps: Sequence[Step]) -> list[tuple[str, int | None, bool]]:
    return [(step.action.value, step.index or step.former, step.after_pivot) for step in steps]


def test_a_move_to_a_free_time_books_all_before_it_cancels_any(visits: Any) -> None:
    steps = steps_to_move(visits.plan(0), visits.plan(300))

    assert told(steps) == [
        *(("book", index, False) for index in (4, 3, 2, 1)),
        *(("cancel", index, True) for index in (4, 3, 2, 1)),
    ]


def test_a_move_by_a_quarter_of_an_hour_shifts_what_is_in_its_way_last_one_first(
    visits: Any,
) -> None:
    """The wash moves to where the cut was, and nobody needs the place it leaves."""
    steps = steps_to_move(visits.plan(0), visits.plan(15))

    assert told(steps) == [
        ("shift", 4, False),
        ("shift", 3, False),
        ("book", 2, False),
        ("shift", 1, False),
        ("cancel", 2, True),
    ]


def test_a_move_forward_shifts_the_earlier_of_two_neighbours_first(visits: Any) -> None:
    steps = steps_to_move(visits.plan(15), visits.plan(0))

    assert told(steps) == [("shift", index, False) for index in (4, 2, 3, 1)]


def test_only_what_is_in_the_way_is_shifted(visits: Any) -> None:
    """An hour and a half later, only the old D is where the new A is to be."""
    steps = steps_to_move(visits.plan(0), visits.plan(105))

    assert told(steps) == [
        *(("book", index, False) for index in (3, 2)),
        ("shift", 4, False),
        ("book", 1, False),
        *(("cancel", index, True) for index in (3, 2, 1)),
    ]


def test_another_person_at_the_same_time_is_in_nobodys_way(visits: Any) -> None:
    steps = steps_to_move(visits.plan(0), visits.plan(0, staff="ben"))

    assert {step.action for step in steps} == {Action.BOOK, Action.CANCEL}
    assert all(step.after_pivot == (step.action is Action.CANCEL) for step in steps)


def test_what_both_plans_have_in_common_is_kept(visits: Any) -> None:
    old, other = visits.plan(0), visits.plan(0, staff="ben")
    new = replace(old, segments=(*old.segments[:3], other.segments[3]))

    steps = steps_to_move(old, new)

    assert told(steps) == [
        *(("keep", index, False) for index in (1, 2, 3)),
        ("book", 4, False),
        ("cancel", 4, True),
    ]


def test_a_booking_in_the_way_that_has_no_new_place_goes_first(visits: Any) -> None:
    """Only a trim, and right where the cut was."""
    old = visits.plan(0)
    new = visits.plan(75, service=12)

    steps = steps_to_move(old, new)

    assert told(steps) == [
        ("cancel", 3, False),
        ("book", 1, False),
        *(("cancel", index, True) for index in (4, 2, 1)),
    ]


def test_two_segments_that_change_places_leave_the_circle(visits: Any) -> None:
    old = visits.plan(0)
    first, second = (
        replace(visits.plan(start).segments[index], index=index + 1)
        for start, index in ((75, 0), (-75, 2))
    )
    both = [one for one in old.segments if one.index in {1, 3}]
    old = replace(old, segments=tuple(replace(one, index=n) for n, one in enumerate(both, 1)))
    swapped = (replace(second, index=1), replace(first, index=2))
    new = replace(old, segments=swapped)
    assert old.segments[0].span == new.segments[0].span

    move = Move(old, new)
    steps = steps_to_move(old, new)
    for step in steps:
        move.do(step)

    assert [step.action for step in steps].count(Action.SHIFT) == 1
    assert places(list(move.calendar.live.values())) == places(new.segments)


@pytest.mark.parametrize("order", list(BookingOrder))
def test_a_booking_is_one_step_for_each_segment(visits: Any, order: BookingOrder) -> None:
    steps = steps_to_book(visits.plan(), order)

    assert {step.action for step in steps} == {Action.BOOK}
    assert not any(step.after_pivot for step in steps)


def test_a_cancellation_has_no_way_back(visits: Any) -> None:
    steps = steps_to_cancel(visits.plan())

    assert told(steps) == [("cancel", index, True) for index in (4, 3, 2, 1)]
