"""The booking core as one process of a run uses it, on the same parts as the running server."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redis.asyncio import Redis
from sqlalchemy import event

from booking_core.adapters.calcom.accounts import parse_accounts
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.client import CalcomClient, Timeouts
from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.clock import SystemClock
from booking_core.adapters.jobs import Jobs
from booking_core.adapters.mail.render import render_confirmation
from booking_core.adapters.mail.smtp import SmtpMailer
from booking_core.adapters.postgres.appointments import PostgresAppointments
from booking_core.adapters.postgres.customers import PostgresCustomers
from booking_core.adapters.postgres.diary import PostgresDiary
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.mails import PostgresMailLog
from booking_core.adapters.postgres.sagas import PostgresSagas
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.public_holidays import public_holidays
from booking_core.adapters.redis_locks import RedisLocks
from booking_core.bootstrap import BookingCore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from email.message import EmailMessage
    from uuid import UUID

    from sqlalchemy.engine import ExceptionContext
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon
    from booking_core.ports import DueMail
    from voice_agent.bench.site import Site

    Tell = Callable[[dict[str, object]], None]

CONNECTIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The salon's appointment desk in one process."""

    core: BookingCore
    sagas: PostgresSagas
    appointments: PostgresAppointments
    salon: Salon
    engine: AsyncEngine


class AnnouncedMailer:
    """Tells which mail is about to be handed over: a duplicate needs a sender that died."""

    def __init__(self, mailer: SmtpMailer, tell: Tell) -> None:
        self._mailer = mailer
        self._tell = tell

    async def send(self, message: EmailMessage) -> None:
        """Announce it, then hand it over."""
        self._tell({"sending": str(message["Message-ID"])})
        await self._mailer.send(message)


class AnnouncedMails(PostgresMailLog):
    """Tells of mails that took longer than their lease: their sender was not told from a dead one.

    So it goes on a machine that stands still.
    """

    def __init__(self, engine: AsyncEngine, tell: Tell, *, lease_s: float) -> None:
        super().__init__(engine, lease_s=lease_s)
        self._tell = tell
        self._longest_s = lease_s
        self._began: dict[tuple[UUID, int, str], float] = {}

    async def claim(self, appointment_id: UUID, version: int, kind: str) -> DueMail | None:
        """As of the port; the clock runs from before the lease begins."""
        began = time.monotonic()
        mail = await super().claim(appointment_id, version, kind)
        if mail is not None:
            self._began[appointment_id, version, kind] = began
        return mail

    async def sent(self, mail: DueMail, *, message_id: str) -> None:
        """As of the port; the clock runs until it is written down."""
        await super().sent(mail, message_id=message_id)
        began = self._began[mail.appointment_id, mail.version, mail.kind]
        if time.monotonic() - began > self._longest_s:
            self._tell({"slow": message_id})


@asynccontextmanager
async def open_desk(site: Site, tell: Tell = lambda _: None) -> AsyncIterator[Desk]:
    """Connect; `tell` hears of mails that go out and of statements that the database refused."""
    async with AsyncExitStack() as stack:
        engine = make_engine(site.database_url, pool_size=CONNECTIONS)
        stack.push_async_callback(engine.dispose)
        _tell_of_refusals(engine, tell)
        redis = Redis.from_url(site.redis_url)
        stack.push_async_callback(redis.aclose)
        client = await stack.enter_async_context(
            CalcomClient(site.calcom_url, timeouts=Timeouts(read_s=site.answer_s))
        )
        salons = PostgresSalons(engine)
        jobs = Jobs(site.database_url)
        sagas = PostgresSagas(engine, jobs, lease_s=site.lease_s)
        appointments = PostgresAppointments(engine)
        accounts = parse_accounts(site.calcom_keys)
        core = BookingCore(
            salons=salons,
            customers=PostgresCustomers(engine),
            diary=PostgresDiary(engine),
            sagas=sagas,
            appointments=appointments,
            mail_log=AnnouncedMails(engine, tell, lease_s=site.mail_lease_s),
            calendar=CalcomCalendar(client, accounts, PostgresEventMap(engine)),
            locks=RedisLocks(redis),
            clock=SystemClock(site.now),
            holidays=public_holidays,
            jobs=jobs,
            mailer=AnnouncedMailer(SmtpMailer(site.smtp_url), tell),
            render=render_confirmation,
        )
        stack.push_async_callback(core.settle)
        yield Desk(
            core=core,
            sagas=sagas,
            appointments=appointments,
            salon=await salons.by_key(site.salon),
            engine=engine,
        )


def _tell_of_refusals(engine: AsyncEngine, tell: Tell) -> None:
    """Deadlocks and serialization failures are repeated silently; a run counts them."""

    @event.listens_for(engine.sync_engine, "handle_error")
    def refused(context: ExceptionContext) -> None:
        code = getattr(context.original_exception, "sqlstate", None)
        if code:
            tell({"sqlstate": code})
