"""Whatever a person changes at Cal.com is found, told with its repair, and repaired on demand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.calcom.accounts import Accounts
from booking_core.domain.drift import Fault
from booking_core.domain.preflight import Flaw

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon

WASHING, COLOURING = "kranz1-sued-7-b-soeren", "kranz1-sued-7-a-wanda"
CHANGES = [
    ({"title": "Waschen"}, Fault.RENAMED, "set title to"),
    ({"lengthInMinutes": 45}, Fault.LENGTH, "set lengthInMinutes to 10"),
    ({"lengthInMinutesOptions": [10, 15]}, Fault.LENGTH, "lengthInMinutesOptions to [10, 20, 25"),
    ({"hidden": False}, Fault.VISIBLE, "set hidden to true"),
    ({"slotInterval": 30}, Fault.GRID, "set slotInterval to 5"),
    ({"offsetStart": 10}, Fault.GRID, "set offsetStart to 0"),
    ({"minimumBookingNotice": 120}, Fault.NOTICE, "set minimumBookingNotice to 0"),
    ({"beforeEventBuffer": 5}, Fault.BUFFERS, "set beforeEventBuffer to 0"),
    ({"afterEventBuffer": 10}, Fault.BUFFERS, "set afterEventBuffer to 0"),
    ({"disableGuests": False}, Fault.GUESTS, "set disableGuests to true"),
    ({"locations": [{"type": "attendeePhone"}]}, Fault.PLACE, "Kranz am Markt"),
    ({"scheduleId": None}, Fault.SCHEDULE, "set scheduleId to"),
    ({"confirmationPolicy": {"type": "always"}}, Fault.CONFIRMATION, '{"disabled": true}'),
    ({"disableCancelling": {"disabled": True}}, Fault.NO_CANCELLING, '{"disabled": false}'),
    ({"disableRescheduling": {"disabled": True}}, Fault.NO_RESCHEDULING, '{"disabled": false}'),
    ({"bookingLimitsCount": {"day": 2}}, Fault.LIMITS, "bookingLimitsCount"),
    ({"bookerActiveBookingsLimit": {"maximumActiveBookings": 1}}, Fault.LIMITS, "bookerActive"),
    ({"bookingRequiresAuthentication": True}, Fault.LIMITS, "to false"),
    (
        {"bookingWindow": {"type": "calendarDays", "value": 7, "rolling": False}},
        Fault.LIMITS,
        "set bookingWindow",
    ),
    (
        {"bookingFields": [{"type": "text", "slug": "hair", "label": "Hair", "required": True}]},
        Fault.QUESTIONS,
        "set bookingFields to []",
    ),
]


async def test_after_a_sync_nothing_differs_and_looking_changes_nothing(upkeep: Any) -> None:
    await upkeep.sync()
    before = upkeep.written()

    report = await upkeep.drift()

    assert report.is_clean
    assert upkeep.written() == before


@pytest.mark.parametrize(("fields", "fault", "repair"), CHANGES)
async def test_a_changed_field_is_found_told_and_put_back(
    upkeep: Any, fields: dict[str, Any], fault: Fault, repair: str
) -> None:
    await upkeep.sync()
    before = (await upkeep.theirs())[WASHING]
    await upkeep.change(WASHING, **fields)

    (deviation,) = (await upkeep.drift()).deviations
    repairs = await upkeep.repair()

    assert (deviation.fault, deviation.user, deviation.subject) == (fault, "soeren", WASHING)
    assert repair in deviation.repair
    assert repairs.before.deviations == (deviation,)
    assert repairs.after.is_clean
    name = next(iter(fields))
    assert (await upkeep.theirs())[WASHING].shows(name) in (before.shows(name), {"disabled": True})


async def test_a_description_and_a_colour_are_left_to_whoever_likes_them(upkeep: Any) -> None:
    await upkeep.sync()
    await upkeep.change(WASHING, description="With a little massage", hideCalendarNotes=True)

    report = await upkeep.drift()

    assert report.is_clean


async def test_one_that_was_deleted_is_missing_and_made_again(upkeep: Any) -> None:
    await upkeep.sync()
    gone = (await upkeep.theirs())[WASHING]
    await upkeep.client.delete_event_type(upkeep.accounts.key("soeren"), gone.id)

    repairs = await upkeep.repair()

    (deviation,) = repairs.before.deviations
    assert (deviation.fault, deviation.repair) == (Fault.MISSING, "make it")
    assert repairs.after.is_clean
    assert WASHING in await upkeep.theirs()


async def test_another_slug_is_told_and_put_back(upkeep: Any) -> None:
    await upkeep.sync()
    await upkeep.change(COLOURING, slug="by-hand")

    repairs = await upkeep.repair()

    assert [one.fault for one in repairs.before.deviations] == [Fault.MOVED]
    assert repairs.after.is_clean


async def test_one_of_our_making_that_nobody_wants_is_hidden_and_then_removed(
    upkeep: Any, accounts: Accounts
) -> None:
    await upkeep.sync()
    fields = {"title": "Old", "slug": "kranz1-sued-99-a-wanda", "lengthInMinutes": 30}
    await upkeep.client.create_event_type(accounts.key("wanda"), fields)
    own = {"title": "Own", "slug": "coffee-with-wanda", "lengthInMinutes": 30}
    await upkeep.client.create_event_type(accounts.key("wanda"), own)

    repairs = await upkeep.repair()
    hidden = (await upkeep.theirs())["kranz1-sued-99-a-wanda"].shows("hidden")
    await upkeep.sync(ripe=True)

    assert [one.fault for one in repairs.before.deviations] == [Fault.UNWANTED]
    assert repairs.after.is_clean
    assert hidden is True
    theirs = await upkeep.theirs()
    assert "kranz1-sued-99-a-wanda" not in theirs
    assert theirs["coffee-with-wanda"].shows("hidden") is False


@pytest.mark.parametrize(
    "change",
    [
        {"availability": [{"days": ["Monday"], "startTime": "10:00", "endTime": "12:00"}]},
        {"overrides": [{"date": "2026-12-01", "startTime": "00:00", "endTime": "00:00"}]},
    ],
)
async def test_a_schedule_that_is_no_longer_always_open_is_opened_again(
    upkeep: Any, change: dict[str, Any]
) -> None:
    await upkeep.sync()
    key = upkeep.accounts.key("wanda")
    schedules = await upkeep.client.schedules(key)
    own = next(one for one in schedules if one.name == "Voice agent (any time)")
    await upkeep.client.change_schedule(key, own.id, change)

    repairs = await upkeep.repair()

    (deviation,) = repairs.before.deviations
    assert (deviation.fault, deviation.found) == (Fault.SCHEDULE, "closed at times")
    assert repairs.after.is_clean


async def test_who_cannot_be_looked_at_is_one_line_and_nothing_of_theirs_is_bookable(
    upkeep: Any,
) -> None:
    await upkeep.sync()
    keys = {user: key for user, key in upkeep.accounts.keys.items() if user != "soeren"}
    upkeep.accounts = Accounts(keys=keys)

    report = await upkeep.drift()

    (deviation,) = report.deviations
    assert (deviation.fault, deviation.user, deviation.repair) == (
        Fault.UNREACHABLE,
        "soeren",
        None,
    )
    assert [(gap.segment_key, gap.flaw) for gap in report.unbookable] == [
        ("B", Flaw.NO_KEY),
        ("A", Flaw.NO_KEY),
    ]


async def test_what_is_new_in_the_salon_differs_and_is_not_bookable_until_it_is_synced(
    upkeep: Any, working_salon: Salon
) -> None:
    await upkeep.sync()
    toning, massage = working_salon.services
    first, second = toning.segments
    longer = replace(toning, segments=(replace(first, minutes=30), second))
    wanda, oezguer, soeren = working_salon.staff
    skilled = replace(soeren, skills=soeren.skills | {"style"})
    await upkeep.save(
        replace(working_salon, services=(longer, massage), staff=(wanda, oezguer, skilled))
    )

    before = await upkeep.drift()
    await upkeep.sync()
    after = await upkeep.drift()

    assert sorted((one.fault, one.subject) for one in before.deviations) == [
        (Fault.LENGTH, "kranz1-sued-7-a-oezguer"),
        (Fault.LENGTH, COLOURING),
        (Fault.MISSING, "kranz1-sued-8-b-soeren"),
    ]
    assert [(gap.segment_key, gap.user, gap.flaw, gap.detail) for gap in before.unbookable] == [
        ("A", "wanda", Flaw.WRONG_LENGTH, "20 minutes instead of 30"),
        ("A", "kranz1-oezguer", Flaw.WRONG_LENGTH, "20 minutes instead of 30"),
        ("B", "soeren", Flaw.NOT_THERE, "not brought up to date yet"),
    ]
    assert after.is_clean


async def test_a_repair_that_cal_com_refuses_is_still_told(upkeep: Any) -> None:
    await upkeep.sync()
    await upkeep.change(WASHING, hidden=False)
    upkeep.sandbox.control("fault", on="PATCH /v2/event-types/*", do="conflict", down=True)

    repairs = await upkeep.repair()

    ((slug, why),) = repairs.run.event_types.failed
    assert (slug, why.partition(":")[0]) == (WASHING, "CalendarRefused")
    assert [one.fault for one in repairs.after.deviations] == [Fault.VISIBLE]
    assert not repairs.after.is_clean
