"""`voice-agent api token create|list|revoke`: who may use the REST API."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.migrate import upgrade
from booking_core.adapters.postgres.salons import PostgresSalons
from voice_agent.api.tokens import ApiTokens, Scope
from voice_agent.commands.running import FAILED, OK, complain, run
from voice_agent.config import Settings
from voice_agent.embedded import servers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine


def create(company: str, *, name: str, scopes: Sequence[Scope]) -> int:
    """Make a token and print it, once."""
    return run(lambda: _create(company, name, scopes))


def list_tokens(company: str) -> int:
    """Show who may use the API of a company."""
    return run(lambda: _list(company))


def revoke(company: str, token_id: str) -> int:
    """Take a token back."""
    return run(lambda: _revoke(company, UUID(token_id)))


async def _create(company: str, name: str, scopes: Sequence[Scope]) -> int:
    async with _opened(company) as (engine, company_id):
        new = await ApiTokens(engine).create(company_id, name=name, scopes=scopes)
    # The token alone on standard output: it can be piped into a secret store.
    Console(highlight=False, soft_wrap=True, markup=False).print(new.secret)
    told = f"{new.token.id}: keep the token now, it is not shown again"
    Console(stderr=True, highlight=False, soft_wrap=True, markup=False).print(told)
    return OK


async def _list(company: str) -> int:
    async with _opened(company) as (engine, company_id):
        tokens = await ApiTokens(engine).all(company_id)
    table = Table("id", "name", "begins with", "scopes", "made", "last used", "revoked", box=None)
    for one in tokens:
        scopes = " ".join(sorted(one.scopes))
        dates = map(_date, (one.created_at, one.last_used_at, one.revoked_at))
        table.add_row(str(one.id), escape(one.name), one.hint, scopes, *dates)
    Console(highlight=False, width=160).print(table)
    return OK


async def _revoke(company: str, token_id: UUID) -> int:
    async with _opened(company) as (engine, company_id):
        is_gone = await ApiTokens(engine).revoke(company_id, token_id)
    if is_gone:
        Console(highlight=False).print(f"{token_id}: revoked")
        return OK
    complain(str(token_id), f"{company} has no such token that is still good")
    return FAILED


@asynccontextmanager
async def _opened(company: str) -> AsyncIterator[tuple[AsyncEngine, UUID]]:
    """The database, and the id of the company with this key."""
    async with servers(Settings()) as endpoints:
        await upgrade(endpoints.database_url)
        engine = make_engine(endpoints.database_url)
        try:
            salons = await PostgresSalons(engine).all()
            ids = {salon.company.key: salon.company.id for salon in salons}
            if company not in ids:
                known = ", ".join(sorted(ids)) or "none yet"
                raise ValueError(f"there is no company {company!r}; there are: {known}")
            yield engine, ids[company]
        finally:
            await engine.dispose()


def _date(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "-"
