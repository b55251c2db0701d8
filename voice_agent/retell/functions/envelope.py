"""What arrives when an agent calls a function: the call, signed, and arguments a model made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from voice_agent.dialogue.transcript import Speaker
from voice_agent.retell.events import Call, Transcript, Unreadable, content_of, utterances
from voice_agent.retell.gate import unreadable
from voice_agent.retell.socket import is_call_id

if TYPE_CHECKING:
    from multidict import MultiMapping

_ARGUMENTS = ("args", "arguments", "parameters")
_ENVELOPE = frozenset({"call", *_ARGUMENTS})


class CallNow(Call):
    """The call that goes on, with what was said so far."""

    transcript_object: Transcript = Field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One function call."""

    call: CallNow | None
    """None = only arguments were sent: nobody knows in which call, or to whom."""
    raw: Mapping[str, Any]
    """As the model made them; ids among them mean nothing."""

    @property
    def call_id(self) -> str:
        """The id of the call, which the model cannot change."""
        return (self.call and self.call.call_id) or ""

    @property
    def caller_words(self) -> tuple[str, ...]:
        """What the caller has said, oldest first."""
        lines = utterances(self.call.transcript_object) if self.call else ()
        return tuple(line.text for line in lines if line.speaker is Speaker.CALLER)


def read_envelope(body: Mapping[str, Any], function: str) -> Envelope:
    """Arguments wrapped, or at the root with or without the call; 400 when it is neither."""
    if "call" not in body:
        if _ENVELOPE.intersection(body):
            raise unreadable("no_call")
        return Envelope(call=None, raw=body)
    call = _call(body["call"])
    wrapped = next((body[name] for name in _ARGUMENTS if name in body), None)
    rest = {name: value for name, value in body.items() if name not in _ENVELOPE}
    if rest.get("name") == function:  # not the caller's
        del rest["name"]
    return Envelope(call=call, raw=rest if wrapped is None else _object(wrapped))


def of_query(query: MultiMapping[str]) -> Envelope:
    """A GET: its signature covers nothing, so nothing in it says which call it is."""
    return Envelope(call=None, raw=dict(query))


def _call(value: object) -> CallNow:
    try:
        call = CallNow.model_validate(value)
    except ValidationError:
        raise unreadable("no_call") from None
    if call.call_id is None or not is_call_id(call.call_id):
        raise unreadable("no_call_id")
    return call


def _object(wrapped: object) -> Mapping[str, Any]:
    """The arguments, also where they are a text; nothing where they are neither."""
    if isinstance(wrapped, str):
        try:
            wrapped = content_of(wrapped)
        except Unreadable:
            return {}
    return wrapped if isinstance(wrapped, Mapping) else {}
