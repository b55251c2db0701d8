"""Before a call is answered, Retell asks what the agent should know: answered at once, or not.

While this is looked up the caller hears it ring. What takes longer than a moment is left out, and
Retell goes on with the agent of the number: nothing here is needed for a call to work.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError

from voice_agent.retell.events import Name, e164
from voice_agent.retell.gate import content, unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.domain.appointment import Customer
    from booking_core.domain.catalogue import Salon
    from voice_agent.dialogue.ports import Desk
    from voice_agent.retell.gate import Gate
    from voice_agent.retell.switchboard import Switchboard

log = structlog.get_logger(__name__)

PATH = "/retell/inbound"
MOST_BYTES = 256 * 1024
_MOST_CHARACTERS = 64


class Ringing(BaseModel):
    """Who calls which number."""

    from_number: Name
    to_number: Name


class InboundCall(BaseModel):
    """The question."""

    call_inbound: Ringing


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """Tells the agent whose salon it speaks for, and whether the number is on file."""

    gate: Gate
    switchboard: Switchboard
    desk: Desk
    patience_s: float
    """With the way here and back, Retell is to have its answer within 300 ms."""
    reject_unknown: bool = False
    """Whether a number that no salon has is turned away; otherwise Retell goes on by itself."""

    async def receive(self, request: web.Request) -> web.Response:
        """Always an answer Retell can use: one wrong value in it, and it would use none."""
        message = content(await self.gate.read(request, most_bytes=MOST_BYTES))
        try:
            ringing = InboundCall.model_validate(message).call_inbound
        except ValidationError:
            raise unreadable("no_call_inbound") from None
        return web.json_response({"call_inbound": await self._in_time(ringing)})

    async def _in_time(self, ringing: Ringing) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self.patience_s):
                return await self._known(ringing)
        except Exception:  # whatever it is: the caller hears it ring meanwhile
            log.exception("inbound_unanswered")
            return {}

    async def _known(self, ringing: Ringing) -> dict[str, Any]:
        salon = await self.switchboard.answering(ringing.to_number)
        if salon is None:
            log.warning("inbound_of_nobody", rejected=self.reject_unknown)
            return {"reject": True} if self.reject_unknown else {}
        number = e164(ringing.from_number)
        known = await self._on_file(salon.branch.id, number) if number else ()
        return {
            "dynamic_variables": _variables(salon, known),
            "metadata": {"branch": salon.branch.key},
        }

    async def _on_file(self, branch_id: UUID, number: str) -> Sequence[Customer]:
        return await self.desk.known_callers(branch_id, number)


def _variables(salon: Salon, known: Sequence[Customer]) -> dict[str, str]:
    """Texts only. A number proves nothing: no more than a first name, if it can be only one."""
    found = {
        "salon_name": salon.branch.name,
        "language": salon.branch.language,
        "known_customer": "true" if known else "false",
    }
    if first := _first_name(known):
        found["first_name"] = first
    return {name: text[:_MOST_CHARACTERS] for name, text in found.items()}


def _first_name(known: Sequence[Customer]) -> str | None:
    """Of "Vogt" alone nobody knows which of the two names it is."""
    firsts = {words[0] for person in known if len(words := person.name.split()) > 1}
    return firsts.pop() if len(firsts) == 1 and len(known) == 1 else None
