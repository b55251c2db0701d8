"""What a call asks of the desk: one piece of work at a time, in order, beside the conversation."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from voice_agent.dialogue.events import BookingAnswered, Event, SlotsAnswered, Work, WorkFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from booking_core.domain.booking import BookAppointment
    from booking_core.domain.slots import SlotQuery
    from voice_agent.background import Background
    from voice_agent.dialogue.ports import Desk

log = structlog.get_logger(__name__)
T = TypeVar("T")

COURTESY_S = 1.0  # holds expire by themselves; giving them back keeps no search waiting longer


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """A search or booking under way."""

    work: Work
    task: asyncio.Task[Any]
    started: float = field(default_factory=time.monotonic)
    rung: int = 0
    """How many sentences of waiting have been said."""

    def event(self) -> Event:
        """How it ended."""
        if self.task.cancelled() or self.task.exception() is not None:
            return WorkFailed(work=self.work)
        if self.work is Work.SEARCH:
            return SlotsAnswered(answer=self.task.result())
        return BookingAnswered(result=self.task.result())


class Errands:
    """A call's dealings with the desk. Two of them at once would fight over the same holds."""

    def __init__(
        self,
        desk: Desk,
        background: Background,
        *,
        owner: str,
        on_done: Callable[[Job], None],
    ) -> None:
        self._desk = desk
        self._background = background
        self._owner = owner
        self._on_done = on_done
        self._earlier: set[asyncio.Task[Any]] = set()
        self.job: Job | None = None
        """What the caller is waiting for."""

    def search(self, query: SlotQuery, *, is_announced: bool) -> None:
        """Search in place of any search before; a wait that is announced needs no filler."""
        self.drop_search()
        task = self._in_order(lambda: self._desk.offer_slots(query), name="search")
        self._watch(Job(work=Work.SEARCH, task=task, rung=int(is_announced)))

    def book(self, order: BookAppointment) -> None:
        """Book: nothing the caller says or does from here on stops it."""
        self.drop_search()
        task = self._in_order(lambda: self._desk.book(order), name="booking")
        self._watch(Job(work=Work.BOOKING, task=task, rung=1))

    def drop_search(self) -> None:
        """Stop a search whose answer nobody waits for any more."""
        if self.job is not None and self.job.work is Work.SEARCH:
            self.job.task.cancel()
            self._earlier.add(self.job.task)
            self.job = None

    def give_up(self) -> None:
        """Wait no longer for the work under way; a booking goes on by itself."""
        self.drop_search()
        self.job = None

    def release(self) -> None:
        """Give back what is held for this call."""
        work = self._in_order(
            lambda: _courtesy(self._desk.release_holds(self._owner)), name="release"
        )
        self._earlier.add(work)

    def renew(self) -> None:
        """Let what is held for this call expire later."""
        work = self._in_order(
            lambda: _courtesy(self._desk.renew_holds(self._owner)), name="renewal"
        )
        self._earlier.add(work)

    def _watch(self, job: Job) -> None:
        self.job = job
        job.task.add_done_callback(lambda _: self._on_done(job))

    def _in_order(
        self, work: Callable[[], Coroutine[Any, Any, T]], *, name: str
    ) -> asyncio.Task[T]:
        earlier, self._earlier = self._earlier, set()
        return self._background.start(_after(earlier, work), name=name)


async def _after(earlier: set[asyncio.Task[Any]], work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    if earlier:
        await asyncio.wait(earlier)
    return await work()


async def _courtesy(work: Awaitable[object]) -> None:
    try:
        async with asyncio.timeout(COURTESY_S):
            await work
    except Exception:
        log.exception("holds_unchanged")
