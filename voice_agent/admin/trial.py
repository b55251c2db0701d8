"""The salon's own agent on a copy of its calendar: everything works, and nothing of it is real.

The copy lives in tables of its own (`rehearsal`), is booked without an external calendar, and has
nobody who would send its mails. It is opened when somebody first wants to try something.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from aiohttp import web

from booking_core.adapters.jobs import Jobs
from booking_core.adapters.local_calendar import LocalCalendar
from booking_core.adapters.mail.render import render_confirmation
from booking_core.adapters.postgres import rehearsal
from booking_core.adapters.postgres.appointments import PostgresAppointments
from booking_core.adapters.postgres.callbacks import PostgresCallbacks
from booking_core.adapters.postgres.customers import PostgresCustomers
from booking_core.adapters.postgres.diary import PostgresDiary
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.mails import PostgresMailLog
from booking_core.adapters.postgres.sagas import PostgresSagas
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.postgres.waiting import PostgresWaitingList
from booking_core.adapters.public_holidays import public_holidays
from booking_core.bootstrap import BookingCore
from booking_core.domain.errors import UnknownSalon
from voice_agent.background import Background
from voice_agent.dialogue.patience import Patience
from voice_agent.dialogue.salon_script import SalonScript
from voice_agent.dialogue.sessions import RedisSessions
from voice_agent.dialogue.turn import Equipment
from voice_agent.journal_writer import JournalWriter
from voice_agent.retell.reception import Reception
from voice_agent.retell.socket import Door

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from email.message import EmailMessage

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon
    from voice_agent.admin.office import Office
    from voice_agent.retell.connection import Connection

POOL_SIZE: Final = 3
FAREWELL_S: Final = 5.0
_CALL = re.compile(r"try_([0-9a-f]{32})_[0-9a-zA-Z-]{8,64}")


def call_prefix(salon: Salon) -> str:
    """How the ids of calls to the copy of this salon begin."""
    return f"try_{salon.branch.id.hex}_"


def branch_of(call_id: str) -> UUID | None:
    """Whose copy is called; None when this is no such id."""
    found = _CALL.fullmatch(call_id)
    return UUID(found[1]) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that is open once somebody tries something."""

    office: Office
    """What pages use instead of the real one."""
    salons: PostgresSalons
    door: Door
    background: Background
    journal: JournalWriter

    @property
    def engine(self) -> AsyncEngine:
        """Of the copy's tables."""
        return self.office.engine


class Trial:
    """Opens the stage when it is first wanted, and keeps each salon's copy as the salon is."""

    def __init__(self, office: Office) -> None:
        self._real = office
        self._stage: Stage | None = None
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._copied: dict[UUID, int] = {}

    async def of(self, salon: Salon) -> Stage:
        """The stage, with this salon on it as it is now."""
        async with self._opening:
            if self._stage is None:
                self._stage = await self._stack.enter_async_context(_opened(self._real))
            if self._copied.get(salon.branch.id) != salon.version:
                await self._copy(salon, self._stage)
        return self._stage

    async def begin_anew(self, salon: Salon) -> None:
        """Forget what was tried at this salon."""
        stage = await self.of(salon)
        await stage.journal.written()
        now = self._real.clock.now()
        await rehearsal.begin_anew(stage.engine, salon.branch.id, now=now)

    def shut(self) -> None:
        """Break the lines: the server stops."""
        if self._stage is not None:
            self._stage.door.shut()

    async def close(self) -> None:
        """Let everything go."""
        if self._stage is not None:
            await self._stage.background.drain(timeout_s=FAREWELL_S)
        await self._stack.aclose()

    async def _copy(self, salon: Salon, stage: Stage) -> None:
        branch_id = salon.branch.id
        try:
            await stage.salons.by_id(branch_id)
            is_new = False
        except UnknownSalon:
            is_new = True
        await stage.salons.save(salon)
        await rehearsal.copy_words(stage.engine, branch_id)
        if is_new:
            await rehearsal.begin_anew(stage.engine, branch_id, now=self._real.clock.now())
        self._copied[branch_id] = salon.version


class _OneSalon:
    """The directory of a call to a copy: it knows one salon, whatever was dialled."""

    def __init__(self, salon: Salon) -> None:
        self._salon = salon

    async def by_id(self, branch_id: UUID) -> Salon:
        """This one; UnknownSalon for any other."""
        if branch_id != self._salon.branch.id:
            raise UnknownSalon
        return self._salon

    async def known(self, branch_id: UUID) -> Salon:
        """The same."""
        return await self.by_id(branch_id)

    async def by_number(self, dialled: str) -> Salon:  # noqa: ARG002 - of the protocol
        """This one."""
        return self._salon

    async def by_key(self, key: str) -> Salon:  # noqa: ARG002 - of the protocol
        """This one."""
        return self._salon

    async def all(self) -> Sequence[Salon]:
        """This one."""
        return (self._salon,)


class _NoMailer:
    """Nobody gets mail about what was only tried; pages show what would have been written."""

    async def send(self, message: EmailMessage) -> None:
        """Refuse."""
        raise OSError(f"nothing is sent from a trial: {type(message).__name__}")


class _OwnLocks:
    """The locks of the copy are not those of the salon, though people have the same ids."""

    @asynccontextmanager
    async def hold(self, keys: Sequence[str], *, ttl_s: float) -> AsyncIterator[int | None]:
        """Nobody waits: the database decides anyway."""
        del keys, ttl_s
        yield None


@asynccontextmanager
async def _opened(real: Office) -> AsyncIterator[Stage]:
    url = real.engine.url.render_as_string(hide_password=False)
    await rehearsal.prepare(url)
    copies = rehearsal.rehearsal_url(url)
    engine = make_engine(copies, pool_size=POOL_SIZE)
    try:
        core, salons = _core(real, engine, Jobs(copies))
        background = Background()
        async with JournalWriter(engine) as journal, RedisSessions(real.redis) as sessions:
            patience = Patience(idle_s=60.0)
            kit: Equipment[Any] = Equipment(
                script=SalonScript(),
                desk=core,
                clock=real.clock,
                sessions=sessions,
                journal=journal,
                background=background,
                patience=patience,
            )
            door = Door(_receptionist(kit, salons), background, secret=None, patience=patience)
            office = replace(
                real, core=core, salons=salons, engine=engine, mailer=None, calcom_spent=None
            )
            yield Stage(
                office=office, salons=salons, door=door, background=background, journal=journal
            )
            await core.settle()
    finally:
        await engine.dispose()


def _core(real: Office, engine: AsyncEngine, jobs: Jobs) -> tuple[BookingCore, PostgresSalons]:
    salons = PostgresSalons(engine)
    core = BookingCore(
        salons=salons,
        customers=PostgresCustomers(engine),
        diary=PostgresDiary(engine),
        sagas=PostgresSagas(engine, jobs, lease_s=real.settings.booking_lease_s),
        appointments=PostgresAppointments(engine),
        mail_log=PostgresMailLog(engine, delivery=real.settings.mail_delivery),
        calendar=LocalCalendar(),
        locks=_OwnLocks(),
        clock=real.clock,
        holidays=public_holidays,
        jobs=jobs,
        mailer=_NoMailer(),
        render=render_confirmation,
        callbacks=PostgresCallbacks(engine),
        waiting=PostgresWaitingList(engine),
    )
    return core, salons


def _receptionist(kit: Equipment[Any], salons: PostgresSalons) -> Any:  # noqa: ANN401 - a Receptionist
    async def receive(connection: Connection) -> None:
        branch_id = branch_of(connection.call_id)
        assert branch_id is not None, "asked before the line was opened"
        one = _OneSalon(await salons.by_id(branch_id))
        await Reception(kit=kit, salons=one)(connection)

    return receive


TRIAL = web.AppKey("trial", Trial)


def add_trial(site: web.Application, office: Office) -> None:
    """One stage for the process, opened on demand."""
    trial = site[TRIAL] = Trial(office)

    async def shut(_site: web.Application) -> None:
        trial.shut()

    async def close(_site: web.Application) -> None:
        await trial.close()

    site.on_shutdown.append(shut)
    site.on_cleanup.append(close)
