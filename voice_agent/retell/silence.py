"""Notices that a line has fallen silent; being heard costs no timer, so that often is cheap."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


TURNS = 3  # of the loop; uvloop calls timers before it reads, and only then whoever waits for that


class Silence:
    """Calls `on_silence` once when nothing has been heard for so long; not before it begins."""

    def __init__(self, limit_s: float, on_silence: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._limit_s = limit_s
        self._on_silence = on_silence
        self._heard_at = 0.0
        self._timer: asyncio.Handle | None = None

    def begin(self) -> None:
        """From now on silence counts."""
        if self._timer is None:
            self._heard_at = self._loop.time()
            self._look()

    def heard(self) -> None:
        """Something has been heard."""
        self._heard_at = self._loop.time()

    def end(self) -> None:
        """Silence does not matter any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        left_s = self._left_s
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._look)
        else:
            self._judge_after(TURNS)

    def _judge_after(self, turns: int) -> None:
        """What came in while this process stood still is heard first."""
        if turns:
            self._timer = self._loop.call_soon(self._judge_after, turns - 1)
        elif self._left_s > 0:
            self._look()
        else:
            self._on_silence()

    @property
    def _left_s(self) -> float:
        return self._heard_at + self._limit_s - self._loop.time()
