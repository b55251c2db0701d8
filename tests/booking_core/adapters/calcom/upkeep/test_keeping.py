"""Event types follow the salon, whoever runs when, and whatever stands in the way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.domain.event_type import wanted_event_types

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon

WASHING = "kranz1-sued-7-b-soeren"


def without(salon: Salon, key: str) -> Salon:
    staff = tuple(replace(one, active=one.key != key) for one in salon.staff)
    return replace(salon, staff=staff)


async def test_the_second_run_asks_but_changes_nothing(upkeep: Any) -> None:
    first = await upkeep.sync()
    before = upkeep.written()

    second = await upkeep.sync()

    assert (first.event_types.created, first.timetables.written) == (7, 3)
    assert (second.event_types.unchanged, second.timetables.unchanged) == (7, 3)
    assert upkeep.written() == before


async def test_a_renamed_service_and_a_longer_segment_change_what_is_there(
    upkeep: Any, working_salon: Salon
) -> None:
    await upkeep.sync()
    before = {slug: one.id for slug, one in (await upkeep.theirs()).items()}
    toning, massage = working_salon.services
    first, second = toning.segments
    toning = replace(toning, code="TOEN", segments=(replace(first, minutes=35), second))
    await upkeep.save(replace(working_salon, services=(toning, massage)))

    report = await upkeep.sync()

    theirs = await upkeep.theirs()
    assert report.event_types.changed == 4
    assert theirs["kranz1-sued-7-a-oezguer"].title == "KRAN-SUED-TOEN-A (Tönung auftragen) – Özgür"
    assert theirs["kranz1-sued-7-a-oezguer"].length_in_minutes == 35
    assert {slug: one.id for slug, one in theirs.items()} == before


async def test_what_nobody_wants_is_hidden_at_once_and_removed_when_nothing_can_be_under_way(
    upkeep: Any, working_salon: Salon
) -> None:
    await upkeep.sync()
    await upkeep.save(without(working_salon, "soeren"))

    report = await upkeep.sync()
    retired = (await upkeep.theirs())[WASHING]
    later = await upkeep.sync(ripe=True)

    assert (report.event_types.retired, report.event_types.removed) == (2, 0)
    assert retired.title == "KRAN-SUED-TON-B (Ausspülen) – Sören (no longer booked)"
    assert (later.event_types.retired, later.event_types.removed) == (0, 2)
    wanted = {one.slug for one in wanted_event_types(without(working_salon, "soeren"))}
    assert set(await upkeep.theirs()) == wanted


async def test_what_still_has_a_booking_to_come_stays_until_that_is_cancelled(
    upkeep: Any, working_salon: Salon, visits: Any
) -> None:
    await upkeep.sync()
    calendar = CalcomCalendar(upkeep.client, upkeep.accounts, PostgresEventMap(upkeep.engine))
    uid = await calendar.book(visits.segment("B", "14:00", 10, staff="soeren"))
    await upkeep.save(without(working_salon, "soeren"))

    held = await upkeep.sync(ripe=True)
    still_there = WASHING in await upkeep.theirs()
    await calendar.cancel(working_salon, uid, reason="no longer needed")
    freed = await upkeep.sync(ripe=True)

    assert (held.event_types.retired, held.event_types.removed) == (1, 1)
    assert still_there
    assert freed.event_types.removed == 1
    assert WASHING not in await upkeep.theirs()


async def test_who_comes_back_gets_the_old_event_types_back(
    upkeep: Any, working_salon: Salon
) -> None:
    await upkeep.sync()
    before = (await upkeep.theirs())[WASHING]
    await upkeep.save(without(working_salon, "soeren"))
    await upkeep.sync()
    await upkeep.save(working_salon)

    report = await upkeep.sync(ripe=True)

    assert (report.event_types.changed, report.event_types.retired) == (2, 0)
    assert (await upkeep.theirs())[WASHING] == before


async def test_numbers_that_are_swapped_between_services_swap_their_event_types(
    upkeep: Any, working_salon: Salon, event_map: PostgresEventMap
) -> None:
    await upkeep.sync()
    toning, massage = working_salon.services
    swapped = replace(
        working_salon, services=(replace(toning, number=8), replace(massage, number=7))
    )
    aside = replace(working_salon, services=(replace(toning, number=9), replace(massage, number=7)))
    await upkeep.save(aside)
    await upkeep.save(swapped)

    await upkeep.sync(ripe=True)
    report = await upkeep.sync(ripe=True)

    theirs = await upkeep.theirs()
    known = await event_map.provided(upkeep.branch_id)
    wanted = wanted_event_types(swapped)
    assert report.event_types.unchanged == len(wanted) == len(theirs)
    assert {one.pair: known[one.pair].event_type_id for one in wanted} == {
        one.pair: theirs[one.slug].id for one in wanted
    }


async def test_a_slug_changed_by_hand_is_put_back_instead_of_making_a_second_one(
    upkeep: Any,
) -> None:
    await upkeep.sync()
    before = (await upkeep.theirs())[WASHING].id
    await upkeep.change(WASHING, slug="soerens-washing")

    report = await upkeep.sync()

    theirs = await upkeep.theirs()
    assert (report.event_types.changed, len(theirs)) == (1, 7)
    assert theirs[WASHING].id == before


async def test_a_run_that_waited_for_its_turn_writes_what_the_salon_says_by_then(
    upkeep: Any, working_salon: Salon
) -> None:
    await upkeep.sync()
    record = PostgresEventMap(upkeep.engine)
    async with record.turn(upkeep.branch_id):
        late = asyncio.create_task(upkeep.sync())
        await asyncio.sleep(0.2)
        company = replace(working_salon.company, code="NEU")
        await upkeep.save(replace(working_salon, company=company))

    report = await late

    assert report.event_types.changed == 7
    assert all(one.title.startswith("NEU-") for one in (await upkeep.theirs()).values())


async def test_an_answer_lost_after_the_creation_leaves_nothing_double(
    upkeep: Any, impatient: Any
) -> None:
    upkeep.sandbox.control("fault", on="POST /v2/event-types", nth=2, do="timeout_after")

    first = await upkeep.sync(client=impatient)
    second = await upkeep.sync()

    assert first.again
    assert second.event_types.failed == ()
    assert len(await upkeep.theirs()) == 7


async def test_what_was_made_without_our_knowing_is_removed_when_it_is_no_longer_wanted(
    upkeep: Any, impatient: Any, working_salon: Salon
) -> None:
    for nth in range(1, 8):
        upkeep.sandbox.control("fault", on="POST /v2/event-types", nth=nth, do="error_after")
    await upkeep.sync(client=impatient)
    made = set(await upkeep.theirs())
    await upkeep.save(without(working_salon, "wanda"))
    upkeep.sandbox.control("clear_faults")

    await upkeep.sync(ripe=True)

    assert made
    wanted = {one.slug for one in wanted_event_types(without(working_salon, "wanda"))}
    assert set(await upkeep.theirs()) == wanted


async def test_a_removal_that_fails_is_tried_again(
    upkeep: Any, working_salon: Salon, impatient: Any
) -> None:
    await upkeep.sync()
    await upkeep.save(without(working_salon, "soeren"))
    upkeep.sandbox.control("fault", on="DELETE /v2/event-types/*", do="error", down=True)

    first = await upkeep.sync(ripe=True, client=impatient)
    upkeep.sandbox.control("clear_faults")
    second = await upkeep.sync(ripe=True)

    assert first.again
    assert [slug for slug, _ in first.event_types.failed] == [
        "kranz1-sued-7-b-soeren",
        "kranz1-sued-8-a-soeren",
    ]
    assert second.event_types.removed == 2
    assert len(await upkeep.theirs()) == 5
