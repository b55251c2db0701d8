"""One phone call before anybody has said a word: who calls whom, and where the agent lives."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Mapping


_SCHEMES = {"http": "ws", "https": "wss"}
_VARIABLE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCall:
    """Who calls whom, as Retell knows it before anybody has said a word."""

    base_url: str
    """Where the custom LLM lives; the call id is appended: ws://host:port/llm-websocket."""
    to_number: str | None = None
    """Dialled number; None = a web call, which has no numbers."""
    from_number: str | None = None
    """None = withheld."""
    call_id: str = field(default_factory=lambda: f"call_{uuid4().hex[:27]}")
    metadata: Mapping[str, Any] | None = None
    variables: Mapping[str, str] | None = None

    @property
    def url(self) -> str:
        """Base + "/" + call id, variables filled in; http becomes ws.

        Where the id stands beside a query is not documented; here it ends the path.
        """
        base = _VARIABLE.sub(self._filled, self.base_url)
        scheme, host, path, query, _ = urlsplit(base)
        path = f"{path.rstrip('/')}/{self.call_id}"
        return urlunsplit((_SCHEMES.get(scheme, scheme), host, path, query, ""))

    def _filled(self, found: re.Match[str]) -> str:
        """A variable without a value stays as it is written, as it does at Retell."""
        return (self.variables or {}).get(found[1], found[0])

    def details(self) -> dict[str, Any]:
        """The call object at status `registered`; what is unknown is absent, not null."""
        numbers = {"from_number": self.from_number, "to_number": self.to_number}
        known: dict[str, Any] = {k: v for k, v in numbers.items() if v is not None}
        if self.to_number is not None:
            known["direction"] = "inbound"
        if self.metadata is not None:
            known["metadata"] = dict(self.metadata)
        if self.variables is not None:
            known["retell_llm_dynamic_variables"] = dict(self.variables)
        return {
            "call_type": "web_call" if self.to_number is None else "phone_call",
            "call_id": self.call_id,
            "agent_id": "agent_simulated",
            "agent_version": 1,
            "call_status": "registered",
            "data_storage_setting": "everything",
            **known,
        }
