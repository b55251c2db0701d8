"""A salon of three people with a calendar at a sandbox, on its own day in its own time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4, uuid5

import pytest
from aiohttp import web

from booking_core.adapters.calcom.accounts import Accounts, sandbox_accounts
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.client import CalcomClient, Timeouts
from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.calcom.event_types import CalcomEventTypes
from booking_core.adapters.calcom.sandbox import Options, Sandbox, running
from booking_core.adapters.urgency import in_background
from booking_core.domain.appointment import Customer
from booking_core.domain.catalogue import (
    Branch,
    Company,
    Gender,
    Pause,
    PausePolicy,
    Salon,
    Segment,
    Service,
    Staff,
)
from booking_core.domain.interval import Span
from booking_core.domain.plan import PlannedPause, PlannedSegment
from booking_core.ports import SegmentBooking
from booking_core.workflows.sync_event_types import SyncReport, sync_event_types

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

NAMESPACE = UUID("a3f8d9c2-52a7-4c0e-8a5d-6b1f0c7e9d24")
PATIENCE_S = 90.0  # as `calcom sync` has it: nobody is on the line
NOW = datetime.fromisoformat("2026-11-24T10:00:00+01:00")


@dataclass
class Watch:
    """A clock that stands until somebody sets it."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class Opened:
    """A Cal.com, and the keys to it."""

    client: CalcomClient
    accounts: Accounts

    async def of(self, salon: Salon) -> Opened:
        del salon  # everybody's is the same
        return self


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def make_opened() -> type[Opened]:
    return Opened


@pytest.fixture
def opened(client: CalcomClient, accounts: Accounts) -> Opened:
    return Opened(client, accounts)


def named(name: str) -> UUID:
    return uuid5(NAMESPACE, name)


def toning() -> Service:
    """Toning, waiting, washing; the wait belongs to the salon, but nobody is busy in it."""
    segments = (
        Segment(key="A", name="Tönung auftragen", minutes=20, skill="colour",
                pause_after=Pause(min_minutes=25, max_minutes=25)),
        Segment(key="B", name="Ausspülen", minutes=10, skill="wash"),
    )  # fmt: skip
    return Service(
        id=named("toning"), number=7, code="TON", name="Farbtönung", spoken_name="Farbtönung",
        gender=Gender.FEMININE, price_cents=3900, segments=segments, pause_policy=PausePolicy.FREE,
    )  # fmt: skip


def massage() -> Service:
    """Washing with a rest afterwards that nobody else may have."""
    segments = (
        Segment(key="A", name="Kopfmassage", minutes=15, skill="wash",
                pause_after=Pause(min_minutes=10, max_minutes=20, bookable=False)),
        Segment(key="B", name="Föhnen", minutes=20, skill="style"),
    )  # fmt: skip
    return Service(
        id=named("massage"), number=8, code="MASS", name="Kopfmassage", spoken_name="Kopfmassage",
        gender=Gender.FEMININE, price_cents=2900, segments=segments,
        pause_policy=PausePolicy.FLEXIBLE,
    )  # fmt: skip


def person(key: str, first: str, last: str, *skills: str, **more: Any) -> Staff:
    return Staff(
        id=named(key), key=key, first_name=first, last_name=last, hours=(),
        skills=frozenset(skills), **more,
    )  # fmt: skip


@pytest.fixture(scope="session")
def salon() -> Salon:
    """Wanda does everything and is quick at colour, Özgür colours, Sören only washes."""
    return Salon(
        company=Company(id=named("company"), key="kranz", code="KRAN", name="Kranz Friseure"),
        branch=Branch(
            id=named("branch"), key="kranz1", code="SUED", name="Kranz am Markt",
            address="Marktplatz 3, Freiburg", timezone="Europe/Berlin", land="BW", language="de",
            opening_hours=(), email="markt@kranz.example",
        ),
        staff=(
            person("wanda", "Wanda", "Kranz", "colour", "wash", "style", calendar_user="wanda",
                   extra_minutes={"colour": -3}),
            person("oezguer", "Özgür", "Aydın", "colour"),
            person("soeren", "Sören", "Thomsen", "wash", calendar_user="soeren"),
        ),
        resources=(), services=(toning(), massage()),
    )  # fmt: skip


@pytest.fixture
async def saved(salon: Salon, put_salon: Callable[[Salon], Awaitable[Salon]]) -> Salon:
    """The salon, with the rows the map refers to."""
    await put_salon(salon)
    return salon


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(Options(now=NOW)) as sandbox:
        yield sandbox


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[CalcomClient]:
    """As patient as one should be."""
    async with CalcomClient(sandbox.url) as client:
        yield client


@pytest.fixture
async def impatient(sandbox: Sandbox) -> AsyncIterator[CalcomClient]:
    """Notices a silent Cal.com soon, yet not every moment in which this machine is busy."""
    patience = Timeouts(connect_s=2, read_s=1.2)
    async with CalcomClient(sandbox.url, timeouts=patience) as client:
        yield client


@pytest.fixture
async def accounts(sandbox: Sandbox, salon: Salon) -> Accounts:
    return await sandbox_accounts(salon, sandbox.url)


@pytest.fixture
def event_map(engine: AsyncEngine) -> PostgresEventMap:
    return PostgresEventMap(engine)


@dataclass
class Provisioning:
    """Runs of the workflow against the sandbox, in the background as everywhere."""

    client: CalcomClient
    accounts: Accounts
    event_map: PostgresEventMap

    async def __call__(self, salon: Salon, **more: Any) -> SyncReport:
        event_types = CalcomEventTypes(self.client, self.accounts, timezone=salon.branch.timezone)
        with in_background(patience_s=PATIENCE_S):
            return await sync_event_types(
                salon, event_types=event_types, event_map=self.event_map, **more
            )


@pytest.fixture
def sync(
    client: CalcomClient, accounts: Accounts, event_map: PostgresEventMap, saved: Salon
) -> Provisioning:
    del saved  # only there to be referred to
    return Provisioning(client, accounts, event_map)


@pytest.fixture
async def calendar(
    sync: Provisioning, salon: Salon, impatient: CalcomClient, accounts: Accounts
) -> CalcomCalendar:
    """A calendar whose event types are all there."""
    report = await sync(salon)
    assert report.complete
    return CalcomCalendar(impatient, accounts, sync.event_map)


@dataclass
class Visits:
    """Segments of visits on 25 November 2026, all of Wanda's."""

    salon: Salon
    group: UUID = field(default_factory=uuid4)

    def segment(self, key: str, at: str, minutes: int, **changes: Any) -> SegmentBooking:
        """A segment of the toning (or of the massage, with `service`)."""
        service = self.salon.service_numbered(changes.pop("service", 7))
        part = next(part for part in service.segments if part.key == key)
        start = datetime.fromisoformat(f"2026-11-25T{at}:00+01:00")
        staff = changes.pop("staff", "wanda")
        span = Span.of_minutes(start, minutes)
        planned = PlannedSegment(
            index=changes.pop("index", ord(key) - ord("A") + 1),
            of=len(service.segments),
            key=key,
            name=part.name,
            service_id=service.id,
            staff_id=named(staff),
            span=span,
            pause=_pause(span, changes.pop("rest", 0)),
        )
        booking = SegmentBooking(
            salon=self.salon,
            group=self.group,
            version=1,
            attempt=1,
            segment=planned,
            service_label=f"{service.name}: {part.name}",
            customer=Customer(name="Klara Nebel", phone="+4915123456789", email="k@nebel.example"),
        )
        return replace(booking, **changes)


def _pause(span: Span, minutes: int) -> PlannedPause | None:
    if not minutes:
        return None
    return PlannedPause(span=Span.of_minutes(span.end, minutes), occupied=True)


@pytest.fixture
def visits(salon: Salon) -> Visits:
    return Visits(salon)


@pytest.fixture
def other_visit(salon: Salon) -> Visits:
    """Somebody else's."""
    return Visits(salon)


@dataclass
class Scripted:
    """A server that answers as it is told, the last answer again and again."""

    url: str = ""
    answers: list[tuple[int, object]] = field(default_factory=lambda: [(200, {"data": []})])
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    """Takes requests and says nothing."""
    broods_over: str = ""
    """The request, `POST /v2/bookings` for one, that is not answered while others are."""
    seen: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    peers: set[object] = field(default_factory=set)
    """Connections it was asked over."""

    async def answer(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        self.seen.append(f"{request.method} {request.path}")
        self.bodies.append(await request.read())
        self.peers.add(request.transport.get_extra_info("peername"))
        while self.silent or self.broods_over == f"{request.method} {request.path}":
            await asyncio.sleep(0.02)
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.json_response(body, status=status, headers=self.headers)


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    """A Cal.com in whose mouth the test puts the words."""
    scripted = Scripted()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", scripted.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    scripted.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield scripted
    finally:
        scripted.silent = False
        await runner.cleanup()
