from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from booking_core.adapters.postgres.customers import PostgresCustomers
from booking_core.adapters.postgres.salon_tables import customer
from booking_core.domain.appointment import Customer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

NUMBER = "+4930555014"


async def test_everybody_with_this_very_number_is_known_by_name_and_nobody_else(
    engine: AsyncEngine, saved_salon: Any, new_id: Any
) -> None:
    branch_id = saved_salon.branch.id
    rows = [
        {"name": "Wiebke Onken", "phone": NUMBER, "email": "wiebke@example.com"},
        {"name": "Arne Onken", "phone": NUMBER, "email": None},
        {"name": "Jasper Thomsen", "phone": "+4930555015", "email": None},
        {"name": "Silja Behn", "phone": None, "email": None},
    ]
    async with engine.begin() as connection:
        for row in rows:
            await connection.execute(
                insert(customer).values(id=new_id(), branch_id=branch_id, **row)
            )

    customers = PostgresCustomers(engine)

    assert list(await customers.by_phone(branch_id, NUMBER)) == [
        Customer(name="Arne Onken", phone=NUMBER),
        Customer(name="Wiebke Onken", phone=NUMBER, email="wiebke@example.com"),
    ]
    assert list(await customers.by_phone(new_id(), NUMBER)) == []
