"""Give every segment that somebody can do an event type of its own in the external calendar.

What is wanted follows from the salon alone, so the workflow may run at every start and after every
save: what is there is adopted by its slug, what differs is changed, what nobody wants any more is
hidden and later removed, and the second run changes nothing.

Each slug is written down before the calendar is asked for anything. A run may therefore end
anywhere, with the answer to a creation lost: the next one finds what was made, or drops it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import structlog

from booking_core.domain.errors import CalendarError
from booking_core.domain.event_type import wanted_event_types
from booking_core.workflows.patience import is_passing, patiently, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.event_type import Leftover, Pair, WantedEventType

log = structlog.get_logger()

AT_ONCE = 8  # the first start makes more than a hundred; the salon's own work must not starve


class Change(StrEnum):
    """What had to be done to an event type."""

    CREATED = "created"
    CHANGED = "changed"
    NOTHING = "unchanged"


class Fate(StrEnum):
    """What became of an event type that nobody wants any more."""

    GONE = "gone"
    HIDDEN = "hidden"
    """It stays for a while: a booking stands in it, or may still be under way to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """An event type that is as it should be, or the reason why it is not."""

    wanted: WantedEventType
    event_type_id: int | None = None
    change: Change | None = None
    error: str | None = None
    again: bool = False
    """Whether the same attempt may succeed later, without anybody doing anything."""


class EventTypes(Protocol):
    """The external calendar's event types."""

    async def ensure(
        self, wanted: WantedEventType, known_id: int | None = None
    ) -> tuple[int, Change]:
        """Make it, adopt it, or leave it alone; its id there. CalendarError when refused."""
        ...

    async def retire(self, leftover: Leftover) -> Fate:
        """Hide it; remove it when it is ripe and holds no booking that is still to come."""
        ...


class EventTypeMap(Protocol):
    """Our own record of which event type is which."""

    async def plan(self, branch_id: UUID, wanted: Sequence[WantedEventType]) -> Mapping[Pair, int]:
        """Make these the branch's rows, the others left over; ids that are known already."""
        ...

    async def record(self, synced: Sequence[Synced]) -> None:
        """What became of these; a failed one keeps the id it had: it may still be bookable."""
        ...

    async def leftovers(self, branch_id: UUID) -> Sequence[Leftover]:
        """What nobody wants any more but may still be at the calendar."""
        ...

    async def forget(self, gone: Leftover) -> None:
        """It is no longer at the calendar."""
        ...

    async def keep(self, still: Leftover, *, error: str | None) -> None:
        """It cannot go yet, or could not be reached."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a run did."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    """No longer wanted: hidden at the calendar, never booked again."""
    removed: int = 0
    """No longer wanted, and gone from the calendar."""
    failed: tuple[tuple[str, str], ...] = field(default=())
    """Slugs, and why."""
    again: bool = False
    """Whether another run may get further, without anybody doing anything."""

    @property
    def total(self) -> int:
        """How many event types were looked after; those that went away are not counted."""
        return self.created + self.changed + self.unchanged + len(self.failed)

    @property
    def complete(self) -> bool:
        """Whether everything is bookable."""
        return not self.failed


async def sync_event_types(
    salon: Salon,
    *,
    event_types: EventTypes,
    event_map: EventTypeMap,
    progress: Callable[[int, int], None] | None = None,
) -> SyncReport:
    """Bring them to what the salon says; `progress` hears how many of how many are done."""
    wanted = wanted_event_types(salon)
    known = await event_map.plan(salon.branch.id, wanted)
    gate, done = asyncio.Semaphore(AT_ONCE), Counter[str]()

    async def one(wish: WantedEventType) -> Synced:
        async with gate:
            synced = await _ensured(event_types, wish, known.get(wish.pair))
        if synced.change is not Change.NOTHING:
            await event_map.record([synced])
        done["all"] += 1
        if progress:
            progress(done["all"], len(wanted))
        return synced

    async with asyncio.TaskGroup() as group:  # no request goes on when the run has ended
        tasks = [group.create_task(one(wish)) for wish in wanted]
    synced = [task.result() for task in tasks]
    await event_map.record([result for result in synced if result.change is Change.NOTHING])
    leftovers = await event_map.leftovers(salon.branch.id)
    retired = [await _retired(event_types, event_map, leftover) for leftover in leftovers]
    report = _report(synced, retired)
    log.info(
        "event_types_synced",
        salon=salon.branch.key,
        created=report.created,
        changed=report.changed,
        unchanged=report.unchanged,
        retired=report.retired,
        removed=report.removed,
        failed=len(report.failed),
    )
    return report


async def _ensured(
    event_types: EventTypes, wanted: WantedEventType, known_id: int | None
) -> Synced:
    """One event type, or why not."""
    try:
        event_type_id, change = await patiently(lambda: event_types.ensure(wanted, known_id))
    except CalendarError as error:
        return Synced(wanted=wanted, error=reason(error), again=is_passing(error))
    return Synced(wanted=wanted, event_type_id=event_type_id, change=change)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Retired:
    leftover: Leftover
    fate: Fate | None = None
    error: str | None = None
    again: bool = False


async def _retired(
    event_types: EventTypes, event_map: EventTypeMap, leftover: Leftover
) -> _Retired:
    try:
        fate = await patiently(lambda: event_types.retire(leftover))
    except CalendarError as error:
        await event_map.keep(leftover, error=reason(error))
        return _Retired(leftover=leftover, error=reason(error), again=is_passing(error))
    if fate is Fate.GONE:
        await event_map.forget(leftover)
    else:
        await event_map.keep(leftover, error=None)
    return _Retired(leftover=leftover, fate=fate)


def _report(synced: Iterable[Synced], retired: Sequence[_Retired]) -> SyncReport:
    results = list(synced)
    count = Counter(result.change for result in results if result.change)
    fates = Counter(one.fate for one in retired)
    failed = [(result.wanted.slug, result.error) for result in results if result.error]
    failed += [(one.leftover.slug, one.error) for one in retired if one.error]
    return SyncReport(
        created=count[Change.CREATED],
        changed=count[Change.CHANGED],
        unchanged=count[Change.NOTHING],
        retired=fates[Fate.HIDDEN],
        removed=fates[Fate.GONE],
        failed=tuple(failed),
        again=any(one.again for one in results) or any(one.again for one in retired),
    )
