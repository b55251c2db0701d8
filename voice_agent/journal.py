"""What is noted about each call and turn: in the database, for the salon and for replays."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID


class Outcome(StrEnum):
    """How a call ended."""

    BOOKED = "booked"
    NOT_BOOKED = "not_booked"
    """It came to an end without a booking."""
    ABANDONED = "abandoned"
    """The caller hung up before anything was decided."""
    CHANGED = "changed"
    """A visit was moved."""
    CANCELLED = "cancelled"
    DECLINED = "declined"
    """What was offered did not suit."""
    NOTHING_FREE = "nothing_free"
    CALLBACK = "callback"
    WAITING_LIST = "waiting_list"
    TRANSFERRED = "transferred"
    WRONG_NUMBER = "wrong_number"
    INFORMATION = "information"
    """Something was asked and answered, and nothing else wanted."""
    REFUSED = "refused"
    """Nobody knows which salon was called, or the call could not be taken."""


class TurnKind(StrEnum):
    """What the agent answered to."""

    GREETING = "greeting"
    SPEECH = "speech"
    SILENCE = "silence"


class TurnEnd(StrEnum):
    """What became of an answer."""

    ANSWERED = "answered"
    SUPERSEDED = "superseded"
    """The caller went on speaking before it was complete."""
    FAILED = "failed"
    """Something of ours broke; the caller heard an apology."""
    LOST = "lost"
    """The line was gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOpened:
    """A connection has begun; noted again for every reconnect of the same call."""

    call_id: str
    at: datetime
    branch_id: UUID | None = None
    salon_version: int | None = None
    caller_number: str | None = None
    agent_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallClosed:
    """The line is closed for good."""

    call_id: str
    at: datetime
    outcome: Outcome
    lead: Mapping[str, Any] | None = None
    """What the caller wanted, if the call ended before it was settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentNoted:
    """The caller agreed to something, or refused it."""

    call_id: str
    at: datetime
    kind: str
    given: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaken:
    """One turn of a call."""

    call_id: str
    turn: int
    at: datetime
    response_id: int
    kind: TurnKind
    end: TurnEnd
    caller_text: str = ""
    agent_text: str = ""
    understanding: Mapping[str, Any] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    first_ms: float | None = None
    """From Retell's request to the first words on their way."""
    total_ms: float | None = None
    ahead: bool = False
    """Whether the answer had been worked out before it was asked for."""


Entry = CallOpened | CallClosed | ConsentNoted | TurnTaken


class Journal(Protocol):
    """Where calls are noted."""

    def note(self, entry: Entry) -> None:
        """Take the entry; never waits, never fails."""
        ...
