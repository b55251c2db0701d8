"""One running sandbox: its rows, its clock, and what tests may do to it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox import seeds
from booking_core.adapters.calcom.sandbox.clock import SettableClock
from booking_core.adapters.calcom.sandbox.courier import Courier
from booking_core.adapters.calcom.sandbox.faults import Faults
from booking_core.adapters.calcom.sandbox.limits import Limiter
from booking_core.adapters.calcom.sandbox.meter import Meter
from booking_core.adapters.calcom.sandbox.storage import Store

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import datetime

    from booking_core.adapters.calcom.sandbox.options import Options
    from booking_core.adapters.calcom.sandbox.records import Json, Records

LONGEST_TURN = 5  # after so many waits one goes on although others keep coming
SLOTS_CACHE_TTL_S = 2.0  # recorded: the same question is answered from the cache for 2000 ms


class State:
    """What the handlers share."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = SettableClock(options.now)
        self._store = Store(options.state_file) if options.state_file else None
        stored = self._store.load() if self._store else None
        self.records: Records = stored or seeds.rows(options.seed)
        self.faults = Faults()
        self.limiter = Limiter(options.requests_per_minute)
        self.meter = Meter()
        self.courier = Courier(now=lambda: self.now, in_background=self.in_background)
        self.slots_cache: dict[str, tuple[float, Json]] = {}
        self.slots_cache_ttl_s = SLOTS_CACHE_TTL_S
        self.stopping = False
        self._waiting: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def now(self) -> datetime:
        """The sandbox's own instant, as fine as its answers write it: whole milliseconds."""
        now = self.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def save(self) -> None:
        """Keep the rows across a death of the process, where a file was named."""
        if self._store:
            self._store.save(self.records)

    def reset(self) -> None:
        """Back to the seed, without faults."""
        self.records = seeds.rows(self.options.seed)
        self.faults.clear()
        self.courier.clear()
        self.limiter = Limiter(self.options.requests_per_minute)
        self.meter = Meter()
        self.slots_cache.clear()
        self.slots_cache_ttl_s = SLOTS_CACHE_TTL_S
        self.save()

    async def turn(self, what: str) -> None:
        """Let everybody else who wants the same get as far: until nobody new has come for a while.

        The real one spends hundreds of milliseconds here, and loses its races in them.
        """
        self._waiting[what] += 1
        try:
            for _ in range(LONGEST_TURN):
                before = self._waiting[what]
                await asyncio.sleep(self.options.turn_s)
                if self._waiting[what] <= before:
                    return
        finally:
            self._waiting[what] -= 1

    def in_background(self, work: Coroutine[object, object, None]) -> None:
        """Let something happen after its request is over."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Let go of held connections and of what would still happen."""
        self.stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def close(self) -> None:
        """Let go of the file, when the last request is over."""
        if self._store:
            self._store.close()
            self._store = None

    def cached_slots(self, question: str) -> Json | None:
        """The answer given to the very same question a moment ago."""
        at, answer = self.slots_cache.get(question, (float("-inf"), {}))
        return answer if time.monotonic() - at < self.slots_cache_ttl_s else None

    def cache_slots(self, question: str, answer: Json) -> None:
        """Remember an answer for a moment."""
        now = time.monotonic()
        self.slots_cache = {
            key: entry
            for key, entry in self.slots_cache.items()
            if now - entry[0] < self.slots_cache_ttl_s
        }
        self.slots_cache[question] = (now, answer)
