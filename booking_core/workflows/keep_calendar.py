"""Keep the external calendar of a branch as the salon says: after each save and every night.

Runs for one branch take turns, and each reads the salon when its turn has come: of two saves in a
row, the first one's run can never put back what the second one's has written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog

from booking_core.domain.errors import CalendarError, CalendarSilent, UnknownSalon
from booking_core.workflows.drift import KnownEventTypes, find_drift
from booking_core.workflows.patience import reason
from booking_core.workflows.sync_event_types import EventTypeMap, sync_event_types
from booking_core.workflows.sync_timetables import sync_timetables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.drift import DriftReport
    from booking_core.domain.event_type import Leftover
    from booking_core.domain.rules import Holidays
    from booking_core.ports import Clock
    from booking_core.workflows.drift import Look, Sight
    from booking_core.workflows.sync_event_types import EventTypes, SyncReport
    from booking_core.workflows.sync_timetables import TimetableLog, TimetableReport, Timetables

log = structlog.get_logger()


class EverySalon(Protocol):
    """The configured salons."""

    async def by_id(self, branch_id: UUID) -> Salon:
        """One branch with its company; UnknownSalon when there is none."""
        ...

    async def all(self) -> Sequence[Salon]:
        """Every branch."""
        ...


class Record(EventTypeMap, KnownEventTypes, Protocol):
    """Our own record of what is ours at the calendar."""

    def turn(self, branch_id: UUID) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else brings this branch up to date."""
        ...

    async def set_aside(self, leftovers: Sequence[Leftover]) -> None:
        """Write down what was found and nobody wants."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The calendars of one salon, opened for one run."""

    event_types: EventTypes
    timetables: Timetables
    sight: Sight


class Workshop(Protocol):
    """Where the calendars of salons are opened."""

    async def open(self, salon: Salon) -> Tools:
        """Afresh: nothing is remembered from the run before. CalendarError when there are none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingReport:
    """What a run did."""

    event_types: SyncReport
    timetables: TimetableReport

    @property
    def again(self) -> bool:
        """Whether another run may get further, without anybody doing anything."""
        return self.event_types.again or self.timetables.again


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """What was different, and what still is after it was repaired."""

    before: DriftReport
    after: DriftReport
    run: KeepingReport


class KeepCalendar:
    """Brings calendars up to date and tells where they differ."""

    def __init__(
        self,
        *,
        salons: EverySalon,
        workshop: Workshop,
        record: Record,
        timetable_log: TimetableLog,
        clock: Clock,
        holidays: Callable[[str], Holidays],
    ) -> None:
        self._salons = salons
        self._workshop = workshop
        self._record = record
        self._timetable_log = timetable_log
        self._clock = clock
        self._holidays = holidays

    async def sync(
        self, branch_id: UUID, *, progress: Callable[[int, int], None] | None = None
    ) -> KeepingReport:
        """Make it as the salon says, hours that a person changed excepted."""
        async with self._record.turn(branch_id):
            salon = await self._salons.by_id(branch_id)
            return await self._brought_up_to_date(salon, progress=progress)

    async def drift(self, branch_id: UUID) -> DriftReport:
        """What differs right now; nothing is changed."""
        salon = await self._salons.by_id(branch_id)
        found = await self._looked(salon)
        return found.report

    async def repair(self, branch_id: UUID) -> Repairs:
        """Make all as the salon says, whoever changed it, and look again."""
        async with self._record.turn(branch_id):
            salon = await self._salons.by_id(branch_id)
            before = await self._looked(salon)
            await self._record.set_aside(before.strays)
            run = await self._brought_up_to_date(salon, overwrite=True)
            after = await self._looked(salon)
        return Repairs(before=before.report, after=after.report, run=run)

    async def after_save(self, branch_id: UUID) -> None:
        """What a job does; CalendarSilent when it should be done again later."""
        try:
            report = await self.sync(branch_id)
        except UnknownSalon:
            log.warning("calendar_of_unknown_salon", branch=str(branch_id))
            return
        if report.again:
            raise CalendarSilent(says="not everything could be brought up to date")

    async def nightly(self) -> None:
        """Tell what has drifted, then bring everything up to date; one salon holds up no other."""
        for salon in await self._salons.all():
            try:
                await self._night_of(salon)
            except CalendarError as error:
                log.error("calendar_not_kept", salon=salon.branch.key, error=reason(error))  # noqa: TRY400 - no fault of ours

    async def _night_of(self, salon: Salon) -> None:
        report = await self.drift(salon.branch.id)
        for one in report.deviations:
            log.warning(
                "calendar_drifted",
                salon=salon.branch.key,
                fault=one.fault.value,
                user=one.user,
                subject=one.subject,
                found=one.found,
                wanted=one.wanted,
            )
        await self.sync(salon.branch.id)

    async def _looked(self, salon: Salon) -> Look:
        tools = await self._workshop.open(salon)
        return await find_drift(
            salon,
            sight=tools.sight,
            event_map=self._record,
            now=self._clock.now(),
            holidays=self._holidays(salon.branch.land),
        )

    async def _brought_up_to_date(
        self,
        salon: Salon,
        *,
        overwrite: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> KeepingReport:
        tools = await self._workshop.open(salon)
        return KeepingReport(
            event_types=await sync_event_types(
                salon, event_types=tools.event_types, event_map=self._record, progress=progress
            ),
            timetables=await sync_timetables(
                salon,
                now=self._clock.now(),
                holidays=self._holidays(salon.branch.land),
                timetables=tools.timetables,
                records=self._timetable_log,
                overwrite=overwrite,
            ),
        )
