"""Passes on what is being said as soon as no more of it comes for a moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Overhearing:
    """Calls `on_quiet` with the last message once nothing has followed it for so long.

    Recognition sends a message for every word: one timer serves them all. Where it comes late by
    more than `late_s`, the process is busy and the message is let go.
    """

    def __init__(self, on_quiet: Callable[[str], None], *, quiet_s: float, late_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_quiet = on_quiet
        self._quiet_s = quiet_s
        self._late_s = late_s
        self._message: str | None = None
        self._heard_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def heard(self, message: str) -> None:
        """More has been said; this has all of it."""
        self._message, self._heard_at = message, self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self._quiet_s, self._look)

    def forget(self) -> None:
        """What was said has become known otherwise, or nobody needs to know it."""
        self._message = None

    def end(self) -> None:
        """Nobody listens any more."""
        self.forget()
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        if self._message is None:
            return
        left_s = self._heard_at + self._quiet_s - self._loop.time()
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._look)
            return
        message, self._message = self._message, None
        if -left_s <= self._late_s:
            self._on_quiet(message)
