from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.calcom.accounts import Accounts, sandbox_accounts
from booking_core.adapters.calcom.client import CalcomClient
from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.calcom.event_types import CalcomEventTypes
from booking_core.domain.event_type import wanted_event_types
from booking_core.workflows.sync_event_types import SyncReport, sync_event_types

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon


def test_every_segment_is_wanted_once_for_everybody_who_can_do_it(salon: Salon) -> None:
    wanted = wanted_event_types(salon)

    assert {one.slug: one.title for one in wanted} == {
        "kranz1-sued-7-a-wanda": "KRAN-SUED-TON-A (Tönung auftragen) – Wanda",
        "kranz1-sued-7-a-oezguer": "KRAN-SUED-TON-A (Tönung auftragen) – Özgür",
        "kranz1-sued-7-b-wanda": "KRAN-SUED-TON-B (Ausspülen) – Wanda",
        "kranz1-sued-7-b-soeren": "KRAN-SUED-TON-B (Ausspülen) – Sören",
        "kranz1-sued-8-a-wanda": "KRAN-SUED-MASS-A (Kopfmassage) – Wanda",
        "kranz1-sued-8-a-soeren": "KRAN-SUED-MASS-A (Kopfmassage) – Sören",
        "kranz1-sued-8-b-wanda": "KRAN-SUED-MASS-B (Föhnen) – Wanda",
    }


def test_a_length_is_the_persons_own_and_includes_the_occupied_pause(salon: Salon) -> None:
    minutes = {one.slug: one.minutes for one in wanted_event_types(salon)}

    assert minutes["kranz1-sued-7-a-wanda"] == 20  # 17, on the five-minute grid; the pause is free
    assert minutes["kranz1-sued-8-a-soeren"] == 25  # 15 and the shortest rest


def test_a_pause_that_may_stretch_and_a_merged_neighbour_leave_a_choice_of_lengths(
    salon: Salon,
) -> None:
    others = {one.slug: one.other_minutes for one in wanted_event_types(salon)}

    assert others["kranz1-sued-8-a-wanda"] == (30, 35)
    assert others["kranz1-sued-7-b-wanda"] == (20, 25, 30)  # the massage may follow at once
    assert others["kranz1-sued-7-a-wanda"] == ()


async def test_the_first_run_makes_hidden_exact_event_types(
    sync: Any, salon: Salon, client: CalcomClient, accounts: Accounts
) -> None:
    heard: list[tuple[int, int]] = []

    report = await sync(salon, progress=lambda done, total: heard.append((done, total)))

    assert report == SyncReport(created=7)
    assert heard == [(n, 7) for n in range(1, 8)]
    theirs = {one.slug: one for one in await client.event_types(accounts.key("wanda"))}
    massage = theirs["kranz1-sued-8-a-wanda"]
    assert massage.length_in_minutes == 25
    assert massage.shows("lengthInMinutesOptions") == [25, 30, 35]
    assert massage.shows("hidden") is True
    assert massage.shows("minimumBookingNotice") == 0
    assert massage.shows("slotInterval") == 5
    assert massage.shows("locations") == [
        {"type": "address", "address": "Kranz am Markt, Marktplatz 3, Freiburg", "public": True}
    ]


async def test_the_second_run_changes_nothing_and_writes_nothing(
    sync: Any, salon: Salon, sandbox: Sandbox
) -> None:
    await sync(salon)
    before = sandbox.control("dump")["requests"]

    report = await sync(salon)

    after = sandbox.control("dump")["requests"]
    assert report == SyncReport(unchanged=7)
    writing = {name for name in after if not name.startswith("GET")}
    assert {name: after[name] for name in writing} == {name: before[name] for name in writing}


async def test_what_differs_is_changed_and_keeps_its_id(
    sync: Any, salon: Salon, client: CalcomClient, accounts: Accounts
) -> None:
    await sync(salon)
    key = accounts.key("soeren")
    before = {one.slug: one.id for one in await client.event_types(key)}
    await client.change_event_type(
        key, before["kranz1-sued-7-b-soeren"], {"lengthInMinutes": 45, "hidden": False}
    )

    report = await sync(salon)

    after = {one.slug: one for one in await client.event_types(key)}
    assert report == SyncReport(changed=1, unchanged=6)
    assert after["kranz1-sued-7-b-soeren"].length_in_minutes == 10
    assert {slug: one.id for slug, one in after.items()} == before


async def test_a_wiped_map_adopts_what_is_there_by_its_slug(
    sync: Any, salon: Salon, event_map: PostgresEventMap, visits: Any
) -> None:
    await sync(salon)
    segment = visits.segment("A", "10:00", 20).segment
    before = await event_map.of(salon.branch.id, segment)
    await event_map.plan(salon.branch.id, [])

    report = await sync(salon)

    assert report == SyncReport(unchanged=7)
    assert await event_map.of(salon.branch.id, segment) == before


async def test_who_no_longer_does_it_is_no_longer_bookable_but_stays_at_the_calendar(
    sync: Any, salon: Salon, sandbox: Sandbox, event_map: PostgresEventMap, visits: Any
) -> None:
    await sync(salon)
    wanda, oezguer, soeren = salon.staff
    without = replace(salon, staff=(wanda, replace(oezguer, active=False), soeren))

    report = await sync(without)

    segment = visits.segment("A", "10:00", 20, staff="oezguer").segment
    assert report == SyncReport(unchanged=6, retired=1)
    assert await event_map.of(salon.branch.id, segment) is None
    assert sandbox.control("dump")["event_types"] == 7


async def test_a_person_without_a_key_fails_alone_and_says_why(
    client: CalcomClient, accounts: Accounts, event_map: PostgresEventMap, saved: Salon
) -> None:
    some = Accounts(keys={user: key for user, key in accounts.keys.items() if user != "soeren"})
    event_types = CalcomEventTypes(client, some, timezone="Europe/Berlin")

    report = await sync_event_types(saved, event_types=event_types, event_map=event_map)

    assert (report.created, report.complete) == (5, False)
    assert [slug for slug, _ in report.failed] == [
        "kranz1-sued-7-b-soeren",
        "kranz1-sued-8-a-soeren",
    ]
    assert all("no key" in why for _, why in report.failed)


async def test_a_failed_one_keeps_the_id_it_had(
    sync: Any, salon: Salon, sandbox: Sandbox, event_map: PostgresEventMap, visits: Any
) -> None:
    await sync(salon)
    segment = visits.segment("B", "10:00", 20, service=8).segment
    before = await event_map.of(salon.branch.id, segment)
    renamed = replace(salon, company=replace(salon.company, code="NEU"))
    sandbox.control("fault", on="PATCH /v2/event-types/*", do="error", down=True)

    report = await sync(renamed)

    assert not report.complete
    assert await event_map.of(salon.branch.id, segment) == before


async def test_a_calendar_that_is_busy_is_waited_for(
    sync: Any, salon: Salon, sandbox: Sandbox
) -> None:
    sandbox.control("fault", on="POST /v2/event-types", nth=3, do="rate_limit")

    report = await sync(salon)

    assert report == SyncReport(created=7)


@pytest.mark.parametrize("do", ["error", "timeout_before"])
async def test_a_calendar_that_does_not_answer_is_not_asked_about_every_event_type(
    impatient: CalcomClient,
    accounts: Accounts,
    event_map: PostgresEventMap,
    saved: Salon,
    sandbox: Sandbox,
    do: str,
) -> None:
    sandbox.control("fault", on="GET /v2/event-types", do=do, down=True)
    event_types = CalcomEventTypes(impatient, accounts, timezone="Europe/Berlin")

    report = await sync_event_types(saved, event_types=event_types, event_map=event_map)

    asked = sandbox.control("dump")["requests"]
    assert len(report.failed) == 7
    assert asked["GET /v2/event-types"] <= 3 * len(accounts.keys)  # each read thrice, once a user
    assert "POST /v2/event-types" not in asked


async def test_a_calendar_that_cannot_be_reached_costs_no_waiting(
    accounts: Accounts, event_map: PostgresEventMap, saved: Salon
) -> None:
    async with CalcomClient("http://127.0.0.1:9") as nobody:  # the port of nothing
        event_types = CalcomEventTypes(nobody, accounts, timezone="Europe/Berlin")

        async with asyncio.timeout(30):
            report = await sync_event_types(saved, event_types=event_types, event_map=event_map)

    assert len(report.failed) == 7


async def test_two_processes_that_start_together_make_everything_once(
    sync: Any, salon: Salon, sandbox: Sandbox
) -> None:
    first, second = await asyncio.gather(sync(salon), sync(salon))

    assert first.complete
    assert second.complete
    assert first.created + second.created == 7
    assert sandbox.control("dump")["event_types"] == 7


async def test_a_field_that_is_dropped_without_a_word_is_noticed(
    sync: Any, salon: Salon, sandbox: Sandbox
) -> None:
    change = {"hidden": False}
    sandbox.control("fault", on="POST /v2/event-types", nth=1, do="altered", change=change)

    report = await sync(salon)

    assert len(report.failed) == 1
    assert "did not take hidden" in report.failed[0][1]


def test_the_demo_salons_names_are_those_people_know(demo_salon: Salon) -> None:
    titles = {one.slug: one.title for one in wanted_event_types(demo_salon)}

    assert titles["friseur1-ber-177-a-emma"] == "MORG-BER-ANSAT-A (Ansatzfärbung auftragen) – Emma"


async def test_the_demo_salon_is_ready_within_seconds(
    sandbox: Sandbox, client: CalcomClient, saved_salon: Salon, engine: AsyncEngine
) -> None:
    accounts = await sandbox_accounts(saved_salon, sandbox.url)
    event_types = CalcomEventTypes(client, accounts, timezone="Europe/Berlin")

    report = await sync_event_types(
        saved_salon, event_types=event_types, event_map=PostgresEventMap(engine)
    )

    assert report.complete
    assert report.created == len(wanted_event_types(saved_salon)) > 100
    meter = sandbox.control("dump")
    assert 1 < meter["peak_concurrency"] <= 10
