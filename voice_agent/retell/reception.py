"""Who answers a call: the salon whose number was dialled, and nobody else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Protocol

import structlog

from booking_core import ports
from booking_core.domain.errors import UnknownSalon
from voice_agent.dialogue.answer import Answer
from voice_agent.dialogue.inbox import LineClosed, Request
from voice_agent.dialogue.live_call import LiveCall
from voice_agent.dialogue.recognition import recognised_in_time
from voice_agent.dialogue.script import CallFacts, Notice, S
from voice_agent.journal import CallClosed, CallOpened, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.domain.catalogue import Salon
    from voice_agent.dialogue.sessions import Session
    from voice_agent.dialogue.turn import Equipment
    from voice_agent.retell.connection import Connection
    from voice_agent.retell.events import Call

log = structlog.get_logger(__name__)

FALLBACK_LANGUAGE = "de"  # of a caller about whom nothing is known, not even the salon


class Directory(ports.Salons, Protocol):
    """The configured salons, and how many there are."""

    async def all(self) -> Sequence[Salon]:
        """Every branch."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception(Generic[S]):
    """Takes a call: finds its session and its salon, then lets the dialogue run."""

    kit: Equipment[S]
    salons: Directory

    async def __call__(self, connection: Connection) -> None:
        """Serve the call of this connection to its end."""
        lease, session = await self.kit.sessions.take(connection.call_id)
        try:
            salon = await self._salon(connection, session)
        except Exception:
            log.exception("salon_unavailable", call_id=connection.call_id)
            await self._refuse(connection, Notice.NOT_AVAILABLE)
            return
        if salon is None:
            await self._refuse(connection, Notice.UNKNOWN_SALON)
            return
        call = _known(connection.details)
        number = session.caller_number or (call.caller if call else None)
        session = replace(session, branch_id=salon.branch.id, caller_number=number)
        facts = CallFacts(
            call_id=connection.call_id,
            salon=salon,
            caller_number=number,
            known=await recognised_in_time(self.kit, salon.branch.id, number, connection.inbox),
        )
        self._note_opened(facts, call)
        live = LiveCall(self.kit, facts, lease, session, line=connection, inbox=connection.inbox)
        await live.run()

    async def _salon(self, connection: Connection, session: Session) -> Salon | None:
        if session.branch_id is not None:
            return await self.salons.by_id(session.branch_id)
        patience = self.kit.patience
        call = await _within(patience.details_s, connection.details)
        everyone = await self.salons.all() if call is None or call.dialled is None else ()
        if call is None and len(everyone) > 1:
            call = await _within(patience.late_details_s, connection.details)
        if call is None or call.dialled is None:
            return everyone[0] if len(everyone) == 1 else None
        return await self._answering(call.dialled)

    async def _answering(self, dialled: str) -> Salon | None:
        try:
            return await self.salons.by_number(dialled)
        except UnknownSalon:
            return None

    async def _refuse(self, connection: Connection, notice: Notice) -> None:
        """Say so and hang up; whatever is asked afterwards gets the same answer."""
        log.warning("call_refused", call_id=connection.call_id, reason=notice.value)
        now = self.kit.clock.now()
        self.kit.journal.note(CallOpened(call_id=connection.call_id, at=now))
        closed = CallClosed(call_id=connection.call_id, at=now, outcome=Outcome.REFUSED)
        self.kit.journal.note(closed)
        words = self.kit.script.notice(notice, language=FALLBACK_LANGUAGE, seed=connection.call_id)
        response_id = 0
        while True:
            answer = Answer(response_id=response_id, line=connection, asked_at=0.0)
            await answer.add(words, uninterruptible=True)
            await answer.close(end_call=True)
            item = await connection.inbox.get()
            while not isinstance(item, Request | LineClosed):
                item = await connection.inbox.get()
            if isinstance(item, LineClosed):
                return
            response_id = item.response_id

    def _note_opened(self, facts: CallFacts, call: Call | None) -> None:
        opened = CallOpened(
            call_id=facts.call_id,
            at=self.kit.clock.now(),
            branch_id=facts.salon.branch.id,
            salon_version=facts.salon.version,
            caller_number=facts.caller_number,
            agent_version=call.agent_version if call else None,
        )
        self.kit.journal.note(opened)
        log.info("call_opened", call_id=facts.call_id, salon=facts.salon.branch.key)


async def _within(seconds: float, details: asyncio.Future[Call]) -> Call | None:
    await asyncio.wait({details}, timeout=seconds)
    return _known(details)


def _known(details: asyncio.Future[Call]) -> Call | None:
    return details.result() if details.done() else None
