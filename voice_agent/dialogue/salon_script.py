"""The salon's conversation in one piece: the policy, the listener and the sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import prepare, understand
from voice_agent.dialogue import sentences
from voice_agent.dialogue.actions import Say
from voice_agent.dialogue.events import CallerSpoke, CallStarted
from voice_agent.dialogue.outcomes import outcome_of
from voice_agent.dialogue.policy import next_step
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.scene import Scene
from voice_agent.dialogue.script import CallFacts
from voice_agent.dialogue.state import dump, load, start
from voice_agent.dialogue.steps import owner
from voice_agent.dialogue.tongues import following, heard_in, language_of, served
from voice_agent.dialogue.vocabulary import context_of, vocabulary_of

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.domain.catalogue import Salon
    from nlu import Understanding
    from voice_agent.dialogue.actions import Action, Sentence
    from voice_agent.dialogue.events import Event
    from voice_agent.dialogue.script import Notice
    from voice_agent.dialogue.state import CallState
    from voice_agent.journal import Outcome


class SalonScript:
    """What callers of a salon are told; keeps nothing of a call, so one serves all calls."""

    def begin(self, facts: CallFacts) -> CallState:
        """The state before the first word."""
        return start(call_id=facts.call_id, caller_number=facts.caller_number)

    def step(
        self, state: CallState, event: Event, facts: CallFacts, now: datetime
    ) -> tuple[CallState, tuple[Action, ...]]:
        """The state after this event, and what is to be done."""
        state = _acquainted(state, facts)
        if isinstance(event, CallerSpoke):
            state = following(state, event.understanding.text, facts.salon.branch)
        return next_step(state, event, self._scene(facts, now, self.language(state, facts)))

    def understand(
        self, text: str, state: CallState, facts: CallFacts, now: datetime
    ) -> Understanding:
        """What the caller's words mean at this point of the conversation."""
        heard = heard_in(text, state, facts.salon.branch).heard
        context = context_of(state, self._scene(facts, now, heard))
        return understand(text, vocabulary_of(facts.salon), context)

    def language(self, state: CallState, facts: CallFacts) -> str:
        """What is spoken now."""
        return language_of(state, facts.salon.branch)

    def words(self, sentence: Sentence, facts: CallFacts) -> str:
        """The sentence as it is spoken."""
        language = sentence.language or facts.salon.branch.language
        own = facts.salon.branch.sentences
        return sentences.words(sentence, language=language, seed=facts.call_id, own=own)

    def notice(self, notice: Notice, *, language: str, seed: str) -> str:
        """The engine's own sentence as it is spoken."""
        return sentences.words(sentences.plain(notice.value), language=language, seed=seed)

    def owner(self, facts: CallFacts) -> str:
        """Whose name the holds of this call are kept under."""
        return owner(facts.call_id)

    def warm_up(self, salon: Salon, now: datetime) -> None:
        """Greet and listen once: this builds matchers and templates."""
        facts = CallFacts(call_id="warm-up", salon=salon)
        begun = self.begin(facts)
        greeted, actions = self.step(
            begun, CallStarted(call_id=facts.call_id, caller_number=None), facts, now
        )
        for action in actions:
            if isinstance(action, Say):
                self.words(action.sentence, facts)
        heard = self.understand("", greeted, facts, now)
        answered, _ = self.step(greeted, CallerSpoke(understanding=heard), facts, now)
        self.load(self.dump(answered))
        for language in served(salon.branch):
            prepare(vocabulary_of(salon), language)

    def outcome(self, state: CallState, *, ending: bool) -> Outcome:
        """What came of a call that ends in this state."""
        return outcome_of(state, ending=ending)

    def dump(self, state: CallState) -> str:
        """The state as text."""
        return dump(state)

    def load(self, text: str) -> CallState:
        """The state that was written."""
        return load(text)

    def _scene(self, facts: CallFacts, now: datetime, language: str) -> Scene:
        return Scene(
            salon=facts.salon,
            now=now,
            call_id=facts.call_id,
            caller_number=facts.caller_number,
            language=language,
        )


def _acquainted(state: CallState, facts: CallFacts) -> CallState:
    """The state with what has become known of the caller since the greeting."""
    if not state.started:
        return state
    if state.caller_number is None and facts.caller_number is not None:
        state = replace(state, caller_number=facts.caller_number)
    return replace(state, known=facts.known) if facts.known and not state.known else state
