"""Opening hours of definite dates, and what notice and horizon leave open."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.catalogue import SpecialDay
from booking_core.domain.interval import Span
from booking_core.domain.rules import bookable, earliest_start, last_day, opening_on

if TYPE_CHECKING:
    from tests.booking_core.domain.conftest import Desk


def test_the_week_has_its_hours(desk: Desk) -> None:
    thursday = opening_on(desk.salon, date(2026, 11, 26), public_holidays("BE"))

    assert (thursday.opens, thursday.closes) == (time(9), time(20))


def test_public_holidays_of_the_land_are_closed_by_name(desk: Desk) -> None:
    womens_day = date(2027, 3, 8)

    assert opening_on(desk.salon, womens_day, public_holidays("BE")).holiday is not None
    assert opening_on(desk.salon, womens_day, public_holidays("BY")).holiday is None


def test_a_special_day_that_is_a_holiday_as_well_has_its_name(desk: Desk) -> None:
    christmas = opening_on(desk.salon, date(2026, 12, 25), public_holidays("BE"))

    assert (christmas.hours, christmas.holiday) == ((), "Erster Weihnachtstag")


def test_christmas_eve_is_short_in_every_year_but_opens_no_sunday(desk: Desk) -> None:
    on_thursday = opening_on(desk.salon, date(2026, 12, 24), public_holidays("BE"))
    on_sunday = opening_on(desk.salon, date(2028, 12, 24), public_holidays("BE"))

    assert on_thursday.hours == ((time(9), time(13)),)
    assert on_sunday.hours == ()


def test_a_special_day_of_one_year_opens_even_a_holiday(desk: Desk) -> None:
    special = SpecialDay(month=10, day=3, year=2027, opens=time(10), closes=time(14))
    desk.branch(special_days=(special,))

    sunday = opening_on(desk.salon, date(2027, 10, 3), public_holidays("BE"))

    assert (sunday.opens, sunday.holiday) == (time(10), None)


def test_notice_is_counted_in_real_hours_across_a_clock_change(desk: Desk) -> None:
    desk.branch(lead_minutes=24 * 60)
    before_the_change = datetime(2027, 3, 27, 12, tzinfo=desk.now.tzinfo)

    earliest = earliest_start(desk.salon.branch, before_the_change)

    assert earliest == datetime(2027, 3, 28, 13, tzinfo=desk.now.tzinfo)


def test_the_horizon_counts_local_calendar_days(desk: Desk) -> None:
    late_in_the_evening = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # already the 24th in Berlin

    assert last_day(desk.salon.branch, late_in_the_evening) == date(2027, 2, 22)


def test_more_notice_than_horizon_leaves_nothing(desk: Desk) -> None:
    desk.branch(lead_minutes=3 * 24 * 60, horizon_days=1)

    assert bookable(desk.salon.branch, desk.now) is None


def test_starts_keep_their_wall_time_when_the_clock_changes(desk: Desk) -> None:
    desk.now = datetime(2027, 3, 20, 10, tzinfo=desk.now.tzinfo)
    before, after = date(2027, 3, 24), date(2027, 3, 31)

    assert desk.starts(177, staff="emma", day=before) == desk.starts(177, staff="emma", day=after)
    found = desk.ask(177, staff="emma", wishes=(desk.wish("14:00", after),))
    plan = found.offers[0].plan  # type: ignore[union-attr]  # an exact wish on an empty day
    assert plan.span == Span(
        datetime(2027, 3, 31, 12, tzinfo=UTC), datetime(2027, 3, 31, 14, 30, tzinfo=UTC)
    )
