"""What a call asks of the desk: one piece of work at a time, in order, beside the conversation."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from booking_core.domain.booking import BookAppointment
from booking_core.domain.orders import CancelAppointment, RescheduleAppointment
from booking_core.domain.requests import JoinWaitingList, RequestCallback
from booking_core.workflows.note_late import NoteLateness
from voice_agent.dialogue.events import (
    BookingAnswered,
    CancelAnswered,
    Event,
    LatenessAnswered,
    MoveAnswered,
    RequestNoted,
    SlotsAnswered,
    VisitsFound,
    Work,
    WorkFailed,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from booking_core.domain.slots import SlotQuery
    from voice_agent.background import Background
    from voice_agent.dialogue.actions import LookUp
    from voice_agent.dialogue.orders import Order
    from voice_agent.dialogue.ports import Desk

log = structlog.get_logger(__name__)
T = TypeVar("T")

COURTESY_S = 1.0  # holds expire by themselves; giving them back keeps no search waiting longer


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """A search, a look-up or a change under way."""

    work: Work
    task: asyncio.Task[Any]
    started: float = field(default_factory=time.monotonic)
    rung: int = 0
    """How many sentences of waiting have been said."""

    def event(self) -> Event:
        """How it ended."""
        if self.task.cancelled() or self.task.exception() is not None:
            return WorkFailed(work=self.work)
        return _answered(self.work, self.task.result())


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

    def look_up(self, asked: LookUp, *, is_announced: bool) -> None:
        """Look up visits that stand."""
        self.drop_search()
        find = partial(
            self._desk.find_appointments, asked.branch_id, include_past=asked.include_past
        )
        task = self._in_order(lambda: find(phone=asked.phone, code=asked.code), name="look_up")
        self._watch(Job(work=Work.LOOKUP, task=task, rung=int(is_announced)))

    def carry_out(self, order: Order) -> None:
        """Book, cancel or move: nothing the caller says or does from here on stops it."""
        self.drop_search()
        work, change = self._change(order)
        self._watch(Job(work=work, task=self._in_order(change, name=work.value), rung=1))

    def _change(self, order: Order) -> tuple[Work, Callable[[], Coroutine[Any, Any, object]]]:
        match order:
            case BookAppointment():
                return Work.BOOKING, lambda: self._desk.book(order)
            case CancelAppointment():
                return Work.CANCEL, lambda: self._desk.cancel(order)
            case RescheduleAppointment():
                return Work.MOVE, lambda: self._desk.reschedule(order)
            case RequestCallback():
                return Work.REQUEST, lambda: self._desk.call_back(order)
            case JoinWaitingList():
                return Work.REQUEST, lambda: self._desk.join_waiting_list(order)
            case NoteLateness():
                return Work.LATENESS, lambda: self._desk.note_lateness(order)

    def drop_search(self) -> None:
        """Stop a search or look-up whose answer nobody waits for any more."""
        if self.job is not None and not self.job.work.is_change:
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


def _answered(work: Work, result: Any) -> Event:  # noqa: ANN401, PLR0911 - a result per work
    match work:
        case Work.SEARCH:
            return SlotsAnswered(answer=result)
        case Work.LOOKUP:
            return VisitsFound(visits=tuple(result))
        case Work.BOOKING:
            return BookingAnswered(result=result)
        case Work.CANCEL:
            return CancelAnswered(result=result)
        case Work.MOVE:
            return MoveAnswered(result=result)
        case Work.REQUEST:
            return RequestNoted(result=result)
        case Work.LATENESS:
            return LatenessAnswered(result=result)


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
