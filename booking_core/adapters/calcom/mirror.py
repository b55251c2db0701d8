"""Free time as Cal.com sees it: whatever is not free there is somebody's appointment."""

from __future__ import annotations

import time
from datetime import UTC, timedelta
from itertools import count, pairwise
from typing import TYPE_CHECKING

from booking_core.domain.interval import Span
from booking_core.workflows.mirror_calendar import CELL_MINUTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from booking_core.adapters.calcom.workshop import Connections
    from booking_core.domain.catalogue import Salon
    from booking_core.workflows.mirror_calendar import Watched

MEMORY_S = 240  # more questions than two seconds; less than a cell: no further slot fits in


class CalcomView:
    """Implements `mirror_calendar.View`.

    Our event types stand on a schedule that is always open, so their slots of one cell each tell
    free from busy, wherever a booking, a connected calendar or an absence comes from. Slots take no
    time from anybody, and one answer tells of a week.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._turns = count(time.time_ns() // 1000)  # processes begin at different ones

    async def free(self, salon: Salon, watched: Watched, window: Span) -> Sequence[Span]:
        """Cells that are free, put together."""
        opened = await self._connections.of(salon)
        slots = await opened.client.slots(
            watched.event_type_id,
            self._never_asked_before(window),
            key=opened.accounts.key(watched.user),
            minutes=CELL_MINUTES,
        )
        return [
            part
            for span in _put_together(slot.start for slot in slots)
            if (part := span.clip(window))
        ]

    def _never_asked_before(self, window: Span) -> Span:
        """The same question within two seconds is answered from memory; another end makes another.

        Right after a cancellation of our own the old answer would show it as somebody else's.
        """
        return Span(window.start, window.end + timedelta(seconds=next(self._turns) % MEMORY_S))


def _put_together(starts: Iterable[datetime]) -> Iterator[Span]:
    """Spans of the cells that begin at these, neighbours as one.

    A week has two thousand cells: a span for each would keep calls waiting for a twentieth second.
    """
    cell = timedelta(minutes=CELL_MINUTES)
    ordered = sorted(start.astimezone(UTC) for start in starts)
    if not ordered:
        return
    gaps = [at for at, (one, other) in enumerate(pairwise(ordered), 1) if other > one + cell]
    for first, beyond in pairwise([0, *gaps, len(ordered)]):
        yield Span(ordered[first], ordered[beyond - 1] + cell)
