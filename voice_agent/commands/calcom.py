"""`voice-agent calcom sync`: the event types of a salon, brought up to date."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.migrate import upgrade
from booking_core.adapters.postgres.salons import PostgresSalons
from voice_agent.calendars import open_calcom
from voice_agent.commands.running import FAILED, OK, run
from voice_agent.config import Settings
from voice_agent.embedded import servers

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon
    from voice_agent.calendars import Calcom


def sync(salon: str | None) -> int:
    """Bring the event types of one salon, or of all, up to date."""
    return run(lambda: _sync(salon))


async def _sync(key: str | None) -> int:
    out, settings = Console(highlight=False), Settings()
    async with AsyncExitStack() as stack:
        endpoints = await stack.enter_async_context(servers(settings))
        await upgrade(endpoints.database_url)
        engine = make_engine(endpoints.database_url)
        stack.push_async_callback(engine.dispose)
        stored = PostgresSalons(engine)
        salons = [await stored.by_key(key)] if key else await stored.all()
        calcom = await stack.enter_async_context(open_calcom(settings, salons, engine))
        complete = [await _sync_one(calcom, one, out) for one in salons]
    return OK if all(complete) else FAILED


async def _sync_one(calcom: Calcom, salon: Salon, out: Console) -> bool:
    with Progress(console=out, transient=True) as bar:
        task = bar.add_task(f"event types of {salon.branch.name}", total=None)
        report = await calcom.sync(
            salon, progress=lambda done, of: bar.update(task, completed=done, total=of)
        )
    out.print(
        f"{salon.branch.key}: {report.total} event types, {report.created} created, "
        f"{report.changed} changed, {report.unchanged} unchanged, {report.retired} retired"
    )
    for slug, why in report.failed:
        out.print(f"  [red]{slug}[/red]: {why}")
    return report.complete
