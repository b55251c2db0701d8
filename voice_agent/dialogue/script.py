"""What the engine needs from a conversation: policy, understanding and words in one piece."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.domain.appointment import Customer
    from booking_core.domain.catalogue import Salon
    from nlu import Understanding
    from voice_agent.dialogue.actions import Action, Sentence
    from voice_agent.dialogue.events import Event
    from voice_agent.journal import Outcome

S = TypeVar("S")
"""The policy's state: the engine keeps it, hands it back and never looks inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What is known about a call besides the conversation."""

    call_id: str
    salon: Salon
    caller_number: str | None = None
    """E.164; None when withheld."""
    known: tuple[Customer, ...] = ()
    """On file for this number."""


class Notice(StrEnum):
    """What the engine itself has to say; the values are the names of the sentences."""

    FILLER_SEARCH = "filler_search"
    FILLER_BOOKING = "filler_booking"
    FILLER_CHANGE = "filler_change"
    WATCHDOG_1 = "watchdog_1"
    WATCHDOG_2 = "watchdog_2"
    TECHNICAL_FAILURE = "technical_failure"
    UNKNOWN_SALON = "unknown_salon"
    NOT_AVAILABLE = "not_available"


class Script(Protocol[S]):
    """A conversation, pure: nothing in it waits, and nothing in it knows the clock."""

    def begin(self, facts: CallFacts) -> S:
        """The state before the first word."""
        ...

    def step(
        self, state: S, event: Event, facts: CallFacts, now: datetime
    ) -> tuple[S, tuple[Action, ...]]:
        """The state after this event, and what is to be done."""
        ...

    def understand(self, text: str, state: S, facts: CallFacts, now: datetime) -> Understanding:
        """What the caller's words mean at this point of the conversation."""
        ...

    def language(self, state: S, facts: CallFacts) -> str:
        """What is spoken now."""
        ...

    def words(self, sentence: Sentence, facts: CallFacts) -> str:
        """The sentence as it is spoken."""
        ...

    def notice(self, notice: Notice, *, language: str, seed: str) -> str:
        """The engine's own sentence as it is spoken."""
        ...

    def warm_up(self, salon: Salon, now: datetime) -> None:
        """Build what is built once per salon, before the first caller would wait for it."""
        ...

    def owner(self, facts: CallFacts) -> str:
        """Whose name the holds of this call are kept under."""
        ...

    def outcome(self, state: S, *, ending: bool) -> Outcome:
        """What came of a call that ends in this state."""
        ...

    def dump(self, state: S) -> str:
        """The state as text."""
        ...

    def load(self, text: str) -> S:
        """The state that was written."""
        ...
