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
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import delete, text

from booking_core.adapters.calcom import sandbox as calcom_sandbox
from booking_core.adapters.calcom.workshop import FRESH_S as GAPS_KEPT_S
from booking_core.adapters.clock import SystemClock
from booking_core.adapters.jobs import KEEP_CALENDAR as KEEPING
from booking_core.adapters.postgres.metadata import complete_metadata
from booking_core.domain.event_type import calendar_user
from voice_agent.app import READINESS, build_app
from voice_agent.bench.redis_gate import Door, RedisGate
from voice_agent.runtime import open_runtime
from voice_agent.simulator.aftermath import POLL_S, World, aftermath, mail_files, settle, snapshot
from voice_agent.simulator.backdrop import (
    book_before,
    calendar_entry,
    dismiss,
    enter_customers,
    furnished,
    unmap,
)
from voice_agent.simulator.books import (
    open_books,
    packaged_salon,
    provide_event_types,
    salon_of,
)
from voice_agent.simulator.grading import complaints
from voice_agent.simulator.ground import forget
from voice_agent.simulator.notes import read_notes
from voice_agent.simulator.play import play
from voice_agent.simulator.postbox import Postbox
from voice_agent.simulator.replay_file import Misfortune
from voice_agent.simulator.report import TurnNote, Verdict
from voice_agent.simulator.states import WatchedScript, state_words
from voice_agent.simulator.webhooks import send_webhooks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from datetime import datetime

    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from voice_agent.config import Settings
    from voice_agent.dialogue.salon_script import SalonScript
    from voice_agent.embedded import Endpoints
    from voice_agent.runtime import Runtime
    from voice_agent.simulator.caller import Caller
    from voice_agent.simulator.replay_before import BusyBefore, Unmapped
    from voice_agent.simulator.replay_file import CalcomFault, ReplayFile
    from voice_agent.simulator.report import Notes
    from voice_agent.simulator.retell import Habits

DEMO = "friseur1"
EARLIER = timedelta(hours=6)  # more than the notice any salon wants
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
AT_WORK = text(
    "SELECT count(*) FROM procrastinate_jobs WHERE task_name = :job AND status IN ('todo', 'doing')"
)
WHOSE_HOUR_COMES = (
    text(
        "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at "
        "- make_interval(secs => :later_s) WHERE status = 'todo'"
    ),
    text("UPDATE email_log SET lease_until = lease_until - make_interval(secs => :later_s)"),
)


@dataclass(slots=True, kw_only=True)
class Stage:
    """A running system that plays one replay file after the other."""

    runtime: Runtime
    sandbox: Sandbox
    postbox: Postbox
    redis: RedisGate
    """What stands between the server and its Redis."""
    _salons: dict[str, Salon] = field(repr=False)
    """As they are stored right now, by key."""
    _blank: bytes = field(repr=False)
    """The rows of a sandbox that has event types and nothing else."""

    async def replay(
        self,
        file: ReplayFile,
        *,
        name: str = "",
        folder: Path | None = None,
        habits: Habits | None = None,
    ) -> Verdict:
        """Play a file on a clean system, and grade it; `folder` is where its salon file may lie."""
        started = perf_counter()
        salon = await self._set(file, folder)
        world = self._world(salon)
        await settle(world)  # mails about earlier appointments are not the caller's doing
        before = await snapshot(world)
        script = WatchedScript()
        async with self.listening(script) as base_url:
            self._let_go_wrong(file)
            dialled = salon.branch.phone_numbers[0]
            callers = await play(file, base_url=base_url, dialled=dialled, habits=habits)
            refused = await send_webhooks(file.webhooks, callers, base_url)
            await self._calm_down()
            if file.later_s:
                await settle(world)
                await self._pass_time(file)
            left = await aftermath(world, before)  # the server may still be giving holds back
        found = [*complaints(file, callers, left), *refused]
        return Verdict(
            name=name,
            title=file.call,
            callers=callers,
            aftermath=left,
            complaints=found,
            seconds=perf_counter() - started,
            notes=await self._notes(callers, script, salon),
        )

    async def _notes(self, callers: Sequence[Caller], script: WatchedScript, salon: Salon) -> Notes:
        notes = await read_notes(self.runtime.engine, salon)
        for call in (caller.call for caller in callers):
            call_id = call.phone.call_id
            for response_id, state in script.after(call_id, call.answers).items():
                note = notes.get((call_id, response_id), TurnNote())
                notes[call_id, response_id] = replace(note, state=state_words(state, salon))
        return notes

    @asynccontextmanager
    async def listening(self, script: SalonScript | None = None) -> AsyncIterator[str]:
        """A server that has never had a call; the address of its custom LLM."""
        services = self.runtime.services
        app = build_app(replace(services, freeze_garbage=False, script=script or services.script))
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
        self.set_clocks(at)

    async def _set(self, file: ReplayFile, folder: Path | None) -> Salon:
        """Forget the last call, and build up what this one finds."""
        await self.rewind(file.at)
        wanted = furnished(salon_of(file.salon, folder), file.before)
        if file.before.unmapped:
            self._salons.pop(wanted.branch.key, None)  # stored anew: what is bookable is looked up
        salon = await self._furnish(wanted)
        await enter_customers(self.runtime.engine, salon, file.before.customers)
        if file.before.unmapped:
            await self._unmap(salon, file.before.unmapped)
        await self._book(salon, file)
        await self._enter_busy(salon, file.before.busy)
        return salon

    async def _book(self, salon: Salon, file: ReplayFile) -> None:
        """What is over or about to begin was booked while it was still ahead."""
        wanted = file.before.appointments
        now = file.at.astimezone(ZoneInfo(salon.branch.timezone)).replace(tzinfo=None)
        old = [booking for booking in wanted if booking.start < now + EARLIER]
        if old:
            self.set_clocks(file.at - (now - min(b.start for b in old)) - EARLIER)
            await book_before(self.runtime.core, salon, old)
            self.set_clocks(file.at)
        await book_before(self.runtime.core, salon, [b for b in wanted if b not in old])

    async def _unmap(self, salon: Salon, missing: Sequence[Unmapped]) -> None:
        """Let event types be missing; the next file has them made again."""
        self._salons.pop(salon.branch.key, None)
        await unmap(self.runtime.engine, salon, missing)
        await asyncio.sleep(GAPS_KEPT_S)  # what was read before still counts

    async def _enter_busy(self, salon: Salon, entries: Sequence[BusyBefore]) -> None:
        """What is not to be seen is entered after the day was read."""
        for busy in sorted(entries, key=lambda entry: entry.seen):
            member, span = calendar_entry(salon, busy)
            user = calendar_user(salon, member)
            if busy.seen:
                self._enter(user, span)
            await self._read_days(salon, user, span)
        for busy in entries:
            member, span = calendar_entry(salon, busy)
            if not busy.seen:
                self._enter(calendar_user(salon, member), span)

    def _enter(self, user: str, span: Span) -> None:
        start, end = span.start.isoformat(), span.end.isoformat()
        self.sandbox.control("busy", username=user, start=start, end=end)

    async def _read_days(self, salon: Salon, user: str, span: Span) -> None:
        lookout = self.runtime.core.lookout
        assert lookout is not None, "a stage has a Cal.com"
        one_day = span.start.date() == span.end.date()
        await lookout.look(salon.branch.id, user, span.start.date() if one_day else None)

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

    def set_clocks(self, at: datetime) -> None:
        """Let every clock go on from here."""
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
            await self._kept()
            await dismiss(self.runtime.engine, salon)
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
        self.postbox.down = file.mail is not None
        if file.redis is not None:
            self.redis.turn(Door.SHUT)

    async def _calm_down(self) -> None:
        """The callers are gone and Cal.com is itself again: what was left undone is worked off."""
        self.redis.turn(Door.OPEN)
        await self.runtime.core.settle()
        self.sandbox.control("clear_faults")
        await self.runtime.core.recover()

    async def _pass_time(self, file: ReplayFile) -> None:
        """Later: what landed late has landed, and everybody has made their rounds."""
        landings = [fault.land_after_s or 0.0 for fault in file.calcom.faults]
        await asyncio.sleep(max(landings, default=0.0))
        self.set_clocks(self.runtime.services.clock.now() + timedelta(seconds=file.later_s))
        self.postbox.down = False
        async with self.runtime.engine.begin() as connection:
            for waiting in WHOSE_HOUR_COMES:
                await connection.execute(waiting, {"later_s": file.later_s})
        await self.runtime.core.recover()
        await self.runtime.core.notify()

    async def _kept(self) -> None:
        """The job that follows every change of a salon is done, and meddles with no call."""
        async with self.runtime.engine.connect() as connection:
            while await connection.scalar(AT_WORK, {"job": KEEPING}):
                await connection.commit()
                await asyncio.sleep(POLL_S)

    def _world(self, salon: Salon) -> World:
        async def dump() -> dict[str, Any]:
            return self.sandbox.control("dump")

        return World(
            engine=self.runtime.engine, salon=salon, dump=dump, mail_dir=self.runtime.mail_dir
        )


@asynccontextmanager
async def open_stage(
    settings: Settings,
    endpoints: Endpoints,
    *,
    salons: Iterable[str] = (DEMO,),
    others: Iterable[Salon] = (),
) -> AsyncIterator[Stage]:
    """A stage for these salons, on a database and a Redis that are its own.

    `others` are salons that do not come with the package.
    """
    known = {key: packaged_salon(key) for key in sorted(set(salons))}
    known |= {salon.branch.key: salon for salon in others}
    async with AsyncExitStack() as stack:
        mails = Path(stack.enter_context(TemporaryDirectory(prefix="voice-agent-mails-")))
        postbox, gate = Postbox(mails), RedisGate()
        sandbox = await stack.enter_async_context(calcom_sandbox.running())
        await open_books(endpoints, sandbox.url, known.values())
        own = settings.model_copy(
            update={
                "database_url": endpoints.database_url,
                "redis_url": await stack.enter_async_context(gate.open(endpoints.redis_url)),
                "calendar": "calcom",
                "calcom_api_url": sandbox.url,
                "calcom_api_key": None,  # whoever is hired for one file gets a key, too
                "calcom_timeout_s": CALCOM_TIMEOUT_S,
                "smtp_url": SecretStr(await stack.enter_async_context(postbox.open())),
                "mail_dir": mails,
                "llm_websocket_secret": None,
            }
        )
        runtime = await stack.enter_async_context(open_runtime(own, endpoints))
        await stack.enter_async_context(runtime.working())
        for salon in known.values():  # the first caller does not wait for a cold database
            await runtime.core.known_callers(salon.branch.id, salon.branch.phone_numbers[0])
        as_folder = own.model_copy(update={"smtp_url": None})  # where the postbox leaves mails
        yield Stage(
            runtime=replace(runtime, settings=as_folder),
            sandbox=sandbox,
            postbox=postbox,
            redis=gate,
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
