from __future__ import annotations

from asyncio import gather
from dataclasses import replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, text, update
from sqlalchemy.exc import IntegrityError

from booking_core.adapters.postgres.salon_tables import branch
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.salon_file import dump, load
from booking_core.domain.catalogue import Absence, LeadChange, Salon, SpecialDay, WorkingHours
from booking_core.domain.errors import SalonFileInvalid, SalonOutdated, UnknownSalon
from booking_core.domain.gap_rules import EmptyDay, GapRules, Raster
from booking_core.domain.interval import Span
from voice_agent.salons import salon_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def salons(engine: AsyncEngine) -> PostgresSalons:
    return PostgresSalons(engine)


@pytest.fixture
def statements(engine: AsyncEngine, tmp_path: Path) -> Iterator[Callable[[], int]]:
    """How many statements have gone over the wire so far, whoever has sent them."""
    trace = tmp_path / "wire"

    def begin(_connection: object, _record: object, lent: Any) -> None:
        lent.driver_connection.pgconn.trace(sink.fileno())

    def end(connection: Any, _record: object) -> None:
        connection.driver_connection.pgconn.untrace()

    def count() -> int:
        sent = [line.split("\t")[1::2] for line in trace.read_text("utf-8").splitlines()]
        return sum(part[:1] == ["F"] and part[1] in {"Query", "Execute"} for part in sent)

    with trace.open("w") as sink:
        event.listen(engine.sync_engine, "checkout", begin)
        event.listen(engine.sync_engine, "checkin", end)
        yield count
        event.remove(engine.sync_engine, "checkout", begin)
        event.remove(engine.sync_engine, "checkin", end)


@pytest.fixture
def second_salon() -> Salon:
    """Another branch of the same company, with people and services of its own."""
    text = salon_text("friseur1").replace("code: BER\n", "code: POT\n")
    return load(text.replace("+4930231250", "+4930231251"), name="friseur2")


async def test_a_salon_comes_back_as_it_was_saved(
    salons: PostgresSalons, demo_salon: Salon
) -> None:
    await salons.save(demo_salon)

    assert await salons.by_id(demo_salon.branch.id) == demo_salon


async def test_saving_the_same_again_changes_nothing(
    salons: PostgresSalons, demo_salon: Salon
) -> None:
    first = await salons.save(demo_salon)
    again = await salons.save(demo_salon)

    assert (first, again) == (True, False)
    assert (await salons.by_key("friseur1")).version == 1


async def test_what_was_read_can_be_exported_as_the_file_that_was_imported(
    salons: PostgresSalons, demo_salon: Salon
) -> None:
    await salons.save(demo_salon)

    assert dump(await salons.by_key("friseur1")) == salon_text("friseur1")


async def test_a_change_raises_the_version_and_is_seen_by_everybody(
    salons: PostgresSalons, engine: AsyncEngine, demo_salon: Salon
) -> None:
    elsewhere = PostgresSalons(engine)
    await salons.save(demo_salon)
    before = await elsewhere.by_key("friseur1")

    await salons.save(replace(demo_salon, branch=replace(demo_salon.branch, lead_minutes=90)))

    after = await elsewhere.by_key("friseur1")
    assert (before.version, after.version) == (1, 2)
    assert after.branch.lead_minutes == 90


async def test_every_part_of_a_salon_can_be_stored(
    salons: PostgresSalons, demo_salon: Salon
) -> None:
    emma, *others = demo_salon.staff
    away = Span(
        datetime(2026, 12, 1, tzinfo=BERLIN),
        datetime(2026, 12, 8, 12, 30, tzinfo=BERLIN),
    )
    full = replace(
        demo_salon,
        branch=replace(
            demo_salon.branch,
            transfer_number=None,
            email=None,
            special_days=(
                SpecialDay(month=2, day=29),
                SpecialDay(month=2, day=29, year=2028, opens=time(9), closes=time(12)),
            ),
            elastic_pauses=True,
            lead_change=LeadChange.IF_NO_OTHER,
            gaps=GapRules(
                flush=True,
                idle_minutes=60,
                empty_day=EmptyDay.ANCHORS,
                anchors=(time(9), time(13, 15)),
                raster=Raster.RESTART,
            ),
        ),
        staff=(
            replace(
                emma,
                extra_minutes={"color": 10, "cut_w": -5},
                extra_from_minutes={"cut_w": 25},
                absences=(Absence(span=away, reason="Urlaub"),),
                hours=(WorkingHours(weekday=6, start=time(8), end=time(23, 55)),),
                calendar_user=None,
                nicknames=(),
            ),
            *others,
        ),
    )

    await salons.save(full)

    assert await salons.by_key("friseur1") == full
    assert await salons.save(full) is False


async def test_who_left_becomes_inactive_and_stays(
    salons: PostgresSalons, demo_salon: Salon
) -> None:
    await salons.save(demo_salon)
    fewer = replace(demo_salon, staff=demo_salon.staff[:-1], services=demo_salon.services[1:])

    changed = await salons.save(fewer)
    again = await salons.save(fewer)

    stored = await salons.by_key("friseur1")
    jule, herren = demo_salon.staff[-1], demo_salon.services[0]
    assert (changed, again) == (True, False)
    assert stored.member(jule.id) == replace(jule, active=False)
    assert stored.service(herren.id) == replace(herren, active=False)
    assert load(dump(stored), name="friseur1") == replace(stored, version=1)


async def test_who_comes_back_is_active_again_under_the_old_id(
    salons: PostgresSalons, demo_salon: Salon
) -> None:
    await salons.save(demo_salon)
    await salons.save(replace(demo_salon, staff=demo_salon.staff[:-1]))

    await salons.save(demo_salon)

    assert await salons.by_key("friseur1") == replace(demo_salon, version=3)


async def test_a_resource_that_is_gone_is_no_longer_offered(
    salons: PostgresSalons, demo_salon: Salon
) -> None:
    await salons.save(demo_salon)

    await salons.save(replace(demo_salon, resources=demo_salon.resources[1:]))

    stored = await salons.by_key("friseur1")
    assert [unit.name for unit in stored.units("chair")] == ["Platz 2", "Platz 3", "Platz 4"]


async def test_two_services_can_swap_their_codes(salons: PostgresSalons, demo_salon: Salon) -> None:
    await salons.save(demo_salon)
    one, two, *rest = demo_salon.services
    swapped = (replace(one, code=two.code), replace(two, code=one.code), *rest)

    await salons.save(replace(demo_salon, services=swapped))

    assert (await salons.by_key("friseur1")).services == swapped


async def test_segments_can_be_added_and_taken_away(
    salons: PostgresSalons, demo_salon: Salon
) -> None:
    await salons.save(demo_salon)
    service = demo_salon.service_numbered(177)
    shorter = replace(service, segments=service.segments[:2])
    others = tuple(item for item in demo_salon.services if item.id != service.id)

    await salons.save(replace(demo_salon, services=(*others, shorter)))

    assert (await salons.by_key("friseur1")).services == (*others, shorter)


async def test_a_salon_is_found_by_each_of_its_numbers_and_by_no_other(
    salons: PostgresSalons, demo_salon: Salon, second_salon: Salon
) -> None:
    await salons.save(demo_salon)
    await salons.save(second_salon)

    assert (await salons.by_number("+493023125000")).branch.key == "friseur1"
    assert (await salons.by_number("+493023125100")).branch.key == "friseur2"
    with pytest.raises(UnknownSalon):
        await salons.by_number("+493023125999")


async def test_unknown_salons_are_said_to_be_unknown(salons: PostgresSalons) -> None:
    with pytest.raises(UnknownSalon):
        await salons.by_key("friseur9")
    with pytest.raises(UnknownSalon):
        await salons.by_id(uuid4())
    assert await salons.all() == []


async def test_all_salons_are_listed_by_key(
    salons: PostgresSalons, demo_salon: Salon, second_salon: Salon
) -> None:
    await salons.save(second_salon)
    await salons.save(demo_salon)

    assert await salons.all() == [demo_salon, second_salon]


async def test_a_new_name_of_the_company_reaches_all_its_branches(
    salons: PostgresSalons, demo_salon: Salon, second_salon: Salon
) -> None:
    await salons.save(demo_salon)
    await salons.save(second_salon)
    await salons.all()
    renamed = replace(demo_salon.company, name="Morgenrot GmbH")

    await salons.save(replace(demo_salon, company=renamed))

    sister = await salons.by_key("friseur2")
    assert (sister.company.name, sister.version) == ("Morgenrot GmbH", 2)


async def test_a_number_that_another_salon_answers_is_refused(
    salons: PostgresSalons, demo_salon: Salon, second_salon: Salon
) -> None:
    await salons.save(demo_salon)
    theirs = replace(second_salon.branch, phone_numbers=demo_salon.branch.phone_numbers, code="BER")

    with pytest.raises(SalonFileInvalid) as refusal:
        await salons.save(replace(second_salon, branch=theirs))

    assert refusal.value.problems == (
        "branch.phone_numbers: +493023125000 is answered by friseur1 already",
        "branch.code: BER is the code of friseur1 already",
    )
    assert [salon.branch.key for salon in await salons.all()] == ["friseur1"]


async def test_imports_at_the_same_time_store_the_salon_once(
    engine: AsyncEngine, demo_salon: Salon
) -> None:
    results = await gather(*(PostgresSalons(engine).save(demo_salon) for _ in range(5)))

    assert sorted(results) == [False, False, False, False, True]


async def test_a_second_look_costs_one_small_query(
    salons: PostgresSalons, demo_salon: Salon, statements: Callable[[], int]
) -> None:
    await salons.save(demo_salon)
    first = await salons.by_id(demo_salon.branch.id)
    before = statements()

    second = await salons.by_id(demo_salon.branch.id)

    assert second is first
    assert statements() - before == 1


async def test_a_raised_version_makes_everybody_read_again(
    salons: PostgresSalons, engine: AsyncEngine, demo_salon: Salon
) -> None:
    await salons.save(demo_salon)
    await salons.by_key("friseur1")

    async with engine.begin() as connection:
        await connection.execute(update(branch).values(name="Morgenrot am Kanal", version=7))

    salon = await salons.by_key("friseur1")
    assert (salon.branch.name, salon.version) == ("Morgenrot am Kanal", 7)


async def test_a_skill_of_one_salon_cannot_be_given_to_a_person_of_another(
    salons: PostgresSalons, engine: AsyncEngine, demo_salon: Salon, second_salon: Salon
) -> None:
    await salons.save(demo_salon)
    await salons.save(second_salon)
    smuggle = text(
        "INSERT INTO staff_skill (branch_id, staff_id, skill_id)"
        " SELECT :branch, :staff, id FROM skill WHERE branch_id = :other LIMIT 1"
    )
    facts = {"branch": demo_salon.branch.id, "other": second_salon.branch.id}

    with pytest.raises(IntegrityError, match="fk_staff_skill"):
        async with engine.begin() as connection:
            await connection.execute(smuggle, facts | {"staff": demo_salon.staff[0].id})


async def test_who_works_on_an_outdated_salon_is_told_and_changes_nothing(
    salons: PostgresSalons, demo_salon: Salon
) -> None:
    await salons.save(demo_salon)
    first = replace(demo_salon, branch=replace(demo_salon.branch, name="First"))
    second = replace(demo_salon, branch=replace(demo_salon.branch, name="Second"))
    await salons.save(first, expected_version=1)

    with pytest.raises(SalonOutdated) as told:
        await salons.save(second, expected_version=1)

    assert told.value.facts == {"expected": 1, "found": 2}
    assert (await salons.by_key("friseur1")).branch.name == "First"


async def test_of_many_who_save_what_they_have_read_one_succeeds(
    salons: PostgresSalons, demo_salon: Salon
) -> None:
    await salons.save(demo_salon)
    wishes = [
        salons.save(
            replace(demo_salon, branch=replace(demo_salon.branch, name=f"Salon {n}")),
            expected_version=1,
        )
        for n in range(5)
    ]

    results = await gather(*wishes, return_exceptions=True)

    assert [result for result in results if not isinstance(result, SalonOutdated)] == [True]
    assert (await salons.by_key("friseur1")).version == 2


async def test_what_is_written_beside_a_change_is_there_only_with_it(
    salons: PostgresSalons, demo_salon: Salon
) -> None:
    noted: list[str] = []

    async def note(connection: AsyncConnection) -> None:
        await connection.execute(text("UPDATE branch SET email = 'beside@example.com'"))
        noted.append("once")

    async def fail(connection: AsyncConnection) -> None:
        await note(connection)
        raise RuntimeError("no room in the book")

    await salons.save(demo_salon)
    renamed = replace(demo_salon, branch=replace(demo_salon.branch, name="Renamed"))
    with pytest.raises(RuntimeError, match="no room"):
        await salons.save(renamed, beside=fail)
    unchanged = await salons.save(demo_salon, beside=note)

    stored = await salons.by_key("friseur1")
    assert not unchanged
    assert noted == ["once"]
    assert (stored.branch.name, stored.branch.email) == (
        demo_salon.branch.name,
        demo_salon.branch.email,
    )
