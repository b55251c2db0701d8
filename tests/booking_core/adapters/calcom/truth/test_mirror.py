"""What Cal.com knows and we do not: bookings by hand, other calendars, people who are away."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon
    from booking_core.workflows.mirror_calendar import MirrorCalendar

NIGHT, EVENING = "11-25 00:00", "11-25 23:00"


async def test_an_empty_calendar_leaves_everybody_free(mirror: MirrorCalendar, desk: Any) -> None:
    await mirror.refresh()

    assert await desk.busy("wanda", "11-24 10:10", "12-20 23:00") == []


@pytest.mark.inc(51)
async def test_what_is_booked_there_by_hand_is_busy_here(mirror: MirrorCalendar, desk: Any) -> None:
    await desk.write_in("wanda", "11-25 10:07")

    await mirror.refresh()

    assert await desk.busy("wanda", NIGHT, EVENING) == ["11-25 10:05-10:30"]
    assert await desk.busy("oezguer", NIGHT, EVENING) == []


async def test_an_appointment_in_another_calendar_is_busy_here(
    mirror: MirrorCalendar, desk: Any, sandbox: Sandbox
) -> None:
    times = {"start": "2026-11-25T09:00:00+01:00", "end": "2026-11-25T11:30:00+01:00"}
    sandbox.control("busy", username="soeren", **times)

    await mirror.refresh()

    assert await desk.busy("soeren", NIGHT, EVENING) == ["11-25 09:00-11:30"]


async def test_who_is_out_of_office_there_is_busy_all_day(
    mirror: MirrorCalendar, desk: Any, sandbox: Sandbox
) -> None:
    sandbox.control("out_of_office", username="wanda", start="2026-12-03", end="2026-12-04")

    await mirror.refresh()

    assert await desk.busy("wanda", "12-02 08:00", "12-06 20:00") == [
        "12-03 00:00-23:55",
        "12-04 00:00-23:55",
    ]


async def test_what_is_cancelled_there_is_free_again(mirror: MirrorCalendar, desk: Any) -> None:
    booking = await desk.write_in("wanda", "11-25 10:00")
    await mirror.refresh()
    await desk.client.cancel(desk.accounts.key("wanda"), booking.uid, reason="verhindert")

    await mirror.look(desk.salon.branch.id, "wanda")

    assert await desk.busy("wanda", NIGHT, EVENING) == []


async def test_looking_again_at_once_is_not_answered_from_cal_coms_memory(
    mirror: MirrorCalendar, desk: Any
) -> None:
    day = desk.day("11-25")
    await mirror.look(desk.salon.branch.id, "wanda", day)
    await desk.write_in("wanda", "11-25 16:00")
    await asyncio.sleep(1.0)  # half as long as Cal.com remembers

    await mirror.look(desk.salon.branch.id, "wanda", day)

    assert len(await desk.busy("wanda", NIGHT, EVENING)) == 1


async def test_our_own_appointments_are_no_news(
    mirror: MirrorCalendar, desk: Any, booked: Any
) -> None:
    appointment = await booked("11-25 14:00")
    await mirror.refresh()

    seen = await desk.busy("wanda", NIGHT, EVENING, moving=appointment.id)

    assert seen == []


async def test_an_appointment_of_ours_that_was_moved_there_is_busy_where_it_is_now(
    mirror: MirrorCalendar, desk: Any, booked: Any
) -> None:
    appointment = await booked("11-25 14:00")
    await desk.move_there(appointment, index=1, start="11-25 18:00")

    await mirror.refresh()

    seen = await desk.busy("wanda", NIGHT, EVENING, moving=appointment.id)
    assert seen == ["11-25 18:00-18:20"]


async def test_time_that_is_only_held_here_and_taken_there_is_taken(
    mirror: MirrorCalendar, desk: Any, visit: Any
) -> None:
    plan = visit("11-25 14:00")
    await desk.hold("call:a", plan)
    await desk.write_in("wanda", "11-25 14:00")

    await mirror.look(desk.salon.branch.id, "wanda", desk.day("11-25"))

    assert await desk.busy("wanda", NIGHT, EVENING, except_owner="call:a") != []
    assert await mirror.collides(plan, within_s=60)
    assert not await mirror.collides(visit("11-25 16:00"), within_s=60)


async def test_near_days_are_read_often_and_far_ones_seldom(
    mirror: MirrorCalendar, desk: Any
) -> None:
    people, weeks = 3, 13

    filled = [await desk.requests_of(mirror.refresh) for _ in range(6)]
    await desk.age_mirror(seconds=60)
    after_a_minute = await desk.requests_of(mirror.refresh)
    await desk.age_mirror(seconds=900)
    after_a_quarter = [await desk.requests_of(mirror.refresh) for _ in range(3)]

    assert filled == [people * 3] * 4 + [people, 0]
    assert sum(filled) == people * weeks
    assert after_a_minute == people
    assert after_a_quarter == [people * 3, people, 0]


async def test_a_cal_com_that_is_down_leaves_what_is_known(
    mirror: MirrorCalendar, desk: Any, sandbox: Sandbox
) -> None:
    await desk.write_in("wanda", "11-25 10:00")
    await mirror.refresh()
    await desk.age_mirror(seconds=4000)
    sandbox.control("fault", on="GET /v2/slots", nth=1, do="error", down=True)

    await mirror.refresh()

    age_s = await mirror.near_age_s()
    assert len(await desk.busy("wanda", NIGHT, EVENING)) == 1
    assert age_s is not None
    assert age_s > 4000


async def test_a_mirror_that_was_never_filled_is_infinitely_old(mirror: MirrorCalendar) -> None:
    assert await mirror.near_age_s() == float("inf")


async def test_days_that_are_over_are_forgotten(
    mirror: MirrorCalendar, desk: Any, watch: Any
) -> None:
    await mirror.refresh()
    watch.at += timedelta(days=3)

    await mirror.refresh()

    assert await desk.first_day() == desk.day("11-27")


async def test_an_older_answer_never_replaces_a_younger_one(
    mirror: MirrorCalendar, desk: Any, sandbox: Sandbox, salon: Salon
) -> None:
    day = desk.day("11-25")
    await mirror.look(salon.branch.id, "wanda", day)
    sandbox.control("latency", on="GET /v2/slots", ms=600)
    slow = asyncio.create_task(mirror.look(salon.branch.id, "wanda", day))
    await asyncio.sleep(0.2)
    await desk.pretend_read(day, busy="11-25 12:00")

    await slow

    assert await desk.busy("wanda", NIGHT, EVENING) == ["11-25 12:00-12:30"]
