"""Opens the calendar of the settings: Cal.com, its sandbox, or none at all."""

from __future__ import annotations

import ipaddress
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from booking_core.adapters.calcom.accounts import Accounts, parse_accounts, sandbox_accounts
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.client import CalcomClient, Timeouts
from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.calcom.event_types import CalcomEventTypes
from booking_core.adapters.local_calendar import LocalCalendar
from booking_core.domain.errors import CalendarError
from booking_core.workflows.sync_event_types import sync_event_types
from voice_agent.embedded import ChildServer, child_server, home_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon
    from booking_core.ports import Calendar
    from booking_core.workflows.sync_event_types import SyncReport
    from voice_agent.config import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calcom:
    """A Cal.com to talk to."""

    client: CalcomClient
    accounts: Accounts
    event_map: PostgresEventMap

    async def sync(
        self, salon: Salon, *, progress: Callable[[int, int], None] | None = None
    ) -> SyncReport:
        """Bring the event types of a salon up to date."""
        types = CalcomEventTypes(self.client, self.accounts, timezone=salon.branch.timezone)
        return await sync_event_types(
            salon, event_types=types, event_map=self.event_map, progress=progress
        )


@asynccontextmanager
async def open_calendar(
    settings: Settings, salons: Sequence[Salon], engine: AsyncEngine
) -> AsyncIterator[Calendar]:
    """The calendar in which segments are booked, with an event type for each of them."""
    if settings.calendar == "local":
        yield LocalCalendar()
        return
    async with open_calcom(settings, salons, engine) as calcom:
        for salon in salons:
            await _synced(calcom, salon)
        yield CalcomCalendar(calcom.client, calcom.accounts, calcom.event_map)


async def sandbox_address(settings: Settings) -> str | None:
    """Where the sandbox shows its calendars; None when a real Cal.com is used, or none."""
    if settings.calendar == "local" or settings.calcom_api_url:
        return None
    async with child_server(settings, _sandbox(settings)) as address:
        return address


@asynccontextmanager
async def open_calcom(
    settings: Settings, salons: Sequence[Salon], engine: AsyncEngine
) -> AsyncIterator[Calcom]:
    """The Cal.com of the settings; without a URL the sandbox, which all processes share."""
    async with AsyncExitStack() as stack:
        url = settings.calcom_api_url
        if url is None:
            url = await stack.enter_async_context(child_server(settings, _sandbox(settings)))
        accounts = await _accounts(settings, url, salons)
        timeouts = Timeouts(read_s=settings.calcom_timeout_s)
        client = await stack.enter_async_context(CalcomClient(url, timeouts=timeouts))
        yield Calcom(client=client, accounts=accounts, event_map=PostgresEventMap(engine))


async def _accounts(settings: Settings, url: str, salons: Sequence[Salon]) -> Accounts:
    if settings.calcom_api_key:
        return parse_accounts(settings.calcom_api_key.get_secret_value())
    if not _on_this_machine(url):
        raise ValueError(f"CALCOM_API_KEY is not set, and {url} is not a sandbox of this machine")
    return reduce(or_, [await sandbox_accounts(salon, url) for salon in salons], Accounts())


def _on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _synced(calcom: Calcom, salon: Salon) -> None:
    """A calendar that is silent at the start costs no call: what was mapped before stays so."""
    try:
        report = await calcom.sync(salon)
    except CalendarError:
        log.exception("event_types_not_synced", salon=salon.branch.key)
        return
    if not report.complete:
        log.error("event_types_missing", salon=salon.branch.key, count=len(report.failed))


def _sandbox(settings: Settings) -> ChildServer:
    state = home_of(settings) / "sandbox.state"
    clock = ["--now", settings.now.isoformat()] if settings.now else []
    command = [sys.executable, "-m", "voice_agent", "calcom", "sandbox", "--state", str(state)]
    return ChildServer(name="calcom-sandbox", command=[*command, *clock])
