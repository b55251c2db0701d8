"""What goes to Retell, built strictly: Retell drops a wrongly typed frame without a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

if TYPE_CHECKING:
    from voice_agent.dialogue.answer import Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The first frame of every connection."""

    auto_reconnect: bool = True
    """Retell pings every 2 s and reconnects when we are gone."""
    call_details: bool = True
    """Retell sends the call object, with the dialled number."""

    def to_json(self) -> str:
        """The frame."""
        options = {"auto_reconnect": self.auto_reconnect, "call_details": self.call_details}
        return _frame("config", config=options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pong:
    """The answer to a ping."""

    timestamp: int
    """Retell's own value."""

    def __post_init__(self) -> None:
        _must(type(self.timestamp) is int and self.timestamp >= 0, "timestamp", self.timestamp)

    def to_json(self) -> str:
        """The frame."""
        return _frame("ping_pong", timestamp=self.timestamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A chunk of what the agent says; the last one of its id says so."""

    response_id: int
    content: str
    content_complete: bool
    no_interruption_allowed: bool = False
    end_call: bool = False
    transfer_number: str | None = None
    """E.164: Retell puts the caller through once the content is spoken."""

    def __post_init__(self) -> None:
        _must(type(self.response_id) is int and self.response_id >= 0, "id", self.response_id)
        _must(type(self.content) is str, "content", self.content)
        _must(type(self.content_complete) is bool, "content_complete", self.content_complete)
        _must(self.content_complete or not self.end_call, "end_call on", "an open response")
        _must(
            self.content_complete or self.transfer_number is None,
            "transfer_number on",
            "an open response",
        )

    @classmethod
    def of(cls, chunk: Chunk) -> Response:
        """The frame that carries this chunk."""
        return cls(
            response_id=chunk.response_id,
            content=chunk.text,
            content_complete=chunk.last,
            no_interruption_allowed=chunk.uninterruptible,
            end_call=chunk.end_call,
            transfer_number=chunk.transfer_number,
        )

    def to_json(self) -> str:
        """The frame; options only where they are set."""
        options: dict[str, Any] = {
            name: chosen
            for name, chosen in (
                ("no_interruption_allowed", self.no_interruption_allowed),
                ("end_call", self.end_call),
                ("transfer_number", self.transfer_number),
            )
            if chosen
        }
        return _frame(
            "response",
            response_id=self.response_id,
            content=self.content,
            content_complete=self.content_complete,
            **options,
        )


def _must(holds: bool, what: str, value: object) -> None:  # noqa: FBT001 - reads like an assertion
    if not holds:
        raise ValueError(f"Retell would drop a frame with {what} {value!r}")


def _frame(response_type: str, **fields: Any) -> str:  # noqa: ANN401 - JSON
    return to_json({"response_type": response_type, **fields}).decode()
