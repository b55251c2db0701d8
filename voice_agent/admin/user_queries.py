"""The users of one company, as its owners see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from booking_core.adapters.postgres.admin_tables import admin_user
from voice_agent.admin.accounts import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with access, or who had it."""

    id: UUID
    name: str
    email: str
    role: Role
    active: bool
    has_password: bool


async def people(connection: AsyncConnection, company_id: UUID) -> Sequence[Person]:
    """Everybody of the company, by name."""
    query = (
        select(admin_user)
        .where(admin_user.c.company_id == company_id)
        .order_by(admin_user.c.active.desc(), admin_user.c.name, admin_user.c.id)
    )
    return [_person(row) for row in await connection.execute(query)]


async def person(connection: AsyncConnection, company_id: UUID, user_id: UUID) -> Person | None:
    """One of them, locked until the transaction ends; None when they are of another company."""
    query = (
        select(admin_user)
        .where(admin_user.c.company_id == company_id, admin_user.c.id == user_id)
        .with_for_update()
    )
    row = (await connection.execute(query)).one_or_none()
    return _person(row) if row else None


async def add(connection: AsyncConnection, company_id: UUID, wanted: Person) -> None:
    """A new one, who signs in by link until they choose a password."""
    await connection.execute(
        insert(admin_user).values(
            id=wanted.id,
            company_id=company_id,
            email=wanted.email,
            name=wanted.name,
            role=wanted.role.value,
        )
    )


async def alter(connection: AsyncConnection, user_id: UUID, *, role: Role, active: bool) -> None:
    """Another role, or access given or taken; whoever is signed in has to sign in again."""
    await connection.execute(
        update(admin_user)
        .where(admin_user.c.id == user_id)
        .values(role=role.value, active=active, epoch=admin_user.c.epoch + 1)
    )


async def other_owners(connection: AsyncConnection, company_id: UUID, user_id: UUID) -> int:
    """How many owners could still sign in without this one."""
    columns = admin_user.c
    query = select(func.count()).where(
        columns.company_id == company_id,
        columns.role == Role.OWNER.value,
        columns.active,
        columns.id != user_id,
    )
    return int((await connection.execute(query)).scalar_one())


def _person(row: Row[tuple[object, ...]]) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        email=row.email,
        role=Role(row.role),
        active=row.active,
        has_password=row.password_hash is not None,
    )
