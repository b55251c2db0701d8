"""Working hours, breaks and absences stand at Cal.com as the salon knows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.calcom.accounts import Accounts
from booking_core.domain.catalogue import Absence
from booking_core.domain.drift import Fault
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon

OFF = ["00:00-00:00"]


def hours_of(schedule: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in schedule.availability:
        for day in one.days:
            found.setdefault(day, []).append(f"{one.start_time}-{one.end_time}")
    return found


def away(salon: Salon, key: str, *spans: tuple[str, str]) -> Salon:
    """Somebody is away then and at no other time."""
    absences = tuple(
        Absence(span=Span(datetime.fromisoformat(start), datetime.fromisoformat(end)))
        for start, end in spans
    )
    staff = tuple(replace(m, absences=absences) if m.key == key else m for m in salon.staff)
    return replace(salon, staff=staff)


async def test_hours_are_those_of_the_person_inside_the_opening_hours(upkeep: Any) -> None:
    await upkeep.sync()

    wanda, soeren = await upkeep.hours("wanda"), await upkeep.hours("soeren")

    assert (wanda.name, wanda.time_zone, wanda.is_default) == (
        "Voice agent (hours at Kranz am Markt)",
        "Europe/Berlin",
        True,
    )
    workdays = ("Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    assert hours_of(wanda) == {day: ["09:00-12:00", "13:00-18:00"] for day in workdays}
    assert hours_of(soeren) == {"Friday": ["10:00-18:00"], "Saturday": ["10:00-18:00"]}


async def test_absences_holidays_and_special_days_are_days_that_differ(
    upkeep: Any, overrides: Any
) -> None:
    await upkeep.sync()

    wanda = overrides(await upkeep.hours("wanda"))
    soeren = overrides(await upkeep.hours("soeren"))

    assert wanda[date(2026, 11, 26)] == ["09:00-12:00", "13:00-15:00", "17:00-18:00"]
    assert [wanda[date(2026, 12, day)] for day in range(8, 13)] == [OFF] * 5
    assert wanda[date(2026, 12, 24)] == ["09:00-12:00"]
    assert wanda[date(2026, 12, 25)] == soeren[date(2026, 12, 25)] == OFF
    assert date(2026, 12, 24) not in soeren  # a Thursday: off in any week
    assert max(wanda) <= date(2027, 2, 28)  # the month in which the horizon ends


async def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change(
    upkeep: Any, working_salon: Salon, overrides: Any
) -> None:
    upkeep.watch.at = datetime.fromisoformat("2027-03-20T12:00:00+01:00")
    spans = (
        ("2027-03-27T12:00:00+01:00", "2027-03-30T10:00:00+02:00"),
        ("2027-03-31T07:00:00Z", "2027-03-31T08:30:00Z"),
    )
    await upkeep.save(away(working_salon, "wanda", *spans))

    await upkeep.sync()

    days = overrides(await upkeep.hours("wanda"))
    assert days[date(2027, 3, 27)] == ["09:00-12:00"]
    assert days[date(2027, 3, 30)] == ["10:00-12:00", "13:00-18:00"]
    assert days[date(2027, 3, 31)] == ["10:30-12:00", "13:00-18:00"]


async def test_cal_com_offers_what_stands_on_the_default_schedule_only_in_those_hours(
    upkeep: Any,
) -> None:
    await upkeep.sync()
    fields = {"title": "Chat", "slug": "chat", "lengthInMinutes": 60, "minimumBookingNotice": 0}
    public = await upkeep.client.create_event_type(upkeep.accounts.key("wanda"), fields)
    day = Span(
        datetime.fromisoformat("2026-11-26T00:00:00+01:00"),
        datetime.fromisoformat("2026-11-27T00:00:00+01:00"),
    )

    slots = await upkeep.client.slots(public.id, day)

    hours = [slot.start.astimezone(day.start.tzinfo).hour for slot in slots]
    assert hours == [9, 10, 11, 13, 14, 17]


async def test_the_day_after_only_what_is_new_is_written(upkeep: Any) -> None:
    await upkeep.sync()
    upkeep.watch.at = datetime.fromisoformat("2026-11-27T09:00:00+01:00")

    within_the_month = await upkeep.sync()
    upkeep.watch.at = datetime.fromisoformat("2027-01-04T09:00:00+01:00")
    months_later = await upkeep.sync()

    assert within_the_month.timetables.unchanged == 3
    assert months_later.timetables.written > 0  # Good Friday has come into sight
    assert months_later.timetables.foreign == ()


async def test_hours_that_a_person_changed_there_are_left_and_told_until_somebody_decides(
    upkeep: Any, overrides: Any
) -> None:
    await upkeep.sync()
    key, own = upkeep.accounts.key("soeren"), await upkeep.hours("soeren")
    holiday = {"date": "2026-12-18", "startTime": "00:00", "endTime": "00:00"}
    kept = [
        {"date": str(o.day), "startTime": o.start_time, "endTime": o.end_time}
        for o in own.overrides
    ]
    await upkeep.client.change_schedule(key, own.id, {"overrides": [*kept, holiday]})

    synced = await upkeep.sync()
    left = overrides(await upkeep.hours("soeren"))
    repairs = await upkeep.repair()

    assert synced.timetables.foreign == ("soeren",)
    assert left[date(2026, 12, 18)] == OFF
    (deviation,) = repairs.before.deviations
    assert (deviation.fault, deviation.user) == (Fault.HOURS, "soeren")
    assert deviation.found == "2026-12-18 off"
    assert deviation.wanted == "2026-12-18 as every week"
    assert repairs.after.is_clean
    assert date(2026, 12, 18) not in overrides(await upkeep.hours("soeren"))


async def test_another_default_schedule_is_somebodys_decision_too(upkeep: Any) -> None:
    await upkeep.sync()
    fields = {"name": "Mine", "timeZone": "Europe/Berlin", "isDefault": True}
    await upkeep.client.create_schedule(upkeep.accounts.key("wanda"), fields)

    synced = await upkeep.sync()
    (deviation,) = (await upkeep.drift()).deviations

    assert synced.timetables.foreign == ("wanda",)
    assert (deviation.fault, deviation.found) == (
        Fault.HOURS,
        "another schedule is the default",
    )
    assert (await upkeep.hours("wanda")).name == "Mine"


async def test_our_own_change_is_written_over_what_we_wrote(
    upkeep: Any, working_salon: Salon, overrides: Any
) -> None:
    await upkeep.sync()
    span = ("2026-12-04T10:00:00+01:00", "2026-12-04T12:00:00+01:00")
    await upkeep.save(away(working_salon, "soeren", span))

    report = await upkeep.sync()

    assert (report.timetables.written, report.timetables.foreign) == (1, ())
    assert overrides(await upkeep.hours("soeren"))[date(2026, 12, 4)] == ["12:00-18:00"]


async def test_who_never_works_has_a_week_without_hours(upkeep: Any, working_salon: Salon) -> None:
    wanda, oezguer, soeren = working_salon.staff
    idle = replace(soeren, hours=())
    await upkeep.save(replace(working_salon, staff=(wanda, oezguer, idle)))

    report = await upkeep.sync()

    assert report.timetables.failed == ()
    assert hours_of(await upkeep.hours("soeren")) == {}


async def test_one_key_for_all_is_nobodys_own_calendar(upkeep: Any) -> None:
    upkeep.accounts = Accounts(single=upkeep.accounts.key("wanda"))

    report = await upkeep.sync()

    assert (report.timetables.written, report.timetables.failed) == (0, ())
    assert await upkeep.client.default_schedule(upkeep.accounts.key("wanda")) is None


@pytest.mark.parametrize("at", ["POST /v2/schedules", "GET /v2/schedules"])
async def test_a_cal_com_that_stumbles_over_schedules_is_asked_again_later(
    upkeep: Any, impatient: Any, at: str
) -> None:
    upkeep.sandbox.control("fault", on=at, do="error", down=True)

    first = await upkeep.sync(client=impatient)
    upkeep.sandbox.control("clear_faults")
    second = await upkeep.sync()

    assert first.again
    assert not second.again
    assert (await upkeep.drift()).is_clean
