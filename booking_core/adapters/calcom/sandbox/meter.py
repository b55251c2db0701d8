"""What a test may ask afterwards: which requests came, how many at once, how long they took."""

from __future__ import annotations

import time
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from booking_core.adapters.calcom.sandbox.records import Json

KEPT = 1000  # requests that a test can read back; older ones are only counted


@dataclass(slots=True, kw_only=True)
class Heard:
    """One request and what became of it."""

    request: str
    """Its route, as faults name it."""
    path: str = ""
    """With the query, as it came."""
    status: int = 0
    """0 = nothing was answered yet, or nothing ever."""
    ms: float = 0.0


class Meter:
    """Counts the requests of one sandbox; its own back door does not count."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.peak = 0
        self.answering_s = 0.0
        self._heard: deque[Heard] = deque(maxlen=KEPT)
        self._running = 0

    @contextmanager
    def measure(self, what: str) -> Iterator[Heard]:
        """One request, from its arrival to its answer."""
        heard = Heard(request=what)
        self._heard.append(heard)
        self.requests[what] += 1
        self._running += 1
        self.peak = max(self.peak, self._running)
        began = time.perf_counter()
        try:
            yield heard
        finally:
            self._running -= 1
            taken = time.perf_counter() - began
            self.answering_s += taken
            heard.ms = round(taken * 1000, 1)

    def report(self) -> Json:
        """The numbers so far."""
        return {
            "requests": dict(self.requests),
            "peak_concurrency": self.peak,
            "answering_ms": round(self.answering_s * 1000, 1),
        }

    def heard(self) -> list[Json]:
        """The latest requests, in the order they came in."""
        return [asdict(one) for one in self._heard]
