"""One request to Cal.com and its answer, or the error that says what is known of it.

Every request passes the same gates: the breaker (is anybody there?), the allowance (may this key
ask now?), the wire itself. Repeated is only what is safe to repeat: requests that never left this
machine or were turned away with a 429, and those that change nothing when they are done twice.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import stamina

from booking_core.adapters.calcom.breaker import Breaker
from booking_core.adapters.calcom.figures import Call, Figures, kind_of
from booking_core.adapters.calcom.refusals import is_missing, is_outage, rate_limit, refusal
from booking_core.adapters.calcom.transport import TOO_MANY, Patience, Reply, Transport
from booking_core.adapters.redis_allowance import NotNow
from booking_core.adapters.urgency import urgency
from booking_core.domain.errors import CalendarBusy, CalendarDown, CalendarError, CalendarSilent
from booking_core.workflows.after_a_while import beginning_after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from booking_core.adapters.calcom.versions import Versions
    from booking_core.adapters.redis_allowance import Allowance, Spent

Json = dict[str, Any]
Query = dict[str, str | int]

SAFE_TRIES = 3
SAFE_FOR_S = 15.0
BUSY_TRIES = 2  # after the first
UNEASY_S = 2.0  # a booking takes 300 ms, and from a server that has slept a second or two
REPEATABLE = frozenset({"GET", "PATCH", "DELETE"})
"""A PATCH of ours says how things shall be, not what shall be added to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long Cal.com may take; a booking takes 300 ms there on a good day."""

    connect_s: float = 4.0
    """Two lost packets are made up for after 3 s; an address where nobody is refuses at once."""
    caller_connect_s: float = 1.2
    """The same while a caller waits: one lost packet, and the truth still comes within 2 s."""
    look_s: float = 8.0
    """For an answer that only tells."""
    read_s: float = 30.0
    """For an answer to a change, during which Cal.com sends mails and calls webhooks."""
    abandoned_s: float = 5.0
    """Who is no longer waited for after so long was silent, even if we did not wait to the end."""

    def of(self, method: str) -> Patience:
        """For a request; a caller does not wait for a connection as long as a job does."""
        answer_s = min(self.look_s, self.read_s) if method == "GET" else self.read_s
        if urgency().background:
            place_s, connect_s = self.read_s, self.connect_s
        else:
            place_s, connect_s = self.connect_s, min(self.connect_s, self.caller_connect_s)
        return Patience(place_s=place_s, connect_s=connect_s, answer_s=answer_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked."""

    method: str
    path: str
    """Without `/v2`."""
    key: str | None = field(default=None, repr=False)
    """None = as anybody."""
    query: Query | None = None
    body: Json | None = field(default=None, repr=False)
    missing_ok: bool = False
    """404 is an answer."""
    books: bool = False
    """Asks for time, which may be taken."""

    @property
    def must_arrive(self) -> bool:
        """Whether somebody is on the line, and an unknown outcome would be hard to undo."""
        return self.method not in REPEATABLE and not urgency().background


class Wire:
    """Everything between a typed call and the network; one for each address of a Cal.com."""

    def __init__(
        self,
        base_url: str,
        *,
        versions: Versions,
        timeouts: Timeouts | None = None,
        allowance: Allowance | None = None,
    ) -> None:
        self._timeouts = timeouts or Timeouts()
        self._versions = versions
        self._allowance = allowance
        self._transport = Transport(base_url)
        self._last_key: str | None = None
        self.breaker = Breaker(self._is_there)
        self.figures = Figures()

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self.breaker.aclose()
        await self._transport.aclose()

    async def ask(self, request: Request) -> Reply:
        """The answer, a success (or the 404 that is one); otherwise a CalendarError."""
        lost: list[CalendarSilent] = []
        try:
            return await self._as_often_as_safe(request, lost)
        except (CalendarDown, CalendarBusy) as error:
            if lost:  # something was sent before, and only this last time nothing
                raise lost[-1] from error
            raise

    async def spent(self, key: str) -> Spent | None:
        """How much of the key's allowance is used up; None = nobody counts."""
        return await self._allowance.spent(key) if self._allowance else None

    async def expect(self, key: str, requests: int) -> None:
        """So many are about to follow with this key: none shall have to ask for its own turn."""
        if self._allowance is not None:
            await self._allowance.reserve(key, requests, urgency())

    async def _as_often_as_safe(self, request: Request, lost: list[CalendarSilent]) -> Reply:
        if request.method not in REPEATABLE:
            return await self._answered(request, 1)
        retrying = stamina.retry_context(
            on=CalendarSilent,
            attempts=SAFE_TRIES,
            timeout=SAFE_FOR_S,
            wait_initial=0.1,
            wait_max=0.4,
        )
        async for attempt in retrying:
            with attempt:
                try:
                    return await self._answered(request, attempt.num)
                except CalendarSilent as silent:
                    lost.append(silent)
                    raise
        raise AssertionError("a retry ends in an answer or an error")

    async def _answered(self, request: Request, attempt: int) -> Reply:
        response = await self._unless_busy(request, attempt)
        if response.is_success:
            return response
        missing = is_missing(response)
        # Deleted twice, because the first answer was lost, is deleted.
        gone = missing and request.method == "DELETE" and attempt > 1
        if gone or (missing and request.missing_ok):
            return response
        raise refusal(response, booking=request.books)

    async def _unless_busy(self, request: Request, attempt: int) -> Reply:
        """Background work waits where Cal.com says 429, a caller is told: nothing was done."""
        response = await self._exchange(request, attempt)
        for _ in range(BUSY_TRIES):
            if response.status != TOO_MANY:
                break
            wait_s = await self._turned_away(request, response)
            if not urgency().background or wait_s > urgency().patience_s:
                break
            await asyncio.sleep(wait_s)
            response = await self._exchange(request, attempt)
        return response

    async def _turned_away(self, request: Request, response: Reply) -> float:
        """Nobody asks with this key until then; asking on would prolong it."""
        busy = refusal(response)
        wait_s = busy.retry_after_s if isinstance(busy, CalendarBusy) else 0.0
        if self._allowance is not None:
            await self._allowance.block(request.key or "", for_s=wait_s)
        return wait_s

    async def _exchange(self, request: Request, attempt: int) -> Reply:
        await (self.breaker.make_sure() if request.must_arrive else self.breaker.check())
        await self._admitted(request)
        with self._noted(request, attempt) as note, self.breaker.waiting():
            response = await self._sent(request, attempt)
            note["outcome"] = str(response.status)
        self._last_key = request.key or self._last_key
        self._learn(request, response)
        if is_outage(response, looked=request.method == "GET"):
            self._count_silence(attempt)
        else:
            self.breaker.answered()
        return response

    def _count_silence(self, attempt: int) -> None:
        """One request that fares badly three times is one, and not three of them."""
        if attempt == 1:
            self.breaker.silent()

    async def _admitted(self, request: Request) -> None:
        if self._allowance is None:
            return
        try:
            await self._allowance.admit(request.key or "", urgency())
        except NotNow as error:
            raise CalendarBusy(says="our own limit", retry_after_s=error.wait_s) from None

    def _learn(self, request: Request, response: Reply) -> None:
        granted = rate_limit(response, "limit")
        if self._allowance is not None and granted is not None:
            self._allowance.learn(request.key or "", per_minute=granted)

    async def _sent(self, request: Request, attempt: int) -> Reply:
        began = time.monotonic()
        try:
            return await (self._watched if request.must_arrive else self._exchanged)(request)
        except (CalendarDown, CalendarSilent):
            self._count_silence(attempt)
            raise
        except asyncio.CancelledError:
            if time.monotonic() - began >= self._timeouts.abandoned_s:
                self._count_silence(attempt)
            raise

    async def _watched(self, request: Request) -> Reply:
        """The answer; CalendarSilent as soon as Cal.com answers nothing else either.

        Where it does answer other questions this one is waited for: what it does may take long.
        """
        try:
            async with asyncio.timeout(None) as patience:
                watch = partial(self._watch, patience)
                with beginning_after(UNEASY_S, watch, name="calcom-watch"):
                    return await self._exchanged(request)
        except TimeoutError as error:
            raise CalendarSilent(says="nobody is there", nobody_there=True) from error

    async def _watch(self, patience: asyncio.Timeout) -> None:
        try:
            await self.breaker.make_sure()
        except CalendarDown:
            patience.reschedule(asyncio.get_running_loop().time())

    async def _exchanged(self, request: Request) -> Reply:
        headers = self._versions.headers(request.method, request.path)
        if request.key:
            headers["Authorization"] = f"Bearer {request.key}"
        return await self._transport.exchange(
            request.method,
            request.path,
            query=request.query,
            body=request.body,
            headers=headers,
            patience=self._timeouts.of(request.method),
        )

    @contextmanager
    def _noted(self, request: Request, attempt: int) -> Iterator[dict[str, str]]:
        note: dict[str, str] = {}
        began = time.perf_counter()
        try:
            yield note
        except BaseException as error:
            note["outcome"] = type(error).__name__
            raise
        finally:
            call = Call(
                kind=kind_of(request.method, request.path),
                outcome=note["outcome"],
                seconds=time.perf_counter() - began,
                attempt=attempt,
            )
            self.figures.note(call)

    async def _is_there(self) -> bool:
        """Whether Cal.com answers the smallest question; what it answers is all the same."""
        try:
            response = await self._exchanged(Request(method="GET", path="/me", key=self._last_key))
        except CalendarError:
            return False
        return not is_outage(response, looked=True)
