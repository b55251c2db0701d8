"""One person's data in all tables: found, counted, handed out, erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Text, cast, delete, func, literal, or_, select, union_all, update

from booking_core.adapters.postgres.admin_tables import audit_entry
from booking_core.adapters.postgres.api_tables import api_answer
from booking_core.adapters.postgres.attention_tables import callback_request
from booking_core.adapters.postgres.booking_tables import (
    appointment,
    email_log,
    rest_override,
    saga,
)
from booking_core.adapters.postgres.call_tables import call, call_turn
from booking_core.adapters.postgres.salon_tables import branch, customer
from booking_core.adapters.postgres.waiting_tables import waiting_list_entry
from booking_core.domain.privacy import ERASED_NAME, Person, Traces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    Beside = Callable[[AsyncConnection, Traces], Awaitable[None]]

MOST: Final = 20
HIDDEN: Final = frozenset({"name_words", "customer_id", "branch_id", "key", "content"})
"""Columns that are ours and tell the person nothing."""
ANONYMOUS: Final[dict[str, Any]] = {
    "customer_id": None,
    "customer_name": ERASED_NAME,
    "customer_phone": None,
    "customer_email": None,
    "name_words": [],
    "note": "",
    "call_id": None,
}


@dataclass(frozen=True, slots=True)
class _Where:
    """Which rows are those of one person at one branch."""

    branch_id: UUID
    person: Person

    def named(self, table: Table, name: str = "name", phone: str = "phone") -> ColumnElement[bool]:
        """Rows with their name and number."""
        columns = table.c
        return (
            (columns.branch_id == self.branch_id)
            & (columns[name] == self.person.name)
            & (func.coalesce(columns[phone], "") == (self.person.phone or ""))
        )

    @property
    def visits(self) -> ColumnElement[bool]:
        """Their appointments."""
        return self.named(appointment, "customer_name", "customer_phone")

    @property
    def visit_ids(self) -> Any:  # noqa: ANN401 - a SELECT
        """The ids of those."""
        return select(appointment.c.id).where(self.visits)

    @property
    def calls(self) -> ColumnElement[bool]:
        """Calls from their number, and those their visits came from."""
        theirs = select(appointment.c.call_id).where(
            self.visits, appointment.c.call_id.is_not(None)
        )
        same: list[ColumnElement[bool]] = [call.c.id.in_(theirs)]
        if self.person.phone:
            same.append(call.c.caller_number == self.person.phone)
        return (call.c.branch_id == self.branch_id) & or_(*same)


class PostgresPeople:
    """Implements `workflows.erase.People`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def search(self, branch_id: UUID, words: str) -> Sequence[tuple[Person, int]]:
        """Who is on file under a name or number like this, and with how many visits."""
        like = f"%{_escaped(words.strip())}%"
        sources = (
            (appointment, appointment.c.customer_name, appointment.c.customer_phone, 1),
            (customer, customer.c.name, customer.c.phone, 0),
            (callback_request, callback_request.c.name, callback_request.c.phone, 0),
            (waiting_list_entry, waiting_list_entry.c.name, waiting_list_entry.c.phone, 0),
        )
        parts = [
            select(name.label("name"), phone.label("phone"), literal(visits).label("visits")).where(
                table.c.branch_id == branch_id,
                name != ERASED_NAME,
                or_(name.ilike(like, escape="\\"), phone.like(like, escape="\\")),
            )
            for table, name, phone, visits in sources
        ]
        every = union_all(*parts).subquery()
        query = (
            select(every.c.name, every.c.phone, func.sum(every.c.visits).label("visits"))
            .group_by(every.c.name, every.c.phone)
            .order_by(every.c.name, every.c.phone)
            .limit(MOST)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [(Person(name=row.name, phone=row.phone), int(row.visits)) for row in rows]

    async def traces(self, branch_id: UUID, person: Person) -> Traces:
        """What would be erased."""
        async with self._engine.connect() as connection:
            return await _count(connection, _Where(branch_id, person))

    async def export(self, branch_id: UUID, person: Person) -> Mapping[str, Any]:
        """All of it, for the person to read."""
        where = _Where(branch_id, person)
        spoken = select(call_turn).where(
            call_turn.c.call_id.in_(select(call.c.id).where(where.calls))
        )
        queries = {
            "appointments": select(appointment).where(where.visits),
            "customers": select(customer).where(where.named(customer)),
            "calls": select(call).where(where.calls),
            "turns": spoken.order_by(call_turn.c.call_id, call_turn.c.turn),
            "callbacks": select(callback_request).where(where.named(callback_request)),
            "waiting_list": select(waiting_list_entry).where(where.named(waiting_list_entry)),
            "mails": select(email_log).where(email_log.c.appointment_id.in_(where.visit_ids)),
        }
        async with self._engine.connect() as connection:
            return {
                name: [_shown(dict(row)) for row in (await connection.execute(query)).mappings()]
                for name, query in queries.items()
            }

    async def erase(
        self, branch_id: UUID, person: Person, *, beside: Beside | None = None
    ) -> Traces:
        """Erase it in one transaction, in which `beside` may write; what it was.

        Times, services and prices stay: they belong to the salon's books, and to nobody else now.
        """
        where = _Where(branch_id, person)
        async with self._engine.begin() as connection:
            found = await _count(connection, where)
            visits = list(await connection.scalars(where.visit_ids))
            await _forget_elsewhere(connection, where, visits)
            for statement in (
                delete(call).where(where.calls),
                delete(callback_request).where(where.named(callback_request)),
                delete(waiting_list_entry).where(where.named(waiting_list_entry)),
                delete(email_log).where(email_log.c.appointment_id.in_(visits)),
                update(appointment).where(appointment.c.id.in_(visits)).values(ANONYMOUS),
                delete(customer).where(where.named(customer)),
            ):
                await connection.execute(statement)
            if beside:
                await beside(connection, found)
        return found


async def _forget_elsewhere(
    connection: AsyncConnection, where: _Where, visits: Sequence[UUID]
) -> None:
    """Where a name may have been written down beside the visit itself."""
    ids = [str(one) for one in visits]
    company = select(branch.c.company_id).where(branch.c.id == where.branch_id).scalar_subquery()
    columns = audit_entry.c
    told = func.concat(columns.subject, cast(columns.before, Text), cast(columns.after, Text))
    named = told.contains(where.person.name, autoescape=True)
    trail = (audit_entry.c.company_id == company) & or_(audit_entry.c.subject_id.in_(ids), named)
    name = func.convert_to(where.person.name, "UTF8")
    body = func.pg_catalog.position(api_answer.c.body, name)
    for statement in (
        update(saga).where(saga.c.appointment_id.in_(visits)).values(reason=""),
        update(rest_override).where(rest_override.c.appointment_id.in_(visits)).values(reason=""),
        update(audit_entry).where(trail).values(subject=ERASED_NAME, before=None, after=None),
        delete(api_answer).where(api_answer.c.company_id == company, body > 0),
    ):
        await connection.execute(statement)


async def _count(connection: AsyncConnection, where: _Where) -> Traces:
    def of(table: Table, condition: ColumnElement[bool]) -> Any:  # noqa: ANN401 - a scalar query
        return select(func.count()).select_from(table).where(condition).scalar_subquery()

    counts = select(
        of(appointment, where.visits).label("appointments"),
        of(customer, where.named(customer)).label("customers"),
        of(call, where.calls).label("calls"),
        of(callback_request, where.named(callback_request)).label("callbacks"),
        of(waiting_list_entry, where.named(waiting_list_entry)).label("waiting"),
        of(email_log, email_log.c.appointment_id.in_(where.visit_ids)).label("mails"),
    )
    return Traces(**(await connection.execute(counts)).mappings().one())


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str | int | float | list | dict | None) else str(value)
        for name, value in row.items()
        if name not in HIDDEN
    }


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
