"""Who saves a salon has its calendar brought up to date: by a job that begins with the commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from booking_core.adapters.jobs import Chores, Jobs
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.domain.errors import CalendarSilent

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon
    from booking_core.workflows.keep_calendar import KeepCalendar


@pytest.fixture
def jobs(database_url: str) -> Jobs:
    return Jobs(database_url)


@pytest.fixture
def salons(engine: AsyncEngine, jobs: Jobs) -> PostgresSalons:
    return PostgresSalons(engine, jobs=jobs)


async def nothing(*_: object) -> None:
    """No part of these tests."""


def chores(keeper: KeepCalendar) -> Chores:
    return Chores(
        recover=nothing,
        sweep=nothing,
        notify=nothing,
        patrol=nothing,
        night_round=nothing,
        keep_calendar=keeper.after_save,
        calendar_night=keeper.nightly,
    )


async def waiting(engine: AsyncEngine) -> list[tuple[str, int]]:
    query = "SELECT args->>'branch_id', attempts FROM procrastinate_jobs WHERE status = 'todo'"
    async with engine.connect() as connection:
        rows = await connection.execute(text(f"{query} AND task_name = 'calendar.keep'"))
        return [(row[0], row[1]) for row in rows]


async def test_a_change_reaches_cal_com_without_anybody_asking(
    upkeep: Any, salons: PostgresSalons, jobs: Jobs, working_salon: Salon
) -> None:
    company = replace(working_salon.company, code="NEU")
    await salons.save(replace(working_salon, company=company))

    await jobs.work(chores(upkeep.keeper()), until_idle=True)

    titles = {one.title for one in (await upkeep.theirs()).values()}
    assert len(titles) == 7
    assert all(title.startswith("NEU-SUED-") for title in titles)
    assert await waiting(upkeep.engine) == []


async def test_what_changes_nothing_causes_no_work(
    upkeep: Any, salons: PostgresSalons, working_salon: Salon
) -> None:
    assert not await salons.save(working_salon)

    assert await waiting(upkeep.engine) == []


async def test_the_other_branches_of_a_renamed_company_are_brought_up_to_date_too(
    upkeep: Any, salons: PostgresSalons, working_salon: Salon, new_id: Any
) -> None:
    sister = replace(
        working_salon,
        branch=replace(working_salon.branch, id=new_id(), key="kranz2", code="NORD"),
        staff=(),
        services=(),
    )
    await PostgresSalons(upkeep.engine).save(sister)
    company = replace(working_salon.company, code="NEU")

    await salons.save(replace(working_salon, company=company))

    kept = {branch_id for branch_id, _ in await waiting(upkeep.engine)}
    assert kept == {str(working_salon.branch.id), str(sister.branch.id)}


async def test_a_cal_com_that_does_not_answer_is_asked_again_later(
    upkeep: Any, salons: PostgresSalons, jobs: Jobs, working_salon: Salon, impatient: Any
) -> None:
    await salons.save(replace(working_salon, company=replace(working_salon.company, code="NEU")))
    upkeep.sandbox.control("fault", on="GET /v2/event-types", do="error", down=True)

    await jobs.work(chores(upkeep.keeper(client=impatient)), until_idle=True)

    assert await waiting(upkeep.engine) == [(str(working_salon.branch.id), 1)]


async def test_what_only_a_person_can_help_with_is_not_tried_for_ever(
    upkeep: Any, salons: PostgresSalons, jobs: Jobs, working_salon: Salon
) -> None:
    wanda, oezguer, soeren = working_salon.staff
    keyless = replace(soeren, calendar_user="nobody-has-this-key")
    await salons.save(replace(working_salon, staff=(wanda, oezguer, keyless)))

    await jobs.work(chores(upkeep.keeper()), until_idle=True)

    assert await waiting(upkeep.engine) == []
    gaps = (await upkeep.drift()).unbookable
    assert {(gap.user, gap.flaw.value) for gap in gaps} == {("nobody-has-this-key", "no_key")}


async def test_the_night_tells_what_has_drifted_and_puts_event_types_right(
    upkeep: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    await upkeep.sync()
    await upkeep.change("kranz1-sued-7-b-soeren", lengthInMinutes=45)

    await upkeep.keeper().nightly()

    told = [line for line in capsys.readouterr().out.splitlines() if "calendar_drifted" in line]
    assert len(told) == 1
    assert "lengthInMinutes = 45" in told[0]
    assert (await upkeep.drift()).is_clean


async def test_a_salon_that_is_gone_fails_no_job(upkeep: Any, new_id: Any) -> None:
    await upkeep.keeper().after_save(new_id())

    assert await upkeep.theirs() == {}


async def test_a_job_that_should_be_done_again_says_so(upkeep: Any, impatient: Any) -> None:
    upkeep.sandbox.control("fault", on="POST /v2/event-types", nth=1, do="timeout_before")

    with pytest.raises(CalendarSilent):
        await upkeep.keeper(client=impatient).after_save(upkeep.branch_id)
