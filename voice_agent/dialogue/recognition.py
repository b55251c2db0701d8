"""Who is on file for the caller's number: the greeting waits a moment for it, the call for longer.

Whoever is recognised later in the call is not greeted again, but is a known caller from then on.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog

from voice_agent.dialogue.inbox import Recognised

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.appointment import Customer
    from voice_agent.dialogue.inbox import Inbox
    from voice_agent.dialogue.turn import Equipment

log = structlog.get_logger(__name__)

Known = tuple["Customer", ...]


async def recognised_in_time(
    kit: Equipment[Any], branch_id: UUID, number: str | None, inbox: Inbox
) -> Known:
    """Who is known by this number; nobody yet, when it takes too long to find out."""
    if number is None:
        return ()
    looking = kit.background.start(_known(kit, branch_id, number), name="known_callers")
    await asyncio.wait({looking}, timeout=kit.patience.known_callers_s)
    if looking.done():
        return looking.result()
    log.warning("known_callers_late")
    _tell_later(looking, inbox)
    return ()


def recognise_later(kit: Equipment[Any], branch_id: UUID, number: str, inbox: Inbox) -> None:
    """Find out beside the conversation who is known by a number that came after the greeting."""
    looking = kit.background.start(_known(kit, branch_id, number), name="known_callers")
    _tell_later(looking, inbox)


async def _known(kit: Equipment[Any], branch_id: UUID, number: str) -> Known:
    """Nobody, when it cannot be found out: a stranger can do everything but touch what stands."""
    try:
        async with asyncio.timeout(kit.patience.known_callers_late_s):
            return tuple(await kit.desk.known_callers(branch_id, number))
    except Exception:
        log.exception("known_callers_unavailable")
        return ()


def _tell_later(looking: asyncio.Task[Known], inbox: Inbox) -> None:
    def tell(found: asyncio.Task[Known]) -> None:
        if not found.cancelled():
            inbox.put(Recognised(known=found.result()))

    looking.add_done_callback(tell)
