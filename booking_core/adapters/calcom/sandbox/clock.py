"""The sandbox's clock: it can be set, and runs on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.clock import SystemClock

if TYPE_CHECKING:
    from datetime import datetime


class SettableClock:
    """Whatever time it was told, plus what has passed since."""

    def __init__(self, start_at: datetime | None = None) -> None:
        self._clock = SystemClock(start_at)

    def set(self, now: datetime | None) -> None:
        """Go on from this instant; None = from the real one."""
        self._clock = SystemClock(now)

    def now(self) -> datetime:
        """The aware current instant, in UTC."""
        return self._clock.now()
