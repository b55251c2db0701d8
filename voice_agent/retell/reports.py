"""What Retell reports about a call, read forgivingly and freed of what is not to be kept."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictInt

from voice_agent.journal import Outcome
from voice_agent.retell.events import LARGEST_ID, Call, Forgiving, Name

LAST_MS = 253_402_300_799_000  # the end of the year 9999: later is no time a database knows
MOST_NESTED = 6
MOST_PARTS = 64
LONGEST_TEXT = 4_000
LONGEST_URL = 2_000

Event = Literal[
    "call_started",
    "call_ended",
    "call_analyzed",
    "transcript_updated",
    "transfer_started",
    "transfer_bridged",
    "transfer_cancelled",
    "transfer_ended",
]
EVENTS: frozenset[str] = frozenset(Event.__args__)  # type: ignore[attr-defined]  # of any Literal
THROUGH = frozenset({"transfer_bridged", "transfer_ended"})
"""Events that say that somebody took the call over."""

Moment = Annotated[Annotated[StrictInt, Field(ge=0, le=LAST_MS)] | None, Forgiving]
Amount = Annotated[Annotated[StrictInt, Field(ge=0, le=LARGEST_ID)] | None, Forgiving]
Facts = Annotated[dict[str, Any] | None, Forgiving]
Word = Annotated[Annotated[Name, Field(max_length=200)] | None, Forgiving]

_PERCENTILES = ("p50", "p90", "p95", "p99", "min", "max", "num")


class CallReport(Call):
    """The call object of a webhook; all of it may be absent."""

    agent_id: Word = None
    call_status: Word = None
    start_timestamp: Moment = None
    end_timestamp: Moment = None
    duration_ms: Amount = None
    disconnection_reason: Word = None
    transfer_destination: Word = None
    latency: Facts = None
    call_cost: Facts = None
    call_analysis: Facts = None
    recording_url: Annotated[Annotated[str, Field(max_length=LONGEST_URL)] | None, Forgiving] = None

    @property
    def began(self) -> datetime | None:
        """When the call began."""
        return _moment(self.start_timestamp)

    @property
    def over(self) -> datetime | None:
        """When the call was over."""
        return _moment(self.end_timestamp)

    @property
    def percentiles(self) -> dict[str, Any] | None:
        """The latencies of each stage, without the single values."""
        stages = {
            stage: {name: found[name] for name in _PERCENTILES if name in found}
            for stage, found in (self.latency or {}).items()
            if isinstance(found, dict)
        }
        return storable(stages) if stages else None


class Letter(BaseModel):
    """A webhook about a call."""

    event: Event
    call: CallReport
    transfer_destination: Facts = None
    """Where to, of transfer events; in the call it is a text."""

    @property
    def transfer_to(self) -> str | None:
        """The number the caller is put through to."""
        named = (self.transfer_destination or {}).get("number")
        return named if isinstance(named, str) else self.call.transfer_destination


def fallback_outcome(letter: Letter) -> Outcome | None:
    """What the report alone says of how the call ended; None while it goes on."""
    reason = letter.call.disconnection_reason
    if letter.event in THROUGH or reason in {"call_transfer", "transfer_bridged"}:
        return Outcome.TRANSFERRED
    if letter.event not in {"call_ended", "call_analyzed"}:
        return None
    return Outcome.NOT_BOOKED if reason == "agent_hangup" else Outcome.ABANDONED


def storable(value: Any, *, depth: int = MOST_NESTED) -> Any:  # noqa: ANN401, PLR0911 - any JSON
    """The value as a database column takes it: no NUL, no NaN, no end in depth or length."""
    match value:
        case str():
            return value.replace("\0", "")[:LONGEST_TEXT]
        case bool() | None:
            return value
        case int():
            return value if abs(value) <= LARGEST_ID else None
        case float():
            return value if math.isfinite(value) else None
        case dict() if depth:
            parts = list(value.items())[:MOST_PARTS]
            return {storable(str(key)): storable(part, depth=depth - 1) for key, part in parts}
        case list() if depth:
            return [storable(part, depth=depth - 1) for part in value[:MOST_PARTS]]
        case _:
            return None


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, tz=UTC)
