"""A call in progress: what the line delivers, in order, until nobody needs it any more."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Generic, assert_never

import structlog

from voice_agent.dialogue.answer import Answer
from voice_agent.dialogue.answering import reply, think_ahead
from voice_agent.dialogue.events import CallerHungUp, CallStarted, WorkFailed
from voice_agent.dialogue.inbox import (
    Closing,
    Inbox,
    Introduced,
    Item,
    JobDone,
    LineClosed,
    NobodyCameBack,
    Overheard,
    Recognised,
    Request,
    WaitedEnough,
)
from voice_agent.dialogue.notes import turn_taken
from voice_agent.dialogue.orders import load_order
from voice_agent.dialogue.recognition import recognise_later
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.script import CallFacts, Notice, S
from voice_agent.dialogue.sessions import SessionTaken
from voice_agent.dialogue.turn import Equipment, Turns
from voice_agent.journal import CallClosed, TurnEnd

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from voice_agent.dialogue.answer import Line
    from voice_agent.dialogue.errands import Job
    from voice_agent.dialogue.sessions import Lease, Session

log = structlog.get_logger(__name__)


class LiveCall(Generic[S]):
    """Works off a call's inbox, one item at a time; whatever takes time runs beside it."""

    def __init__(
        self,
        kit: Equipment[S],
        facts: CallFacts,
        lease: Lease,
        session: Session,
        *,
        line: Line,
        inbox: Inbox,
    ) -> None:
        self._kit = kit
        self._lease = lease
        self._line = line
        self._inbox = inbox
        # Not a method of this call: what holds itself is garbage that has to be searched for.
        done = partial(_deliver, inbox)
        self._turns = Turns(kit, facts, lease, session, on_done=done)
        self._errands = self._turns.errands
        self._asked: int | None = None
        self._noted: Answer | None = None
        self._closed: Closing | None = None
        self._is_over = False
        self._timer: asyncio.TimerHandle | None = None
        self._renewed_at = time.monotonic()
        self._log = log.bind(call_id=facts.call_id)

    async def run(self) -> None:
        """Serve the call to its end; returns as well when another connection has taken it."""
        try:
            await self._guard(self._open())
            while not self._is_over:
                item = await self._inbox.get()
                if isinstance(item, Overheard):
                    self._think_ahead(item)
                else:
                    await self._guard(self._handle(item))
        except SessionTaken:
            self._log.info("call_taken_over")
        finally:
            self._stop_timer()
            self._errands.drop_search()

    async def _guard(self, work: Awaitable[None]) -> None:
        try:
            await work
        except SessionTaken:
            raise
        except Exception:  # noqa: BLE001 - whatever breaks, the caller is answered
            self._log.exception("turn_failed")
            await self._apologise()
            await self._step_back()
        self._look_after()

    def _think_ahead(self, overheard: Overheard) -> None:
        """Nobody waits for it: what breaks here breaks again when it is asked for, and is told."""
        leisure = self._kit.leisure
        if not leisure.is_left:
            return
        try:
            with leisure.spent():
                think_ahead(self._turns, overheard.transcript)
        except Exception as error:  # noqa: BLE001 - whatever breaks, nothing has happened
            self._log.warning("not_thought_ahead", error=error)

    async def _step_back(self) -> None:
        """Never wait for what has not begun, or has ended without a word."""
        try:
            await self._turns.step_back()
        except SessionTaken:
            raise
        except Exception:  # noqa: BLE001 - the caller can say it again all the same
            self._log.exception("step_back_failed")

    async def _handle(self, item: Item) -> None:
        match item:
            case Introduced(caller_number=number):
                self._introduce(number)
            case Recognised(known=known):
                self._turns.facts = replace(self._turns.facts, known=known)
            case Request():
                await self._answer(item)
            case JobDone(job=job):
                await self._finish(job)
            case WaitedEnough(job=job, rung=rung):
                await self._reassure(job, rung)
            case LineClosed(how=how):
                await self._close(how)
            case NobodyCameBack():
                await self._hang_up_unless_taken()
            case _:
                assert_never(item)

    # The line opens.

    async def _open(self) -> None:
        session = self._turns.session
        if not self._line.is_open:
            return
        if session.state is None:
            await self._greet()
        elif session.order is not None:
            self._turns.go_on(self._new_answer(session.response_id), session.words)
            self._errands.carry_out(load_order(session.order))
        elif not session.closed and session.response_id:
            await self._answer_late(session)
        # A greeting that broke off may have been heard: it is never said twice unasked.

    async def _greet(self) -> None:
        # A turn or a request before the greeting = the state was lost: this call has been greeted.
        is_known = self._inbox.has_request or self._turns.session.turn > 0
        answer = None if is_known else self._new_answer(0)
        facts = self._turns.facts
        self._turns.begin(answer, None)
        await self._turns.advance(
            CallStarted(
                call_id=facts.call_id, caller_number=facts.caller_number, known=facts.known
            ),
        )

    async def _answer_late(self, session: Session) -> None:
        """The connection broke while an answer was owed: give it now."""
        answer = self._new_answer(session.response_id)
        if session.owed:
            await self._turns.say_again(answer, session.owed)
            return
        self._turns.begin_again(answer, session.words)
        if session.words is None:
            await self._turns.remind()
        else:
            await self._turns.listen(session.words)

    def _introduce(self, number: str | None) -> None:
        facts = self._turns.facts
        if facts.caller_number is None and number is not None:
            self._turns.facts = replace(facts, caller_number=number)
            self._turns.session = replace(self._turns.session, caller_number=number)
            recognise_later(self._kit, facts.salon.branch.id, number, self._inbox)

    # The line wants words.

    async def _answer(self, request: Request) -> None:
        if self._is_answered(request):
            self._log.warning("request_repeated", response_id=request.response_id)
            return
        self._asked = request.response_id
        self._note(TurnEnd.SUPERSEDED)
        self._renew_holds()
        answer = self._new_answer(request.response_id, asked_at=request.asked_at)
        await reply(self._turns, request, answer)

    def _is_answered(self, request: Request) -> bool:
        """Whether this id was asked for and completed on this line: Retell hears no more of it."""
        answer = self._turns.answer
        return self._asked == request.response_id and answer is not None and answer.is_closed

    def _new_answer(self, response_id: int, *, asked_at: float | None = None) -> Answer:
        asked_at = time.monotonic() if asked_at is None else asked_at
        return Answer(response_id=response_id, line=self._line, asked_at=asked_at)

    def _renew_holds(self) -> None:
        if time.monotonic() - self._renewed_at > self._kit.patience.renew_s:
            self._renewed_at = time.monotonic()
            self._errands.renew()

    # Work takes its time.

    async def _finish(self, job: Job) -> None:
        if job is not self._errands.job:
            if self._turns.take_late_result(job):
                self._log.error("booked_after_giving_up")
            return
        self._errands.job = None
        try:
            await self._turns.advance(job.event())
        except Exception:
            self._turns.take_late_result(job)  # what stands, stands, told or not
            raise
        if self._closed is not None:
            await self._close(self._closed)

    async def _reassure(self, job: Job, rung: int) -> None:
        if job is not self._errands.job or rung != job.rung:
            return
        patience = self._kit.patience
        if time.monotonic() >= job.started + patience.deadline_s(job.work):
            self._errands.give_up()
            await self._turns.advance(WorkFailed(work=job.work))
            return
        _, notice = patience.next_notice(rung)
        job.rung += 1
        await self._turns.say(notice)
        await self._turns.settle()

    def _look_after(self) -> None:
        """See to what an item has left: work to wait for, or an answer to note."""
        answer, job = self._turns.answer, self._errands.job
        if answer is not None and answer.is_closed:
            self._note(TurnEnd.ANSWERED)
        if self._closed is not None:
            return
        self._stop_timer()
        if job is not None:
            patience = self._kit.patience
            left_s = job.started + patience.deadline_s(job.work) - time.monotonic()
            notice_s, _ = patience.next_notice(job.rung)
            due = WaitedEnough(job=job, rung=job.rung)
            self._in(max(min(notice_s, left_s), 0), due)

    def _in(self, seconds: float, item: Item) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, self._inbox.put, item)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # The line closes.

    async def _close(self, how: Closing) -> None:
        if self._closed in {None, Closing.LOST}:
            self._closed = how
        self._stop_timer()
        self._errands.drop_search()
        self._note(TurnEnd.LOST)
        if self._errands.job is not None:
            return
        match self._closed:
            case Closing.HUNG_UP:
                await self._hang_up_unless_taken()
            case Closing.LOST:
                self._in(self._kit.patience.reconnect_s, NobodyCameBack())
            case _:
                self._is_over = True

    async def _hang_up_unless_taken(self) -> None:
        """The call is over only if it does not go on at a newer line, whose holds these are."""
        if await self._kit.sessions.is_held(self._lease):
            self._hang_up()
        self._is_over = True

    def _hang_up(self) -> None:
        self._is_over = True
        left = self._turns.part(CallerHungUp())
        call_id, now = self._turns.facts.call_id, self._kit.clock.now()
        self._kit.journal.note(
            CallClosed(call_id=call_id, at=now, outcome=left.outcome, lead=left.lead)
        )
        self._log.info("call_closed", outcome=left.outcome.value)

    # Whatever happens, the caller hears something and the journal knows it.

    async def _apologise(self) -> None:
        answer = self._turns.answer
        if answer is None or answer.is_closed:
            return
        try:
            await self._turns.say(Notice.TECHNICAL_FAILURE)
            await (answer.flush() if self._errands.job is not None else answer.close())
        except Exception:  # noqa: BLE001 - no words are left; the response ends all the same
            self._log.exception("apology_failed")
            await answer.close()
        self._note(TurnEnd.FAILED)

    def _note(self, end: TurnEnd) -> None:
        answer = self._turns.answer
        if answer is None or answer is self._noted:
            return
        self._noted = answer
        taken = turn_taken(self._turns, answer, end, at=self._kit.clock.now())
        self._kit.journal.note(taken)
        self._log.info(
            "turn_taken",
            turn=taken.turn,
            end=end.value,
            first_ms=taken.first_ms and round(taken.first_ms, 1),
            total_ms=taken.total_ms and round(taken.total_ms, 1),
            actions=taken.actions,
        )


def _deliver(inbox: Inbox, job: Job) -> None:
    inbox.put(JobDone(job=job))
