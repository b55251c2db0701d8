"""Show everybody's working hours and absences in their calendar.

Our own appointments do not need it: their event types stand on a schedule that is always open, and
who works when is decided by the search alone, so that offering and booking share one predicate and
a person at the desk may book outside the hours on purpose. It is for what is booked there by other
ways, on somebody's public page or by hand: that keeps to the salon's hours as well.

A person may change their hours there. That is never undone in silence: hours which differ from
what we last wrote are left as they are and reported, until somebody decides (`calcom drift --fix`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import structlog

from booking_core.domain.errors import CalendarError
from booking_core.domain.rules import today
from booking_core.domain.timetable import wanted_timetables
from booking_core.workflows.patience import is_passing, patiently, reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.rules import Holidays
    from booking_core.domain.timetable import Timetable, WantedTimetable

log = structlog.get_logger()


class Hours(StrEnum):
    """What became of somebody's hours."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    FOREIGN = "foreign"
    """Changed at the calendar by a person, and left so."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Hours as they stand at the calendar."""

    timetable: Timetable
    counts: bool
    """Whether anything goes by them there."""


class Timetables(Protocol):
    """The external calendar's working hours, one table for each user."""

    def is_personal(self, user: str) -> bool:
        """Whether the calendar is one person's alone."""
        ...

    async def read(self, user: str) -> Posted | None:
        """As it stands there; None when there is none of ours."""
        ...

    async def write(self, user: str, timetable: Timetable) -> None:
        """Make it so. CalendarError when refused."""
        ...


class TimetableLog(Protocol):
    """Our own record of what we wrote."""

    async def written(self, branch_id: UUID) -> Mapping[str, Timetable]:
        """As last written, by user."""
        ...

    async def record(self, branch_id: UUID, done: Sequence[SyncedTimetable]) -> None:
        """What became of these; rows of other users of the branch are dropped."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedTimetable:
    """Hours that are as they should be, or why not."""

    wanted: WantedTimetable
    result: Hours
    error: str | None = None
    again: bool = False

    @property
    def user(self) -> str:
        """Whose."""
        return self.wanted.user


@dataclass(frozen=True, slots=True, kw_only=True)
class TimetableReport:
    """What a run did."""

    written: int = 0
    unchanged: int = 0
    foreign: tuple[str, ...] = ()
    """Users who changed them."""
    failed: tuple[tuple[str, str], ...] = ()
    """Users, and why."""
    again: bool = False


async def sync_timetables(
    salon: Salon,
    *,
    now: datetime,
    holidays: Holidays,
    timetables: Timetables,
    records: TimetableLog,
    overwrite: bool = False,
) -> TimetableReport:
    """Bring them to what the salon says; with `overwrite` also those that a person changed."""
    first = today(salon.branch, now)
    wanted = [
        one for one in wanted_timetables(salon, now, holidays) if timetables.is_personal(one.user)
    ]
    known = {} if overwrite else await records.written(salon.branch.id)
    done = [await _synced(one, timetables, known.get(one.user), first) for one in wanted]
    await records.record(salon.branch.id, done)
    report = _report(done)
    log.info(
        "timetables_synced",
        salon=salon.branch.key,
        written=report.written,
        unchanged=report.unchanged,
        foreign=len(report.foreign),
        failed=len(report.failed),
    )
    return report


async def _synced(
    wanted: WantedTimetable, timetables: Timetables, written: Timetable | None, first: date
) -> SyncedTimetable:
    try:
        there = await patiently(lambda: timetables.read(wanted.user))
        if there is not None and _is_as(there, wanted.timetable, first):
            return SyncedTimetable(wanted=wanted, result=Hours.UNCHANGED)
        if there is not None and written is not None and not _is_as(there, written, first):
            return SyncedTimetable(wanted=wanted, result=Hours.FOREIGN)
        await patiently(lambda: timetables.write(wanted.user, wanted.timetable))
    except CalendarError as error:
        return SyncedTimetable(
            wanted=wanted, result=Hours.FAILED, error=reason(error), again=is_passing(error)
        )
    return SyncedTimetable(wanted=wanted, result=Hours.WRITTEN)


def _is_as(there: Posted, timetable: Timetable, first: date) -> bool:
    return there.counts and there.timetable.since(first) == timetable.since(first)


def _report(done: Sequence[SyncedTimetable]) -> TimetableReport:
    count = Counter(one.result for one in done)
    return TimetableReport(
        written=count[Hours.WRITTEN],
        unchanged=count[Hours.UNCHANGED],
        foreign=tuple(one.user for one in done if one.result is Hours.FOREIGN),
        failed=tuple((one.user, one.error) for one in done if one.error),
        again=any(one.again for one in done),
    )
