"""Each reason why a start is not possible, with the facts its sentence needs."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import pytest

from booking_core.domain.catalogue import Absence, Delegate
from booking_core.domain.errors import UnknownService, UnknownStaff
from booking_core.domain.slots import Cause, NoSlots, Reason

if TYPE_CHECKING:
    from booking_core.domain.slots import Obstacle, TimeWish
    from tests.booking_core.domain.conftest import Desk

TUESDAY, SUNDAY = date(2026, 11, 24), date(2026, 11, 29)


def reason(desk: Desk, *numbers: int, staff: str | None = None, wish: TimeWish) -> Obstacle:
    found = desk.ask(*numbers, staff=staff, wishes=(wish,), strict=True)
    assert isinstance(found, NoSlots), found
    return found.obstacle


def test_the_past(desk: Desk) -> None:
    obstacle = reason(desk, 431, wish=desk.wish("09:30", TUESDAY))

    assert obstacle.reason is Reason.PAST
    assert obstacle.start == desk.at("09:30", TUESDAY)


def test_less_notice_than_the_salon_needs(desk: Desk) -> None:
    obstacle = reason(desk, 431, wish=desk.wish("10:45", TUESDAY))

    assert obstacle.reason is Reason.LEAD_TIME
    assert obstacle.earliest == desk.at("11:00", TUESDAY)


def test_the_notice_ends_to_the_minute(desk: Desk) -> None:
    found = desk.ask(431, wishes=(desk.wish("11:00", TUESDAY),))

    assert not isinstance(found, NoSlots)
    assert found.exact


def test_beyond_the_horizon(desk: Desk) -> None:
    last = TUESDAY + timedelta(days=90)

    obstacle = reason(desk, 431, wish=desk.wish("14:00", last + timedelta(days=1)))

    assert obstacle.reason is Reason.HORIZON
    assert obstacle.latest == last


def test_the_last_day_of_the_horizon_can_be_booked(desk: Desk) -> None:
    desk.branch(horizon_days=91)  # a Tuesday again
    found = desk.ask(431, wishes=(desk.wish("14:00", TUESDAY + timedelta(days=91)),))

    assert not isinstance(found, NoSlots)
    assert found.exact


def test_a_weekday_on_which_the_salon_is_closed(desk: Desk) -> None:
    assert reason(desk, 431, wish=desk.wish("14:00", SUNDAY)).reason is Reason.CLOSED_DAY


def test_a_special_day_on_which_the_salon_is_closed(desk: Desk) -> None:
    obstacle = reason(desk, 431, wish=desk.wish("14:00", date(2026, 12, 25)))

    assert (obstacle.reason, obstacle.holiday) == (Reason.CLOSED_DAY, None)


def test_a_public_holiday_is_named(desk: Desk) -> None:
    obstacle = reason(desk, 431, wish=desk.wish("14:00", date(2027, 1, 1)))

    assert (obstacle.reason, obstacle.holiday) == (Reason.HOLIDAY, "Neujahr")


def test_a_salon_may_work_on_holidays(desk: Desk) -> None:
    desk.branch(holidays_closed=False)

    found = desk.ask(431, wishes=(desk.wish("14:00", date(2027, 1, 1)),))

    assert not isinstance(found, NoSlots)


@pytest.mark.parametrize("clock", ["08:00", "18:00", "21:30"])
def test_outside_of_the_opening_hours(desk: Desk, clock: str) -> None:
    obstacle = reason(desk, 431, wish=desk.wish(clock))

    assert obstacle.reason is Reason.OUTSIDE_HOURS
    assert (obstacle.opens, obstacle.closes) == (time(9), time(18))


def test_a_special_day_has_its_own_hours(desk: Desk) -> None:
    obstacle = reason(desk, 431, wish=desk.wish("14:00", date(2026, 12, 24)))

    assert obstacle.reason is Reason.OUTSIDE_HOURS
    assert obstacle.closes == time(13)


def test_a_visit_that_would_end_after_closing_time(desk: Desk) -> None:
    obstacle = reason(desk, 177, wish=desk.wish("16:00"))

    assert obstacle.reason is Reason.TOO_LONG_FOR_DAY
    assert obstacle.closes == time(18)


def test_a_service_that_is_not_sold_any_more(desk: Desk) -> None:
    desk.edit(431, active=False)

    assert reason(desk, 431, wish=desk.wish("14:00")).reason is Reason.SERVICE_INACTIVE


def test_someone_who_cannot_do_it_and_those_who_can(desk: Desk) -> None:
    obstacle = reason(desk, 441, staff="emma", wish=desk.wish("14:00"))

    assert obstacle.reason is Reason.STAFF_UNQUALIFIED
    assert [desk.salon.member(staff_id).key for staff_id in obstacle.qualified] == ["oliver"]


def test_someone_who_has_left_the_salon(desk: Desk) -> None:
    desk.edit_staff("emma", active=False)

    obstacle = reason(desk, 431, staff="emma", wish=desk.wish("14:00"))

    assert obstacle.reason is Reason.STAFF_OFF
    assert "emma" not in {desk.salon.member(s).key for s in obstacle.qualified}


def test_someone_who_does_not_work_yet(desk: Desk) -> None:
    obstacle = reason(desk, 431, staff="fabian", wish=desk.wish("09:00"))

    assert obstacle.reason is Reason.STAFF_OFF
    assert obstacle.until == desk.at("10:00")
    assert desk.salon.member(obstacle.staff_id or desk.salon.branch.id).key == "fabian"


def test_someone_who_is_away_for_a_day(desk: Desk) -> None:
    away = Absence(span=desk.span("00:00", "23:55"), reason="private")
    desk.edit_staff("emma", absences=(away,))

    obstacle = reason(desk, 431, staff="emma", wish=desk.wish("14:00"))

    assert obstacle.reason is Reason.STAFF_OFF
    assert obstacle.until == desk.at("11:00", date(2026, 11, 26))


def test_somebody_else_has_the_time(desk: Desk) -> None:
    desk.take("emma", "13:45", "14:45")

    obstacle = reason(desk, 431, staff="emma", wish=desk.wish("14:00"))

    assert obstacle.reason is Reason.TAKEN
    assert obstacle.until == desk.at("14:45")


def test_everybody_is_taken_and_the_first_one_free_again_counts(desk: Desk) -> None:
    for name, until in (("emma", "15:00"), ("fabian", "14:45"), ("oliver", "16:00")):
        desk.take(name, "14:00", until)
    desk.take("dilara", "09:00", "18:00")

    obstacle = reason(desk, 431, wish=desk.wish("14:30"))

    assert (obstacle.reason, obstacle.staff_id) == (Reason.TAKEN, None)
    assert obstacle.until == desk.at("14:45")


def test_no_basin_is_left(desk: Desk) -> None:
    desk.branch(delegate=Delegate.NEVER)
    desk.take("basin 1", "14:00", "15:00")
    desk.take("basin 2", "14:00", "15:00")

    obstacle = reason(desk, 436, staff="emma", wish=desk.wish("14:00"))

    assert (obstacle.reason, obstacle.resource_kind) == (Reason.RESOURCE_FULL, "basin")


def test_no_chair_is_left_and_until_when(desk: Desk) -> None:
    for chair, until in (("chair 1", "15:00"), ("chair 2", "14:45"), ("chair 3", "16:00")):
        desk.take(chair, "13:30", until)
    desk.take("chair 4", "09:00", "18:00")

    obstacle = reason(desk, 431, staff="emma", wish=desk.wish("14:00"))

    assert (obstacle.reason, obstacle.resource_kind) == (Reason.RESOURCE_FULL, "chair")
    assert (obstacle.since, obstacle.until) == (desk.at("14:00"), desk.at("14:45"))


def test_chairs_that_are_each_free_for_a_part_are_not_said_to_be_full(desk: Desk) -> None:
    for chair in ("chair 1", "chair 2", "chair 3"):
        desk.take(chair, "14:15", "15:00")
    desk.take("chair 4", "13:00", "14:15")

    obstacle = reason(desk, 431, staff="emma", wish=desk.wish("14:00"))

    assert (obstacle.reason, obstacle.resource_kind) == (Reason.RESOURCE_FULL, "chair")
    assert (obstacle.since, obstacle.until) == (None, None)


def test_the_next_appointment_comes_too_soon(desk: Desk) -> None:
    desk.take("emma", "15:40", "16:10")

    obstacle = reason(desk, 177, staff="emma", wish=desk.wish("14:00"))

    assert obstacle.reason is Reason.TAKEN
    assert (obstacle.since, obstacle.until) == (desk.at("15:40"), desk.at("16:10"))


def test_a_break_is_called_a_break(desk: Desk) -> None:
    during = reason(desk, 431, staff="emma", wish=desk.wish("13:15"))
    before = reason(desk, 431, staff="emma", wish=desk.wish("12:45"))

    assert (during.cause, during.since, during.until) == (
        Cause.BREAK, desk.at("13:15"), desk.at("13:30"),
    )  # fmt: skip
    assert (before.cause, before.since, before.until) == (
        Cause.BREAK, desk.at("13:00"), desk.at("13:30"),
    )  # fmt: skip


def test_someone_who_goes_before_the_visit_is_over(desk: Desk) -> None:
    obstacle = reason(desk, 177, staff="emma", wish=desk.wish("15:30"))

    assert (obstacle.reason, obstacle.cause) == (Reason.STAFF_OFF, Cause.HOURS)
    assert obstacle.since == desk.at("17:30")


def test_absence_is_told_apart_from_days_off(desk: Desk) -> None:
    away = Absence(span=desk.span("00:00", "23:55"), reason="private")
    desk.edit_staff("emma", absences=(away,))

    absent = reason(desk, 431, staff="emma", wish=desk.wish("14:00"))
    day_off = reason(desk, 431, staff="dilara", wish=desk.wish("14:00", date(2026, 12, 1)))

    assert (absent.cause, absent.until) == (Cause.ABSENCE, desk.at("11:00", date(2026, 11, 26)))
    assert (day_off.cause, day_off.until) == (Cause.HOURS, desk.at("09:00", date(2026, 12, 2)))


def test_nobody_to_wash_is_not_blamed_on_the_hairdresser(desk: Desk) -> None:
    desk.edit_staff("emma", skills=frozenset({"cut_w"}))
    for name in ("fabian", "oliver", "dilara", "jule"):
        desk.take(name, "14:00", "14:10")

    obstacle = reason(desk, 436, staff="emma", wish=desk.wish("14:00"))

    assert (obstacle.reason, obstacle.staff_id, obstacle.since) == (Reason.TAKEN, None, None)


def test_the_first_start_that_keeps_the_notice_is_one_that_can_be_had(desk: Desk) -> None:
    desk.now = desk.at("10:03", TUESDAY)
    desk.take("emma", "11:00", "11:20", TUESDAY)

    obstacle = reason(desk, 431, staff="emma", wish=desk.wish("10:30", TUESDAY))

    assert obstacle.reason is Reason.LEAD_TIME
    assert obstacle.earliest == desk.at("11:30", TUESDAY)


def test_the_nearest_starts_on_both_sides_are_known(desk: Desk) -> None:
    desk.take("emma", "13:45", "14:50")

    obstacle = reason(desk, 431, staff="emma", wish=desk.wish("14:00"))

    assert obstacle.nearest_before == desk.at("12:30")
    assert obstacle.nearest_after == desk.at("15:00")


def test_a_window_in_which_everything_is_taken(desk: Desk) -> None:
    desk.take("emma", "13:30", "17:30")

    obstacle = reason(desk, 431, staff="emma", wish=desk.window("13:00", "18:00"))

    assert (obstacle.reason, obstacle.start) == (Reason.TAKEN, None)


def test_a_window_that_is_over(desk: Desk) -> None:
    assert reason(desk, 431, wish=desk.window("08:00", "09:45", TUESDAY)).reason is Reason.PAST


def test_nobody_can_do_it_at_all(desk: Desk) -> None:
    desk.edit_staff("oliver", active=False)

    found = desk.ask(441)

    assert isinstance(found, NoSlots)
    assert found.obstacle.reason is Reason.STAFF_UNQUALIFIED


def test_what_is_not_of_this_salon_is_an_error(desk: Desk) -> None:
    with pytest.raises(UnknownService):
        desk.ask(999)
    with pytest.raises(UnknownStaff):
        desk.ask(431, staff="nobody")
