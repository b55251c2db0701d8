"""Customers on file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.postgres.pipeline import Statement, send
from booking_core.domain.appointment import Customer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

# As text: every call begins with it.
_BY_PHONE = """
    SELECT name, email FROM customer
    WHERE branch_id = %(branch_id)s AND phone = %(phone)s ORDER BY name
"""


class PostgresCustomers:
    """Implements `ports.Customers`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def by_phone(self, branch_id: UUID, phone: str) -> Sequence[Customer]:
        """Everybody of this branch who is on file with exactly this number, by name."""
        asked = Statement(_BY_PHONE, {"branch_id": branch_id, "phone": phone})
        [found] = await send(self._engine, [asked])
        return [Customer(name=name, phone=phone, email=email) for name, email in found.rows]
