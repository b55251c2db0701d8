"""What the API stands on: one object in the application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.adapters.postgres.appointments import PostgresAppointments
from booking_core.domain.errors import UnknownAppointment
from voice_agent.api.problems import Code, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from itsdangerous import URLSafeTimedSerializer
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.jobs import Jobs
    from booking_core.bootstrap import BookingCore
    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.ports import Clock
    from voice_agent.retell.reception import Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Everything an endpoint may use."""

    core: BookingCore
    salons: Directory
    engine: AsyncEngine
    redis: Redis
    clock: Clock
    signer: Callable[[str], URLSafeTimedSerializer]
    """By purpose."""
    secrets: tuple[str, ...]
    """Seal what is stored of others' secrets; the newest first."""
    jobs: Jobs
    """Deferred inside the transaction that causes them."""
    requests_per_minute: int
    """Of one token."""

    async def branches(self, company_id: UUID) -> Sequence[Salon]:
        """The salons of a company, and nobody else's."""
        return [one for one in await self.salons.all() if one.company.id == company_id]

    async def branch(self, company_id: UUID, branch_id: UUID | None) -> Salon:
        """The salon that is meant; a company with one does not have to say which."""
        own = await self.branches(company_id)
        if branch_id is None and len(own) == 1:
            return own[0]
        if branch_id is None:
            raise Problem(Code.BRANCH_REQUIRED, branches=[str(one.branch.id) for one in own])
        return self.of(own, branch_id)

    async def booking(self, company_id: UUID, booking_id: UUID) -> tuple[Appointment, Salon]:
        """A booking of the company and its salon; what is another's does not exist."""
        try:
            visit = await PostgresAppointments(self.engine).by_id(booking_id)
        except UnknownAppointment:
            raise Problem(Code.NOT_FOUND) from None
        return visit, await self.branch(company_id, visit.branch_id)

    @staticmethod
    def of(own: Sequence[Salon], branch_id: UUID) -> Salon:
        """One of these; Problem when it is none of them."""
        for salon in own:
            if salon.branch.id == branch_id:
                return salon
        raise Problem(Code.NOT_FOUND)


COUNTER = web.AppKey("counter", Counter)
