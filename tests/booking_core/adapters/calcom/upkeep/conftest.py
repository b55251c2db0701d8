"""A salon with working hours whose calendars are kept at a sandbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.calcom.timetable_log import PostgresTimetableLog
from booking_core.adapters.calcom.workshop import CalcomWorkshop
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.public_holidays import public_holidays
from booking_core.adapters.urgency import in_background
from booking_core.domain.catalogue import Absence, SpecialDay, WorkingHours
from booking_core.domain.event_type import calendar_user
from booking_core.domain.interval import Span
from booking_core.workflows.keep_calendar import KeepCalendar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.client import CalcomClient
    from booking_core.adapters.calcom.models import EventType, Schedule
    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon

PATIENCE_S = 90.0  # as `calcom sync` has it: nobody is on the line
NOON = datetime.fromisoformat("2026-11-24T12:00:00+01:00")


def stretches(weekdays: range, *hours: tuple[int, int]) -> tuple[WorkingHours, ...]:
    return tuple(
        WorkingHours(weekday=day, start=time(start), end=time(end))
        for day in weekdays
        for start, end in hours
    )


@pytest.fixture(scope="session")
def working_salon(salon: Salon) -> Salon:
    """Open Tuesday to Saturday; Wanda breaks at noon and is away for a dentist and a week."""
    wanda, oezguer, soeren = salon.staff
    dentist = Span(
        datetime.fromisoformat("2026-11-26T15:00:00+01:00"),
        datetime.fromisoformat("2026-11-26T17:00:00+01:00"),
    )
    week = Span(
        datetime.fromisoformat("2026-12-08T00:00:00+01:00"),
        datetime.fromisoformat("2026-12-13T00:00:00+01:00"),
    )
    absences = (Absence(span=dentist), Absence(span=week))
    branch = replace(
        salon.branch,
        opening_hours=stretches(range(1, 6), (9, 18)),
        special_days=(SpecialDay(month=12, day=24, opens=time(9), closes=time(13)),),
    )
    staff = (
        replace(wanda, hours=stretches(range(1, 6), (9, 12), (13, 18)), absences=absences),
        replace(oezguer, hours=stretches(range(4), (8, 16))),
        replace(soeren, hours=stretches(range(4, 6), (10, 19))),
    )
    return replace(salon, branch=branch, staff=staff)


@dataclass
class Upkeep:
    """Runs against the sandbox, and what they leave there.

    They run in the background, as jobs and commands do: with a caller's patience, a machine that
    stands still for a second leaves an event type out.
    """

    engine: AsyncEngine
    client: CalcomClient
    accounts: Accounts
    sandbox: Sandbox
    branch_id: Any
    watch: Any
    opened: Any

    def keeper(self, *, ripe: bool = False, client: CalcomClient | None = None) -> KeepCalendar:
        """As a process of its own would have it; `ripe` = nothing can be under way any more."""
        after = timedelta() if ripe else timedelta(minutes=30)
        return KeepCalendar(
            salons=PostgresSalons(self.engine),
            workshop=CalcomWorkshop(self.opened(client or self.client, self.accounts)),
            record=PostgresEventMap(self.engine, ripe_after=after),
            timetable_log=PostgresTimetableLog(self.engine),
            clock=self.watch,
            holidays=public_holidays,
        )

    async def save(self, salon: Salon) -> None:
        await PostgresSalons(self.engine).save(salon)

    async def sync(self, **how: Any) -> Any:
        with in_background(patience_s=PATIENCE_S):
            return await self.keeper(**how).sync(self.branch_id)

    async def drift(self) -> Any:
        with in_background(patience_s=PATIENCE_S):
            return await self.keeper().drift(self.branch_id)

    async def repair(self) -> Any:
        with in_background(patience_s=PATIENCE_S):
            return await self.keeper().repair(self.branch_id)

    async def theirs(self) -> dict[str, EventType]:
        """All event types at the sandbox, by slug."""
        lists = [await self.client.event_types(key) for key in self.accounts.keys.values()]
        return {one.slug: one for some in lists for one in some}

    async def change(self, slug: str, /, **fields: Any) -> None:
        """Somebody changes an event type at Cal.com."""
        key = next(key for user, key in self.accounts.keys.items() if slug.endswith(user[-4:]))
        event_type = next(one for one in await self.client.event_types(key) if one.slug == slug)
        await self.client.change_event_type(key, event_type.id, fields)

    async def hours(self, user: str) -> Schedule:
        """The default schedule of a user."""
        found = await self.client.default_schedule(self.accounts.key(user))
        assert found is not None
        return found

    def written(self) -> Mapping[str, int]:
        """How many requests of each kind have changed something."""
        asked = self.sandbox.control("dump")["requests"]
        return {name: count for name, count in asked.items() if not name.startswith("GET")}


@pytest.fixture
async def saved_working_salon(
    put_salon: Callable[[Salon], Awaitable[Salon]], working_salon: Salon
) -> Salon:
    return await put_salon(working_salon)


@pytest.fixture
async def upkeep(
    engine: AsyncEngine,
    client: CalcomClient,
    accounts: Accounts,
    sandbox: Sandbox,
    saved_working_salon: Salon,
    watch: Any,
    make_opened: Any,
) -> Upkeep:
    """The salon is saved; nothing is at the sandbox yet, and it is noon."""
    watch.at = NOON
    branch_id = saved_working_salon.branch.id
    return Upkeep(engine, client, accounts, sandbox, branch_id, watch, make_opened)


@pytest.fixture
def overrides() -> Any:
    """The days of a schedule that differ, as people would write them."""

    def read(schedule: Schedule) -> dict[date, list[str]]:
        found: dict[date, list[str]] = {}
        for one in schedule.overrides:
            found.setdefault(one.day, []).append(f"{one.start_time}-{one.end_time}")
        return found

    return read


@pytest.fixture
def user_of(working_salon: Salon) -> Any:
    """The user name at Cal.com of somebody."""
    members = {member.key: calendar_user(working_salon, member) for member in working_salon.staff}
    return members.__getitem__
