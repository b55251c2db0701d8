"""Customers on file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from booking_core.adapters.postgres.salon_tables import customer
from booking_core.domain.appointment import Customer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine


class PostgresCustomers:
    """Implements `ports.Customers`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def by_phone(self, branch_id: UUID, phone: str) -> Sequence[Customer]:
        """Everybody of this branch who is on file with exactly this number, by name."""
        columns = (customer.c.name, customer.c.phone, customer.c.email)
        query = select(*columns).where(customer.c.branch_id == branch_id, customer.c.phone == phone)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(customer.c.name))).all()
        return [Customer(name=row.name, phone=row.phone, email=row.email) for row in rows]
