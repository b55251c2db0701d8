"""The waiting list: who waits is noted, and told of to the salon once a fitting place is free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import structlog

from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.rules import bookable
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.requests import JoinWaitingList, WaitingEntry
    from booking_core.domain.slots import SlotAnswer
    from booking_core.ports import Clock, Salons

log = structlog.get_logger()


class WaitingList(Protocol):
    """Who waits for a place."""

    async def join(self, wish: JoinWaitingList) -> WaitingEntry:
        """Note the wish; noted again by the same key, the newest one counts."""
        ...

    async def entries(self, branch_id: UUID) -> Sequence[WaitingEntry]:
        """Who waits still, those with a place that became free first."""
        ...

    async def to_look_for(self) -> Sequence[WaitingEntry]:
        """Who waits at branches where a place was given back since it was looked for last."""
        ...

    async def found(self, entry: WaitingEntry, start: datetime) -> None:
        """This start became free; the salon is to call."""
        ...

    async def looked(self, entry: WaitingEntry) -> None:
        """Nothing fits yet."""
        ...

    async def expire(self, entry: WaitingEntry) -> None:
        """The last day that was wished is over."""
        ...

    async def settle(self, branch_id: UUID, entry_id: int) -> bool:
        """The salon has seen to it; False when there is no such entry of this branch."""
        ...


async def look_for_places(
    waiting: WaitingList,
    *,
    find: Callable[[SlotQuery], Awaitable[SlotAnswer]],
    salons: Salons,
    clock: Clock,
) -> int:
    """Look for those who wait where something was given back; how many can come now.

    Nothing is held and nobody is called: the salon decides whom it asks first.
    """
    fitting = 0
    for entry in await waiting.to_look_for():
        try:
            fitting += await _look(entry, waiting, find=find, salons=salons, clock=clock)
        except Exception:
            log.exception("waiting_not_looked_for", entry=entry.id)
    return fitting


async def _look(
    entry: WaitingEntry,
    waiting: WaitingList,
    *,
    find: Callable[[SlotQuery], Awaitable[SlotAnswer]],
    salons: Salons,
    clock: Clock,
) -> bool:
    salon = await salons.by_id(entry.wish.branch_id)
    reach = bookable(salon.branch, clock.now())
    if reach is None:
        return False
    windows = [wished for span in entry.wish.windows if (wished := _within(span, reach))]
    if entry.wish.windows and not windows:
        await _too_late_or_early(entry, waiting, reach)
        return False
    answer = await find(_query(entry, windows))
    if isinstance(answer, SlotsFound) and answer.offers:
        await waiting.found(entry, answer.offers[0].plan.start)
        log.info("waiting_place_found", entry=entry.id)
        return True
    await waiting.looked(entry)
    return False


async def _too_late_or_early(entry: WaitingEntry, waiting: WaitingList, reach: Span) -> None:
    if max(span.end for span in entry.wish.windows) <= reach.start:
        await waiting.expire(entry)
    else:
        await waiting.looked(entry)


def _within(span: Span, reach: Span) -> Span | None:
    start, end = max(span.start, reach.start), min(span.end, reach.end)
    return Span(start, end) if start < end else None


def _query(entry: WaitingEntry, windows: Sequence[Span]) -> SlotQuery:
    return SlotQuery(
        branch_id=entry.wish.branch_id,
        visit=VisitRequest(services=entry.wish.services, staff=entry.wish.staff),
        owner=f"waiting:{entry.id}",
        wishes=tuple(TimeWish(window=span) for span in windows),
        limit=1,
        strict=True,
    )
