"""The inbound webhook as Retell uses it: asked while it rings, believed only if all is right."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from voice_agent.simulator.post import OK_STATUSES, Effort, Post

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp

    from voice_agent.simulator.phone import PhoneCall
    from voice_agent.simulator.post import Delivery
    from voice_agent.simulator.signing import Signer

RINGING = Effort(timeout_s=10.0, retries=3)


class _Override(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    agent: dict[str, Any] | None = None
    retell_llm: dict[str, Any] | None = None
    conversation_flow: dict[str, Any] | None = None


class InboundAnswer(BaseModel):
    """What the server wants to be done with the call."""

    model_config = ConfigDict(strict=True, extra="allow")

    reject: bool | None = None
    """Only a true boolean turns the caller away; a text that says so makes all of it useless."""
    override_agent_id: str | None = None
    override_agent_version: int | str | None = None
    dynamic_variables: dict[str, str] | None = None
    metadata: dict[str, Any] | None = None
    agent_override: _Override | None = None


class _Envelope(BaseModel):
    model_config = ConfigDict(strict=True)

    call_inbound: InboundAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The call goes on, with what the server told."""

    answer: InboundAnswer
    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The caller hears that nobody is there."""

    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class FellBack:
    """Nothing usable was answered: the number's own agent takes the call, or nobody does."""

    reason: str
    delivery: Delivery


Ringing = Connected | Rejected | FellBack


async def ring(
    session: aiohttp.ClientSession,
    url: str,
    phone: PhoneCall,
    *,
    signer: Signer,
    effort: Effort = RINGING,
    sip_headers: Mapping[str, str] | None = None,
    names_call: bool = True,
) -> Ringing:
    """Ask the server about a call that rings; all attempts carry the same call id, or none."""
    post = Post(session=session, signer=signer, effort=effort)
    raw = _question(phone, sip_headers, names_call=names_call)
    delivery = await post.send(url, raw, name="call_inbound")
    if delivery.last.status is None:
        return FellBack(reason=f"no answer within {effort.timeout_s} s", delivery=delivery)
    if not delivery.taken:
        return FellBack(reason=f"answered {delivery.last.status}", delivery=delivery)
    return understood(delivery)


def understood(delivery: Delivery) -> Ringing:
    """What Retell makes of an answer that came in time."""
    assert delivery.last.status in OK_STATUSES, "asked before"
    try:
        answer = _Envelope.model_validate_json(delivery.last.body).call_inbound
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the answer"
        return FellBack(reason=f"{place}: {first['msg']}", delivery=delivery)
    if answer.reject is True:
        return Rejected(delivery=delivery)
    return Connected(answer=answer, delivery=delivery)


def _question(phone: PhoneCall, sip: Mapping[str, str] | None, *, names_call: bool) -> bytes:
    about: dict[str, Any] = {
        "agent_id": "agent_simulated",
        "agent_version": 1,
        "from_number": phone.from_number or "anonymous",
        "to_number": phone.to_number or "",
    }
    if names_call:
        about["call_id"] = phone.call_id
    if sip:
        about["custom_sip_headers"] = {name.lower(): value for name, value in sip.items()}
    body = {"event": "call_inbound", "call_inbound": about}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
