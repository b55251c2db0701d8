"""Everything a running server stands on, built once from the settings."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from redis.asyncio import Redis

from booking_core.adapters.clock import SystemClock
from booking_core.adapters.jobs import Jobs
from booking_core.adapters.mail.folder import FolderMailer
from booking_core.adapters.mail.render import render_confirmation
from booking_core.adapters.mail.smtp import SmtpMailer
from booking_core.adapters.postgres.appointments import PostgresAppointments
from booking_core.adapters.postgres.archive import PostgresArchive
from booking_core.adapters.postgres.callbacks import PostgresCallbacks
from booking_core.adapters.postgres.customers import PostgresCustomers
from booking_core.adapters.postgres.diary import PostgresDiary
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.mails import PostgresMailLog
from booking_core.adapters.postgres.migrate import upgrade, verify
from booking_core.adapters.postgres.sagas import PostgresSagas
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.postgres.waiting import PostgresWaitingList
from booking_core.adapters.public_holidays import public_holidays
from booking_core.adapters.redis_locks import RedisLocks
from booking_core.adapters.salon_file import load
from booking_core.adapters.urgency import in_background
from booking_core.bootstrap import BookingCore
from booking_core.workflows.retention import KeepNoLonger
from voice_agent.api.deliveries import Deliveries
from voice_agent.app import Services
from voice_agent.calendars import Calcom, open_calendars
from voice_agent.dialogue.salon_script import SalonScript
from voice_agent.embedded import home_of
from voice_agent.keys import signing_secrets
from voice_agent.watching import lookout_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.figures import Figures
    from booking_core.domain.catalogue import Salon
    from booking_core.ports import Mailer
    from voice_agent.calendars import Calendars
    from voice_agent.config import Settings
    from voice_agent.embedded import Endpoints

log = structlog.get_logger(__name__)

WORKER_PAUSE_S = 5.0
DEMO_SALON = Path(__file__).parent / "salons" / "friseur1.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The parts of one process."""

    settings: Settings
    services: Services
    core: BookingCore
    salons: PostgresSalons
    engine: AsyncEngine
    mail_dir: Path

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Carry on what a dead process left, and work background jobs off, beside the calls.

        A Cal.com that is silent at the start holds up the one and not the others.
        """
        tasks = [
            asyncio.create_task(self._recover(), name="recovery"),
            asyncio.create_task(self._work(), name="worker"),
            asyncio.create_task(self._look(), name="first-look"),
        ]
        try:
            yield
        finally:
            await self.core.settle()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _recover(self) -> None:
        try:
            with in_background():
                log.info("recovered", bookings=await self.core.recover())
        except Exception:
            log.exception("not_recovered")  # the worker's patrol looks again every minute

    async def _look(self) -> None:
        """What has changed at Cal.com while nobody looked."""
        if self.core.lookout is None:
            return
        try:
            with in_background():
                await self.core.lookout.mirror()
                await self.core.lookout.subscribe_all()
                await self.core.lookout.compare_all()
        except Exception:
            log.exception("calendars_not_seen")  # jobs look again every minute

    async def _work(self) -> None:
        """A worker that falls over, because its database went away, say, gets up again."""
        while True:
            try:
                await self.core.work()
            except Exception:
                log.exception("worker_stopped", again_in_s=WORKER_PAUSE_S)
            await asyncio.sleep(WORKER_PAUSE_S)


@asynccontextmanager
async def open_runtime(settings: Settings, endpoints: Endpoints) -> AsyncIterator[Runtime]:
    """Migrate, connect, and make sure that every segment can be booked."""
    await upgrade(endpoints.database_url)
    await verify(endpoints.database_url)
    async with AsyncExitStack() as stack:
        engine = make_engine(endpoints.database_url)
        stack.push_async_callback(engine.dispose)
        redis = Redis.from_url(endpoints.redis_url)
        stack.push_async_callback(redis.aclose)
        jobs = Jobs(endpoints.database_url)
        salons = PostgresSalons(engine, jobs=jobs)
        await _first_salon(settings, salons)
        clock = SystemClock(settings.now)
        await asyncio.to_thread(_know_holidays, await salons.all(), clock.now())
        calendars = await stack.enter_async_context(
            open_calendars(settings, salons, engine, clock, redis)
        )
        mailer = _mailer(settings)
        signing = await asyncio.to_thread(signing_secrets, settings)
        core = BookingCore(
            salons=salons,
            customers=PostgresCustomers(engine),
            diary=PostgresDiary(engine),
            sagas=PostgresSagas(engine, jobs, lease_s=settings.booking_lease_s),
            appointments=PostgresAppointments(engine),
            mail_log=PostgresMailLog(engine, delivery=settings.mail_delivery),
            calendar=calendars.calendar,
            locks=RedisLocks(redis),
            clock=clock,
            holidays=public_holidays,
            jobs=jobs,
            mailer=mailer,
            render=render_confirmation,
            gaps=calendars.gaps,
            keeper=calendars.keeper,
            lookout=lookout_of(settings, calendars.connections, salons, engine, clock, mailer),
            callbacks=PostgresCallbacks(engine),
            waiting=PostgresWaitingList(engine),
            keep_no_longer=KeepNoLonger(archive=PostgresArchive(engine), clock=clock),
            deliver=Deliveries(
                engine=engine,
                salons=salons,
                secrets=signing,
                may_stay_inside=settings.public_url is None,
            ),
        )
        stack.push_async_callback(core.settle)  # what goes on behind an answer needs the above
        services = Services(
            settings=settings,
            salons=salons,
            desk=core,
            clock=clock,
            redis=redis,
            engine=engine,
            script=SalonScript(),
            lookout=core.lookout,
            core=core,
            mailer=mailer,
            signing=signing,
            calcom_figures=partial(_figures, calendars),
            calcom_spent=calendars.spent,
        )
        yield Runtime(
            settings=settings,
            services=services,
            core=core,
            salons=salons,
            engine=engine,
            mail_dir=mail_dir(settings),
        )


def _figures(calendars: Calendars) -> list[Figures]:
    """What each Cal.com's client has counted."""
    connections = calendars.connections
    if not isinstance(connections, Calcom):
        return []
    return [client.figures for client in connections.companies.clients]


def mail_dir(settings: Settings) -> Path:
    """Where mails go that no mail server takes."""
    return settings.mail_dir or home_of(settings) / "mails"


def _mailer(settings: Settings) -> Mailer:
    if settings.smtp_url:
        return SmtpMailer(settings.smtp_url.get_secret_value())
    return FolderMailer(mail_dir(settings))


def _know_holidays(salons: Sequence[Salon], now: datetime) -> None:
    """Building a Land's calendar takes a fifth of a second that no caller shall wait for."""
    for salon in salons:
        public_holidays(salon.branch.land)(now.date())


async def _first_salon(settings: Settings, salons: PostgresSalons) -> None:
    """An embedded database that is still empty gets the demo salon: the first call just works."""
    if settings.database_url or await salons.all():
        return
    text = await asyncio.to_thread(DEMO_SALON.read_text, encoding="utf-8")
    await salons.save(load(text, name=DEMO_SALON.stem))
    log.info("demo_salon_imported", salon=DEMO_SALON.stem)
