"""Who is taken when, in PostgreSQL: claims of appointments and holds of callers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.types import NullType

from booking_core.adapters.postgres.booking_tables import appointment, claim
from booking_core.adapters.postgres.claims import (
    CALL,
    HELD,
    Terms,
    forget_expired,
    holds_of,
    in_seconds,
    owner_of,
    range_of,
    replace_holds,
)
from booking_core.adapters.postgres.transactions import transact
from booking_core.domain.appointment import AppointmentState
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.domain.plan import Plan


class PostgresDiary:
    """Implements `ports.Diary` over the table `claim`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._glance = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def busy(
        self, branch_id: UUID, window: Span, *, except_owner: str, moving: UUID | None = None
    ) -> Mapping[UUID, Sequence[Span]]:
        """Live claims of others that touch the window, per staff member and unit, in order."""
        query = _live(branch_id, window).where(claim.c.holder != except_owner)
        if moving is not None:
            query = query.where(claim.c.owner != owner_of(moving))
        return await self._read(query)

    async def remains(
        self, branch_id: UUID, window: Span, *, owner: str
    ) -> Mapping[UUID, Sequence[Span]]:
        """Live claims of appointments of the owner's call that are not booked, in order."""
        query = (
            _live(branch_id, window)
            .join(appointment, appointment.c.id == claim.c.appointment_id)
            .where(
                appointment.c.call_id == owner.removeprefix(CALL),
                appointment.c.state.in_([AppointmentState.BOOKING, AppointmentState.FAILED]),
            )
        )
        return await self._read(query)

    async def hold(
        self,
        branch_id: UUID,
        owner: str,
        plans: Sequence[Plan],
        *,
        ttl_s: float,
        moving: UUID | None = None,
    ) -> None:
        """Make these plans the owner's only holds; SlotTaken leaves the earlier ones.

        Held for an appointment that is to be moved, they belong to that appointment: they exclude
        everybody but itself.
        """
        claims = [wanted for plan in plans for wanted in plan.claims]
        party = owner if moving is None else owner_of(moving)
        terms = Terms(branch_id=branch_id, owner=party, holder=owner, state=HELD, ttl_s=ttl_s)

        async def work(connection: AsyncConnection) -> None:
            await replace_holds(connection, owner, claims, terms)

        await transact(self._engine, work)

    async def renew(self, owner: str, *, ttl_s: float) -> None:
        """Let live holds expire later; one that has expired may be somebody else's by now."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                update(claim)
                .where(holds_of(owner), claim.c.expires_at > func.clock_timestamp())
                .values(expires_at=in_seconds(ttl_s))
            )

        await transact(self._engine, work)

    async def release(self, owner: str) -> None:
        """Drop all holds of this owner."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(delete(claim).where(holds_of(owner)))

        await transact(self._engine, work)

    async def tidy(self) -> int:
        """Delete holds nobody has renewed; how many there were."""
        return await transact(self._engine, forget_expired)

    async def _read(self, query: Select[Any]) -> Mapping[UUID, Sequence[Span]]:
        async with self._glance.connect() as connection:
            rows = (await connection.execute(query)).all()
        return {one: list(map(Span, starts, ends)) for one, starts, ends in rows}


def _live(branch_id: UUID, window: Span) -> Select[Any]:
    """Claims that touch the window and have not expired."""
    # One row for each resource, not for each claim: a month has thousands.
    starts, ends = func.lower(claim.c.during), func.upper(claim.c.during)
    return (
        select(claim.c.resource_id, _in_order(starts, starts), _in_order(ends, starts))
        .where(
            claim.c.branch_id == branch_id,
            claim.c.during.op("&&")(range_of(window)),
            or_(claim.c.expires_at.is_(None), claim.c.expires_at > func.clock_timestamp()),
        )
        .group_by(claim.c.resource_id)
    )


def _in_order(values: ColumnElement[Any], order: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.array_agg(aggregate_order_by(values, order), type_=NullType())
