"""The turn engine: takes events through the policy, and what it wants out into the world.

Everything here happens in one task, an event at a time; searches and bookings run beside it and
come back as events. State is saved before the words that follow from it are spoken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic

import structlog

from booking_core.domain.booking import Booked
from voice_agent.dialogue.actions import (
    Book,
    Cancel,
    EndCall,
    FindSlots,
    KeepLead,
    LookUp,
    Move,
    NoteConsent,
    NoteLate,
    NoteRequest,
    ReleaseHolds,
    Say,
    Transfer,
)
from voice_agent.dialogue.errands import Errands, Job
from voice_agent.dialogue.events import (
    BookingAnswered,
    CallerSilent,
    CancelAnswered,
    Event,
    LatenessAnswered,
    MoveAnswered,
    RequestNoted,
    SlotsAnswered,
    Work,
    WorkFailed,
)
from voice_agent.dialogue.leisure import Leisure
from voice_agent.dialogue.orders import dump_order
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.script import CallFacts, Notice, S, Script
from voice_agent.dialogue.thinking import Next, Said, Thinking, Written
from voice_agent.journal import ConsentNoted, Outcome, TurnKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from booking_core.ports import Clock
    from nlu import Understanding
    from voice_agent.background import Background
    from voice_agent.dialogue.actions import Action
    from voice_agent.dialogue.answer import Answer
    from voice_agent.dialogue.patience import Patience
    from voice_agent.dialogue.ports import Desk
    from voice_agent.dialogue.sessions import Lease, Session, Sessions
    from voice_agent.journal import Journal

log = structlog.get_logger(__name__)

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
    leisure: Leisure = field(default_factory=Leisure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a turn answers to."""

    kind: TurnKind
    words: str = ""
    understood: Understanding | None = None
    ahead: bool = False
    """Whether the answer had been worked out before it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """What a call leaves behind."""

    outcome: Outcome
    lead: Mapping[str, Any] | None = None


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
        self.facts = facts
        self.session = self._readable(session)
        self.errands = Errands(
            kit.desk, kit.background, owner=kit.script.owner(facts), on_done=on_done
        )
        self.answer: Answer | None = None
        self.asked = Asked(kind=TurnKind.GREETING)
        self.actions: list[str] = []
        self._thinking = Thinking(kit.script, kit.clock)
        self._state = self._load(self.session.state) or Written(kit.script.begin(facts))
        self._before = self._load(self.session.before) or self._state
        self._steps = 0

    # Which turn it is.

    def begin(self, answer: Answer | None, words: str | None) -> None:
        """A new turn: the caller's words are to be answered from the state there is."""
        self._before = self._state
        self.go_on(answer, words)

    def begin_again(self, answer: Answer, words: str | None) -> None:
        """The newest turn once more, as if its answer had never been given."""
        self._state = self._before
        self.go_on(answer, words)

    def go_on(self, answer: Answer | None, words: str | None) -> None:
        """A new answer, while the work of the last one goes on or its result is still owed."""
        self.answer = answer
        self.actions = []
        self._steps = 0
        self.session = replace(
            self.session,
            turn=self.session.turn + 1,
            response_id=answer.response_id if answer else 0,
            words=words,
            closed=answer is None,
            said="",
            ending=False,
            transfer=None,
        )

    async def step_back(self) -> None:
        """What broke has never been: the caller can say it again, and nobody waits for it.

        Work under way goes on and is told. What was ordered has a key of its own: said again, it is
        the same order, whether it was carried out or not.
        """
        has_result = bool(self.session.owed) and self.session.order is None
        if self.errands.job is not None or has_result:
            return
        self._state = self._before
        self.session = replace(self.session, order=None)
        await self.keep()

    async def say_again(self, answer: Answer, said: str) -> None:
        """The same words once more, because they were not heard; an end they had is kept."""
        is_ending, transfer = self.session.ending, self.session.transfer
        self.go_on(answer, self.session.words)
        self.session = replace(self.session, ending=is_ending, transfer=transfer)
        await self.repeat(said)
        await self.settle()

    # What happens in it.

    async def listen(
        self, words: str, *, interrupted: bool = False, during_work: bool = False
    ) -> None:
        """The caller has said this."""
        said = Said(words=words, interrupted=interrupted, during_work=during_work)
        thought = self._thinking.recall(said, self._state, self.facts)
        spoke = thought.spoke if thought else self._thinking.hear(said, self._state, self.facts)
        self.asked = Asked(
            kind=TurnKind.SPEECH,
            words=words,
            understood=spoke.understanding,
            ahead=thought is not None,
        )
        await self.advance(spoke, thought.next if thought else None)

    def think_ahead(self, said: Said, *, again: bool = False) -> None:
        """The caller may have said all of it; `again` = in place of the newest turn."""
        self._thinking.think_ahead(said, self._before if again else self._state, self.facts)

    async def remind(self) -> None:
        """The caller has been silent."""
        self.asked = Asked(kind=TurnKind.SILENCE)
        await self.advance(CallerSilent())

    def understand(self, words: str) -> Understanding:
        """What these words mean now."""
        return self._thinking.understand(words, self._state, self.facts)

    async def advance(self, event: Event, thought: Next[S] | None = None) -> None:
        """Take one event through the policy, unless that is done, and carry out what follows."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise EndlessTurn
        following = thought or self._thinking.next(event, self._state, self.facts)
        self._state = following.state
        self.actions += map(_name, following.actions)
        self._take_note(event, following.actions, " ".join(words for _, words in following.spoken))
        if following.only_looks:
            # Nothing is said or changed: the save and the search are under way together.
            await self._carry_out_all(following.actions)
            await self.keep()
        else:
            await self.keep()
            for say, words in following.spoken:
                await self._say(words, uninterruptible=say.uninterruptible)
            await self._carry_out_all(following.actions)
        await self.settle()

    def _take_note(self, event: Event, actions: Iterable[Action], words: str) -> None:
        session = replace(self.session, said=f"{self.session.said} {words}".strip())
        if _ends_change(event):
            outcome = Outcome.BOOKED if session.outcome == Outcome.BOOKED else _outcome(event)
            session = replace(session, order=None, owed=words, outcome=outcome.value)
        elif isinstance(event, RequestNoted | LatenessAnswered):
            session = replace(session, order=None, owed=words)
        elif session.owed and isinstance(event, SlotsAnswered | WorkFailed):
            session = replace(session, owed=f"{session.owed} {words}".strip())
        for action in actions:
            if isinstance(action, Book | Cancel | Move | NoteRequest | NoteLate):
                session = replace(session, order=dump_order(action.order))
            elif isinstance(action, EndCall):
                session = replace(session, ending=True)
            elif isinstance(action, Transfer):
                session = replace(session, transfer=action.number)
        self.session = session

    async def _carry_out_all(self, actions: Iterable[Action]) -> None:
        for action in actions:
            await self._carry_out(action)

    async def _carry_out(self, action: Action) -> None:
        match action:
            case FindSlots(query=query):
                spoken = self.answer is not None and bool(self.answer.said)
                self.errands.search(query, is_announced=spoken)
            case LookUp():
                spoken = self.answer is not None and bool(self.answer.said)
                self.errands.look_up(action, is_announced=spoken)
            case Book(order=order):
                await self.say(Notice.FILLER_BOOKING)
                self.errands.carry_out(order)
            case Cancel(order=order) | Move(order=order):
                await self.say(Notice.FILLER_CHANGE)
                self.errands.carry_out(order)
            case NoteRequest(order=order) | NoteLate(order=order):
                self.errands.carry_out(order)
            case NoteConsent():
                self._kit.journal.note(self._consent(action))
            case ReleaseHolds():
                self.errands.release()
            case EndCall() | Transfer():
                pass  # noted, and done with the last words: see `settle`
            case KeepLead():
                pass  # only ever wanted when the line has gone: see `part`

    async def settle(self) -> None:
        """Let the caller hear what there is; without work under way the answer ends here."""
        if self.answer is None or not self.answer.line.is_open:
            return
        if self.errands.job is not None:
            await self.answer.flush()
            return
        await self.answer.close(end_call=self.session.ending, transfer_number=self.session.transfer)
        if self.answer.line.is_open:
            self.session = replace(self.session, closed=True)
            await self.keep()

    async def keep(self) -> None:
        """Save where the call stands; SessionTaken when it goes on elsewhere."""
        state, before = self._state.text(self._kit.script), self._before.text(self._kit.script)
        written = replace(self.session, state=state, before=before)
        self.session = await self._kit.sessions.save(self._lease, written)

    async def say(self, notice: Notice) -> None:
        """Say one of the engine's own sentences."""
        seed = f"{self.facts.call_id}:{self.session.turn}:{notice.value}"
        language = self._kit.script.language(self._state.value, self.facts)
        await self.repeat(self._kit.script.notice(notice, language=language, seed=seed))

    async def repeat(self, words: str) -> None:
        """Say these words, which are true already."""
        self.session = replace(self.session, said=f"{self.session.said} {words}".strip())
        await self._say(words)

    async def _say(self, words: str, *, uninterruptible: bool = False) -> None:
        if self.answer is not None:
            await self.answer.add(words, uninterruptible=uninterruptible)

    def _readable(self, session: Session) -> Session:
        """The session, without a state that another version of the program has written."""
        try:
            self._load(session.state)
            self._load(session.before)
        except ValueError:
            log.exception("state_unreadable", call_id=session.call_id)
            return replace(session, state=None, before=None, closed=True)
        return session

    def _load(self, text: str | None) -> Written[S] | None:
        return Written(self._kit.script.load(text), text) if text else None

    # How it ends.

    def take_late_result(self, job: Job) -> bool:
        """Note what came of work that had been given up; whether a booking stands after all."""
        is_booked = job.work is Work.BOOKING and _outcome(job.event()) is Outcome.BOOKED
        if is_booked:
            self.session = replace(self.session, outcome=Outcome.BOOKED.value)
        return is_booked

    def part(self, event: Event) -> Parted:
        """The caller has gone for good: give back what was held.

        The state is not saved, so that a line that comes back after all finds the call as it was.
        """
        script, now = self._kit.script, self._kit.clock.now()
        try:
            _, actions = script.step(self._state.value, event, self.facts, now)
        finally:
            self.errands.release()
        leads = [action.lead for action in actions if isinstance(action, KeepLead)]
        return Parted(outcome=self._result(), lead=next(iter(leads), None))

    def _result(self) -> Outcome:
        """What the conversation came to; a booking that ended late, or badly, counts as well."""
        outcome = self._kit.script.outcome(self._state.value, ending=self.session.ending)
        if self.session.outcome is None or outcome not in {Outcome.ABANDONED, Outcome.NOT_BOOKED}:
            return outcome
        return Outcome(self.session.outcome)

    def _consent(self, action: NoteConsent) -> ConsentNoted:
        return ConsentNoted(
            call_id=self.facts.call_id,
            at=self._kit.clock.now(),
            kind=action.kind,
            given=action.given,
            words=action.words,
        )


def _name(action: Action) -> str:
    kind = type(action).__name__
    return f"{kind} {action.sentence.key}" if isinstance(action, Say) else kind


def _ends_change(event: Event) -> bool:
    failed = isinstance(event, WorkFailed) and event.work.is_change
    return failed or isinstance(event, BookingAnswered | CancelAnswered | MoveAnswered)


def _outcome(event: Event) -> Outcome:
    is_booked = isinstance(event, BookingAnswered) and isinstance(event.result, Booked)
    return Outcome.BOOKED if is_booked else Outcome.NOT_BOOKED
