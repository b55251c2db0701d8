"""Bearer tokens: one company each, with scopes; only their hash is stored."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, or_, select, text, update

from booking_core.adapters.postgres.api_tables import api_token

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncEngine

PREFIX: Final = "va_"
"""Lets scanners for leaked secrets recognise one."""
HINT_LETTERS: Final = 10
SHORTEST, LONGEST = 20, 100  # anything else is none of ours, and is not looked up


class Scope(StrEnum):
    """What a token may be used for; each one includes those before it."""

    READ = "read"
    BOOK = "book"
    ADMIN = "admin"


INCLUDES: Final = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.BOOK: frozenset({Scope.READ, Scope.BOOK}),
    Scope.ADMIN: frozenset(Scope),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A token as it is known here: whoever has it is not known by it."""

    id: UUID
    company_id: UUID
    name: str
    scopes: frozenset[Scope]
    hint: str
    """Its first letters."""
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    def may(self, scope: Scope) -> bool:
        """Whether it may be used for this."""
        return any(scope in INCLUDES[own] for own in self.scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token in the one moment in which it can be read."""

    secret: str
    token: ApiToken


class ApiTokens:
    """Makes tokens, finds them by their secret, takes them back."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def create(self, company_id: UUID, *, name: str, scopes: Iterable[Scope]) -> NewToken:
        """A new token; its secret is told here and never again."""
        wanted = sorted({Scope(scope).value for scope in scopes})
        if not wanted or not name.strip():
            raise ValueError("a token has a name and at least one scope")
        secret = PREFIX + secrets.token_urlsafe(32)
        values = {
            "company_id": company_id,
            "name": name.strip(),
            "scopes": wanted,
            "token_hash": _hash(secret),
            "hint": secret[:HINT_LETTERS],
        }
        async with self._engine.begin() as connection:
            rows = await connection.execute(insert(api_token).values(values).returning(api_token))
            return NewToken(secret=secret, token=_token(rows.one()))

    async def all(self, company_id: UUID) -> Sequence[ApiToken]:
        """Every token of a company, also those that were taken back; the newest first."""
        query = (
            select(api_token)
            .where(api_token.c.company_id == company_id)
            .order_by(api_token.c.created_at.desc())
        )
        async with self._engine.connect() as connection:
            return [_token(row) for row in await connection.execute(query)]

    async def revoke(self, company_id: UUID, token_id: UUID) -> bool:
        """From now on it opens nothing; False when this company has no such living token."""
        change = (
            update(api_token)
            .where(
                api_token.c.id == token_id,
                api_token.c.company_id == company_id,
                api_token.c.revoked_at.is_(None),
            )
            .values(revoked_at=func.now())
        )
        async with self._engine.begin() as connection:
            return bool((await connection.execute(change)).rowcount)

    async def by_secret(self, secret: str) -> ApiToken | None:
        """The living token with this secret; its use is noted, to the minute."""
        if not secret.startswith(PREFIX) or not SHORTEST <= len(secret) <= LONGEST:
            return None
        used = api_token.c.last_used_at
        is_news = or_(used.is_(None), used < func.now() - text("interval '1 minute'"))
        query = select(api_token, is_news.label("is_news")).where(
            api_token.c.token_hash == _hash(secret), api_token.c.revoked_at.is_(None)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        if row.is_news:
            await self._note_use(row.id)
        return _token(row)

    async def _note_use(self, token_id: UUID) -> None:
        change = update(api_token).where(api_token.c.id == token_id)
        async with self._engine.begin() as connection:
            await connection.execute(change.values(last_used_at=func.now()))


def _hash(secret: str) -> str:
    """A random secret of 256 bits needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _token(row: Row[tuple[object, ...]]) -> ApiToken:
    return ApiToken(
        id=row.id,
        company_id=row.company_id,
        name=row.name,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        hint=row.hint,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
