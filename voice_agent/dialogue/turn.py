"""The turn engine: takes events through the policy, and what it wants out into the world.

Everything here happens in one task, an event at a time; searches and bookings run beside it and
come back as events. State is saved before the words that follow from it are spoken.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import structlog

from booking_core.domain.booking import Booked
from voice_agent.dialogue.actions import Book, EndCall, FindSlots, ReleaseHolds, Say
from voice_agent.dialogue.events import BookingAnswered, Event, SlotsAnswered, Work, WorkFailed
from voice_agent.dialogue.orders import dump_order
from voice_agent.dialogue.script import CallFacts, Notice, S, Script
from voice_agent.journal import Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable

    from booking_core.domain.booking import BookAppointment
    from booking_core.domain.slots import SlotQuery
    from booking_core.ports import Clock
    from nlu import Understanding
    from voice_agent.background import Background
    from voice_agent.dialogue.actions import Action
    from voice_agent.dialogue.answer import Answer
    from voice_agent.dialogue.events import CallerHungUp
    from voice_agent.dialogue.patience import Patience
    from voice_agent.dialogue.ports import Desk
    from voice_agent.dialogue.sessions import Lease, Session, Sessions
    from voice_agent.journal import Journal

log = structlog.get_logger(__name__)

T = TypeVar("T")

COURTESY_S = 1.0  # holds expire by themselves; giving them back keeps no search waiting longer
MOST_STEPS = 12  # a policy that goes on longer without the caller is going in circles


class EndlessTurn(RuntimeError):
    """The policy asks for work again and again without an answer for the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment(Generic[S]):
    """What all calls of a process share."""

    script: Script[S]
    desk: Desk
    clock: Clock
    sessions: Sessions
    journal: Journal
    background: Background
    patience: Patience


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


class _Written(Generic[S]):
    """A state, and its text once it has been written: writing is the dearest part of a turn."""

    def __init__(self, value: S, text: str | None = None) -> None:
        self.value = value
        self._text = text

    def text(self, script: Script[S]) -> str:
        """The state as text."""
        if self._text is None:
            self._text = script.dump(self.value)
        return self._text


class Turns(Generic[S]):
    """The turns of one call."""

    def __init__(
        self,
        kit: Equipment[S],
        facts: CallFacts,
        lease: Lease,
        session: Session,
        *,
        on_done: Callable[[Job], None],
    ) -> None:
        self._kit = kit
        self._lease = lease
        self._on_done = on_done
        self.facts = facts
        self.session = session
        script = kit.script
        self._state = self._load(session.state) or _Written(script.begin(facts))
        self._before = self._load(session.before) or self._state
        self.answer: Answer | None = None
        self.job: Job | None = None
        self.actions: list[str] = []
        self._steps = 0
        self._is_ending = False
        self._earlier: set[asyncio.Task[Any]] = set()

    def begin(self, answer: Answer | None, words: str | None) -> None:
        """A new turn: the caller's words are to be answered from the state there is."""
        self._before = self._state
        self._answer_with(answer, words)

    def begin_again(self, answer: Answer, words: str | None) -> None:
        """The newest turn once more, as if its answer had never been given."""
        self._state = self._before
        self._answer_with(answer, words)

    def go_on(self, answer: Answer, words: str | None) -> None:
        """A new turn while the work of the last one goes on, or its result is still owed."""
        self._answer_with(answer, words)

    def repeat_newest(self, answer: Answer) -> None:
        """The newest turn once more, word for word: it was cut off by a noise."""
        was_ending = self._is_ending
        self._answer_with(answer, self.session.words)
        self._is_ending = was_ending

    def _answer_with(self, answer: Answer | None, words: str | None) -> None:
        self.answer = answer
        self.actions = []
        self._steps = 0
        self._is_ending = False
        self.session = replace(
            self.session,
            turn=self.session.turn + 1,
            response_id=answer.response_id if answer else 0,
            words=words,
            closed=answer is None,
            said="",
        )

    def understand(self, words: str) -> Understanding:
        """What these words mean now."""
        now = self._kit.clock.now()
        return self._kit.script.understand(words, self._state.value, self.facts, now)

    async def advance(self, event: Event) -> None:
        """Take one event through the policy and carry out what follows."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise EndlessTurn
        script = self._kit.script
        state, actions = script.step(self._state.value, event, self.facts, self._kit.clock.now())
        spoken = [(say, script.words(say.sentence, self.facts)) for say in _says(actions)]
        self._state = _Written(state)
        self.actions += map(_name, actions)
        self._take_note(event, actions, [words for _, words in spoken])
        await self.keep()
        for say, words in spoken:
            await self._say(words, uninterruptible=say.uninterruptible)
        for action in actions:
            await self._carry_out(action)
        await self.settle()

    def _take_note(self, event: Event, actions: Iterable[Action], words: list[str]) -> None:
        session = self.session
        said = " ".join([session.said, *words]).strip()
        session = replace(session, said=said)
        if _ends_booking(event):
            outcome = Outcome.BOOKED if session.outcome == Outcome.BOOKED else _outcome(event)
            session = replace(session, order=None, owed=" ".join(words), outcome=outcome.value)
        elif session.owed and isinstance(event, SlotsAnswered | WorkFailed):
            session = replace(session, owed=" ".join([session.owed, *words]))
        for action in actions:
            if isinstance(action, Book):
                session = replace(session, order=dump_order(action.order))
        self.session = session

    async def keep(self) -> None:
        """Save where the call stands; SessionTaken when it goes on elsewhere."""
        state, before = self._state.text(self._kit.script), self._before.text(self._kit.script)
        written = replace(self.session, state=state, before=before)
        self.session = await self._kit.sessions.save(self._lease, written)

    async def _carry_out(self, action: Action) -> None:
        match action:
            case FindSlots(query=query):
                self._start_search(query)
            case Book(order=order):
                await self.say(Notice.FILLER_BOOKING)
                self.start_booking(order)
            case ReleaseHolds():
                self._release()
            case EndCall():
                self._is_ending = True

    async def settle(self) -> None:
        """Let the caller hear what there is; without work under way the answer ends here."""
        if self.answer is None or not self.answer.line.is_open:
            return
        if self.job is not None:
            await self.answer.flush()
            return
        await self.answer.close(end_call=self._is_ending)
        if self.answer.line.is_open:
            self.session = replace(self.session, closed=True)
            await self.keep()

    async def say(self, notice: Notice) -> None:
        """Say one of the engine's own sentences."""
        seed = f"{self.facts.call_id}:{self.session.turn}:{notice.value}"
        language = self.facts.salon.branch.language
        await self.repeat(self._kit.script.notice(notice, language=language, seed=seed))

    async def repeat(self, words: str) -> None:
        """Say these words, which are true already."""
        self.session = replace(self.session, said=f"{self.session.said} {words}".strip())
        await self._say(words)

    async def _say(self, words: str, *, uninterruptible: bool = False) -> None:
        if self.answer is not None:
            await self.answer.add(words, uninterruptible=uninterruptible)

    def _start_search(self, query: SlotQuery) -> None:
        self.drop_search()
        search = self._in_order(lambda: self._kit.desk.offer_slots(query), name="search")
        self._watch(Job(work=Work.SEARCH, task=search, rung=int(self._has_spoken())))

    def _has_spoken(self) -> bool:
        return self.answer is not None and bool(self.answer.said)

    def start_booking(self, order: BookAppointment) -> None:
        """Book beside everything else: nothing the caller says or does stops it."""
        self.drop_search()
        booking = self._in_order(lambda: self._kit.desk.book(order), name="booking")
        self._watch(Job(work=Work.BOOKING, task=booking, rung=1))

    def _watch(self, job: Job) -> None:
        self.job = job
        job.task.add_done_callback(lambda _: self._on_done(job))

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

    def take_late_result(self, job: Job) -> None:
        """Note what came of a booking that had been given up."""
        if job.work is Work.BOOKING and _outcome(job.event()) is Outcome.BOOKED:
            log.error("booked_too_late", call_id=self.facts.call_id)
            self.session = replace(self.session, outcome=Outcome.BOOKED.value)

    def part(self, event: CallerHungUp) -> None:
        """The caller has gone for good: give back what was held.

        The state is not saved, so that a line that comes back after all finds the call as it was.
        """
        try:
            now = self._kit.clock.now()
            self._kit.script.step(self._state.value, event, self.facts, now)
        finally:
            self._release()

    def natural_outcome(self) -> Outcome:
        """How a call without any booking is counted."""
        return Outcome.NOT_BOOKED if self._is_ending else Outcome.ABANDONED

    def _load(self, text: str | None) -> _Written[S] | None:
        return _Written(self._kit.script.load(text), text) if text else None

    def _release(self) -> None:
        owner = self._kit.script.owner(self.facts)
        release = self._in_order(
            lambda: _courtesy(self._kit.desk.release_holds(owner)), name="release"
        )
        self._earlier.add(release)

    def renew(self) -> None:
        """Let what is held for this call expire later."""
        owner = self._kit.script.owner(self.facts)
        self._in_order(lambda: _courtesy(self._kit.desk.renew_holds(owner)), name="renewal")

    def _in_order(
        self, work: Callable[[], Coroutine[Any, Any, T]], *, name: str
    ) -> asyncio.Task[T]:
        # Two calls of one owner to the desk would fight over the holds: one after the other.
        earlier, self._earlier = self._earlier, set()
        return self._kit.background.start(_after(earlier, work), name=name)


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


def _says(actions: Iterable[Action]) -> list[Say]:
    return [action for action in actions if isinstance(action, Say)]


def _name(action: Action) -> str:
    kind = type(action).__name__
    return f"{kind} {action.sentence.key}" if isinstance(action, Say) else kind


def _ends_booking(event: Event) -> bool:
    failed = isinstance(event, WorkFailed) and event.work is Work.BOOKING
    return failed or isinstance(event, BookingAnswered)


def _outcome(event: Event) -> Outcome:
    is_booked = isinstance(event, BookingAnswered) and isinstance(event.result, Booked)
    return Outcome.BOOKED if is_booked else Outcome.NOT_BOOKED
