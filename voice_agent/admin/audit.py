"""Who changed what, and when: written with the change, never altered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from booking_core.adapters.postgres.admin_tables import audit_entry
from voice_agent.admin.accounts import OPERATOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from voice_agent.admin.office import Visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that somebody did."""

    action: str
    """What it was done to and how: `service.changed`, `visit.moved`, `user.added`."""
    subject: str
    """In words, as the salon calls it."""
    subject_id: str | None = None
    before: Mapping[str, Any] | None = None
    """What differs, as it was; nothing of a customer beyond what the change is about."""
    after: Mapping[str, Any] | None = None


async def write_down(connection: AsyncConnection, visitor: Visitor, change: Change) -> None:
    """In the transaction of the change where there is one."""
    user = visitor.user
    await connection.execute(
        insert(audit_entry).values(
            company_id=visitor.salon.company.id,
            branch_id=visitor.salon.branch.id,
            actor_id=None if user.id == OPERATOR.id else user.id,
            actor=user.name,
            action=change.action,
            subject=change.subject,
            subject_id=change.subject_id,
            before=dict(change.before) if change.before is not None else None,
            after=dict(change.after) if change.after is not None else None,
        )
    )
