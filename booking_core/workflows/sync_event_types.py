"""Give every segment that somebody can do an event type of its own in the external calendar.

What is wanted follows from the salon alone, so the workflow may run at every start: what is there
is adopted by its slug, what differs is changed, and the second run changes nothing.
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.event_type import WantedEventType

log = structlog.get_logger()

AT_ONCE = 8  # the first start makes more than a hundred; the salon's own work must not starve
PATIENT_ROUNDS = 5


class Change(StrEnum):
    """What had to be done to an event type."""

    CREATED = "created"
    CHANGED = "changed"
    NOTHING = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """An event type that is as it should be, or the reason why it is not."""

    wanted: WantedEventType
    event_type_id: int | None = None
    change: Change | None = None
    error: str | None = None


class EventTypes(Protocol):
    """The external calendar's event types."""

    async def ensure(self, wanted: WantedEventType) -> tuple[int, Change]:
        """Make it, adopt it, or leave it alone; its id there. CalendarError when refused."""
        ...


class EventTypeMap(Protocol):
    """Our own record of which event type is which."""

    async def write(self, branch_id: UUID, synced: Sequence[Synced]) -> int:
        """Make these the branch's rows; how many others were dropped.

        A failed one keeps the id it had: it may still be bookable.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a run did."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    """No longer wanted: still at the calendar, but never booked again."""
    failed: tuple[tuple[str, str], ...] = field(default=())
    """Slugs, and why."""

    @property
    def total(self) -> int:
        """How many segments and people there are."""
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
    """Create, rename and re-time what differs; `progress` hears how many of how many are done."""
    wanted = wanted_event_types(salon)
    gate, done = asyncio.Semaphore(AT_ONCE), Counter[str]()

    async def one(wish: WantedEventType) -> Synced:
        async with gate:
            synced = await _ensured(event_types, wish)
        done["all"] += 1
        if progress:
            progress(done["all"], len(wanted))
        return synced

    synced = await asyncio.gather(*(one(wish) for wish in wanted))
    retired = await event_map.write(salon.branch.id, synced)
    report = _report(synced, retired)
    log.info(
        "event_types_synced",
        salon=salon.branch.key,
        created=report.created,
        changed=report.changed,
        unchanged=report.unchanged,
        retired=report.retired,
        failed=len(report.failed),
    )
    return report


async def _ensured(event_types: EventTypes, wanted: WantedEventType) -> Synced:
    """One event type; a calendar that says when to come back is asked again then."""
    for _ in range(PATIENT_ROUNDS):
        try:
            event_type_id, change = await event_types.ensure(wanted)
        except CalendarError as error:
            wait_s = error.facts.get("retry_after_s")
            if not isinstance(wait_s, float):
                return Synced(wanted=wanted, error=_reason(error))
            await asyncio.sleep(wait_s)
        else:
            return Synced(wanted=wanted, event_type_id=event_type_id, change=change)
    return Synced(wanted=wanted, error="the calendar is too busy")


def _reason(error: CalendarError) -> str:
    says = error.facts.get("says") or error.facts.get("reason")
    return f"{type(error).__name__}: {says}" if says else str(error)


def _report(synced: Iterable[Synced], retired: int) -> SyncReport:
    results = list(synced)
    count = Counter(result.change for result in results if result.change)
    return SyncReport(
        created=count[Change.CREATED],
        changed=count[Change.CHANGED],
        unchanged=count[Change.NOTHING],
        retired=retired,
        failed=tuple((r.wanted.slug, r.error) for r in results if r.error),
    )
