"""Working hours as another calendar is told them: held against every minute of every day."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from booking_core.domain.catalogue import Absence, SpecialDay, WorkingHours
from booking_core.domain.interval import Span
from booking_core.domain.rules import opening_on
from booking_core.domain.timetable import Timetable, differing, wanted_timetables

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon, Staff

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_FIVE = ((time(9), time(17)),)


def some_hours(chance: random.Random) -> tuple[WorkingHours, ...]:
    found = []
    for weekday in range(7):
        marks = sorted(chance.sample(range(7 * 12, 21 * 12), 4))
        times = [time(*divmod(mark * 5, 60)) for mark in marks]
        count = chance.choice([0, 1, 2])
        found += [
            WorkingHours(weekday=weekday, start=times[2 * n], end=times[2 * n + 1])
            for n in range(count)
        ]
    return tuple(found)


def some_absences(chance: random.Random, first: date) -> tuple[Absence, ...]:
    start = datetime.combine(first, time(), UTC)
    begins = [start + timedelta(minutes=5 * chance.randrange(20 * 288)) for _ in range(4)]
    lengths = [timedelta(minutes=5 * chance.randrange(1, 3 * 288)) for _ in begins]
    return tuple(
        Absence(span=Span(at, at + length)) for at, length in zip(begins, lengths, strict=True)
    )


def holidays(day: date) -> str | None:
    return "a holiday" if day.day == 3 else None


def is_at_work(salon: Salon, member: Staff, moment: datetime) -> bool:
    """By the plain rules, for one minute."""
    local = moment.astimezone(BERLIN)
    day, at = local.date(), local.time()
    hours = [(h.start, h.end) for h in member.hours if h.weekday == day.weekday()]
    opened = opening_on(salon, day, holidays).hours
    away = any(absence.span.contains(moment) for absence in member.absences)
    inside = [any(s <= at < e for s, e in some) for some in (hours, opened)]
    return all(inside) and not away


def says_at_work(table: Timetable, moment: datetime) -> bool:
    """By the table alone, as another calendar reads it."""
    local = moment.astimezone(ZoneInfo(table.timezone))
    hours = table.days.get(local.date(), table.weekly[local.weekday()])
    return any(start <= local.time() < end for start, end in hours)


@pytest.mark.parametrize("first", [date(2026, 11, 24), date(2026, 10, 20), date(2027, 3, 22)])
@pytest.mark.parametrize("seed", range(4))
def test_the_table_says_of_every_moment_what_the_rules_say(
    demo_salon: Salon, first: date, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    emma = demo_salon.staff[0]
    special = SpecialDay(month=first.month, day=min(first.day + 4, 28), opens=time(9, 30),
                         closes=time(12, 15))  # fmt: skip
    branch = replace(demo_salon.branch, opening_hours=some_hours(chance), special_days=(special,))
    member = replace(emma, hours=some_hours(chance), absences=some_absences(chance, first))
    salon = replace(demo_salon, branch=branch, staff=(member,))
    now = datetime.combine(first, time(12), BERLIN)

    (wanted,) = wanted_timetables(salon, now, holidays)

    midnight = datetime.combine(first, time(), BERLIN).astimezone(UTC)
    moments = [midnight + timedelta(minutes=5 * n) for n in range(21 * 288)]
    for moment in moments:
        assert says_at_work(wanted.timetable, moment) == is_at_work(salon, member, moment), moment


def test_who_shares_a_calendar_with_somebody_has_no_hours_of_their_own(demo_salon: Salon) -> None:
    one, two, *others = demo_salon.staff
    shared = (replace(one, calendar_user="both"), replace(two, calendar_user="both"), *others)
    now = datetime(2026, 11, 24, 12, tzinfo=BERLIN)

    wanted = wanted_timetables(replace(demo_salon, staff=shared), now, holidays)

    assert [one.staff_id for one in wanted] == [member.id for member in others]


def test_the_past_and_days_that_do_not_differ_do_not_count() -> None:
    days = {date(2026, 11, 23): (), date(2026, 11, 24): (), date(2026, 11, 25): NINE_TO_FIVE}
    table = Timetable(timezone="Europe/Berlin", weekly=(NINE_TO_FIVE,) * 7, days=days)

    assert table.since(date(2026, 11, 24)).days == {date(2026, 11, 24): ()}


def test_differences_are_told_in_words_and_only_the_first_few() -> None:
    plain = Timetable(timezone="Europe/Berlin", weekly=(NINE_TO_FIVE,) * 7)
    other = replace(
        plain,
        weekly=((), *plain.weekly[1:]),
        days={date(2026, 12, day): () for day in range(1, 5)},
    )

    assert differing(other, plain) == (
        "Mon off, 2026-12-01 off, 2026-12-02 off, and 2 more",
        "Mon 09:00-17:00, 2026-12-01 as every week, 2026-12-02 as every week, and 2 more",
    )
    assert differing(plain, plain) == ("", "")


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="seven days, not 5"):
        Timetable(timezone="Europe/Berlin", weekly=(NINE_TO_FIVE,) * 5)
