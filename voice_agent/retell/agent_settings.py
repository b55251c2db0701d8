"""What an agent at Retell has to be for a salon: everything that is ours about it, as code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from voice_agent.retell import webhooks
from voice_agent.retell.agent_flow import answered_as, flow, tool_id
from voice_agent.retell.agent_walk import flow_problems
from voice_agent.retell.catalogue import Tool, tools

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon

Json = dict[str, Any]

INBOUND_PATH = "/retell/inbound"
WEBHOOK_TIMEOUT_MS = 10_000
LONGEST_CALL_MS = 900_000
SILENCE_MS = 60_000
_LOCALES = {"de": "de-DE", "en": "en-GB"}
_MODEL = {"type": "cascading", "primary": {"model": "gpt-4.1"}, "temperature": 0}
_INITIAL_VOICE = "11labs-Adrian"


class Kind(StrEnum):
    """Who does the talking."""

    CUSTOM_LLM = "custom-llm"
    """We do, over the websocket."""
    RETELL_LLM = "retell-llm"
    """A model at Retell, with one prompt."""
    CONVERSATION_FLOW = "conversation-flow"
    """A model at Retell, led from node to node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An agent as it has to be."""

    kind: Kind
    agent: Json
    """Without `response_engine`, which is known once there is one."""
    engine: Json
    """Prompt or flow; of a custom LLM its address."""
    number: Json
    """Without the agent that answers there."""
    initial_agent: Json
    """Matters of taste: set once, then left to whoever changes them at Retell."""
    initial_engine: Json


def wanted(salon: Salon, kind: Kind, *, public_url: str, secret: str | None = None) -> Wanted:
    """The agent of this salon, whose server is reached at this address."""
    base = public_url.rstrip("/")
    branch = salon.branch
    agent = {
        "agent_name": f"{branch.name} ({branch.key})",
        "language": _LOCALES.get(branch.language, branch.language),
        "timezone": branch.timezone,
        "boosted_keywords": keywords(salon),
        "webhook_url": base + webhooks.PATH,
        "webhook_events": ["call_started", "call_ended", "call_analyzed"],
        "webhook_timeout_ms": WEBHOOK_TIMEOUT_MS,
        "max_call_duration_ms": LONGEST_CALL_MS,
        "end_call_after_silence_ms": SILENCE_MS,
        "reminder_max_count": 2,
    }
    return Wanted(
        kind=kind,
        agent=agent,
        engine=_engine(salon, kind, base, secret),
        number={"inbound_webhook_url": base + INBOUND_PATH},
        initial_agent={
            "voice_id": _INITIAL_VOICE,
            "responsiveness": 0.9,
            "interruption_sensitivity": 0.8,
            "reminder_trigger_ms": 9_000,
            "data_storage_setting": "basic_attributes_only",
        },
        initial_engine={} if kind is Kind.CUSTOM_LLM else {"model_config": _MODEL},
    )


def keywords(salon: Salon) -> list[str]:
    """Names that speech recognition would otherwise make other words of."""
    people = [member.first_name for member in salon.staff if member.active]
    people += [member.last_name for member in salon.staff if member.active]
    services = [service.spoken_name for service in salon.services if service.active]
    return list(dict.fromkeys(one for one in (salon.branch.name, *people, *services) if one))


def _engine(salon: Salon, kind: Kind, base: str, secret: str | None) -> Json:
    match kind:
        case Kind.CUSTOM_LLM:
            socket = base.replace("http", "ws", 1) + "/llm-websocket"
            return {"llm_websocket_url": f"{socket}/{secret}" if secret else socket}
        case Kind.RETELL_LLM:
            return _prompted(salon, base)
        case Kind.CONVERSATION_FLOW:
            return _flow(salon, base)


def _prompted(salon: Salon, base: str) -> Json:
    ends = "Only after the caller has said goodbye."
    return {
        "start_speaker": "agent",
        "general_prompt": _prompt(salon.branch.language),
        "general_tools": [
            *(_declared(tool, base) for tool in tools()),
            {"type": "end_call", "name": "end_call", "description": ends},
        ],
        "default_dynamic_variables": {"salon_name": salon.branch.name},
    }


def _flow(salon: Salon, base: str) -> Json:
    if salon.branch.language != "de":
        raise ValueError("the conversation flow speaks German only; take --kind retell-llm")
    made = flow(_offered(salon))
    names = dict(answered_as())
    defaults = {**made["default_dynamic_variables"], "salon_name": salon.branch.name}
    engine = {
        "start_speaker": "agent",
        "global_prompt": _prompt(salon.branch.language),
        **made,
        "default_dynamic_variables": defaults,
        "tools": [
            {
                "tool_id": tool_id(tool.name),
                **_declared(tool, base),
                "response_variables": _variables(names[tool.name]),
            }
            for tool in tools()
            if tool.name in names
        ],
    }
    if problems := flow_problems(engine):
        raise ValueError(f"prompts/retell/flow.yaml: {'; '.join(problems)}")
    return engine


def _declared(tool: Tool, base: str) -> Json:
    return {
        "type": "custom",
        "name": tool.name,
        "description": tool.purpose,
        "url": f"{base}/retell/functions/{tool.name}",
        "method": "POST",
        "args_at_root": False,
        "timeout_ms": int(tool.timeout_s * 1000),
        "max_retry": 1,  # repeated calls are answered as the first one was
        "speak_during_execution": tool.meanwhile is not None,
        "speak_after_execution": True,
        "parameters": tool.parameters,
    } | (
        {"execution_message_type": "static_text", "execution_message_description": tool.meanwhile}
        if tool.meanwhile
        else {}
    )


def _variables(name: str) -> dict[str, str]:
    return {f"{name}_code": "code", f"{name}_say": "say"}


def _offered(salon: Salon) -> str:
    """Every service by name; composite ones by their parts, so that one is known for one visit."""
    active = [service for service in salon.services if service.active]
    plain = [one.spoken_name for one in active if len(one.segments) == 1]
    composite = [
        f"{one.spoken_name} (ein Termin aus {', '.join(part.name for part in one.segments)})"
        for one in active
        if len(one.segments) > 1
    ]
    return f"Der Salon bietet: {'; '.join((*plain, *composite))}."


def _prompt(language: str) -> str:
    return (files("prompts") / language / "agent.md").read_text("utf-8")
