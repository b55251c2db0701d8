"""How much of a process may go into thoughts that nobody has asked for.

A caller who speaks in snatches is thought about again and again, mostly in vain. Where few call
that costs nobody anything; where many do, those who wait for an answer come first.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHARE = 0.2  # of one processor; callers who wait for an answer have the rest
MOST_S = 1.0  # saved up while few speak


class Leisure:
    """Time that comes back as it passes, up to a limit, and goes with every thought."""

    def __init__(
        self,
        *,
        share: float = SHARE,
        most_s: float = MOST_S,
        clock: Callable[[], float] = time.monotonic,
        effort: Callable[[], float] = time.thread_time,
    ) -> None:
        self._share = share
        self._most_s = most_s
        self._clock = clock
        self._effort = effort
        self._left_s = most_s
        self._looked_at = clock()

    @property
    def is_left(self) -> bool:
        """Whether there is time for a thought."""
        now = self._clock()
        self._left_s = min(self._left_s + (now - self._looked_at) * self._share, self._most_s)
        self._looked_at = now
        return self._left_s > 0

    @contextmanager
    def spent(self) -> Iterator[None]:
        """What happens within is paid for, by the processor time that it takes."""
        began = self._effort()
        try:
            yield
        finally:
            self._left_s -= self._effort() - began
