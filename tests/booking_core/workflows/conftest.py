"""A scripted calendar with its own lasting store, a mailbox, and crashes wherever wanted."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from itertools import count as counting
from typing import TYPE_CHECKING, Any
from uuid import uuid5

import pytest
from sqlalchemy import text

from booking_core.adapters.calcom.accounts import sandbox_accounts
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.client import CalcomClient, Timeouts
from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.calcom.event_types import CalcomEventTypes
from booking_core.adapters.calcom.sandbox import Options, Sandbox, running
from booking_core.adapters.clock import SystemClock
from booking_core.adapters.urgency import in_background
from booking_core.domain.errors import (
    CalendarBusy,
    CalendarRefused,
    CalendarSilent,
    CalendarTaken,
)
from booking_core.domain.interval import Span, shift
from booking_core.domain.orders import CancelAppointment, RescheduleAppointment
from booking_core.ports import Whereabouts
from booking_core.workflows.book import book
from booking_core.workflows.cancel import cancel
from booking_core.workflows.notify import Notify
from booking_core.workflows.reschedule import reschedule
from booking_core.workflows.saga import Parts
from booking_core.workflows.sync_event_types import sync_event_types

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.mail import MailKind
    from booking_core.ports import Sagas, Salons, SegmentBooking

PATIENCE_S = 90.0  # of whatever nobody on the line waits for


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One booking at the calendar."""

    uid: str
    group: UUID
    version: int
    index: int
    attempt: int
    host: UUID
    span: Span
    moved: bool = False
    """By the calendar's own means: it keeps what it said of itself when it was made."""


@dataclass
class ScriptedCalendar:
    """Somebody else's calendar: it outlives our crashes, knows no repeated request, and fails.

    `script` says what becomes of the next requests to book or to move, one word each; without a
    word left it does what it is asked:
    taken, refused, busy: an answer, nothing done;
    lost_before: no answer, nothing done; lost_after: no answer, but done;
    late: no answer, and done only when `land` is called; slow: done after a second;
    overtaken: all that is late lands, and then it is taken;
    nonsense: done, and an answer that cannot be read.
    """

    script: deque[str] = field(default_factory=deque)
    live: dict[str, Kept] = field(default_factory=dict)
    cancelled: list[Kept] = field(default_factory=list)
    asked: list[tuple[str, int]] = field(default_factory=list)
    """Requests in order: ("book", segment), ("find", segment), ("cancel", segment)."""
    on_book: Callable[[SegmentBooking], Awaitable[None]] | None = None
    silent_finds: int = 0
    silent_cancels: int = 0
    reasons: set[str] = field(default_factory=set)
    """Why bookings were cancelled."""
    ended: bool = False
    """What is booked is over: nothing can be cancelled any more."""
    accepts_overlaps: bool = False
    """Like the real one for intervals that overlap without being identical."""
    moved_to: dict[str, str] = field(default_factory=dict)
    """The uid a booking was moved to, for those that were."""
    _late: list[Callable[[], str]] = field(default_factory=list)
    _serial: Any = field(default_factory=lambda: counting(1))

    async def book(self, segment: SegmentBooking) -> str:
        self.asked.append(("book", segment.segment.index))
        if self.on_book:
            await self.on_book(segment)
        return await self._answer(lambda: self._keep(segment))

    async def shift(self, segment: SegmentBooking, uid: str) -> str:
        self.asked.append(("shift", segment.segment.index))
        return await self._answer(lambda: self._shift(segment, uid))

    async def trace(self, salon: Salon, uid: str) -> Whereabouts | None:  # noqa: ARG002 - of the port
        if self.silent_finds:
            self.silent_finds -= 1
            raise CalendarSilent
        while uid in self.moved_to:
            uid = self.moved_to[uid]
        kept = self.live.get(uid)
        return Whereabouts(uid=uid, start=kept.span.start) if kept else None

    async def _answer(self, deed: Callable[[], str]) -> str:
        word = self.script.popleft() if self.script else "fine"
        if word == "overtaken":
            self.land()
            raise CalendarTaken
        if word in {"taken", "refused", "busy"}:
            raise {"taken": CalendarTaken, "refused": CalendarRefused, "busy": CalendarBusy}[word]
        if word == "lost_before":
            raise CalendarSilent
        if word == "late":
            self._late.append(deed)
            raise CalendarSilent
        if word == "slow":
            await asyncio.sleep(1)
        uid = deed()
        if word == "lost_after":
            raise CalendarSilent
        if word == "nonsense":
            raise ValueError("<html>502</html>")
        return uid

    async def find(self, segment: SegmentBooking) -> Sequence[str]:
        self.asked.append(("find", segment.segment.index))
        if self.silent_finds:
            self.silent_finds -= 1
            raise CalendarSilent
        wanted = (segment.group, segment.version, segment.segment.index)
        return [
            kept.uid
            for kept in self.live.values()
            if (kept.group, kept.version, kept.index) == wanted and not kept.moved
        ]

    async def find_group(self, salon: Salon, group: UUID, window: Span) -> Sequence[str]:  # noqa: ARG002 - of the port
        return [
            kept.uid
            for kept in self.live.values()
            if kept.group == group and window.contains(kept.span.start)
        ]

    async def cancel(
        self,
        salon: Salon,  # noqa: ARG002 - of the port
        uid: str,
        *,
        reason: str,
        follow: bool = True,
    ) -> None:
        """A client follows a booking to where it was moved; a request that lands late cannot."""
        assert reason.strip(), "the calendar refuses to cancel without a reason"
        if self.silent_cancels:
            self.silent_cancels -= 1
            raise CalendarSilent
        if self.ended:
            raise CalendarRefused
        self.reasons.add(reason)
        while follow and uid in self.moved_to:
            uid = self.moved_to[uid]
        if uid in self.live:
            kept = self.live.pop(uid)
            self.asked.append(("cancel", kept.index))
            self.cancelled.append(kept)

    def land(self) -> int:
        """Carry out the requests that were given up; how many still could be."""
        landed = 0
        while self._late:
            try:
                self._late.pop()()
            except (CalendarTaken, CalendarRefused):
                continue
            landed += 1
        return landed

    def of(self, group: UUID) -> list[int]:
        """Segments of an appointment that are live, with repetitions."""
        return sorted(kept.index for kept in self.live.values() if kept.group == group)

    def booked_in_order(self) -> list[int]:
        return [index for what, index in self.asked if what == "book"]

    def cancelled_in_order(self) -> list[int]:
        return [index for what, index in self.asked if what == "cancel"]

    async def move_by_hand(self, group: UUID, *, index: int, minutes: int) -> str:
        """Somebody at the desk moves one booking in the calendar itself; its new uid."""
        old = next(k for k in self.live.values() if (k.group, k.index) == (group, index))
        span = Span(shift(old.span.start, minutes), shift(old.span.end, minutes))
        return self._moved(old, span)

    def places(self, group: UUID) -> list[tuple[UUID, Span]]:
        """Where the live bookings of an appointment are."""
        live = self.live.values()
        return sorted((kept.host, kept.span) for kept in live if kept.group == group)

    def _shift(self, segment: SegmentBooking, uid: str) -> str:
        old = self.live.get(uid)
        if old is None:
            raise CalendarRefused
        span = segment.segment.calendar_span
        assert (old.host, old.span.minutes) == (segment.segment.staff_id, span.minutes)
        self._refuse_overlap(old.host, span, without=uid)
        return self._moved(old, span)

    def _moved(self, old: Kept, span: Span) -> str:
        new = replace(old, uid=f"uid-{next(self._serial)}", span=span, moved=True)
        del self.live[old.uid]
        self.live[new.uid] = new
        self.moved_to[old.uid] = new.uid
        return new.uid

    def _refuse_overlap(self, host: UUID, span: Span, *, without: str | None = None) -> None:
        for kept in self.live.values():
            if self.accepts_overlaps:
                break
            if kept.uid != without and kept.host == host and kept.span.overlaps(span):
                raise CalendarTaken

    def _keep(self, segment: SegmentBooking) -> str:
        host, span = segment.segment.staff_id, segment.segment.calendar_span
        self._refuse_overlap(host, span)
        uid = f"uid-{next(self._serial)}"
        self.live[uid] = Kept(
            uid=uid,
            group=segment.group,
            version=segment.version,
            index=segment.segment.index,
            attempt=segment.attempt,
            host=host,
            span=span,
        )
        return uid


@dataclass
class Mailbox:
    """A mail server that keeps what it accepted."""

    accepted: list[EmailMessage] = field(default_factory=list)
    broken: int = 0
    """So many times the connection breaks before it accepts."""

    async def send(self, message: EmailMessage) -> None:
        if self.broken:
            self.broken -= 1
            raise ConnectionResetError
        self.accepted.append(message)

    def about(self, appointment_id: UUID) -> list[EmailMessage]:
        return [mail for mail in self.accepted if mail["X-Visit"] == str(appointment_id)]


def render(
    appointment: Appointment,
    salon: Salon,
    *,
    committed_at: datetime,
    kind: MailKind,
    before: Appointment | None = None,  # noqa: ARG001 - of the real one
) -> EmailMessage:
    """A mail that depends on nothing but its arguments."""
    message = EmailMessage()
    message["To"] = appointment.customer.email
    message["X-Visit"] = str(appointment.id)
    message["Message-ID"] = f"<{appointment.id}.{appointment.version}.{kind}@{salon.branch.key}>"
    message.set_content(f"{appointment.code} {committed_at.isoformat()}")
    return message


class NoLocks:
    """A lock server that is away."""

    @asynccontextmanager
    async def hold(self, keys: Sequence[str], *, ttl_s: float) -> AsyncIterator[bool]:  # noqa: ARG002 - of the port
        yield False


class Crash(BaseException):
    """The process dies here: nothing of ours catches it."""


@dataclass
class Fuse:
    """Counts the points at which a process can die, and dies at one of them."""

    at: int | str | None = None
    """How many points are passed, or the name of the first one that is not."""
    passed: int = 0
    trail: list[str] = field(default_factory=list)

    def point(self, name: str) -> None:
        self.passed += 1
        self.trail.append(name)
        if self.at in {self.passed, name}:
            raise Crash(name)


class Fused:
    """Somebody's port with a crash point before and after every call."""

    def __init__(self, target: object, fuse: Fuse) -> None:
        self._target = target
        self._fuse = fuse

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        call = getattr(self._target, name)

        async def fused(*args: Any, **kwargs: Any) -> Any:
            self._fuse.point(f"before {name}")
            result = await call(*args, **kwargs)
            self._fuse.point(f"after {name}")
            return result

        return fused


@dataclass
class World:
    """A salon, its database, a calendar and a mail server; processes come and go."""

    salons: Salons
    stores: Any
    calendar: ScriptedCalendar = field(default_factory=ScriptedCalendar)
    mailbox: Mailbox = field(default_factory=Mailbox)
    locks: Any = field(default_factory=NoLocks)

    def parts(self, fuse: Fuse | None = None, *, sagas: Sagas | None = None) -> Parts:
        """What one process books with; with a fuse, it may die."""
        sagas = sagas or self.stores.sagas
        return Parts(
            salons=self.salons,
            sagas=Fused(sagas, fuse) if fuse else sagas,  # type: ignore[arg-type]
            calendar=Fused(self.calendar, fuse) if fuse else self.calendar,  # type: ignore[arg-type]
            locks=self.locks,
            clock=SystemClock(),
        )

    def notify(self, fuse: Fuse | None = None) -> Notify:
        log_book = self.stores.mail_log
        return Notify(
            log_book=Fused(log_book, fuse) if fuse else log_book,  # type: ignore[arg-type]
            appointments=self.stores.appointments,
            salons=self.salons,
            mailer=Fused(self.mailbox, fuse) if fuse else self.mailbox,  # type: ignore[arg-type]
            render=render,
        )

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with self.stores.engine.connect() as connection:
            return list((await connection.execute(text(sql), values)).all())

    async def write(self, sql: str) -> None:
        async with self.stores.engine.begin() as connection:
            await connection.execute(text(sql))

    async def value(self, sql: str, **values: Any) -> Any:
        ((value,),) = await self.rows(sql, **values)
        return value

    async def begins_wait(self, act: Awaitable[object], lease: str, *, of_s: float) -> bool:
        """Whether a wait of so long begins during the act, however long that itself takes."""
        now = "SELECT clock_timestamp()"
        began = await self.value(now)
        await act
        ended, until, wait = await self.value(now), await self.value(lease), timedelta(seconds=of_s)
        return began <= until - wait <= ended

    async def overlaps(self) -> int:
        """Pairs of claims of different owners that share a resource and an instant."""
        return await self.value(
            "SELECT count(*) FROM claim a JOIN claim b ON a.id < b.id"
            " AND a.resource_id = b.resource_id AND a.owner <> b.owner AND a.during && b.during"
        )


@pytest.fixture
def world(salons: Salons, stores: Any) -> World:
    return World(salons=salons, stores=stores)


@pytest.fixture
def make_world(salons: Salons, make_stores: Callable[..., Any]) -> Callable[..., World]:
    """A world whose leases last as long as the test wants."""

    def make(*, lease_s: float = 30.0) -> World:
        return World(salons=salons, stores=make_stores(lease_s=lease_s))

    return make


@pytest.fixture
def make_fuse() -> type[Fuse]:
    return Fuse


@pytest.fixture
def crash() -> type[Crash]:
    return Crash


@pytest.fixture
def booked(world: Any, visits: Any) -> Callable[..., Awaitable[Appointment]]:
    """Books a visit that stands from then on."""

    async def visit(plan: Any = 0, **changes: Any) -> Appointment:
        wanted = visits.plan(plan) if isinstance(plan, int) else plan
        result = await book(visits.order(wanted, **changes), world.parts())
        return result.appointment  # type: ignore[union-attr]  # fails the test if it is not booked

    return visit


@pytest.fixture
def cancel_order(visits: Any) -> Callable[..., CancelAppointment]:
    """Orders to cancel, each with a key of its own."""

    def order(visit: Appointment, **changes: Any) -> CancelAppointment:
        visits.serial += 1
        return CancelAppointment(
            key=f"call-{visits.serial}/cancel",
            branch_id=visit.branch_id,
            appointment_id=visit.id,
            **changes,
        )

    return order


@pytest.fixture
def move_order(visits: Any) -> Callable[..., RescheduleAppointment]:
    """Orders to move a visit to a plan, each with a key of its own."""

    def order(visit: Appointment, plan: Any, **changes: Any) -> RescheduleAppointment:
        visits.serial += 1
        wanted = visits.plan(plan) if isinstance(plan, int) else plan
        order = RescheduleAppointment(
            key=f"call-{visits.serial}/move",
            owner=f"call:{visits.serial}",
            branch_id=visit.branch_id,
            appointment_id=visit.id,
            plan=wanted,
            on_purpose=True,  # most visits of a test are of the same customer
        )
        return replace(order, **changes)

    return order


def _parts_at(world: Any, at: datetime | None) -> Parts:
    parts: Parts = world.parts()
    return replace(parts, clock=SystemClock(at)) if at else parts


@pytest.fixture
def cancel_in(cancel_order: Any) -> Callable[..., Awaitable[Any]]:
    """Cancels a visit, or carries out an order to, in some world at some time."""

    async def run(
        world: Any, what: Any, *, at: datetime | None = None, pace: Any = None, **changes: Any
    ) -> Any:
        order = what if isinstance(what, CancelAppointment) else cancel_order(what, **changes)
        parts, appointments = _parts_at(world, at), world.stores.appointments
        return await cancel(order, parts, appointments=appointments, pace=pace)

    return run


@pytest.fixture
def cancel_it(world: Any, cancel_in: Any) -> Callable[..., Awaitable[Any]]:
    """The same in the world of the test."""
    return partial(cancel_in, world)


@pytest.fixture
def move_in(move_order: Any) -> Callable[..., Awaitable[Any]]:
    """Moves a visit to a plan, or carries out an order to, in some world at some time."""

    async def run(
        world: Any,
        what: Any,
        plan: Any = None,
        *,
        at: datetime | None = None,
        pace: Any = None,
        **changes: Any,
    ) -> Any:
        known = isinstance(what, RescheduleAppointment)
        order = what if known else move_order(what, plan, **changes)
        parts, appointments = _parts_at(world, at), world.stores.appointments
        return await reschedule(order, parts, appointments=appointments, pace=pace)

    return run


@pytest.fixture
def move_it(world: Any, move_in: Any) -> Callable[..., Awaitable[Any]]:
    """The same in the world of the test."""
    return partial(move_in, world)


@pytest.fixture
async def other_branch(world: Any, visits: Any) -> UUID:
    """Another branch of the same company."""
    salon = visits.salon
    branch = replace(
        salon.branch, id=uuid5(salon.branch.id, "other"), key="kamm2", code="ZWEI", phone_numbers=()
    )
    other = replace(salon, branch=branch, staff=(), resources=(), services=())
    await world.salons.save(other)
    return branch.id


@pytest.fixture
def long_ago() -> datetime:
    return datetime(2020, 1, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
async def calcom(visits: Any) -> AsyncIterator[Sandbox]:
    """A Cal.com, empty, on the day before the first visit."""
    async with running(Options(now=visits.plan(-24 * 60).start)) as sandbox:
        yield sandbox


@pytest.fixture
def calcom_read_s() -> float:
    """How long the client waits for an answer; a test may shorten it."""
    return 30.0


@pytest.fixture
async def calcom_parts(
    world: Any, visits: Any, calcom: Sandbox, calcom_read_s: float
) -> AsyncIterator[Parts]:
    """What a process books with at that Cal.com, over the real client."""
    salon, engine = visits.salon, world.stores.engine
    accounts, event_map = await sandbox_accounts(salon, calcom.url), PostgresEventMap(engine)
    async with CalcomClient(calcom.url) as patient:  # whatever else the machine does meanwhile
        types = CalcomEventTypes(patient, accounts, timezone=salon.branch.timezone)
        with in_background(patience_s=PATIENCE_S):
            report = await sync_event_types(salon, event_types=types, event_map=event_map)
        assert report.complete
    async with CalcomClient(calcom.url, timeouts=Timeouts(read_s=calcom_read_s)) as client:
        yield replace(
            world.parts(),
            calendar=CalcomCalendar(client, accounts, event_map),
            clock=SystemClock(visits.plan(-24 * 60).start),
        )


@pytest.fixture
def accepted(calcom: Sandbox) -> Callable[[], Counter[str]]:
    """Counts the live bookings at that Cal.com, per appointment."""

    def count() -> Counter[str]:
        bookings = calcom.control("dump")["bookings"]
        return Counter(b["metadata"]["group"] for b in bookings if b["status"] == "accepted")

    return count
