"""A salon whose calendars at a sandbox are also changed by other people."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from booking_core.adapters.calcom.bookings import CalcomBookings
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.mirror import CalcomView
from booking_core.adapters.mail.notice import render_notice
from booking_core.adapters.postgres.diary import PostgresDiary
from booking_core.adapters.postgres.installation import installation_of
from booking_core.adapters.postgres.ledger import PostgresLedger
from booking_core.adapters.postgres.mirror import PostgresMirror
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.redis_locks import RedisLocks
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.interval import Span
from booking_core.domain.plan import Claim, Plan, PlannedSegment
from booking_core.workflows.book import Pace, book
from booking_core.workflows.mirror_calendar import MirrorCalendar
from booking_core.workflows.reconcile import Reconcile
from booking_core.workflows.saga import Parts
from booking_core.workflows.tell_salon import TellSalon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from email.message import EmailMessage

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.client import CalcomClient
    from booking_core.adapters.calcom.models import Booking
    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon

NOW = datetime.fromisoformat("2026-11-24T10:00:00+01:00")


@pytest.fixture
async def mirror(
    sync: Any, salon: Salon, engine: AsyncEngine, opened: Any, watch: Any
) -> MirrorCalendar:
    """The mirror of a salon whose event types are all there."""
    report = await sync(salon)
    assert report.complete
    return MirrorCalendar(
        salons=PostgresSalons(engine),
        view=CalcomView(opened),
        mirror=PostgresMirror(engine),
        clock=watch,
    )


@dataclass
class Desk:
    """People who use Cal.com itself, and what our diary says of them."""

    engine: AsyncEngine
    client: CalcomClient
    accounts: Accounts
    sandbox: Sandbox
    salon: Salon
    zone: Any = NOW.tzinfo

    async def write_in(self, user: str, start: str, **more: Any) -> Booking:
        """Somebody at the desk, or on the public page, books a person's time by hand."""
        key = self.accounts.key(user)
        event_type = (await self.client.event_types(key))[0]
        wish = {
            "start": instant(start).isoformat(),
            "eventTypeId": event_type.id,
            "attendee": {
                "name": "Gundula Pfau",
                "email": "pfau@laufkundschaft.example",
                "timeZone": "Europe/Berlin",
            },
            **more,
        }
        return await self.client.book(key, wish)

    async def busy(self, staff: str, first: str, last: str, **asked: Any) -> list[str]:
        """When our diary says that somebody is busy, in local time."""
        window = Span(instant(first), instant(last))
        diary = PostgresDiary(self.engine)
        busy = await diary.busy(self.salon.branch.id, window, **{"except_owner": "", **asked})
        member = next(one for one in self.salon.staff if one.key == staff)
        return shown(busy.get(member.id, ()))

    def day(self, text: str) -> date:
        """`11-25`."""
        return date.fromisoformat(f"2026-{text}")

    def slot_requests(self) -> int:
        """How often Cal.com was asked who is free."""
        return int(self.sandbox.control("dump")["requests"].get("GET /v2/slots", 0))

    async def requests_of(self, work: Callable[[], Awaitable[None]]) -> int:
        """How often this asks Cal.com who is free."""
        before = self.slot_requests()
        await work()
        return self.slot_requests() - before

    async def hold(self, owner: str, plan: Plan) -> None:
        await PostgresDiary(self.engine).hold(self.salon.branch.id, owner, [plan], ttl_s=60)

    async def move_there(self, appointment: Appointment, *, index: int, start: str) -> Booking:
        """Somebody drags one booking of a visit elsewhere in Cal.com."""
        uid = await self.uid(appointment, index=index)
        return await self.client.reschedule(
            self.accounts.key("wanda"), uid, {"start": instant(start).isoformat()}
        )

    async def cancel_there(self, appointment: Appointment, *, index: int) -> None:
        uid = await self.uid(appointment, index=index)
        await self.client.cancel(self.accounts.key("wanda"), uid, reason="keine Lust")

    async def uid(self, appointment: Appointment, *, index: int) -> str:
        return str(
            await self.value(
                "SELECT calendar_uid FROM appointment_segment"
                " WHERE appointment_id = :id AND index = :index",
                id=appointment.id,
                index=index,
            )
        )

    async def move_on(self, uid: str, start: str) -> Booking:
        """The same booking is dragged once more."""
        wish = {"start": instant(start).isoformat()}
        return await self.client.reschedule(self.accounts.key("wanda"), uid, wish)

    async def lose(self, appointment: Appointment, *, index: int) -> None:
        """Cal.com forgets a booking altogether."""
        del self.sandbox.state.records.bookings[await self.uid(appointment, index=index)]

    async def leave_behind(
        self, appointment: Appointment, *, start: str, **metadata: str | None
    ) -> None:
        """A booking with our metadata that no request of ours remembers."""
        known = self.sandbox.state.records.bookings[await self.uid(appointment, index=1)]
        facts = {**known.metadata, **metadata}
        told = {name: value for name, value in facts.items() if value is not None}
        await self.write_in("wanda", start, metadata=told)

    async def delivered(self) -> list[str]:
        """What became of the letters that Cal.com has sent."""
        return [one["outcome"] for one in self.sandbox.state.courier.log]

    async def until_delivered(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.sandbox.state.courier.log) < count:
                await asyncio.sleep(0.02)

    def later(self, *, minutes: int) -> datetime:
        return NOW + timedelta(minutes=minutes)

    def live(self) -> list[str]:
        """When live bookings begin at Cal.com."""
        bookings = self.sandbox.control("dump")["bookings"]
        starts = [
            datetime.fromisoformat(one["start"]).astimezone(NOW.tzinfo)
            for one in bookings
            if one["status"] == "accepted"
        ]
        return [f"{start:%m-%d %H:%M}" for start in sorted(starts)]

    async def age_mirror(self, *, seconds: float) -> None:
        """Let what is known be so much older."""
        await self.write(
            "UPDATE calendar_day SET read_at = read_at - make_interval(secs => :s)", s=seconds
        )

    async def pretend_read(self, day: date, *, busy: str) -> None:
        """Somebody else has just read another answer for this day."""
        start = instant(busy)
        await self.write(
            "UPDATE calendar_day SET busy = tstzmultirange(tstzrange(:start, :end)),"
            " read_at = clock_timestamp() WHERE day = :day",
            start=start, end=start + timedelta(minutes=30), day=day,
        )  # fmt: skip

    async def first_day(self) -> date:
        found: date = await self.value("SELECT min(day) FROM calendar_day")
        return found

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(text(sql), values)).all())

    async def value(self, sql: str, **values: Any) -> Any:
        ((value,),) = await self.rows(sql, **values)
        return value

    async def write(self, sql: str, **values: Any) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(text(sql), values)


def instant(text: str) -> datetime:
    """`11-25 10:00` in Berlin."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-{day}T{clock}:00+01:00")


def shown(spans: Sequence[Span]) -> list[str]:
    local = [(one.start.astimezone(NOW.tzinfo), one.end.astimezone(NOW.tzinfo)) for one in spans]
    return [f"{start:%m-%d %H:%M}-{end:%H:%M}" for start, end in local]


@pytest.fixture
def desk(
    engine: AsyncEngine, client: CalcomClient, accounts: Accounts, sandbox: Sandbox, saved: Salon
) -> Desk:
    return Desk(engine, client, accounts, sandbox, saved)


@pytest.fixture
def visit(salon: Salon) -> Callable[[str], Plan]:
    """A plan for a toning by Wanda: 20 minutes, a free pause of 25, 10 minutes."""
    service, wanda = salon.service_numbered(7), salon.staff[0]

    def plan(start: str) -> Plan:
        begins = instant(start)
        spans = [Span.of_minutes(begins, 20), Span.of_minutes(begins + timedelta(minutes=45), 10)]
        segments = tuple(
            PlannedSegment(
                index=index, of=2, key=part.key, name=part.name, service_id=service.id,
                staff_id=wanda.id, span=span,
            )
            for index, (part, span) in enumerate(zip(service.segments, spans, strict=True), 1)
        )  # fmt: skip
        claims = tuple(Claim(resource_id=wanda.id, span=span) for span in spans)
        return Plan(services=(service.id,), segments=segments, claims=claims)

    return plan


@pytest.fixture
async def parts(
    stores: Any, engine: AsyncEngine, opened: Any, event_map: Any, watch: Any, redis: Any
) -> AsyncIterator[Parts]:
    """What visits are booked with."""
    parts = Parts(
        salons=PostgresSalons(engine),
        sagas=stores.sagas,
        calendar=CalcomCalendar(
            opened.client,
            opened.accounts,
            event_map,
            installation=await installation_of(engine),
        ),
        locks=RedisLocks(redis),
        clock=watch,
    )
    yield parts
    await parts.errands.ended()


@pytest.fixture
def booked(parts: Parts, salon: Salon, visit: Any, mirror: Any) -> Any:
    """Books a visit that stands, with us and at Cal.com."""
    del mirror  # its event types must be there

    async def go(start: str) -> Appointment:
        order = BookAppointment(
            key=f"call/{start}",
            owner=f"call:{start}",
            branch_id=salon.branch.id,
            plan=visit(start),
            customer=Customer(name="Ludmilla Storch", phone="+4915144556677"),
        )
        result = await book(order, parts, pace=Pace(deadline_s=30))
        assert isinstance(result, Booked)
        return result.appointment

    return go


@pytest.fixture
def reconcile(parts: Parts, opened: Any, engine: AsyncEngine, watch: Any, mirror: Any) -> Reconcile:
    del mirror  # its event types must be there
    return Reconcile(
        salons=PostgresSalons(engine),
        bookings=CalcomBookings(opened),
        ledger=PostgresLedger(engine),
        calendar=parts.calendar,
        sagas=parts.sagas,
        clock=watch,
    )


@dataclass
class Postman:
    """A mail server that keeps what it accepted."""

    accepted: list[EmailMessage] = field(default_factory=list)
    on_strike: bool = False

    async def send(self, message: EmailMessage) -> None:
        if self.on_strike:
            raise ConnectionResetError
        self.accepted.append(message)


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def letters(engine: AsyncEngine, postman: Postman, watch: Any, salon: Salon) -> Any:
    """Sends what the salon is to be told; the texts of what is new."""
    tell = TellSalon(
        untold=PostgresLedger(engine),
        salons=PostgresSalons(engine),
        mailer=postman,
        clock=watch,
        render=render_notice,
    )

    async def told() -> list[str]:
        known = len(postman.accepted)
        with suppress(OSError):
            await tell(salon.branch.id)
        return [str(mail.get_content()) for mail in postman.accepted[known:]]

    return told
