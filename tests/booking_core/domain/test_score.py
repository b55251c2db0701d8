"""Why one start is offered before another: each reason with its points."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from booking_core.domain.catalogue import Delegate, PausePolicy
from booking_core.domain.score import Ground, Likeness, Score, Term
from booking_core.domain.slots import SlotsFound

if TYPE_CHECKING:
    from tests.booking_core.domain.conftest import Desk

THURSDAY = date(2026, 11, 26)


def score(desk: Desk, number: int, at: str, staff: str = "emma") -> Score:
    """What an exact wish is worth."""
    found = desk.ask(number, staff=staff, wishes=(desk.wish(at),))
    assert isinstance(found, SlotsFound)
    assert found.exact
    assert found.offers[0].score is not None
    return found.offers[0].score


def points(desk: Desk, number: int, at: str, staff: str = "emma") -> dict[Ground, int]:
    return {term.ground: term.points for term in score(desk, number, at, staff).terms}


def test_a_start_in_the_open_has_nothing_for_or_against_it(desk: Desk) -> None:
    assert points(desk, 431, "10:00") == {}


def test_minutes_that_nobody_can_sell_count_once_for_each_side(desk: Desk) -> None:
    desk.take("emma", "10:45", "11:15")

    assert points(desk, 431, "10:00") == {Ground.WASTE: 15}
    assert points(desk, 431, "10:15") == {Ground.TOUCHES: -10}
    assert points(desk, 431, "09:10") == {Ground.WASTE: 10}
    assert points(desk, 431, "11:30") == {Ground.WASTE: 15}


def test_what_the_shortest_service_could_use_is_no_waste(desk: Desk) -> None:
    desk.take("emma", "10:50", "11:15")

    assert points(desk, 431, "10:00") == {}
    desk.edit(430, active=False)
    assert points(desk, 431, "10:00") == {Ground.WASTE: 20}


@pytest.mark.parametrize(
    ("at", "touching"), [("09:00", -10), ("12:30", -10), ("13:30", -10), ("17:00", -10)]
)
def test_the_ends_of_the_shift_and_the_break_are_touched(
    desk: Desk, at: str, touching: int
) -> None:
    assert points(desk, 431, at)[Ground.TOUCHES] == touching


def test_a_short_visit_in_somebody_elses_pause_is_worth_most(desk: Desk) -> None:
    desk.book(177, staff="emma", at="14:00")

    assert points(desk, 431, "14:30") == {Ground.TOUCHES: -20, Ground.FILLS_PAUSE: -15}


def test_time_between_two_bookings_that_is_longer_than_a_pause_is_no_pause(desk: Desk) -> None:
    desk.take("emma", "09:30", "10:00")
    desk.take("emma", "11:00", "11:30")

    assert points(desk, 431, "10:00") == {Ground.TOUCHES: -10}


def test_an_own_pause_that_can_be_sold_is_a_small_bonus(desk: Desk) -> None:
    desk.branch(delegate=Delegate.NEVER)

    assert points(desk, 177, "09:30") == {Ground.SELLABLE_PAUSE: -5}
    desk.edit(177, pause_policy=PausePolicy.NEVER)
    assert points(desk, 177, "09:30") == {}


def test_each_change_of_hands_counts(desk: Desk) -> None:
    desk.branch(delegate=Delegate.PREFER)

    assert points(desk, 177, "09:30")[Ground.HAND_OVER] == 20


def test_a_pause_that_has_to_stretch_counts_by_the_minute(desk: Desk) -> None:
    desk.branch(elastic_pauses=True, delegate=Delegate.NEVER)
    desk.take("emma", "10:30", "10:40")

    assert points(desk, 177, "09:30")[Ground.WAITING] == 10


def test_distance_is_told_for_alternatives(desk: Desk) -> None:
    desk.take("oliver", "10:00", "11:00")

    found = desk.ask(430, staff="oliver", wishes=(desk.wish("10:30"),), limit=1)

    assert isinstance(found, SlotsFound)
    told = found.offers[0].score
    assert told is not None
    assert told.likeness is Likeness.SAME_DAY
    assert {t.ground: t.points for t in told.terms} == {Ground.DISTANCE: 30, Ground.TOUCHES: -10}
    assert told.points == 20


def test_a_start_that_wastes_nothing_beats_one_that_is_a_little_nearer(desk: Desk) -> None:
    desk.take("emma", "10:00", "10:50")

    # 11:00 leaves ten minutes; 09:30 ends where the booking begins.
    found = desk.ask(431, staff="emma", wishes=(desk.wish("10:20"),), limit=1)

    assert isinstance(found, SlotsFound)
    assert found.offers[0].plan.start == desk.at("09:30")


def test_distance_wins_where_the_gap_is_small(desk: Desk) -> None:
    desk.take("emma", "10:00", "10:55")

    found = desk.ask(431, staff="emma", wishes=(desk.wish("10:50"),), limit=1)

    assert isinstance(found, SlotsFound)
    assert found.offers[0].plan.start == desk.at("11:00")


def test_a_better_start_on_another_day_or_in_another_half_never_wins(desk: Desk) -> None:
    desk.take("emma", "09:00", "17:30")
    desk.busy[desk.salon.staff[0].id] = [
        desk.span("09:00", "14:10"), desk.span("14:50", "17:30"),
    ]  # fmt: skip
    desk.book(177, staff="emma", at="12:00", day=THURSDAY)

    found = desk.ask(431, staff="emma", wishes=(desk.wish("13:00"),), limit=1)

    assert isinstance(found, SlotsFound)
    assert found.offers[0].plan.start == desk.at("14:15")


def test_who_does_it_is_decided_by_the_gaps_they_would_have(desk: Desk) -> None:
    for name in ("fabian", "oliver", "dilara"):
        desk.take(name, "10:00", "10:45")
    desk.take("emma", "10:30", "11:00")

    found = desk.ask(431, wishes=(desk.wish("11:00"),))

    assert isinstance(found, SlotsFound)
    assert desk.salon.member(found.offers[0].plan.segments[0].staff_id).key == "emma"


def test_the_same_score_orders_by_what_is_kept_first() -> None:
    near = Score(other_staff=False, terms=(Term(ground=Ground.WASTE, points=90),))
    far = Score(other_staff=False, days_off=1, terms=())
    part = Score(other_staff=False, other_part=True, terms=())

    assert min(far, part, near, key=lambda each: each.rank) is near
    assert part.rank < far.rank
    assert replace(near, likeness=Likeness.OTHER).rank > far.rank
