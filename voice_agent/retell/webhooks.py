"""What Retell tells about calls, in any order and as often as it likes: noted, never acted upon.

Nothing is ever booked from here. The one thing that is done: what a call held is given back when it
is over, and held on to while its transcript still grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web
from pydantic import ValidationError

from voice_agent.dialogue.steps import owner
from voice_agent.retell.call_book import Noted, WrongSalon
from voice_agent.retell.gate import content, unreadable
from voice_agent.retell.reports import EVENTS, Letter, fallback_outcome
from voice_agent.retell.socket import is_call_id
from voice_agent.retell.switchboard import other_number

if TYPE_CHECKING:
    from booking_core.ports import Clock
    from voice_agent.dialogue.ports import Desk
    from voice_agent.retell.call_book import CallBook
    from voice_agent.retell.gate import Gate
    from voice_agent.retell.switchboard import Switchboard

log = structlog.get_logger(__name__)

PATH = "/retell/webhook"
MOST_BYTES = 16 * 1024 * 1024
"""Two hours of talk, three times over, with the time of every word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """Takes reports about calls."""

    gate: Gate
    switchboard: Switchboard
    book: CallBook
    desk: Desk
    clock: Clock

    async def receive(self, request: web.Request) -> web.Response:
        """2xx for everything that needs no second attempt; a database that is away needs one."""
        letter = _letter(content(await self.gate.read(request, most_bytes=MOST_BYTES)))
        if letter is None:
            return _answer("ignored")
        return _answer(await self._take(letter))

    async def _take(self, letter: Letter) -> str:
        call_id = letter.call.call_id
        if call_id is None or not is_call_id(call_id):
            raise unreadable("no_call_id")
        salon = await self.switchboard.salon_of(letter.call)
        noted = Noted(
            call_id=call_id,
            at=letter.call.began or self.clock.now(),
            branch_id=salon.branch.id if salon else None,
            salon_version=salon.version if salon else None,
            caller_number=other_number(letter.call),
            agent_version=letter.call.agent_version,
            over=letter.call.over if letter.event in _OVER else None,
            outcome=fallback_outcome(letter),
        )
        try:
            is_known = await self.book.report(noted, letter)
        except WrongSalon:
            log.error("call_of_another_salon", call_id=call_id, webhook=letter.event)  # noqa: TRY400 - no trace needed
            return "another salon's"
        if not is_known:
            log.warning("call_of_nobody", call_id=call_id, webhook=letter.event)
            return "nobody's"
        await self._holds(letter, call_id)
        log.info("call_reported", call_id=call_id, webhook=letter.event)
        return "noted"

    async def _holds(self, letter: Letter, call_id: str) -> None:
        """Offers live as long as their call; a booking that was agreed on is no offer any more."""
        try:
            if letter.event in _OVER:
                await self.desk.release_holds(owner(call_id))
            elif letter.event == "transcript_updated":
                await self.desk.renew_holds(owner(call_id))
        except Exception:
            log.exception("holds_left_to_expire", call_id=call_id)


_OVER = frozenset({"call_ended", "call_analyzed"})


def _letter(message: dict[str, Any]) -> Letter | None:
    """The report; None = of a kind that is none of ours, which Retell may add any day."""
    event = message.get("event")
    if not isinstance(event, str) or not event:
        raise unreadable("no_event")
    if event not in EVENTS:
        log.info("webhook_ignored", webhook=event[:64])
        return None
    try:
        return Letter.model_validate(message)
    except ValidationError:
        raise unreadable("no_call") from None


def _answer(status: str) -> web.Response:
    return web.json_response({"status": status})
