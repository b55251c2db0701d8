"""Everything one call needs, brought up once and reset between replay files.

A database and Redis of its own, a Cal.com sandbox whose clock is set, a new server on a free port
for every file, mails in a folder, background jobs worked off: nothing of it is pretended, and
nothing is left.
"""

from __future__ import annotations

import asyncio
import pickle
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

from aiohttp import web
from sqlalchemy import delete, text

from booking_core.adapters.calcom import sandbox as calcom_sandbox
from booking_core.adapters.clock import SystemClock
from booking_core.adapters.postgres.metadata import complete_metadata
from voice_agent.app import READINESS, build_app
from voice_agent.runtime import open_runtime
from voice_agent.simulator.aftermath import World, aftermath, mail_files, settle, snapshot
from voice_agent.simulator.backdrop import book_before, enter_customers, furnished
from voice_agent.simulator.books import (
    calendar_keys,
    open_books,
    packaged_salon,
    provide_event_types,
)
from voice_agent.simulator.grading import complaints
from voice_agent.simulator.ground import forget
from voice_agent.simulator.notes import read_notes
from voice_agent.simulator.play import play
from voice_agent.simulator.replay_file import Misfortune
from voice_agent.simulator.report import Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from datetime import datetime

    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon
    from voice_agent.config import Settings
    from voice_agent.embedded import Endpoints
    from voice_agent.runtime import Runtime
    from voice_agent.simulator.replay_file import CalcomFault, ReplayFile
    from voice_agent.simulator.retell import Habits

DEMO = "friseur1"
CALCOM_TIMEOUT_S = 1.0  # a lost answer shall not take the half minute it takes in real life
KEPT_TABLES = frozenset(
    {
        *("company", "branch", "phone_number", "staff", "skill", "staff_skill", "working_hours"),
        *("special_day", "absence", "resource", "service", "segment", "synonym"),
        "calcom_event_map",
    }
)
"""What a salon is made of: the same for most files, and kept up to date by saving the salon."""
IDLE_JOBS = text("DELETE FROM procrastinate_jobs WHERE status <> 'doing'")


@dataclass(slots=True, kw_only=True)
class Stage:
    """A running system that plays one replay file after the other."""

    runtime: Runtime
    sandbox: Sandbox
    _salons: dict[str, Salon] = field(repr=False)
    """As they are stored right now, by key."""
    _blank: bytes = field(repr=False)
    """The rows of a sandbox that has event types and nothing else."""

    async def replay(
        self, file: ReplayFile, *, name: str = "", habits: Habits | None = None
    ) -> Verdict:
        """Play a file on a clean system, and grade it."""
        started = perf_counter()
        salon = await self._set(file)
        world = self._world(salon)
        await settle(world)  # mails about earlier appointments are not the caller's doing
        before = await snapshot(world)
        self._let_go_wrong(file)
        async with self.listening() as base_url:
            dialled = salon.branch.phone_numbers[0]
            callers = await play(file, base_url=base_url, dialled=dialled, habits=habits)
            await self._calm_down()
            left = await aftermath(world, before)  # the server may still be giving holds back
        found = complaints(file, callers, left)
        return Verdict(
            name=name,
            title=file.call,
            callers=callers,
            aftermath=left,
            complaints=found,
            seconds=perf_counter() - started,
            notes=await read_notes(world.engine, salon) if found else {},
        )

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """A server that has never had a call; the address of its custom LLM."""
        app = build_app(replace(self.runtime.services, freeze_garbage=False))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await app[READINESS].wait()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/llm-websocket"
        finally:
            await runner.cleanup()

    async def rewind(self, at: datetime) -> None:
        """Forget all calls, and let every clock go on from here."""
        await self._clear()
        self._empty_calendars()
        self._set_clocks(at)

    async def _set(self, file: ReplayFile) -> Salon:
        """Forget the last call, and build up what this one finds."""
        await self.rewind(file.at)
        salon = await self._furnish(furnished(packaged_salon(file.salon), file.before))
        await enter_customers(self.runtime.engine, salon, file.before.customers)
        await book_before(self.runtime.core, salon, file.before.appointments)
        return salon

    async def _clear(self) -> None:
        self.sandbox.control("clear_faults")
        self.sandbox.state.slots_cache.clear()
        tables = [
            t for t in reversed(complete_metadata().sorted_tables) if t.name not in KEPT_TABLES
        ]
        async with self.runtime.engine.begin() as connection:
            await connection.execute(IDLE_JOBS)
            for table in tables:
                await connection.execute(delete(table))
        await forget(self.runtime.services.redis)
        await asyncio.to_thread(_remove, mail_files(self.runtime.mail_dir))

    def _set_clocks(self, at: datetime) -> None:
        clock = self.runtime.services.clock
        if not isinstance(clock, SystemClock):
            raise TypeError(f"a stage moves the system clock, not {clock}")
        clock.move_to(at)
        self.sandbox.control("set_clock", now=at.isoformat())

    async def _furnish(self, salon: Salon) -> Salon:
        """Store the salon as the file wants it, with its event types at an empty Cal.com."""
        key = salon.branch.key
        if self._salons.get(key) != salon:
            await self.runtime.salons.save(salon)
            await provide_event_types(salon, self.sandbox.url, self.runtime.engine)
            self._salons[key] = salon
            self._blank = pickle.dumps(self.sandbox.state.records)
        return await self.runtime.salons.by_key(key)

    def _empty_calendars(self) -> None:
        self.sandbox.state.records = pickle.loads(self._blank)  # noqa: S301 - our own bytes

    def _let_go_wrong(self, file: ReplayFile) -> None:
        self.sandbox.control("latency", ms=file.calcom.latency_ms)
        for fault in file.calcom.faults:
            self.sandbox.control("fault", **_arguments(fault))

    async def _calm_down(self) -> None:
        """The callers are gone and Cal.com is itself again: what was left undone is worked off."""
        await self.runtime.core.settle()
        self.sandbox.control("clear_faults")
        await self.runtime.core.recover()

    def _world(self, salon: Salon) -> World:
        async def dump() -> dict[str, Any]:
            return self.sandbox.control("dump")

        return World(
            engine=self.runtime.engine, salon=salon, dump=dump, mail_dir=self.runtime.mail_dir
        )


@asynccontextmanager
async def open_stage(
    settings: Settings, endpoints: Endpoints, *, salons: Iterable[str] = (DEMO,)
) -> AsyncIterator[Stage]:
    """A stage for these salons, on a database and a Redis that are its own."""
    known = {key: packaged_salon(key) for key in sorted(set(salons))}
    async with AsyncExitStack() as stack:
        mails = stack.enter_context(TemporaryDirectory(prefix="voice-agent-mails-"))
        sandbox = await stack.enter_async_context(calcom_sandbox.running())
        await open_books(endpoints, sandbox.url, known.values())
        own = settings.model_copy(
            update={
                "database_url": endpoints.database_url,
                "redis_url": endpoints.redis_url,
                "calendar": "calcom",
                "calcom_api_url": sandbox.url,
                "calcom_api_key": await calendar_keys(sandbox.url, known.values()),
                "calcom_timeout_s": CALCOM_TIMEOUT_S,
                "smtp_url": None,
                "mail_dir": Path(mails),
                "llm_websocket_secret": None,
            }
        )
        runtime = await stack.enter_async_context(open_runtime(own, endpoints))
        await stack.enter_async_context(runtime.working())
        yield Stage(
            runtime=runtime,
            sandbox=sandbox,
            _salons=known,
            _blank=pickle.dumps(sandbox.state.records),
        )


def _arguments(fault: CalcomFault) -> dict[str, object]:
    """A fault as the sandbox wants to be told; what is down without a deed answers with errors."""
    given = fault.model_dump(exclude_none=True, mode="json")
    return {"do": Misfortune.ERROR.value} | given


def _remove(files: Iterable[Path]) -> None:
    for path in files:
        path.unlink()
