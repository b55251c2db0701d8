"""The book of calls, as webhooks and functions write it: in any order, and as often as they like.

A call belongs to the salon it was first written down for; nothing that comes later changes that.
What came of it only ever gets better: a booking stays one, whoever reports an abandoned call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.dialects.postgresql import insert

from booking_core.adapters.postgres.call_tables import call, call_report
from voice_agent.journal import Outcome
from voice_agent.retell.reports import storable

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
    from sqlalchemy.sql import Executable

    from voice_agent.retell.reports import Letter

_UNFINISHED = ("registered", "ongoing")
_WORTH = {
    Outcome.BOOKED: 9,
    Outcome.CHANGED: 8,
    Outcome.CANCELLED: 7,
    Outcome.TRANSFERRED: 6,
    Outcome.WAITING_LIST: 5,
    Outcome.CALLBACK: 4,
    Outcome.NOTHING_FREE: 3,
    Outcome.DECLINED: 3,
    Outcome.WRONG_NUMBER: 2,
    Outcome.INFORMATION: 2,
}
"""How much a call has come to; what is not named here is nothing."""


class WrongSalon(Exception):
    """This call belongs to another salon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What is known of a call from one message."""

    call_id: str
    at: datetime
    branch_id: UUID | None = None
    """None = the salon it was written down for before, if it was."""
    salon_version: int | None = None
    caller_number: str | None = None
    agent_version: int | None = None
    over: datetime | None = None
    outcome: Outcome | None = None


class CallBook:
    """Writes down calls and what is reported about them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def note(self, noted: Noted) -> None:
        """Write down what came of a call so far; WrongSalon when it is another salon's."""
        async with self._engine.begin() as connection:
            await _note(connection, noted)

    async def report(self, noted: Noted, letter: Letter) -> bool:
        """Merge a report; False when nobody knows whose call that is."""
        async with self._engine.begin() as connection:
            if not await _note(connection, noted):
                return False
            consents = await connection.scalar(_consents(noted.call_id))
            may_keep = _agrees_to_recording(consents)
            row = _row(noted.call_id, letter, may_keep=may_keep)
            await connection.execute(_merged(row, may_keep=may_keep))
        return True


async def _note(connection: AsyncConnection, noted: Noted) -> bool:
    if noted.branch_id is None:
        known = await connection.scalar(select(call.c.branch_id).where(call.c.id == noted.call_id))
        if known is None:
            return False
    written = await connection.scalar(_noted(noted))
    if written is None:
        raise WrongSalon(noted.call_id)
    return True


def _noted(noted: Noted) -> Executable:
    outcome = noted.outcome.value if noted.outcome else None
    new = insert(call).values(
        id=noted.call_id,
        branch_id=noted.branch_id,
        salon_version=noted.salon_version,
        caller_number=noted.caller_number,
        agent_version=noted.agent_version,
        connections=0,
        started_at=noted.at,
        ended_at=noted.over,
        outcome=outcome,
    )
    kept = ("branch_id", "salon_version", "caller_number", "agent_version", "ended_at")
    return new.on_conflict_do_update(
        index_elements=[call.c.id],
        set_={
            **{name: func.coalesce(call.c[name], new.excluded[name]) for name in kept},
            "outcome": _better(call.c.outcome, new.excluded.outcome),
        },
        where=(call.c.branch_id == new.excluded.branch_id)
        | call.c.branch_id.is_(None)
        | new.excluded.branch_id.is_(None),
    ).returning(call.c.id)


def _better(old: ColumnElement[Any], new: ColumnElement[Any]) -> ColumnElement[Any]:
    more = _worth(new) > _worth(old)
    return case((old.is_(None), new), (new.is_(None), old), (more, new), else_=old)


def _worth(outcome: ColumnElement[Any]) -> ColumnElement[Any]:
    return case({one.value: worth for one, worth in _WORTH.items()}, value=outcome, else_=0)


def _consents(call_id: str) -> Select[Any]:
    return select(call.c.consents).where(call.c.id == call_id)


def _agrees_to_recording(consents: list[dict[str, Any]] | None) -> bool:
    """What was said last counts; whoever was not asked has not agreed."""
    said = [one.get("given") for one in consents or () if one.get("kind") == "recording"]
    return bool(said) and said[-1] is True


def _row(call_id: str, letter: Letter, *, may_keep: bool) -> dict[str, Any]:
    told = letter.call
    return {
        "call_id": call_id,
        "events": [letter.event],
        "call_type": told.call_type,
        "direction": told.direction,
        "agent_id": told.agent_id,
        "agent_version": told.agent_version,
        "status": told.call_status,
        "started_at": told.began,
        "ended_at": told.over,
        "duration_ms": told.duration_ms,
        "disconnection_reason": told.disconnection_reason,
        "transfer_to": storable(letter.transfer_to),
        "latency": told.percentiles,
        "cost": storable(told.call_cost),
        "analysis": storable(told.call_analysis),
        "recording_url": storable(told.recording_url) if may_keep else None,
    }


def _merged(row: dict[str, Any], *, may_keep: bool) -> Executable:
    given = {name: value for name, value in row.items() if value is not None}
    new = insert(call_report).values(given)
    old = call_report.c
    kept = ("call_type", "direction", "agent_id", "agent_version", "started_at")
    newer = ("ended_at", "duration_ms", "disconnection_reason", "transfer_to")
    wide = ("latency", "cost", "analysis")
    changed: dict[str, ColumnElement[Any]]
    changed = {name: func.coalesce(old[name], new.excluded[name]) for name in kept if name in given}
    changed |= {name: new.excluded[name] for name in (*newer, *wide) if name in given}
    if "status" in given:
        over = old.status.is_not(None) & old.status.not_in(_UNFINISHED)
        late = new.excluded.status.in_(_UNFINISHED)
        changed["status"] = case((over & late, old.status), else_=new.excluded.status)
    seen = old.events.contains(new.excluded.events)
    changed["events"] = case((seen, old.events), else_=old.events + new.excluded.events)
    if "recording_url" in given or not may_keep:  # what was agreed to can be taken back
        changed["recording_url"] = new.excluded.recording_url
    return new.on_conflict_do_update(index_elements=[old.call_id], set_=changed)
