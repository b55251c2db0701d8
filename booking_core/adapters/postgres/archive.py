"""How long each branch keeps what, in PostgreSQL, and deleting what is too old."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from booking_core.adapters.postgres.attention_tables import callback_request
from booking_core.adapters.postgres.booking_tables import appointment, email_log
from booking_core.adapters.postgres.call_tables import call, call_turn
from booking_core.adapters.postgres.people import ANONYMOUS
from booking_core.adapters.postgres.privacy_tables import retention
from booking_core.adapters.postgres.salon_tables import branch, customer
from booking_core.adapters.postgres.waiting_tables import waiting_list_entry
from booking_core.domain.privacy import Retention

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

SETTLED_MAILS = ("sent", "refused", "dropped", "unsure")


class PostgresArchive:
    """Implements `workflows.retention.Archive`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, branch_id: UUID) -> Retention:
        """How long this branch keeps what."""
        query = select(retention).where(retention.c.branch_id == branch_id)
        async with self._engine.connect() as connection:
            return _rules((await connection.execute(query)).one_or_none())

    async def rules(self) -> Sequence[tuple[UUID, Retention]]:
        """Every branch, and how long it keeps what."""
        query = select(branch.c.id.label("branch"), retention).outerjoin(retention)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [(row.branch, _rules(row if row.branch_id else None)) for row in rows]

    async def delete_old(
        self, branch_id: UUID, rules: Retention, *, now: datetime
    ) -> Mapping[str, int]:
        """Delete what is too old; how much that was, by kind."""
        async with self._engine.begin() as connection:
            return {
                kind: (await connection.execute(statement)).rowcount
                for kind, statement in _deletions(branch_id, rules, now)
            }


async def keep(connection: AsyncConnection, branch_id: UUID, rules: Retention) -> None:
    """Store how long a branch keeps what."""
    values = asdict(rules)
    await connection.execute(
        insert(retention)
        .values(branch_id=branch_id, **values)
        .on_conflict_do_update(index_elements=["branch_id"], set_=values)
    )


def _rules(row: Any) -> Retention:  # noqa: ANN401 - a row
    if row is None:
        return Retention()
    return Retention(**{name: getattr(row, name) for name in asdict(Retention())})


def _deletions(branch_id: UUID, rules: Retention, now: datetime) -> Iterator[tuple[str, Any]]:
    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    if rules.transcript_days is not None:
        old = select(call.c.id).where(
            call.c.branch_id == branch_id, call.c.started_at < before(rules.transcript_days)
        )
        words = {"caller_text": "", "agent_text": "", "understanding": {}}
        spoken = (
            call_turn.c.call_id.in_(old),
            call_turn.c.caller_text + call_turn.c.agent_text != "",
        )
        yield "turns", update(call_turn).where(*spoken).values(words)
    if rules.call_days is not None:
        yield (
            "calls",
            delete(call).where(
                call.c.branch_id == branch_id, call.c.started_at < before(rules.call_days)
            ),
        )
    if rules.request_days is not None:
        for kind, table in (("callbacks", callback_request), ("waiting", waiting_list_entry)):
            yield (
                kind,
                delete(table).where(
                    table.c.branch_id == branch_id,
                    table.c.settled_at < before(rules.request_days),
                ),
            )
    if rules.mail_days is not None:
        yield (
            "mails",
            delete(email_log).where(
                email_log.c.branch_id == branch_id,
                email_log.c.committed_at < before(rules.mail_days),
                email_log.c.state.in_(SETTLED_MAILS),
            ),
        )
    if rules.customer_days is not None:
        yield from _people(branch_id, before(rules.customer_days))


def _people(branch_id: UUID, since: datetime) -> Iterator[tuple[str, Any]]:
    """Visits first: they lose their customer with the row of it."""
    recent = appointment.alias("recent")
    same = (
        (recent.c.branch_id == branch_id)
        & (recent.c.customer_name == appointment.c.customer_name)
        & (
            func.coalesce(recent.c.customer_phone, "")
            == func.coalesce(appointment.c.customer_phone, "")
        )
        & (recent.c.ends_at >= since)
    )
    yield (
        "visits",
        update(appointment)
        .where(
            appointment.c.branch_id == branch_id,
            appointment.c.ends_at < since,
            appointment.c.customer_name != ANONYMOUS["customer_name"],
            ~exists(select(recent.c.id).where(same)),
        )
        .values(ANONYMOUS),
    )
    theirs = select(appointment.c.id).where(appointment.c.customer_id == customer.c.id)
    yield (
        "customers",
        delete(customer).where(
            customer.c.branch_id == branch_id,
            customer.c.updated_at < since,
            ~exists(theirs),
        ),
    )
