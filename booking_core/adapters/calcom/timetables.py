"""Working hours as schedules at Cal.com, and the schedule of our own event types.

Each user gets two schedules:

* *Voice agent (any time)*, always open, which our event types stand on. Cal.com refuses whatever
  lies outside a schedule, with the same words as for a time that is taken. With the working hours
  below our event types there would be two judges of when somebody works, which disagree whenever
  one of them is a minute behind; a desk could not book outside the hours on purpose; and who asks
  Cal.com for free time could not tell closed from busy. So here Cal.com only keeps appointments
  apart, and whatever is not free on this schedule is somebody's appointment.
* *Voice agent (hours at ...)*, the user's default, which everything else that they offer at Cal.com
  stands on. It holds their hours of the week and, as overrides, the days that differ.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import time
from typing import TYPE_CHECKING, Any

from booking_core.domain.errors import CalendarRefused
from booking_core.domain.timetable import WEEK, Timetable
from booking_core.workflows.sync_timetables import Posted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.client import CalcomClient
    from booking_core.adapters.calcom.inventory import Inventory
    from booking_core.adapters.calcom.models import Schedule
    from booking_core.domain.catalogue import Branch
    from booking_core.domain.rules import Hours

Fields = dict[str, Any]

ROUND_THE_CLOCK = "Voice agent (any time)"
HOURS = "Voice agent (hours at {branch})"
ANY_HOURS = HOURS.partition("{")[0]
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ALWAYS = [{"days": list(WEEKDAYS), "startTime": "00:00", "endTime": "23:59"}]
DAY_OFF = (time(), time())


class CalcomTimetables:
    """Implements `sync_timetables.Timetables`; made anew for each run."""

    def __init__(
        self, client: CalcomClient, accounts: Accounts, branch: Branch, inventory: Inventory
    ) -> None:
        self._client = client
        self._accounts = accounts
        self._inventory = inventory
        self._name = HOURS.format(branch=branch.name)

    def is_personal(self, user: str) -> bool:
        """Not where one key opens the calendar of all."""
        return user in self._accounts.keys or self._accounts.single is None

    async def read(self, user: str) -> Posted | None:
        """As it stands there; None when there is none. What counts is the default."""
        belongings = await self._inventory.of(user)
        own, default = belongings.schedule(self._name), belongings.default_schedule
        if own is None:
            return None
        # Who works in two branches has two of them, and either may be the default.
        counts = default is not None and default.name.startswith(ANY_HOURS)
        return Posted(timetable=timetable_of(own), counts=counts)

    async def write(self, user: str, timetable: Timetable) -> None:
        """Make it so, and make it the default; the answer tells whether Cal.com did."""
        key, fields = self._accounts.key(user), self._fields(timetable)
        own = (await self._inventory.of(user)).schedule(self._name)
        if own is None:
            own = await self._client.create_schedule(key, fields)
            if timetable_of(own) == timetable:
                return
            # A week without hours became office hours; in a change it stays empty.
        answer = await self._client.change_schedule(key, own.id, fields)
        if timetable_of(answer) != timetable:
            raise CalendarRefused(reason="Cal.com did not take the working hours")

    def _fields(self, timetable: Timetable) -> Fields:
        return {
            "name": self._name,
            "timeZone": timetable.timezone,
            "isDefault": True,
            "availability": _availability(timetable),
            "overrides": _overrides(timetable),
        }


async def make_always_open(
    client: CalcomClient, key: str, there: Schedule | None, *, timezone: str
) -> int:
    """The id of the schedule that is always open, which was not there or not open."""
    fields = {"name": ROUND_THE_CLOCK, "timeZone": timezone, "isDefault": False}
    if there is None:
        return (await client.create_schedule(key, {**fields, "availability": ALWAYS})).id
    await client.change_schedule(key, there.id, {"availability": ALWAYS, "overrides": []})
    return there.id


def is_always_open(schedule: Schedule) -> bool:
    """Whether no hour of no day is missing."""
    open_days = timetable_of(schedule).weekly
    return not schedule.overrides and all(day == ((time(), time(23, 59)),) for day in open_days)


def timetable_of(schedule: Schedule) -> Timetable:
    """What a schedule says, in one form whatever order it says it in."""
    weekly: list[list[tuple[time, time]]] = [[] for _ in range(WEEK)]
    for hours in schedule.availability:
        for day in hours.days:
            weekly[WEEKDAYS.index(day)].append(_stretch(hours.start_time, hours.end_time))
    days = defaultdict(list)
    for override in schedule.overrides:
        days[override.day].append(_stretch(override.start_time, override.end_time))
    return Timetable(
        timezone=schedule.time_zone,
        weekly=tuple(_hours(day) for day in weekly),
        days={day: _hours(stretches) for day, stretches in sorted(days.items())},
    )


def _stretch(start: str, end: str) -> tuple[time, time]:
    return time.fromisoformat(start), time.fromisoformat(end)


def _hours(stretches: Iterable[tuple[time, time]]) -> Hours:
    return tuple(sorted(set(stretches) - {DAY_OFF}))


def _availability(timetable: Timetable) -> list[Fields]:
    """Days with the same stretch share an entry, as people would write it."""
    days: dict[tuple[time, time], list[str]] = defaultdict(list)
    for name, hours in zip(WEEKDAYS, timetable.weekly, strict=True):
        for stretch in hours:
            days[stretch].append(name)
    return [{"days": names, **_times(stretch)} for stretch, names in days.items()]


def _overrides(timetable: Timetable) -> list[Fields]:
    return [
        {"date": day.isoformat(), **_times(stretch)}
        for day, hours in timetable.days.items()
        for stretch in hours or (DAY_OFF,)
    ]


def _times(stretch: Sequence[time]) -> Fields:
    start, end = stretch
    return {"startTime": f"{start:%H:%M}", "endTime": f"{end:%H:%M}"}
