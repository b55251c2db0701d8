"""Who may look into a salon's books: users of a company, and the operator of the installation."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import func, insert, select, update

from booking_core.adapters.postgres.admin_tables import admin_user, sign_in_link

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncEngine

LINK_MINUTES: Final = 15
_TOKEN_BYTES: Final = 32


class Role(StrEnum):
    """What somebody may do."""

    OWNER = "owner"
    """Everything in their company."""
    DESK = "desk"
    """Visits, calls and callbacks; not services, people, settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who is signed in."""

    id: UUID
    name: str
    role: Role
    company_id: UUID | None
    """None = the operator, who sees every company of the installation."""
    email: str = ""
    language: str = "de"
    epoch: int = 1

    @property
    def is_owner(self) -> bool:
        """Whether they may change what the salon is."""
        return self.role is Role.OWNER


OPERATOR: Final = User(id=UUID(int=0), name="Operator", role=Role.OWNER, company_id=None)
"""Signs in with ADMIN_PASSWORD, or without one where nobody else can reach the server."""


class Accounts:
    """Users, in the database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def by_id(self, user_id: UUID) -> User | None:
        """An active user."""
        return _user(await self._one(admin_user.c.id == user_id))

    async def by_email(self, email: str) -> tuple[User, str | None] | None:
        """An active user and the hash of their password."""
        row = await self._one(admin_user.c.email == email.strip().lower())
        user = _user(row)
        return (user, row.password_hash) if row and user else None

    async def add(
        self,
        *,
        company_id: UUID,
        email: str,
        name: str,
        role: Role,
        password_hash: str | None = None,
        language: str = "de",
    ) -> User:
        """A new user; IntegrityError when the address is somebody's already."""
        values = {
            "company_id": company_id,
            "email": email.strip().lower(),
            "name": name,
            "role": role.value,
            "password_hash": password_hash,
            "language": language,
        }
        async with self._engine.begin() as connection:
            rows = await connection.execute(insert(admin_user).values(values).returning(admin_user))
            user = _user(rows.one())
        assert user is not None, "it is active"
        return user

    async def set_password(self, user_id: UUID, password_hash: str) -> None:
        """A new password; whoever is signed in with the old one has to sign in again."""
        await self._update(user_id, password_hash=password_hash, epoch=admin_user.c.epoch + 1)

    async def set_language(self, user_id: UUID, language: str) -> None:
        """The language of the pages, also the next time."""
        await self._update(user_id, language=language)

    async def new_link(self, user_id: UUID) -> str:
        """A token that signs this user in, once, and soon."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        lasts = func.now() + func.make_interval(0, 0, 0, 0, 0, LINK_MINUTES)
        link = {"token_hash": _digest(token), "user_id": user_id, "expires_at": lasts}
        async with self._engine.begin() as connection:
            await connection.execute(insert(sign_in_link).values(link))
        return token

    async def use_link(self, token: str) -> User | None:
        """Who may sign in with this token; None when it was used, is too old, or was never one."""
        fresh = (
            update(sign_in_link)
            .where(
                sign_in_link.c.token_hash == _digest(token),
                sign_in_link.c.used_at.is_(None),
                sign_in_link.c.expires_at > func.now(),
            )
            .values(used_at=func.now())
            .returning(sign_in_link.c.user_id)
        )
        async with self._engine.begin() as connection:
            user_id = (await connection.execute(fresh)).scalar()
        return await self.by_id(user_id) if user_id else None

    async def _one(self, condition: object) -> Row[tuple[object, ...]] | None:
        query = select(admin_user).where(condition, admin_user.c.active)  # type: ignore[arg-type]  # a clause
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).one_or_none()

    async def _update(self, user_id: UUID, **values: object) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(
                update(admin_user).where(admin_user.c.id == user_id).values(**values)
            )


def _user(row: Row[tuple[object, ...]] | None) -> User | None:
    if row is None:
        return None
    return User(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        company_id=row.company_id,
        email=row.email,
        language=row.language,
        epoch=row.epoch,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
