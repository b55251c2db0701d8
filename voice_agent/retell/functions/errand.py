"""One function, carried out: the dialogue decides, the desk does, until something is to be said."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from booking_core.domain.booking import Failed
from booking_core.domain.requests import JoinWaitingList
from voice_agent.dialogue.actions import (
    Book,
    Cancel,
    FindSlots,
    LookUp,
    Move,
    NoteRequest,
    ReleaseHolds,
    Say,
)
from voice_agent.dialogue.events import (
    BookingAnswered,
    CancelAnswered,
    MoveAnswered,
    RequestNoted,
    SlotsAnswered,
    VisitsFound,
    Work,
    WorkFailed,
)
from voice_agent.dialogue.policy import next_step
from voice_agent.dialogue.steps import owner

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from booking_core.domain.booking import BookAppointment
    from booking_core.domain.orders import RescheduleAppointment
    from voice_agent.dialogue.actions import Action, Sentence
    from voice_agent.dialogue.events import Event
    from voice_agent.dialogue.ports import Desk
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

log = structlog.get_logger(__name__)

MOST_ROUNDS = 6
SEARCH_S = 5.0
CHANGE_S = 9.0
"""The desk gives up by itself after 8 s; Retell is told to wait for longer than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of it."""

    state: CallState
    said: tuple[Sentence, ...] = ()
    events: tuple[Event, ...] = ()
    """What the desk answered, in order."""


@dataclass(slots=True, kw_only=True)
class Errand:
    """Carries out steps of the dialogue."""

    desk: Desk
    scene: Scene
    key: str = ""
    """Of the order, if there will be one: the same order is carried out once."""
    said: list[Sentence] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    async def run(self, step: Step) -> Done:
        """Do what the step wants done, and go on with what comes of it."""
        state, actions = step
        for _ in range(MOST_ROUNDS):
            event = await self._carry_out(actions)
            if event is None:
                return Done(state=state, said=tuple(self.said), events=tuple(self.events))
            self.events.append(event)
            state, actions = next_step(state, event, self.scene)
        raise RuntimeError("a function went round in circles")

    async def _carry_out(self, actions: tuple[Action, ...]) -> Event | None:
        event: Event | None = None
        for action in actions:
            match action:
                case Say(sentence=sentence):
                    self.said.append(sentence)
                case ReleaseHolds():
                    await self.desk.release_holds(owner(self.scene.call_id))
                case _ if (work := _work(action)) is not None:
                    event = await self._done(action, work)
                case _:
                    pass  # Retell's own agent ends calls, and puts them through
        return event

    async def _done(self, action: Action, work: Work) -> Event:
        try:
            async with asyncio.timeout(CHANGE_S if work.is_change else SEARCH_S):
                return await self._ask(action)
        except Exception:
            log.exception("function_work_failed", call_id=self.scene.call_id, work=work.value)
            return WorkFailed(work=work)

    def _ask(self, action: Action) -> Awaitable[Event]:
        match action:
            case FindSlots():
                return self._find(action)
            case LookUp():
                return self._look_up(action)
            case Book(order=order):
                return self._book(replace(order, key=self.key or order.key))
            case Move(order=order):
                return self._move(replace(order, key=self.key or order.key))
            case Cancel():
                return self._cancel(action)
            case NoteRequest():
                return self._note(action)
            case _:
                raise NotImplementedError(type(action).__name__)

    async def _find(self, action: FindSlots) -> Event:
        return SlotsAnswered(answer=await self.desk.offer_slots(action.query))

    async def _look_up(self, asked: LookUp) -> Event:
        found = await self.desk.find_appointments(
            asked.branch_id, phone=asked.phone, code=asked.code, include_past=asked.include_past
        )
        return VisitsFound(visits=tuple(found))

    async def _book(self, order: BookAppointment) -> Event:
        return BookingAnswered(result=await self.desk.book(order))

    async def _move(self, order: RescheduleAppointment) -> Event:
        return MoveAnswered(result=await self.desk.reschedule(order))

    async def _cancel(self, action: Cancel) -> Event:
        return CancelAnswered(result=await self.desk.cancel(action.order))

    async def _note(self, action: NoteRequest) -> Event:
        if isinstance(action.order, JoinWaitingList):
            return RequestNoted(result=await self.desk.join_waiting_list(action.order))
        return RequestNoted(result=await self.desk.call_back(action.order))


def has_failed(events: tuple[Event, ...]) -> bool:
    """Whether an order was tried and taken back whole: the next one is a new one."""
    results = [e.result for e in events if isinstance(e, BookingAnswered | MoveAnswered)]
    return any(isinstance(result, Failed) and result.undone for result in results)


_WORKS: dict[type[Action], Work] = {
    FindSlots: Work.SEARCH,
    LookUp: Work.LOOKUP,
    Book: Work.BOOKING,
    Move: Work.MOVE,
    Cancel: Work.CANCEL,
    NoteRequest: Work.REQUEST,
}


def _work(action: Action) -> Work | None:
    return _WORKS.get(type(action))
