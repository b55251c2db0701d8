"""What a test may ask afterwards: how many requests came, how many at once, how long they took."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from booking_core.adapters.calcom.sandbox.records import Json


class Meter:
    """Counts the requests of one sandbox; its own back door does not count."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.peak = 0
        self.answering_s = 0.0
        self._running = 0

    @contextmanager
    def measure(self, what: str) -> Iterator[None]:
        """One request, from its arrival to its answer."""
        self.requests[what] += 1
        self._running += 1
        self.peak = max(self.peak, self._running)
        began = time.perf_counter()
        try:
            yield
        finally:
            self._running -= 1
            self.answering_s += time.perf_counter() - began

    def report(self) -> Json:
        """The numbers so far."""
        return {
            "requests": dict(self.requests),
            "peak_concurrency": self.peak,
            "answering_ms": round(self.answering_s * 1000, 1),
        }
