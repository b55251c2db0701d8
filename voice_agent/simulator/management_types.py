"""Holds requests to Retell's management API against the types of its own SDK."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from voice_agent.retell.agent_walk import way_problems

_TYPES = {
    "create-agent": ("agent_create_params", "AgentCreateParams"),
    "update-agent": ("agent_update_params", "AgentUpdateParams"),
    "create-agent-version": ("agent_create_version_params", "AgentCreateVersionParams"),
    "publish-agent-version": ("agent_publish_params", "AgentPublishParams"),
    "create-retell-llm": ("llm_create_params", "LlmCreateParams"),
    "update-retell-llm": ("llm_update_params", "LlmUpdateParams"),
    "create-conversation-flow": ("conversation_flow_create_params", "ConversationFlowCreateParams"),
    "update-conversation-flow": ("conversation_flow_update_params", "ConversationFlowUpdateParams"),
    "import-phone-number": ("phone_number_import_params", "PhoneNumberImportParams"),
    "update-phone-number": ("phone_number_update_params", "PhoneNumberUpdateParams"),
    "create-web-call": ("call_create_web_call_params", "CallCreateWebCallParams"),
    "register-phone-call": ("call_register_phone_call_params", "CallRegisterPhoneCallParams"),
    "update-live-call": ("call_update_live_params", "CallUpdateLiveParams"),
    "list-calls": ("call_list_params", "CallListParams"),
    "create-test-case-definition": (
        "test_create_test_case_definition_params",
        "TestCreateTestCaseDefinitionParams",
    ),
    "call": ("call_response", "CallResponse"),
    "create-web-call-response": ("create_web_call_response", "CreateWebCallResponse"),
}


def problem_of(name: str, body: object) -> str | None:
    """Why this body is not acceptable; None = it is."""
    if not isinstance(body, dict):
        return "the body is no object"
    try:
        _walk(_adapter(name).validate_python(body))
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if name == "create-conversation-flow":
        return "; ".join(way_problems(body)) or None
    return None


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    module, kind = _TYPES[name]
    return TypeAdapter(getattr(importlib.import_module(f"retell.types.{module}"), kind))


def _walk(value: object) -> None:
    """The SDK's lists are checked only as they are read."""
    if isinstance(value, Mapping):
        for one in value.values():
            _walk(one)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for one in value:
            _walk(one)
