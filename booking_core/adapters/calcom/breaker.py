"""Whether it is worth asking Cal.com at all: after a few silences in a row nobody waits for more.

Closed: requests pass. Open: whoever comes first asks one small question, and all who come meanwhile
wait for its answer (half-open). Within a second they pass, or know that nothing was sent.
"""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from booking_core.domain.errors import CalendarDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = structlog.get_logger()

OPENS_AFTER = 3
ANSWER_WITHIN_S = 1.0  # a caller shall hear within 2 s that nobody is there
GAP_S = 0.25  # between two questions, however many want to know


class BreakerState(StrEnum):
    """What happens to a request."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Counts silences in a row; `is_there` asks Cal.com the small question."""

    def __init__(
        self, is_there: Callable[[], Awaitable[bool]], *, opens_after: int = OPENS_AFTER
    ) -> None:
        self._is_there = is_there
        self._opens_after = opens_after
        self._silences = 0
        self._state = BreakerState.CLOSED
        self._asked_at = 0.0
        self._asking: asyncio.Task[None] | None = None

    @property
    def state(self) -> BreakerState:
        """Closed, open or half-open."""
        return self._state

    async def check(self) -> None:
        """Pass, or CalendarDown: nothing was sent, and nothing need be."""
        if self._state is BreakerState.CLOSED:
            return
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(), name="calcom-is-there")
        await asyncio.shield(self._asking)
        if self.state is not BreakerState.CLOSED:
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
        if self._silences >= self._opens_after and self._state is BreakerState.CLOSED:
            self._state = BreakerState.OPEN
            log.warning("calcom_is_down", silences=self._silences)

    async def aclose(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _ask(self) -> None:
        await asyncio.sleep(max(0.0, self._asked_at + GAP_S - time.monotonic()))
        if self._state is BreakerState.CLOSED:
            return
        self._state = BreakerState.HALF_OPEN
        there = False
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                there = await self._is_there()
        except TimeoutError:
            pass
        finally:
            self._asked_at = time.monotonic()
            if there:
                self.answered()
            elif self._state is BreakerState.HALF_OPEN:
                self._state = BreakerState.OPEN
