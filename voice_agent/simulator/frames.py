"""Frames of the server as Retell reads them: what has a wrong type is dropped and reported."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from voice_agent.simulator.findings import Fault, Finding

EXCERPT_LENGTH = 120


class _Frame(BaseModel):
    """Types are exact, as Retell wants them; unknown fields are kept to be reported."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)


class ConfigValues(_Frame):
    """What the server wants to be sent."""

    auto_reconnect: bool = False
    call_details: bool = False
    transcript_with_tool_calls: bool = False


class Config(_Frame):
    """First frame on every socket."""

    response_type: Literal["config"]
    config: ConfigValues


class Pong(_Frame):
    """Answer to a ping."""

    response_type: Literal["ping_pong"]
    timestamp: int = Field(ge=0)


class _Speech(_Frame):
    """What is common to everything that is spoken."""

    content: str
    content_complete: bool
    no_interruption_allowed: bool = False
    end_call: bool = False
    transfer_number: str | None = Field(default=None, min_length=1)
    digit_to_press: str | None = Field(default=None, pattern=r"^[0-9*#]+$")


class Response(_Speech):
    """A chunk of the answer to one request."""

    response_type: Literal["response"]
    response_id: int = Field(ge=0)
    show_transferee_as_caller: bool = False


class AgentInterrupt(_Speech):
    """Speak now, over whoever speaks."""

    response_type: Literal["agent_interrupt"]
    interrupt_id: int


class ToolCall(_Frame):
    """Bookkeeping: a tool was called."""

    response_type: Literal["tool_call_invocation"]
    tool_call_id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    arguments: str


class ToolResult(_Frame):
    """Bookkeeping: a tool has answered."""

    response_type: Literal["tool_call_result"]
    tool_call_id: str
    content: str
    successful: bool | None = None


class AgentSettings(_Frame):
    """Retell's own knobs, within their bounds."""

    responsiveness: float | None = Field(default=None, ge=0, le=1)
    interruption_sensitivity: float | None = Field(default=None, ge=0, le=1)
    reminder_trigger_ms: float | None = Field(default=None, gt=0)
    reminder_max_count: int | None = Field(default=None, ge=0)


class UpdateAgent(_Frame):
    """Change how Retell behaves in this call."""

    response_type: Literal["update_agent"]
    agent_config: AgentSettings


class Metadata(_Frame):
    """Anything for the browser of a web call."""

    response_type: Literal["metadata"]
    metadata: dict[str, Any]


ServerFrame = (
    Config | Pong | Response | AgentInterrupt | ToolCall | ToolResult | UpdateAgent | Metadata
)
_FRAMES: TypeAdapter[ServerFrame] = TypeAdapter(
    Annotated[ServerFrame, Field(discriminator="response_type")],
)


def read_frame(raw: str) -> tuple[ServerFrame | None, list[Finding]]:
    """The frame, or nothing where Retell would drop it; and everything wrong with it."""
    try:
        message = json.loads(raw)
    except ValueError:
        return None, [Finding(fault=Fault.BAD_JSON, detail=_excerpt(raw))]
    if not isinstance(message, dict):
        return None, [Finding(fault=Fault.BAD_JSON, detail=f"not an object: {_excerpt(raw)}")]
    findings = []
    if "response_type" not in message:
        findings.append(Finding(fault=Fault.UNTYPED_FRAME, detail=_excerpt(raw)))
        message = {"response_type": "response", **message}
    try:
        frame = _FRAMES.validate_python(message)
    except ValidationError as error:
        return None, [*findings, _wrong_type(error, raw)]
    return frame, [*findings, *_oddities(frame)]


def _wrong_type(error: ValidationError, raw: str) -> Finding:
    places = (
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
        for problem in error.errors(include_url=False)
    )
    return Finding(fault=Fault.WRONG_TYPE, detail=f"{'; '.join(places)} in {_excerpt(raw)}")


def _oddities(frame: ServerFrame) -> list[Finding]:
    """What Retell tolerates and a careful reader does not."""
    findings = [
        Finding(fault=Fault.UNKNOWN_FIELD, detail=f"{name} in {frame.response_type}")
        for name in _unknown_fields(frame)
    ]
    if isinstance(frame, Response | AgentInterrupt) and len(actions_of(frame)) > 1:
        named = " and ".join(actions_of(frame))
        findings.append(Finding(fault=Fault.TWO_ACTIONS, detail=named))
    return findings


def _unknown_fields(frame: ServerFrame) -> list[str]:
    inner: _Frame | None = None
    match frame:
        case Config(config=inner) | UpdateAgent(agent_config=inner):
            pass
        case _:
            inner = None
    return [*(frame.model_extra or ()), *((inner.model_extra or ()) if inner else ())]


def actions_of(frame: Response | AgentInterrupt) -> list[str]:
    """Names of the actions this chunk asks for, in Retell's order of precedence."""
    asked = {
        "end_call": frame.end_call,
        "transfer_number": frame.transfer_number is not None,
        "digit_to_press": frame.digit_to_press is not None,
    }
    return [name for name, wanted in asked.items() if wanted]


def _excerpt(raw: str) -> str:
    return raw if len(raw) <= EXCERPT_LENGTH else f"{raw[:EXCERPT_LENGTH]}..."
