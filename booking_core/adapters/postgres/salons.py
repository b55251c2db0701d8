"""The configured salons, from PostgreSQL: always current, yet one small query a look-up.

A salon is read whole and kept by its version. Every look-up asks for the version first, which is
one row by primary key; whoever changes a row of a salon raises its version in the same
transaction, so that nobody works with yesterday's opening hours, in whatever process.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from booking_core.adapters.postgres.pipeline import Statement, send
from booking_core.adapters.postgres.salon_rows import read_salon
from booking_core.adapters.postgres.salon_tables import branch
from booking_core.adapters.postgres.salon_writing import write_salon
from booking_core.domain.errors import SalonOutdated, UnknownSalon

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.adapters.jobs import Jobs
    from booking_core.domain.catalogue import Salon

_BY_ID = "SELECT id, version FROM branch WHERE id = %(wanted)s"
_BY_KEY = "SELECT id, version FROM branch WHERE key = %(wanted)s"
_BY_NUMBER = """
    SELECT branch.id, branch.version FROM phone_number JOIN branch ON branch.id = branch_id
    WHERE number = %(wanted)s
"""


class PostgresSalons:
    """Implements `ports.Salons`, and stores what a salon file says."""

    def __init__(self, engine: AsyncEngine, *, jobs: Jobs | None = None) -> None:
        """With `jobs`, whoever saves a salon has its external calendar brought up to date."""
        self._engine = engine
        self._jobs = jobs
        self._glance = engine.execution_options(isolation_level="AUTOCOMMIT")
        # a salon is read in several queries, which must see the same moment
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ")
        self._known: dict[UUID, Salon] = {}

    async def by_id(self, branch_id: UUID) -> Salon:
        """One branch with its company; UnknownSalon when there is none."""
        return await self._find(_BY_ID, branch_id)

    async def known(self, branch_id: UUID) -> Salon:
        """The same as it was read last: for whoever is told when it is not so any more."""
        return self._known.get(branch_id) or await self.by_id(branch_id)

    async def by_key(self, key: str) -> Salon:
        """The branch of this salon file; UnknownSalon when there is none."""
        return await self._find(_BY_KEY, key)

    async def by_number(self, dialled: str) -> Salon:
        """The branch that answers this E.164 number; UnknownSalon when none does."""
        return await self._find(_BY_NUMBER, dialled)

    async def all(self) -> list[Salon]:
        """Every branch, by key."""
        async with self._glance.connect() as connection:
            rows = await connection.execute(select(branch.c.key).order_by(branch.c.key))
        return [await self.by_key(row.key) for row in rows]

    async def save(
        self,
        salon: Salon,
        *,
        expected_version: int | None = None,
        beside: Callable[[AsyncConnection], Awaitable[None]] | None = None,
    ) -> bool:
        """Make the stored salon say the same as this one; False when it did already.

        What is stored but no longer named becomes inactive and stays: old appointments refer to
        it. The version counts changes and is given by the database, not by the argument. Whoever
        works on what they have read names its version: SalonOutdated when it is another one by
        now. `beside` writes along in the same transaction, if anything changes.
        """
        async with self._engine.begin() as connection:
            await _one_at_a_time(connection, salon)
            stored = await read_salon(connection, salon.branch.id)
            _refuse_outdated(stored, expected_version)
            wanted = _with_leavers(salon, stored)
            if stored and stored == replace(wanted, version=stored.version):
                return False
            version = stored.version + 1 if stored else 1
            await write_salon(connection, replace(wanted, version=version))
            if beside:
                await beside(connection)
            changed = [salon.branch.id]
            if stored and stored.company != salon.company:
                changed += await _raise_sisters(connection, salon)
            if self._jobs:
                for branch_id in changed:
                    await self._jobs.keep_calendar_later(connection, branch_id)
        return True

    async def _find(self, look_up: str, wanted: UUID | str) -> Salon:
        [found] = await send(self._engine, [Statement(look_up, {"wanted": wanted})])
        if not found.rows:
            raise UnknownSalon
        [(branch_id, version)] = found.rows
        known = self._known.get(branch_id)
        if known is None or known.version != version:
            known = await self._read(branch_id)
            self._known[branch_id] = known
        return known

    async def _read(self, branch_id: UUID) -> Salon:
        async with self._reader.connect() as connection:
            salon = await read_salon(connection, branch_id)
        if salon is None:
            raise UnknownSalon
        return salon


def _refuse_outdated(stored: Salon | None, expected: int | None) -> None:
    found = stored.version if stored else 0
    if expected is not None and found != expected:
        raise SalonOutdated(expected=expected, found=found)


def _with_leavers(salon: Salon, stored: Salon | None) -> Salon:
    """The salon, and what it no longer names, inactive."""
    if stored is None:
        return salon
    staff = {member.id for member in salon.staff}
    services = {service.id for service in salon.services}
    return replace(
        salon,
        branch=replace(salon.branch, sentences=stored.branch.sentences),
        staff=salon.staff
        + tuple(replace(gone, active=False) for gone in stored.staff if gone.id not in staff),
        services=salon.services
        + tuple(replace(gone, active=False) for gone in stored.services if gone.id not in services),
    )


async def _one_at_a_time(connection: AsyncConnection, salon: Salon) -> None:
    """Let imports of one company take turns; the lock ends with the transaction."""
    key = func.hashtextextended(f"salon/{salon.company.id}", 0)
    await connection.execute(select(func.pg_advisory_xact_lock(key)))


async def _raise_sisters(connection: AsyncConnection, salon: Salon) -> Sequence[UUID]:
    """The company stands in every one of its branches; which ones."""
    sisters = (branch.c.company_id == salon.company.id) & (branch.c.id != salon.branch.id)
    raised = update(branch).where(sisters).values(version=branch.c.version + 1)
    rows = await connection.execute(raised.returning(branch.c.id))
    return [row.id for row in rows]
