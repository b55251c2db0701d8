"""Look for differences between the external calendar and what the salon says; change nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from booking_core.domain.drift import Deviation, DriftReport, Fault
from booking_core.domain.errors import CalendarError
from booking_core.domain.event_type import calendar_user, slug_prefix, wanted_event_types
from booking_core.domain.preflight import preflight
from booking_core.domain.rules import today
from booking_core.domain.timetable import differing, wanted_timetables
from booking_core.workflows.patience import patiently, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date, datetime
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.event_type import Leftover, Pair, WantedEventType
    from booking_core.domain.preflight import Provided
    from booking_core.domain.rules import Holidays
    from booking_core.domain.timetable import WantedTimetable
    from booking_core.workflows.sync_timetables import Timetables


class Inspection(Protocol):
    """A look at the external calendar's event types."""

    async def schedule(self, user: str) -> Sequence[Deviation]:
        """Of the schedule they stand on."""
        ...

    async def event_type(
        self, wanted: WantedEventType, known_id: int | None
    ) -> Sequence[Deviation]:
        """Of one of them."""
        ...

    async def strays(
        self, user: str, salon: Salon, prefix: str, known: Container[tuple[str, str]]
    ) -> Sequence[Leftover]:
        """Those that look like ours but are not known to be."""
        ...


class KnownEventTypes(Protocol):
    """Our own record of which event type is which."""

    async def provided(self, branch_id: UUID) -> Mapping[Pair, Provided]:
        """All event types of a branch as they are known to be."""
        ...

    async def leftovers(self, branch_id: UUID) -> Sequence[Leftover]:
        """What nobody wants any more but may still be at the calendar."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Through what the calendars of a salon are looked at."""

    inspection: Inspection
    timetables: Timetables
    has_key: Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found in one look."""

    report: DriftReport
    strays: tuple[Leftover, ...] = ()
    """To be written down, so that the next run removes them."""


async def find_drift(
    salon: Salon,
    *,
    sight: Sight,
    event_map: KnownEventTypes,
    now: datetime,
    holidays: Holidays,
) -> Look:
    """Everything that differs, user by user; who cannot be looked at is one line."""
    provided = await event_map.provided(salon.branch.id)
    set_aside = await event_map.leftovers(salon.branch.id)
    look = _UserByUser(
        salon=salon,
        sight=sight,
        provided=provided,
        set_aside={one.place for one in set_aside},
        timetables={one.user: one for one in wanted_timetables(salon, now, holidays)},
        first=today(salon.branch, now),
    )
    looks = await asyncio.gather(*(look.at(user) for user in _users(salon, sight)))
    return Look(
        report=DriftReport(
            deviations=tuple(one for found, _ in looks for one in found),
            unbookable=preflight(salon, provided, has_key=sight.has_key),
        ),
        strays=tuple(stray for _, strays in looks for stray in strays),
    )


def _users(salon: Salon, sight: Sight) -> list[str]:
    """Who works here, and who did and can still be looked at."""
    working = {calendar_user(salon, member) for member in salon.staff if member.active}
    everybody = {calendar_user(salon, member) for member in salon.staff}
    return sorted(working | {user for user in everybody if sight.has_key(user)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _UserByUser:
    """What is known of a salon, to be held against what each user has."""

    salon: Salon
    sight: Sight
    provided: Mapping[Pair, Provided]
    set_aside: AbstractSet[tuple[str, str]]
    timetables: Mapping[str, WantedTimetable]
    first: date

    async def at(self, user: str) -> tuple[list[Deviation], Sequence[Leftover]]:
        try:
            return await patiently(lambda: self._found(user))
        except CalendarError as error:
            why = reason(error)
            return [Deviation(fault=Fault.UNREACHABLE, user=user, subject=user, found=why)], ()

    async def _found(self, user: str) -> tuple[list[Deviation], Sequence[Leftover]]:
        wanted = [one for one in wanted_event_types(self.salon) if one.user == user]
        found = list(await self.sight.inspection.schedule(user)) if wanted else []
        for one in wanted:
            there = self.provided.get(one.pair)
            known_id = there.event_type_id if there and there.user == user else None
            found += await self.sight.inspection.event_type(one, known_id)
        if (table := self.timetables.get(user)) and self.sight.timetables.is_personal(user):
            found += await self._hours(table)
        known = self.set_aside | {one.place for one in wanted}
        prefix = slug_prefix(self.salon)
        strays = await self.sight.inspection.strays(user, self.salon, prefix, known)
        return [*found, *map(_unwanted, strays)], strays

    async def _hours(self, wanted: WantedTimetable) -> Sequence[Deviation]:
        there = await self.sight.timetables.read(wanted.user)
        subject = f"working hours of {self.salon.member(wanted.staff_id).first_name}"
        if there is None:
            return (
                Deviation(
                    fault=Fault.NO_HOURS, user=wanted.user, subject=subject, repair="write them"
                ),
            )
        found, asked = differing(there.timetable.since(self.first), wanted.timetable)
        if there.counts and not asked:
            return ()
        if not there.counts:
            found, asked = "another schedule is the default", "this one is"
        return (
            Deviation(
                fault=Fault.HOURS,
                user=wanted.user,
                subject=subject,
                found=found,
                wanted=asked,
                repair="write them over",
            ),
        )


def _unwanted(stray: Leftover) -> Deviation:
    return Deviation(
        fault=Fault.UNWANTED,
        user=stray.user,
        subject=stray.slug,
        found=stray.title,
        wanted="nothing",
        repair="hide it, and remove it once nothing is booked in it",
    )
