"""Opens the calendar of the settings: Cal.com, its sandbox, or none at all."""

from __future__ import annotations

import asyncio
import ipaddress
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from booking_core.adapters.calcom.accounts import Accounts, parse_accounts, sandbox_accounts
from booking_core.adapters.calcom.client import CalcomClient, Timeouts
from booking_core.adapters.calcom.companies import Companies, CompanyCalendars, Connection
from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.calcom.stored_accounts import (
    PURPOSE,
    PostgresCalendarAccounts,
    StoredAccount,
)
from booking_core.adapters.calcom.timetable_log import PostgresTimetableLog
from booking_core.adapters.calcom.versions import Versions
from booking_core.adapters.calcom.workshop import CalcomGaps, CalcomWorkshop
from booking_core.adapters.cipher import Cipher
from booking_core.adapters.jobs import keep_calendar_later
from booking_core.adapters.local_calendar import LocalCalendar
from booking_core.adapters.postgres.installation import installation_of
from booking_core.adapters.public_holidays import public_holidays
from booking_core.adapters.redis_allowance import Allowance
from booking_core.adapters.urgency import in_background
from booking_core.domain.errors import CalendarError, CalendarRefused
from booking_core.domain.event_type import calendar_user
from booking_core.workflows.keep_calendar import KeepCalendar
from voice_agent.embedded import ChildServer, ServersUnavailable, child_server, home_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.workshop import Connections
    from booking_core.adapters.postgres.salons import PostgresSalons
    from booking_core.adapters.redis_allowance import Spent
    from booking_core.domain.catalogue import Salon
    from booking_core.ports import Calendar, Clock
    from voice_agent.config import Settings

log = structlog.get_logger(__name__)

SYNC_PATIENCE_S = 90.0  # a key's minute may be used up by then
FIRST_SYNC_S = 30.0  # what is not ready is not offered; the rest goes on beside the first calls
KNOWN_SYNC_S = 3.0  # everything was ready before: a Cal.com that is slow today delays no call


@dataclass(frozen=True, slots=True, kw_only=True)
class Calcom:
    """The Cal.com of every salon."""

    companies: Companies
    event_map: PostgresEventMap
    timetable_log: PostgresTimetableLog

    async def of(self, salon: Salon) -> Connection:
        """The salon's client and keys."""
        return await self.companies.of(salon)

    def keeper(self, salons: PostgresSalons, clock: Clock) -> KeepCalendar:
        """Brings the calendars of these salons up to date."""
        return KeepCalendar(
            salons=salons,
            workshop=CalcomWorkshop(self),
            record=self.event_map,
            timetable_log=self.timetable_log,
            clock=clock,
            holidays=public_holidays,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """The calendar in which segments are booked, and what keeps it as the salons say."""

    calendar: Calendar
    keeper: KeepCalendar | None = None
    """None without an external calendar."""
    gaps: CalcomGaps | None = None
    connections: Connections | None = None
    """To each salon's Cal.com."""

    async def spent(self, salon: Salon) -> Sequence[Spent]:
        """What is used up of the allowance of each key of a salon; none = nothing is to be had."""
        if self.connections is None:
            return ()
        try:
            connection = await self.connections.of(salon)
        except CalendarError:
            return ()
        keys = set(connection.accounts.of(salon).values())
        found = [await connection.client.spent(key) for key in sorted(keys)]
        return [one for one in found if one is not None]


@asynccontextmanager
async def open_calendars(
    settings: Settings,
    salons: PostgresSalons,
    engine: AsyncEngine,
    clock: Clock,
    redis: Redis | None = None,
) -> AsyncIterator[Calendars]:
    """Every salon's calendar, brought up to date as far as it answers."""
    if settings.calendar == "local":
        yield Calendars(calendar=LocalCalendar())
        return
    every = await salons.all()
    async with open_calcom(settings, every, engine, redis) as calcom:
        keeper = calcom.keeper(salons, clock)
        gaps = CalcomGaps(calcom.event_map, calcom)
        async with _up_to_date(keeper, gaps, every):
            yield Calendars(
                calendar=CompanyCalendars(
                    calcom.companies, calcom.event_map, installation=await installation_of(engine)
                ),
                keeper=keeper,
                gaps=gaps,
                connections=calcom,
            )


async def sandbox_address(settings: Settings) -> str | None:
    """Where the sandbox shows its calendars; None when a real Cal.com is used, or none."""
    if settings.calendar == "local" or settings.calcom_api_url:
        return None
    async with child_server(settings, _sandbox(settings)) as address:
        return address


@asynccontextmanager
async def open_calcom(
    settings: Settings, salons: Sequence[Salon], engine: AsyncEngine, redis: Redis | None = None
) -> AsyncIterator[Calcom]:
    """The Cal.com each salon's company has stored, or that of the settings.

    `redis` lets all processes count their requests together.
    """
    stored = stored_accounts(settings, engine)
    async with AsyncExitStack() as stack:
        opened = _Opening(settings, redis)
        common = CommonCalcom(settings, opened, stack)
        have_their_own = await stored.company_ids()
        others = [salon for salon in salons if salon.company.id not in have_their_own]
        if not salons:
            await common.open()
        for salon in others:
            await common.welcome(salon)
        companies = Companies(stored, default=common, open_client=opened.of_company)
        stack.push_async_callback(companies.aclose)
        yield Calcom(
            companies=companies,
            event_map=PostgresEventMap(engine),
            timetable_log=PostgresTimetableLog(engine),
        )


def stored_accounts(settings: Settings, engine: AsyncEngine) -> PostgresCalendarAccounts:
    """What companies have told of a Cal.com of their own."""
    return PostgresCalendarAccounts(engine, _cipher(settings), keep_later=keep_calendar_later)


class SandboxKeys:
    """Keys to the sandbox, where everybody who works in a salon simply gets one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, str] = {}
        self.accounts = Accounts(keys=self._keys)

    async def welcome(self, salon: Salon) -> None:
        """Make sure that everybody who works there has one."""
        active = (member for member in salon.staff if member.active)
        if any(calendar_user(salon, member) not in self._keys for member in active):
            made = await sandbox_accounts(salon, self._url)
            self._keys.update(made.keys)


@dataclass(frozen=True, slots=True)
class _Opening:
    """How clients are made with these settings."""

    settings: Settings
    redis: Redis | None

    def at(self, url: str) -> CalcomClient:
        versions = Versions.of(self.settings.calcom_api_versions)
        return self.of_company(StoredAccount(base_url=url, accounts=Accounts(), versions=versions))

    def of_company(self, account: StoredAccount) -> CalcomClient:
        most = account.requests_per_minute or self.settings.calcom_requests_per_minute
        return CalcomClient(
            account.base_url,
            timeouts=Timeouts(read_s=self.settings.calcom_timeout_s),
            versions=account.versions,
            allowance=Allowance(self.redis, per_minute=most),
        )


class CommonCalcom:
    """The Cal.com of the environment; without a URL the sandbox, which all processes share.

    Where every company has its own it is not opened, until one of them forgets its own.
    """

    def __init__(self, settings: Settings, opening: _Opening, stack: AsyncExitStack) -> None:
        """What is opened is closed with `stack`."""
        self._settings = settings
        self._opening = opening
        self._stack = stack
        self._turn = asyncio.Lock()
        self._connection: Connection | None = None
        self._sandbox_keys: SandboxKeys | None = None

    @property
    def clients(self) -> Sequence[CalcomClient]:
        """None before it is needed."""
        return self._connection.clients if self._connection else ()

    async def of(self, salon: Salon) -> Connection:
        """At the sandbox also for those who came after the start."""
        try:
            return await self.welcome(salon)
        except (ValueError, ServersUnavailable) as error:
            raise CalendarRefused(reason="no Cal.com account", salon=salon.branch.key) from error

    async def welcome(self, salon: Salon) -> Connection:
        """As `of`; ValueError tells what is wrong with the settings."""
        connection = await self.open()
        if self._sandbox_keys:
            await self._sandbox_keys.welcome(salon)
        return connection

    async def open(self) -> Connection:
        """Once, however many want it."""
        async with self._turn:
            if self._connection is None:
                self._connection = await self._opened()
            return self._connection

    async def _opened(self) -> Connection:
        url = self._settings.calcom_api_url
        if url is None:
            child = child_server(self._settings, _sandbox(self._settings))
            url = await self._stack.enter_async_context(child)
        client = await self._stack.enter_async_context(self._opening.at(url))
        if self._settings.calcom_api_key:
            accounts = parse_accounts(self._settings.calcom_api_key.get_secret_value())
            return Connection(client=client, accounts=accounts)
        if not _on_this_machine(url):
            says = f"CALCOM_API_KEY is not set, and {url} is not a sandbox of this machine"
            raise ValueError(says)
        self._sandbox_keys = SandboxKeys(url)
        return Connection(client=client, accounts=self._sandbox_keys.accounts)


def _cipher(settings: Settings) -> Cipher | None:
    if settings.secret_key is None:
        return None
    return Cipher.of(settings.secret_key.get_secret_value(), purpose=PURPOSE)


def _on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@asynccontextmanager
async def _up_to_date(
    keeper: KeepCalendar, gaps: CalcomGaps, salons: Sequence[Salon]
) -> AsyncIterator[None]:
    """Bring calendars up to date; who is slow is waited for only as long as it is worth it."""
    unready = [salon for salon in salons if await gaps.of(salon)]
    run = asyncio.create_task(_all_synced(keeper, salons), name="first-sync")
    await asyncio.wait([run], timeout=FIRST_SYNC_S if unready else KNOWN_SYNC_S)
    try:
        yield
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


async def _all_synced(keeper: KeepCalendar, salons: Sequence[Salon]) -> None:
    try:
        for salon in salons:
            await _synced(keeper, salon)
    except Exception:
        log.exception("calendars_not_synced")  # each salon's next save or night tries again


async def _synced(keeper: KeepCalendar, salon: Salon) -> None:
    """A calendar that is silent at the start costs no call: what was mapped before stays so."""
    try:
        with in_background(patience_s=SYNC_PATIENCE_S):
            report = await keeper.sync(salon.branch.id)
    except CalendarError:
        log.exception("event_types_not_synced", salon=salon.branch.key)
        return
    if not report.event_types.complete:
        missing = len(report.event_types.failed)
        log.error("event_types_missing", salon=salon.branch.key, count=missing)


def _sandbox(settings: Settings) -> ChildServer:
    state = home_of(settings) / "sandbox.state"
    clock = ["--now", settings.now.isoformat()] if settings.now else []
    command = [sys.executable, "-m", "voice_agent", "calcom", "sandbox", "--state", str(state)]
    return ChildServer(name="calcom-sandbox", command=[*command, *clock])
