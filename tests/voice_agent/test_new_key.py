"""A company's own Cal.com, stored on the settings page: all processes use it without a restart."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from booking_core.adapters.calcom.accounts import sandbox_accounts
from booking_core.adapters.calcom.sandbox import Options, Sandbox, running
from booking_core.adapters.calcom.stored_accounts import StoredAccount
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound
from voice_agent.calendars import stored_accounts
from voice_agent.config import Settings
from voice_agent.embedded import Endpoints
from voice_agent.runtime import Runtime, open_runtime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon

MORNING = datetime.fromisoformat("2026-11-24T09:00:00+01:00")
COLOUR = 177


@dataclass(frozen=True)
class Processes:
    """Two of one installation: one works jobs off, the other one takes calls."""

    works: Runtime
    answers: Runtime
    salon: Salon

    async def book(self, name: str) -> Booked | None:
        """The next free colouring; None as long as none is offered, or can be booked."""
        owner, branch = f"call:{name}", self.salon.branch.id
        visit = VisitRequest(services=(self.salon.service_numbered(COLOUR).id,))
        query = SlotQuery(branch_id=branch, visit=visit, owner=owner)
        found = await self.answers.core.offer_slots(query)
        if not isinstance(found, SlotsFound):
            return None
        order = BookAppointment(
            key=f"{owner}:1",
            owner=owner,
            branch_id=branch,
            plan=found.offers[0].plan,
            customer=Customer(name=name),
            source="test",
        )
        result = await self.answers.core.book(order)
        return result if isinstance(result, Booked) else None

    async def book_soon(self, name: str, at: Sandbox) -> None:
        """Try until a visit stands there: for some seconds nothing can be booked, or at the
        calendar before.
        """
        before = live(at)
        for attempt in range(200):
            if await self.book(f"{name}-{attempt}") and live(at) > before:
                return
            await asyncio.sleep(0.5)
        raise AssertionError("nothing can be booked at the new calendar")


async def ended(task: asyncio.Task[None]) -> None:
    """Over, whatever it was about."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def live(sandbox: Sandbox) -> int:
    """How many bookings stand there."""
    return sum(one["status"] == "accepted" for one in sandbox.control("dump")["bookings"])


@pytest.fixture
async def common() -> AsyncIterator[Sandbox]:
    """The Cal.com of the settings."""
    async with running(Options(now=MORNING)) as sandbox:
        yield sandbox


@pytest.fixture
async def own() -> AsyncIterator[Sandbox]:
    """The one that the company brings."""
    async with running(Options(now=MORNING)) as sandbox:
        yield sandbox


@pytest.fixture
async def small_salon(engine: AsyncEngine, demo_salon: Salon) -> Salon:
    """With one service, so that its calendars are soon ready."""
    one = replace(demo_salon, services=(demo_salon.service_numbered(COLOUR),))
    await PostgresSalons(engine).save(one)
    return await PostgresSalons(engine).by_key(one.branch.key)


@pytest.fixture
async def processes(
    *, database_url: str, redis_url: str, tmp_path: Path, common: Sandbox, small_salon: Salon
) -> AsyncIterator[Processes]:
    settings = Settings(
        database_url=database_url,
        redis_url=redis_url,
        calcom_api_url=common.url,
        secret_key=SecretStr("ein langer Zufallstext nur dieser Tests"),
        home=tmp_path,
        now=MORNING,
    )
    endpoints = Endpoints(database_url=database_url, redis_url=redis_url)
    async with AsyncExitStack() as stack:
        works = await stack.enter_async_context(open_runtime(settings, endpoints))
        answers = await stack.enter_async_context(open_runtime(settings, endpoints))
        stack.push_async_callback(ended, asyncio.create_task(works.core.work()))
        yield Processes(works, answers, small_salon)


async def test_soon_all_book_there_and_after_it_is_forgotten_here_again(
    processes: Processes, common: Sandbox, own: Sandbox
) -> None:
    stored = stored_accounts(processes.works.settings, processes.works.engine)
    company = processes.salon.company.id
    keys = await sandbox_accounts(processes.salon, own.url)

    await processes.book_soon("before", at=common)
    nowhere_else = live(own) == 0
    await stored.save(company, StoredAccount(base_url=own.url, accounts=keys))
    await processes.book_soon("there", at=own)
    here = live(common)
    await processes.book_soon("also-there", at=own)
    not_here = live(common) == here
    await stored.forget(company)
    await processes.book_soon("back", at=common)
    there = live(own)
    await processes.book_soon("also-back", at=common)

    assert nowhere_else
    assert not_here
    assert live(own) == there
