"""What callers have left for the salon to do: requests for a call, places on the waiting list."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from voice_agent.simulator.grading import LeftWish

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.domain.catalogue import Salon

CALLBACKS, WAITING = "callback_request", "waiting_list_entry"
OVER = frozenset({"obsolete", "withdrawn"})
"""States of a wish that came true, or was taken back, in the same call."""
OWN_COLUMNS = frozenset({"id", "branch_id", "key", "name", "phone", "reason", "state"})
MOMENTS = frozenset({"created_at", "due_at"})
"""Another one in every run of the same call."""
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def left_wishes(
    connection: AsyncConnection, table: str, salon: Salon
) -> tuple[LeftWish, ...]:
    """All that still stand, in the order they were noted; none where there is no such table."""
    if not await connection.scalar(text("SELECT to_regclass(:name)"), {"name": table}):
        return ()
    rows = await connection.scalars(text(f"SELECT to_jsonb(t) FROM {table} AS t ORDER BY t.id"))  # noqa: S608 - our own names
    return tuple(_wish(row, salon) for row in rows if row.get("state") not in OVER)


def _wish(row: Mapping[str, Any], salon: Salon) -> LeftWish:
    noted = {key: value for key, value in row.items() if key not in OWN_COLUMNS | MOMENTS and value}
    ids = json.dumps(noted, ensure_ascii=False)
    return LeftWish(
        name=row.get("name") or "",
        phone=row.get("phone"),
        reason=row.get("reason") or "",
        wish=_named(ids, salon),
        services=tuple(s.number for s in salon.services if _mentions(ids, s.id)),
    )


def _named(words: str, salon: Salon) -> str:
    """The same with names in the place of ids; a visit's id is another one in every world."""
    names = {service.id: service.spoken_name for service in salon.services}
    names |= {member.id: member.first_name for member in salon.staff}
    for identifier, name in names.items():
        words = words.replace(str(identifier), name)
    return _ID.sub("", words)


def _mentions(words: str, identifier: UUID) -> bool:
    return str(identifier) in words
