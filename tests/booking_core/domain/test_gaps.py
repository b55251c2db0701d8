"""Which starts a salon offers so that nothing is left over that nobody can use.

Common setting: one person works from 10 to 20, a booking from 15 to 16, a service of an hour,
offers on every half-hour.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import pytest

from booking_core.domain.catalogue import PausePolicy, Role, WorkingHours
from booking_core.domain.gap_rules import Beside, EmptyDay, GapBlocks, GapRules, GapScope, Raster
from booking_core.domain.slots import NoSlots, Reason, SlotsFound

if TYPE_CHECKING:
    from tests.booking_core.domain.conftest import Desk

WEDNESDAY = date(2026, 11, 25)
CUT, ASSISTED = 431, 436


def shift(desk: Desk, name: str, start: str, end: str) -> None:
    """Open all week, and this person at work every Wednesday."""
    ends = (time.fromisoformat(start), time.fromisoformat(end))
    week = tuple(WorkingHours(weekday=day, start=ends[0], end=ends[1]) for day in range(7))
    desk.branch(opening_hours=week, lead_minutes=0)
    desk.edit_staff(name, hours=(week[2],))


def lasting(desk: Desk, minutes: int) -> None:
    segment = desk.salon.service_numbered(CUT).segments[0]
    desk.edit(CUT, segments=(replace(segment, minutes=minutes),))


@pytest.fixture
def day(desk: Desk) -> Desk:
    """An empty day of Emma's, offers on every half-hour, a service of an hour."""
    shift(desk, "emma", "10:00", "20:00")
    desk.branch(step_minutes=30)
    lasting(desk, 60)
    return desk


@pytest.fixture
def booked(day: Desk) -> Desk:
    """The same with a booking from 15 to 16."""
    day.take("emma", "15:00", "16:00")
    return day


def offered(desk: Desk, rules: GapRules) -> str:
    desk.branch(gaps=rules)
    return " ".join(desk.starts(CUT, staff="emma"))


@pytest.mark.parametrize(
    ("rules", "starts"),
    [
        (GapRules(flush=True), "14:00 16:00"),
        (GapRules(flush=True, shift_end=True), "14:00 16:00 19:00"),
        (GapRules(flush=True, shift_start=True), "10:00 14:00 16:00"),
        (
            GapRules(flush=True, shift_start=True, shift_end=True, idle_minutes=60),
            "10:00 11:00 11:30 12:00 12:30 13:00 14:00 16:00 17:00 17:30 18:00 19:00",
        ),
        (
            GapRules(flush=True, idle_minutes=60),
            "11:00 11:30 12:00 12:30 13:00 14:00 16:00 17:00 17:30 18:00",
        ),
        (GapRules(flush=True, idle_minutes=90), "11:30 12:00 12:30 14:00 16:00 17:30"),
    ],
)
def test_flush_booking_around_one_booking(booked: Desk, rules: GapRules, starts: str) -> None:
    assert offered(booked, rules) == starts


@pytest.mark.parametrize(
    ("rules", "starts"),
    [
        (GapRules(flush=True), ""),
        (GapRules(flush=True, shift_start=True, shift_end=True), "10:00 19:00"),
        (GapRules(flush=True, idle_minutes=240), "14:00 14:30 15:00"),
    ],
)
def test_flush_booking_on_an_empty_day(day: Desk, rules: GapRules, starts: str) -> None:
    assert offered(day, rules) == starts


@pytest.mark.parametrize(("minutes", "starts"), [(60, "12:00"), (45, "12:00 12:15")])
def test_an_hour_between_two_bookings_is_used_to_its_ends(
    day: Desk, minutes: int, starts: str
) -> None:
    lasting(day, minutes)
    day.take("emma", "10:00", "12:00")
    day.take("emma", "13:00", "20:00")

    assert offered(day, GapRules(flush=True)) == starts


def test_a_break_is_a_neighbour_like_a_booking(day: Desk) -> None:
    before, after = (time(10), time(13)), (time(13, 30), time(20))
    hours = tuple(WorkingHours(weekday=2, start=s, end=e) for s, e in (before, after))
    day.edit_staff("emma", hours=hours)

    assert offered(day, GapRules(flush=True)) == "12:00 13:30"


@pytest.mark.parametrize(
    ("rules", "starts"),
    [
        (GapRules(flush=True), "10:30 14:00 15:30"),
        (GapRules(flush=True, shift_end=True), "10:30 14:00 15:30 19:00"),
        (
            GapRules(flush=True, shift_start=True, shift_end=True, idle_minutes=60),
            "10:30 11:30 12:00 12:30 13:00 14:00 15:30 16:30 17:00 17:30 18:00 19:00",
        ),
        (GapRules(flush=True, scope=GapScope.ALL), ""),
    ],
)
def test_after_half_an_hour_of_assistance_the_lead_is_flush(
    day: Desk, rules: GapRules, starts: str
) -> None:
    shift(day, "jule", "10:00", "20:00")
    wash, cut = day.salon.service_numbered(ASSISTED).segments
    day.edit(ASSISTED, segments=(replace(wash, minutes=30), replace(cut, minutes=30)))
    day.edit_staff("emma", skills=frozenset({"cut_w"}))
    day.take("emma", "10:00", "11:00")
    day.take("emma", "15:00", "16:00")
    day.branch(gaps=rules)

    assert " ".join(day.starts(ASSISTED, staff="emma")) == starts


FRESHA = GapRules(flush=True, empty_day=EmptyDay.EVERYTHING)
HALF_HOURS = " ".join(
    f"{hour}:{minute:02}"
    for hour in range(10, 20)
    for minute in (0, 30)
    if (hour, minute) < (19, 30)
)


@pytest.mark.parametrize(
    ("rules", "starts"),
    [
        (replace(FRESHA, shift_start=True, shift_end=True), "10:00 14:00 16:00 19:00"),
        (replace(FRESHA, shift_start=True), "10:00 14:00 16:00"),
        (replace(FRESHA, shift_end=True), "14:00 16:00 19:00"),
    ],
)
def test_no_calendar_gaps_with_the_ends_of_the_shift(
    booked: Desk, rules: GapRules, starts: str
) -> None:
    assert offered(booked, rules) == starts


def test_no_calendar_gaps_shows_all_of_an_empty_day(day: Desk) -> None:
    assert offered(day, FRESHA) == HALF_HOURS
    assert len(HALF_HOURS.split()) == 19


def morning(desk: Desk, *, step: int, minutes: int, until: str = "13:00") -> None:
    shift(desk, "emma", "09:00", until)
    desk.branch(step_minutes=step)
    lasting(desk, minutes)


def test_a_minimum_gap_before_keeps_starts_out_and_says_nothing_about_what_follows(
    desk: Desk,
) -> None:
    morning(desk, step=15, minutes=15)
    desk.take("emma", "10:00", "10:45")

    assert offered(desk, GapRules(idle_before_minutes=30)) == (
        "09:00 09:30 09:45 10:45 11:15 11:30 11:45 12:00 12:15 12:30 12:45"
    )


def test_a_grid_that_begins_anew_leaves_no_gap_after_a_booking(desk: Desk) -> None:
    morning(desk, step=60, minutes=60, until="14:00")
    desk.take("emma", "09:00", "09:30")

    assert offered(desk, GapRules()) == "10:00 11:00 12:00 13:00"
    assert offered(desk, GapRules(raster=Raster.RESTART)) == "09:30 10:30 11:30 12:30"


@pytest.mark.parametrize(("minutes", "last"), [(30, "12:30"), (60, "11:30")])
def test_the_remainder_before_a_booking_goes_to_a_short_service_only(
    desk: Desk, minutes: int, last: str
) -> None:
    morning(desk, step=60, minutes=minutes, until="14:00")
    desk.take("emma", "09:00", "09:30")
    desk.take("emma", "13:00", "14:00")

    assert offered(desk, GapRules(raster=Raster.RESTART)).split()[-1] == last


def test_steps_as_long_as_the_visit_leave_nothing_between_visits(desk: Desk) -> None:
    morning(desk, step=15, minutes=45)

    assert offered(desk, GapRules(raster=Raster.VISIT)) == "09:00 09:45 10:30 11:15 12:00"


def test_the_end_of_each_booking_is_a_start_beside_the_usual_ones(desk: Desk) -> None:
    morning(desk, step=30, minutes=30)
    desk.take("emma", "10:00", "10:45")

    assert offered(desk, GapRules(beside=Beside.AFTER)) == (
        "09:00 09:30 10:45 11:00 11:30 12:00 12:30"
    )


def test_a_gap_that_fits_is_offered_whatever_the_step(desk: Desk) -> None:
    morning(desk, step=30, minutes=45)
    desk.take("emma", "09:00", "10:15")
    desk.take("emma", "11:00", "12:10")

    assert offered(desk, GapRules()) == ""
    assert offered(desk, GapRules(beside=Beside.BOTH)) == "10:15 12:10"


def test_a_start_that_ends_where_a_booking_begins_is_beside_it_too(desk: Desk) -> None:
    morning(desk, step=60, minutes=45)
    desk.take("emma", "10:30", "13:00")

    assert offered(desk, GapRules(beside=Beside.AFTER)) == "09:00"
    assert offered(desk, GapRules(beside=Beside.BOTH)) == "09:00 09:45"


def test_an_empty_day_may_have_anchor_times_only(day: Desk) -> None:
    rules = GapRules(
        flush=True, empty_day=EmptyDay.ANCHORS, anchors=(time(10), time(13, 45), time(17))
    )

    assert offered(day, rules) == "10:00 13:45 17:00"

    day.take("emma", "13:45", "14:45")
    assert offered(day, rules) == "12:45 14:45"


def test_first_last_adjacent_and_enough_room_go_together(booked: Desk) -> None:
    rules = GapRules(
        flush=True, shift_start=True, shift_end=True, idle_minutes=120,
        empty_day=EmptyDay.EVERYTHING,
    )  # fmt: skip

    assert offered(booked, rules) == "10:00 12:00 14:00 16:00 19:00"


def test_gaps_are_kept_small_for_the_next_days_only(day: Desk) -> None:
    later = WEDNESDAY + timedelta(weeks=1)
    day.branch(gaps=GapRules(flush=True, shift_start=True, days=7))

    assert day.starts(CUT, staff="emma") == ["10:00"]
    assert day.starts(CUT, staff="emma", day=later) == HALF_HOURS.split()


def composite(desk: Desk) -> None:
    """An hour of colour, half an hour in which it works, half an hour of cutting."""
    colour, _, cut, _ = desk.salon.service_numbered(177).segments
    pause = replace(colour.pause_after, max_minutes=30) if colour.pause_after else None
    desk.edit(
        177,
        pause_policy=PausePolicy.FREE,
        segments=(
            replace(colour, minutes=60, pause_after=pause),
            replace(cut, key="B", minutes=30, role=Role.LEAD, pause_after=None),
        ),
    )


def test_a_planned_pause_is_no_gap_and_any_block_may_touch(booked: Desk) -> None:
    composite(booked)
    booked.branch(gaps=GapRules(flush=True))

    # 13:00: the second block ends at 15:00. 13:30: the booking fills the visit's own pause? No:
    # it lasts an hour. 14:00 and 14:30 collide. 16:00 begins where the booking ends.
    assert booked.starts(177, staff="emma") == ["13:00", "16:00"]


def test_where_the_first_block_has_to_touch_a_later_one_is_not_enough(booked: Desk) -> None:
    composite(booked)
    booked.branch(gaps=GapRules(flush=True, blocks=GapBlocks.FIRST))

    assert booked.starts(177, staff="emma") == ["16:00"]


def test_a_booking_inside_the_own_pause_is_touched(day: Desk) -> None:
    composite(day)
    day.take("emma", "13:00", "13:30")
    first = GapRules(flush=True, blocks=GapBlocks.FIRST)
    day.branch(gaps=first)

    # 11:30: the visit ends where the booking begins, but with its second block.
    assert day.starts(177, staff="emma") == ["12:00", "13:30"]
    day.branch(gaps=replace(first, blocks=GapBlocks.ANY))
    assert day.starts(177, staff="emma") == ["11:00", "12:00", "13:30"]


def test_the_very_start_a_caller_wishes_is_offered_whatever_the_rules_say(booked: Desk) -> None:
    booked.branch(gaps=GapRules(flush=True))

    found = booked.ask(CUT, staff="emma", wishes=(booked.wish("12:15"),))

    assert isinstance(found, SlotsFound)
    assert found.exact
    assert found.offers[0].plan.start == booked.at("12:15")


def test_a_salon_may_keep_its_rules_for_exact_wishes_too(booked: Desk) -> None:
    booked.branch(gaps=GapRules(flush=True, exact_wishes=True))

    refused = booked.ask(CUT, staff="emma", wishes=(booked.wish("12:15"),))
    flush = booked.ask(CUT, staff="emma", wishes=(booked.wish("14:00"),))

    assert isinstance(refused, SlotsFound)
    assert not refused.exact
    assert refused.obstacle is not None
    assert refused.obstacle.reason is Reason.LEAVES_GAP
    assert refused.offers[0].plan.start == booked.at("14:00")
    assert isinstance(flush, SlotsFound)
    assert flush.exact


def test_alternatives_keep_the_rules(booked: Desk) -> None:
    booked.branch(gaps=GapRules(flush=True))

    found = booked.ask(CUT, staff="emma", wishes=(booked.wish("15:15"),), limit=9)

    assert isinstance(found, SlotsFound)
    own = [
        o.plan.start
        for o in found.offers
        if o.plan.segments[0].staff_id == booked.salon.staff[0].id
    ]
    assert own == [booked.at("16:00"), booked.at("14:00")]


def test_a_window_in_which_every_start_would_leave_a_gap_has_its_reason(booked: Desk) -> None:
    booked.branch(gaps=GapRules(flush=True))

    found = booked.ask(CUT, staff="emma", wishes=(booked.window("11:00", "13:00"),), strict=True)

    assert isinstance(found, NoSlots)
    assert found.obstacle.reason is Reason.LEAVES_GAP


@pytest.mark.parametrize(
    "wrong",
    [
        {"idle_minutes": 0},
        {"idle_before_minutes": -5},
        {"anchors": (time(9),)},
        {"empty_day": EmptyDay.ANCHORS},
        {"days": 0},
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        GapRules(**wrong)  # type: ignore[arg-type]  # names of fields
