"""Whether it is worth asking Cal.com at all: after a few silences in a row nobody waits for more.

Closed: requests pass. Open: they fail at once, and one small request at a time tries whether
Cal.com is back. Half-open: that request is under way; callers are not used to find out.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from booking_core.domain.errors import CalendarDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

log = structlog.get_logger()

OPENS_AFTER = 3
PROBE_WAITS_S = (0.25, 0.5, 1.0, 2.0, 5.0)  # the last one again and again


class BreakerState(StrEnum):
    """What happens to a request."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Counts silences in a row; `probe` tells whether Cal.com answers."""

    def __init__(
        self,
        probe: Callable[[], Awaitable[bool]],
        *,
        opens_after: int = OPENS_AFTER,
        waits_s: Sequence[float] = PROBE_WAITS_S,
    ) -> None:
        self._probe = probe
        self._opens_after = opens_after
        self._waits_s = waits_s
        self._silences = 0
        self._state = BreakerState.CLOSED
        self._probing: asyncio.Task[None] | None = None

    @property
    def state(self) -> BreakerState:
        """Closed, open or half-open."""
        return self._state

    def check(self) -> None:
        """CalendarDown unless requests pass."""
        if self._state is not BreakerState.CLOSED:
            raise CalendarDown(reason="calendar down")

    def answered(self) -> None:
        """Cal.com lives."""
        self._silences = 0
        if self._state is not BreakerState.CLOSED:
            self._state = BreakerState.CLOSED
            log.info("calcom_is_back")

    def silent(self) -> None:
        """Cal.com gave no answer, or none that shows it can work."""
        self._silences += 1
        if self._silences < self._opens_after or self._state is not BreakerState.CLOSED:
            return
        self._state = BreakerState.OPEN
        log.warning("calcom_is_down", silences=self._silences)
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self._until_it_is_back(), name="calcom-probe")

    async def aclose(self) -> None:
        """Stop probing."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)

    async def _until_it_is_back(self) -> None:
        tries = 0
        while self._state is not BreakerState.CLOSED:
            await asyncio.sleep(self._waits_s[min(tries, len(self._waits_s) - 1)])
            tries += 1
            if self._state is BreakerState.OPEN:
                self._state = BreakerState.HALF_OPEN
                await self._look()

    async def _look(self) -> None:
        if await self._probe():
            self.answered()
        elif self._state is BreakerState.HALF_OPEN:
            self._state = BreakerState.OPEN
