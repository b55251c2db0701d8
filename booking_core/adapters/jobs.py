"""Background work: jobs that begin with the commit that causes them, on procrastinate."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DEFAULT_QUEUE
from procrastinate.worker import Worker
from psycopg.types.json import Jsonb

from booking_core.adapters.postgres.engine import limited_pool
from booking_core.adapters.postgres.pipeline import Statement, write
from booking_core.adapters.urgency import in_background

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from procrastinate.jobs import Job
    from sqlalchemy.ext.asyncio import AsyncConnection

log = structlog.get_logger()

RECOVER, SWEEP, NOTIFY = "booking.recover", "booking.sweep", "booking.notify"
PATROL, NIGHT_ROUND = "booking.patrol", "booking.night_round"
KEEP_CALENDAR, CALENDAR_NIGHT = "calendar.keep", "calendar.night"
MIRROR_CALENDAR, LOOK_AT_DAY = "calendar.mirror", "calendar.look"
RECONCILE_ALL, RECONCILE = "calendar.reconcile_all", "calendar.reconcile"
DELIVER = "api.deliver"
RETRY_WAITS_S = (2, 10, 60, 300, 1800)
RESTART_S = 1.0
STOP_AGAIN_S = 0.1
POLL_S = 1.0  # notifications wake the worker at once; this finds jobs whose hour has come


async def _nothing(*_: object) -> None:
    """There is no external calendar to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chores:
    """What the jobs do; whoever runs a worker brings it along."""

    recover: Callable[[UUID], Awaitable[object]]
    sweep: Callable[[UUID], Awaitable[object]]
    notify: Callable[[UUID, int, str], Awaitable[object]]
    """Appointment, version, kind of mail."""
    patrol: Callable[[], Awaitable[object]]
    """Every minute: whatever was left lying."""
    night_round: Callable[[], Awaitable[object]]
    """Every night: what nobody asked for."""
    keep_calendar: Callable[[UUID], Awaitable[object]] = _nothing
    """Branch: bring its event types and working hours up to date."""
    calendar_night: Callable[[], Awaitable[object]] = _nothing
    """Every night: what has drifted in all of them."""
    mirror_calendar: Callable[[], Awaitable[object]] = _nothing
    """Every minute: read what of the external calendars has become too old."""
    look_at_day: Callable[[UUID, str, date | None], Awaitable[object]] = _nothing
    """Branch, user, day or all days: read it in the external calendar."""
    reconcile_all: Callable[[], Awaitable[object]] = _nothing
    """Every ten minutes: compare all appointments with the external calendar."""
    reconcile: Callable[[UUID], Awaitable[object]] = _nothing
    """Branch: compare its appointments with the external calendar."""
    deliver: Callable[[int], Awaitable[object]] = _nothing
    """Delivery: tell another system of an event; deferred by the event's own transaction."""


class Jobs:
    """Defers jobs inside the caller's transaction, and works them off."""

    def __init__(self, url: str) -> None:
        self._pool = limited_pool(url)

    def recovering(self, saga_id: UUID, *, in_s: float) -> Statement:
        """Look after this saga then, if it is still open."""
        return _deferring(RECOVER, in_s, saga_id=str(saga_id))

    def sweeping(self, saga_id: UUID, *, in_s: float) -> Statement:
        """Look then for bookings of this saga that landed late."""
        return _deferring(SWEEP, in_s, saga_id=str(saga_id))

    def mailing(self, appointment_id: UUID, *, version: int, kind: str) -> Statement:
        """Send this mail as soon as possible."""
        visit = str(appointment_id)
        return _deferring(NOTIFY, 0, appointment_id=visit, version=version, kind=str(kind))

    def reconciling(self, branch_id: UUID) -> Statement:
        """Compare the branch's appointments with the external calendar as soon as possible."""
        return _deferring(RECONCILE, 0, branch_id=str(branch_id))

    async def keep_calendar_later(self, connection: AsyncConnection, branch_id: UUID) -> None:
        """Bring the branch's calendar up to date as soon as possible."""
        await keep_calendar_later(connection, branch_id)

    async def work(
        self,
        chores: Chores,
        *,
        concurrency: int = 4,
        until_idle: bool = False,
        poll_s: float = POLL_S,
    ) -> None:
        """Work jobs off until cancelled, or until none is due.

        A database that goes away interrupts the work; it goes on when the database is back.
        """
        options = {"concurrency": concurrency, "fetch_job_polling_interval": poll_s}
        while True:
            try:
                await self._work(chores, wait=not until_idle, **options)
            except Exception as error:
                if until_idle:
                    raise
                log.error("worker_interrupted", error=type(error).__name__)  # noqa: TRY400 - it comes back
            if until_idle:
                return
            _stop_if_told()
            await asyncio.sleep(RESTART_S)

    async def _work(self, chores: Chores, **options: Any) -> None:  # noqa: ANN401 - procrastinate's own
        connector = PsycopgConnector(**self._pool, min_size=1, max_size=4)
        app = _with_tasks(App(connector=connector), chores)
        try:
            await app.open_async()
            await _revive_abandoned(app)
            _stop_if_told()
            with in_background():
                worker = Worker(
                    app, install_signal_handlers=False, delete_jobs="successful", **options
                )
                await _until_told(worker)
        finally:
            # Also when told to stop while it opens: whoever is at work in a pool hears of no
            # cancellation, and a pool that nobody closes keeps its process from ending.
            await app.close_async()


async def keep_calendar_later(
    connection: AsyncConnection, branch_id: UUID, *, in_s: float = 0
) -> None:
    """Bring the branch's calendar up to date, as soon as possible or in so many seconds."""
    await write(connection, [_deferring(KEEP_CALENDAR, in_s, branch_id=str(branch_id))])


async def _until_told(worker: Worker) -> None:
    """Let it work until it ends by itself, or until this task is cancelled.

    The worker is told to stop, and told again until it has: a worker that is only cancelled once
    may never hear of it (`_stop_if_told`), and one that is cancelled twice drops its jobs.
    """
    working = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]
    try:
        await asyncio.wait([working])
    finally:
        while not working.done():
            worker.stop()  # type: ignore[no-untyped-call]
            await asyncio.wait([working], timeout=STOP_AGAIN_S)
    working.result()


def _stop_if_told() -> None:
    """Heed a cancellation that was lost on the way.

    Until Python 3.12 `wait_for`, on which connections are opened, swallows one that comes in the
    very moment of its success.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _deferring(task: str, in_s: float, **facts: str | int) -> Statement:
    values = {"queue": DEFAULT_QUEUE, "task": task, "facts": Jsonb(facts), "in_s": in_s}
    return Statement(_DEFER, values)


# What procrastinate's own client sends, but for the clock: the database's, as for all leases.
_DEFER = """
    SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
      %(queue)s, %(task)s, 0, NULL, NULL, %(facts)s,
      CASE WHEN %(in_s)s > 0
        THEN clock_timestamp() + make_interval(secs => %(in_s)s::double precision)
      END
    )::procrastinate_job_to_defer_v1])::text
"""


class GrowingWaits(BaseRetryStrategy):
    """Again and again, with longer and longer waits; nothing is given up silently."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Repeat after whatever an `Exception` was; a cancelled worker leaves the job to others."""
        if not isinstance(exception, Exception):
            return None
        wait_s = RETRY_WAITS_S[min(job.attempts, len(RETRY_WAITS_S) - 1)]
        return RetryDecision(retry_in={"seconds": wait_s})


def _with_tasks(app: App, chores: Chores) -> App:
    @app.task(name=RECOVER, retry=GrowingWaits())
    async def recover(saga_id: str) -> None:
        await chores.recover(UUID(saga_id))

    @app.task(name=SWEEP, retry=GrowingWaits())
    async def sweep(saga_id: str) -> None:
        await chores.sweep(UUID(saga_id))

    @app.task(name=NOTIFY, retry=GrowingWaits())
    async def notify(appointment_id: str, version: int, kind: str) -> None:
        await chores.notify(UUID(appointment_id), version, kind)

    @app.periodic(cron="* * * * *")
    @app.task(name=PATROL, queueing_lock=PATROL)
    async def patrol(timestamp: int) -> None:  # noqa: ARG001 - the minute it stands for
        await _revive_abandoned(app)
        await chores.patrol()

    @app.periodic(cron="17 3 * * *")
    @app.task(name=NIGHT_ROUND, queueing_lock=NIGHT_ROUND)
    async def night_round(timestamp: int) -> None:  # noqa: ARG001 - the night it stands for
        await chores.night_round()

    @app.task(name=KEEP_CALENDAR, retry=GrowingWaits())
    async def keep_calendar(branch_id: str) -> None:
        await chores.keep_calendar(UUID(branch_id))

    @app.periodic(cron="41 3 * * *")
    @app.task(name=CALENDAR_NIGHT, queueing_lock=CALENDAR_NIGHT)
    async def calendar_night(timestamp: int) -> None:  # noqa: ARG001 - the night it stands for
        await chores.calendar_night()

    @app.task(name=DELIVER, retry=GrowingWaits())
    async def deliver(delivery_id: int) -> None:
        await chores.deliver(delivery_id)

    _watch_calendar(app, chores)
    return app


def _watch_calendar(app: App, chores: Chores) -> None:
    @app.periodic(cron="* * * * *")
    @app.task(name=MIRROR_CALENDAR, queueing_lock=MIRROR_CALENDAR, lock=MIRROR_CALENDAR)
    async def mirror_calendar(timestamp: int) -> None:  # noqa: ARG001 - the minute it stands for
        await chores.mirror_calendar()

    @app.task(name=LOOK_AT_DAY, retry=GrowingWaits())
    async def look_at_day(branch_id: str, user: str, day: str) -> None:
        await chores.look_at_day(UUID(branch_id), user, date.fromisoformat(day) if day else None)

    @app.periodic(cron="*/10 * * * *")
    @app.task(name=RECONCILE_ALL, queueing_lock=RECONCILE_ALL)
    async def reconcile_all(timestamp: int) -> None:  # noqa: ARG001 - the minute it stands for
        await chores.reconcile_all()

    @app.task(name=RECONCILE, retry=GrowingWaits())
    async def reconcile(branch_id: str) -> None:
        await chores.reconcile(UUID(branch_id))


async def _revive_abandoned(app: App) -> None:
    """A job of a worker that died in the middle of it is done again by another."""
    for job in await app.job_manager.get_stalled_jobs():
        with suppress(ConnectorException):  # another worker was faster and has revived it
            await app.job_manager.retry_job(job)
