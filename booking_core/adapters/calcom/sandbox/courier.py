"""Carries webhooks to whoever listens: once, at once, and badly when a test wants it so."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from booking_core.adapters.calcom.sandbox.times import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from datetime import datetime

    from booking_core.adapters.calcom.sandbox.records import Json

PATIENCE = aiohttp.ClientTimeout(total=5)
KEPT = 1000  # deliveries that a test can read back


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One webhook's request, signed and ready."""

    url: str
    event: str
    uid: str
    headers: Mapping[str, str]
    raw: bytes


@dataclass(slots=True, kw_only=True)
class Mischief:
    """What goes wrong with deliveries from now on."""

    drop: int = 0
    """The next so many are never sent."""
    duplicate: int = 0
    """The next so many are sent twice."""
    delay_ms: float = 0.0
    """Each is sent so much later: after the answer, if that is quicker."""
    hold: bool = False
    """They are kept until they are released, in whichever order."""


class Courier:
    """One sandbox's."""

    def __init__(
        self,
        now: Callable[[], datetime],
        in_background: Callable[[Coroutine[object, object, None]], None],
    ) -> None:
        self.mischief = Mischief()
        self.log: deque[Json] = deque(maxlen=KEPT)
        self._now = now
        self._in_background = in_background
        self._held: list[Letter] = []

    async def send(self, letters: Sequence[Letter]) -> None:
        """Deliver to everybody at the same time; back when all have answered or given up."""
        sent = [copy for letter in letters for copy in self._copies(letter)]
        if self.mischief.hold:
            self._held += sent
        elif self.mischief.delay_ms:
            self._in_background(self._later(sent, self.mischief.delay_ms / 1000))
        else:
            await _deliver_all(sent, self)

    def dispatch(self, letters: Sequence[Letter]) -> None:
        """The same without waiting, for what no request has caused."""
        self._in_background(self.send(letters))

    def release(self, *, backwards: bool) -> int:
        """Send what was held, one after the other; how many there are."""
        letters, self._held = self._held[:: -1 if backwards else 1], []
        self._in_background(self._one_by_one(letters))
        return len(letters)

    def clear(self) -> None:
        """Reliable again; what is held is lost."""
        self.mischief = Mischief()
        self._held.clear()
        self.log.clear()

    def note(self, letter: Letter, outcome: str) -> None:
        """Write down what became of a delivery."""
        facts = {"event": letter.event, "uid": letter.uid, "url": letter.url}
        self.log.append({"at": stamp(self._now()), **facts, "outcome": outcome})

    def _copies(self, letter: Letter) -> list[Letter]:
        if self.mischief.drop > 0:
            self.mischief.drop -= 1
            self.note(letter, "dropped")
            return []
        if self.mischief.duplicate > 0:
            self.mischief.duplicate -= 1
            return [letter, letter]
        return [letter]

    async def _later(self, letters: Sequence[Letter], delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        await _deliver_all(letters, self)

    async def _one_by_one(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            await _deliver_all([letter], self)


async def _deliver_all(letters: Sequence[Letter], courier: Courier) -> None:
    if not letters:
        return
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        await asyncio.gather(*(_deliver(session, letter, courier) for letter in letters))


async def _deliver(session: aiohttp.ClientSession, letter: Letter, courier: Courier) -> None:
    """One attempt: whatever comes back, and nothing too, ends it."""
    try:
        async with session.post(
            letter.url, data=letter.raw, headers=letter.headers, allow_redirects=False
        ) as answer:
            courier.note(letter, str(answer.status))
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        courier.note(letter, type(error).__name__)
