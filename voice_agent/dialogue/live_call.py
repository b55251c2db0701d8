"""A call in progress: what the line delivers, in order, until nobody needs it any more."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, assert_never

import structlog

from nlu import Intent
from voice_agent.dialogue.answer import Answer
from voice_agent.dialogue.events import (
    CallerHungUp,
    CallerSilent,
    CallerSpoke,
    CallStarted,
    Event,
    Work,
    WorkFailed,
)
from voice_agent.dialogue.inbox import (
    Closing,
    Inbox,
    Introduced,
    Item,
    JobDone,
    LineClosed,
    NobodyCameBack,
    Request,
    WaitedEnough,
)
from voice_agent.dialogue.orders import load_order
from voice_agent.dialogue.script import CallFacts, Notice, S
from voice_agent.dialogue.sessions import SessionTaken
from voice_agent.dialogue.summary import summary
from voice_agent.dialogue.transcript import News, Novelty, news, was_cut, was_told
from voice_agent.dialogue.turn import Equipment, Job, Turns
from voice_agent.journal import CallClosed, Outcome, TurnEnd, TurnKind, TurnTaken

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from nlu import Understanding
    from voice_agent.dialogue.answer import Line
    from voice_agent.dialogue.sessions import Lease, Session

log = structlog.get_logger(__name__)

_ASIDES = frozenset({Intent.AFFIRM, Intent.BACKCHANNEL, Intent.PING, Intent.FRAGMENT, Intent.OTHER})
"""What callers say into a wait without asking for anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the newest turn answers to."""

    kind: TurnKind
    words: str = ""
    understood: Understanding | None = None


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
        self._turns = Turns(kit, facts, lease, session, on_done=self._on_done)
        self._asked = _Asked(kind=TurnKind.GREETING)
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
                await self._guard(self._handle(await self._inbox.get()))
        except SessionTaken:
            self._log.info("call_taken_over")
        finally:
            self._set_timer(None)
            self._turns.drop_search()

    async def _guard(self, work: Awaitable[None]) -> None:
        try:
            await work
        except SessionTaken:
            raise
        except Exception:  # noqa: BLE001 - whatever breaks, the caller is answered
            self._log.exception("turn_failed")
            await self._apologise()

    async def _handle(self, item: Item) -> None:
        match item:
            case Introduced(caller_number=number):
                self._introduce(number)
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
            self._turns.start_booking(load_order(session.order))
            self._arrange()
        elif not session.closed:
            await self._answer_late(session)

    async def _greet(self) -> None:
        # A request before the greeting = a call whose session is lost: it has been greeted.
        answer = None if self._inbox.has_request else self._new_answer(0)
        facts = self._turns.facts
        self._turns.begin(answer, None)
        started = CallStarted(
            call_id=facts.call_id, caller_number=facts.caller_number, known=facts.known
        )
        await self._step(started)

    async def _answer_late(self, session: Session) -> None:
        """The connection broke while an answer was owed: give it now."""
        answer = self._new_answer(session.response_id)
        words = session.said if session.response_id == 0 else session.owed
        if words:
            self._turns.go_on(answer, session.words)
            await self._say_again(words)
            return
        self._turns.begin_again(answer, session.words)
        await (self._remind() if session.words is None else self._listen(session.words))

    def _introduce(self, number: str | None) -> None:
        facts = self._turns.facts
        if facts.caller_number is None and number is not None:
            self._turns.facts = replace(facts, caller_number=number)
            self._turns.session = replace(self._turns.session, caller_number=number)

    # Retell wants words.

    async def _answer(self, request: Request) -> None:
        turns, told = self._turns, news(request.transcript, self._turns.session.seen)
        self._note(TurnEnd.SUPERSEDED)
        self._renew_holds()
        answer = self._new_answer(request.response_id, asked_at=request.asked_at)
        is_owed = not was_told(turns.session.owed, told.heard)
        turns.session = replace(turns.session, seen=told.seen)
        if turns.job is not None and not self._is_search_unheard(told):
            await self._answer_meanwhile(answer, told)
        elif is_owed:
            await self._tell_result(answer, told)
        else:
            turns.drop_search()
            turns.session = replace(turns.session, owed="")
            await self._answer_news(answer, told, is_reminder=request.is_reminder)

    def _is_search_unheard(self, told: News) -> bool:
        job = self._turns.job
        return job is not None and job.work is Work.SEARCH and told.novelty is Novelty.AGAIN

    async def _answer_meanwhile(self, answer: Answer, told: News) -> None:
        """Work is under way: it goes on, and its result is told in the newest answer."""
        self._turns.go_on(answer, told.more)
        if told.more:
            await self._listen(told.more, during_work=True)
        else:
            await self._settle()

    async def _tell_result(self, answer: Answer, told: News) -> None:
        """The result of a booking was not heard: nothing else is said before it."""
        turns, owed = self._turns, self._turns.session.owed
        turns.go_on(answer, told.more)
        await turns.repeat(owed)
        if not told.more or _is_aside(turns.understand(told.more)):
            await self._settle()
            return
        await self._listen(told.more, during_work=True)

    async def _answer_news(self, answer: Answer, told: News, *, is_reminder: bool) -> None:
        turns, said = self._turns, self._turns.session.said
        match told.novelty:
            case Novelty.AGAIN:
                turns.begin_again(answer, told.words)
                await self._listen(told.words)
            case Novelty.FRESH:
                turns.begin(answer, told.words)
                await self._listen(told.words, interrupted=was_cut(said, told.heard))
            case Novelty.NOTHING if is_reminder:
                turns.begin(answer, None)
                await self._remind()
            case Novelty.NOTHING if was_cut(said, told.heard):
                turns.repeat_newest(answer)
                await self._say_again(said)
            case Novelty.NOTHING:
                turns.begin(answer, "")
                await self._listen("")

    async def _listen(
        self, words: str, *, interrupted: bool = False, during_work: bool = False
    ) -> None:
        understood = self._turns.understand(words)
        self._asked = _Asked(kind=TurnKind.SPEECH, words=words, understood=understood)
        await self._step(
            CallerSpoke(understanding=understood, interrupted=interrupted, during_work=during_work),
        )

    async def _remind(self) -> None:
        self._asked = _Asked(kind=TurnKind.SILENCE)
        await self._step(CallerSilent())

    async def _say_again(self, words: str) -> None:
        await self._turns.repeat(words)
        await self._settle()

    def _new_answer(self, response_id: int, *, asked_at: float | None = None) -> Answer:
        asked_at = time.monotonic() if asked_at is None else asked_at
        return Answer(response_id=response_id, line=self._line, asked_at=asked_at)

    def _renew_holds(self) -> None:
        if time.monotonic() - self._renewed_at > self._kit.patience.renew_s:
            self._renewed_at = time.monotonic()
            self._turns.renew()

    async def _step(self, event: Event) -> None:
        await self._turns.advance(event)
        self._arrange()

    async def _settle(self) -> None:
        await self._turns.settle()
        self._arrange()

    # Work takes its time.

    def _on_done(self, job: Job) -> None:
        self._inbox.put(JobDone(job=job))

    async def _finish(self, job: Job) -> None:
        if job is not self._turns.job:
            self._turns.take_late_result(job)
            return
        self._turns.job = None
        await self._step(job.event())
        if self._closed is not None:
            await self._close(self._closed)

    def _arrange(self) -> None:
        """Look after what the last step has left: work to wait for, or an answer to note."""
        self._set_timer(self._turns.job)
        if self._turns.answer is not None and self._turns.answer.is_closed:
            self._note(TurnEnd.ANSWERED)

    def _set_timer(self, job: Job | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if job is None or self._closed is not None:
            return
        patience = self._kit.patience
        left = job.started + patience.deadline_s(job.work) - time.monotonic()
        delay, _ = patience.next_notice(job.rung)
        due = WaitedEnough(job=job, rung=job.rung)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(min(delay, left), 0), self._inbox.put, due)

    async def _reassure(self, job: Job, rung: int) -> None:
        if job is not self._turns.job or rung != job.rung:
            return
        patience = self._kit.patience
        if time.monotonic() >= job.started + patience.deadline_s(job.work):
            self._turns.give_up()
            await self._step(WorkFailed(work=job.work))
            return
        _, notice = patience.next_notice(rung)
        job.rung += 1
        await self._turns.say(notice)
        await self._settle()

    # The line closes.

    async def _close(self, how: Closing) -> None:
        if self._closed in {None, Closing.LOST}:
            self._closed = how
        self._set_timer(None)
        self._turns.drop_search()
        self._note(TurnEnd.LOST)
        if self._turns.job is not None:
            return
        match self._closed:
            case Closing.HUNG_UP:
                self._hang_up()
            case Closing.SHUTDOWN:
                self._is_over = True
            case Closing.LOST:
                loop = asyncio.get_running_loop()
                wait_s = self._kit.patience.reconnect_s
                self._timer = loop.call_later(wait_s, self._inbox.put, NobodyCameBack())

    async def _hang_up_unless_taken(self) -> None:
        if await self._kit.sessions.is_held(self._lease):
            self._hang_up()
        self._is_over = True

    def _hang_up(self) -> None:
        self._is_over = True
        self._turns.part(CallerHungUp())
        outcome = Outcome(self._turns.session.outcome or self._turns.natural_outcome())
        self._kit.journal.note(
            CallClosed(
                call_id=self._turns.facts.call_id, at=self._kit.clock.now(), outcome=outcome
            ),
        )
        self._log.info("call_closed", outcome=outcome.value)

    # Whatever happens, the caller hears something and the journal knows it.

    async def _apologise(self) -> None:
        answer = self._turns.answer
        if answer is None or answer.is_closed:
            return
        try:
            await self._turns.say(Notice.TECHNICAL_FAILURE)
            await (answer.flush() if self._turns.job is not None else answer.close())
        except Exception:  # noqa: BLE001 - no words are left; the response ends all the same
            self._log.exception("apology_failed")
            await answer.close()
        self._note(TurnEnd.FAILED)

    def _note(self, end: TurnEnd) -> None:
        answer, turns = self._turns.answer, self._turns
        if answer is None or answer is self._noted:
            return
        self._noted = answer
        understood = self._asked.understood
        taken = TurnTaken(
            call_id=turns.facts.call_id,
            turn=turns.session.turn,
            at=self._kit.clock.now(),
            response_id=answer.response_id,
            kind=self._asked.kind,
            end=end,
            caller_text=self._asked.words,
            agent_text=answer.said,
            understanding=summary(understood) if understood else {},
            actions=tuple(turns.actions),
            first_ms=answer.first_ms,
            total_ms=answer.total_ms,
        )
        self._kit.journal.note(taken)
        self._log.info(
            "turn_taken",
            turn=taken.turn,
            end=end.value,
            first_ms=answer.first_ms and round(answer.first_ms, 1),
            total_ms=answer.total_ms and round(answer.total_ms, 1),
            actions=taken.actions,
        )


def _is_aside(understood: Understanding) -> bool:
    """Whether these words ask for nothing: a "ja" or "hallo?" into the wait."""
    wants = (understood.services, understood.staff, understood.times, understood.choice)
    return understood.intent in _ASIDES and not any(wants) and understood.yes_no != "no"
