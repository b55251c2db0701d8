"""Whether it is worth asking Cal.com at all: after a few silences in a row nobody waits for more.

Closed: requests pass. Open: whoever comes first asks one small question, and all who come meanwhile
wait for its answer (half-open). Within a second they pass, or know that nothing was sent.

A caller's change is not sent on a mere hope: where the last sign of life is old, or somebody waits
for an answer right now or has given up on one since, the small question comes first. Otherwise the
first caller at an address that never answers would be the one who finds out.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from booking_core.domain.errors import CalendarDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

log = structlog.get_logger()

OPENS_AFTER = 3
ANSWER_WITHIN_S = 1.0  # a caller shall hear within 2 s that nobody is there
GAP_S = 0.25  # between two questions, however many want to know
LATE_AFTER_S = 0.6  # an answer to a look takes 80 ms; shorter than a look before an offer may take
QUIET_S = 30.0  # an offer was verified since, so a caller who says yes rarely has to wait


class BreakerState(StrEnum):
    """What happens to a request."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Counts silences in a row; `is_there` asks Cal.com the small question."""

    def __init__(
        self,
        is_there: Callable[[], Awaitable[bool]],
        *,
        opens_after: int = OPENS_AFTER,
        quiet_s: float = QUIET_S,
    ) -> None:
        self._is_there = is_there
        self._opens_after = opens_after
        self._quiet_s = quiet_s
        self._silences = 0
        self._state = BreakerState.CLOSED
        self._heard_at = time.monotonic()
        self._missed_at = 0.0
        self._waiting: dict[object, float] = {}
        self._asked_at = 0.0
        self._asking: asyncio.Task[bool] | None = None

    @property
    def state(self) -> BreakerState:
        """Closed, open or half-open."""
        return self._state

    async def check(self) -> None:
        """Pass, or CalendarDown: nothing was sent, and nothing need be."""
        if self._state is not BreakerState.CLOSED:
            await self._pass_if_there()

    async def make_sure(self) -> None:
        """As `check`, and pass only if Cal.com has shown lately that it answers."""
        if self._state is not BreakerState.CLOSED or self._is_doubtful:
            await self._pass_if_there()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """In here somebody waits for an answer; whoever leaves late without one has missed it."""
        request, began = object(), time.monotonic()
        self._waiting[request] = began
        try:
            yield
        finally:
            del self._waiting[request]
            if self._heard_at < began and time.monotonic() - began >= LATE_AFTER_S:
                self._missed_at = time.monotonic()

    def answered(self) -> None:
        """Cal.com lives."""
        self._silences = 0
        self._heard_at = time.monotonic()
        if self._state is not BreakerState.CLOSED:
            self._state = BreakerState.CLOSED
            log.info("calcom_is_back")

    def silent(self) -> None:
        """Cal.com gave no answer, or none that shows it can work."""
        self._silences += 1
        self._missed_at = time.monotonic()
        if self._silences >= self._opens_after and self._state is BreakerState.CLOSED:
            self._state = BreakerState.OPEN
            log.warning("calcom_is_down", silences=self._silences)

    async def aclose(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    @property
    def _is_doubtful(self) -> bool:
        """Whether the last sign of life is old, or somebody has missed another one since."""
        now = time.monotonic()
        late = any(self._heard_at < began < now - LATE_AFTER_S for began in self._waiting.values())
        return late or self._missed_at > self._heard_at or now - self._heard_at > self._quiet_s

    async def _pass_if_there(self) -> None:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(), name="calcom-is-there")
        if not await asyncio.shield(self._asking):
            raise CalendarDown(reason="calendar down")

    async def _ask(self) -> bool:
        await asyncio.sleep(max(0.0, self._asked_at + GAP_S - time.monotonic()))
        if self._state is BreakerState.CLOSED and not self._is_doubtful:
            return True  # somebody has had an answer meanwhile
        if self._state is BreakerState.OPEN:
            self._state = BreakerState.HALF_OPEN
        there = False
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                there = await self._is_there()
        except TimeoutError:
            pass
        finally:
            self._asked_at = time.monotonic()
            self._learn(there=there)
        return there

    def _learn(self, *, there: bool) -> None:
        if there:
            self.answered()
            return
        self.silent()
        if self._state is BreakerState.HALF_OPEN:
            self._state = BreakerState.OPEN
