"""`voice-agent calcom sync` and `drift`: calendars brought up to date, and held to the salon.

Both share each key's allowance with the processes that serve callers, and leave those a reserve.
"""

from __future__ import annotations

import json
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redis.asyncio import Redis
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from booking_core.adapters.clock import SystemClock
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.migrate import upgrade
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.urgency import in_background
from voice_agent.calendars import SYNC_PATIENCE_S, open_calcom
from voice_agent.commands.drift_report import Drifted, as_json, lines_of
from voice_agent.commands.running import FAILED, OK, run
from voice_agent.config import Settings
from voice_agent.embedded import servers
from voice_agent.telemetry import set_up
from voice_agent.watching import subscriptions_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from booking_core.adapters.calcom.webhooks import CalcomSubscriptions
    from booking_core.domain.catalogue import Salon
    from booking_core.workflows.keep_calendar import KeepCalendar, KeepingReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The salons that were asked for, and what keeps their calendars."""

    salons: Sequence[Salon]
    keeper: KeepCalendar
    subscriptions: CalcomSubscriptions | None
    """None where Cal.com could not reach us."""


def sync(salon: str | None) -> int:
    """Bring the calendars of one salon, or of all, up to date."""
    return run(lambda: _sync(salon))


def drift(salon: str | None, *, fix: bool, as_data: bool) -> int:
    """Tell what differs, and repair it with `fix`; FAILED while something does."""
    return run(lambda: _drift(salon, fix=fix, as_data=as_data))


async def _sync(key: str | None) -> int:
    out = Console(highlight=False, soft_wrap=True)
    async with _opened(key) as kept:
        reports = [await _sync_one(kept, salon, out) for salon in kept.salons]
    failed = any(report.event_types.failed or report.timetables.failed for report in reports)
    return FAILED if failed else OK


async def _sync_one(kept: Kept, salon: Salon, out: Console) -> KeepingReport:
    with Progress(console=out, transient=True) as bar:
        task = bar.add_task(f"event types of {salon.branch.name}", total=None)
        report = await kept.keeper.sync(
            salon.branch.id,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    for line in _told(salon, report):
        out.print(line)
    if kept.subscriptions:
        changed = await kept.subscriptions.ensure(salon)
        out.print(f"{salon.branch.key}: {changed} webhook subscriptions changed")
    return report


def _told(salon: Salon, report: KeepingReport) -> Iterator[str]:
    types, tables = report.event_types, report.timetables
    yield (
        f"{salon.branch.key}: {types.total} event types, {types.created} created, "
        f"{types.changed} changed, {types.unchanged} unchanged, {types.retired} hidden until they "
        f"can go, {types.removed} removed; working hours: {tables.written} written, "
        f"{tables.unchanged} unchanged"
    )
    for subject, why in (*types.failed, *tables.failed):
        yield f"  [red]{escape(subject)}[/red]: {escape(why)}"
    for user in tables.foreign:
        yield f"  {escape(user)}: working hours were changed there, and are left so (calcom drift)"


async def _drift(key: str | None, *, fix: bool, as_data: bool) -> int:
    out = Console(highlight=False, soft_wrap=True, markup=False)
    async with _opened(key) as kept:
        found = [await _drifted(kept.keeper, salon, fix=fix) for salon in kept.salons]
    if as_data:
        data = {"salons": [as_json(one) for one in found]}
        out.print(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for line in (line for one in found for line in lines_of(one)):
            out.print(line)
    return OK if all(one.is_clean for one in found) else FAILED


async def _drifted(keeper: KeepCalendar, salon: Salon, *, fix: bool) -> Drifted:
    if not fix:
        return Drifted(salon=salon, found=await keeper.drift(salon.branch.id))
    repairs = await keeper.repair(salon.branch.id)
    return Drifted(salon=salon, found=repairs.before, left=repairs.after)


@asynccontextmanager
async def _opened(key: str | None) -> AsyncIterator[Kept]:
    set_up(level="warning")
    settings = Settings()
    if settings.calendar == "local":
        raise ValueError("CALENDAR=local: there is no external calendar to be kept")
    async with AsyncExitStack() as stack:
        endpoints = await stack.enter_async_context(servers(settings))
        await upgrade(endpoints.database_url)
        engine = make_engine(endpoints.database_url)
        stack.push_async_callback(engine.dispose)
        stored = PostgresSalons(engine)
        salons = [await stored.by_key(key)] if key else await stored.all()
        redis = Redis.from_url(endpoints.redis_url)
        stack.push_async_callback(redis.aclose)
        calcom = await stack.enter_async_context(open_calcom(settings, salons, engine, redis))
        stack.enter_context(in_background(patience_s=SYNC_PATIENCE_S))
        yield Kept(
            salons=salons,
            keeper=calcom.keeper(stored, SystemClock(settings.now)),
            subscriptions=subscriptions_of(settings, calcom, engine),
        )
