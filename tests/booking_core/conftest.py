"""A small salon of its own, visits of several segments in it, and the parts bookings need."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4, uuid5

import psycopg
import pytest

from booking_core.adapters.jobs import Jobs
from booking_core.adapters.postgres.appointments import PostgresAppointments
from booking_core.adapters.postgres.diary import PostgresDiary
from booking_core.adapters.postgres.engine import database_url as with_our_driver
from booking_core.adapters.postgres.mails import PostgresMailLog
from booking_core.adapters.postgres.sagas import PostgresSagas
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment
from booking_core.domain.catalogue import (
    Branch,
    Company,
    Gender,
    Pause,
    PausePolicy,
    Resource,
    Salon,
    Segment,
    Service,
    Staff,
)
from booking_core.domain.interval import Span
from booking_core.domain.plan import Claim, ClaimKind, Plan, PlannedPause, PlannedSegment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

PLACE = UUID("4f0e8a52-6c1d-4a0a-9b61-0d1c4f5b7a10")
MONDAY = datetime(2031, 3, 3, 8, 0, tzinfo=UTC)  # years ahead of any clock a test may run on


def named(name: str) -> UUID:
    return uuid5(PLACE, name)


def colouring() -> Service:
    segments = (
        Segment(key="A", name="Farbe", minutes=30, skill="colour",
                pause_after=Pause(min_minutes=30, max_minutes=30)),
        Segment(key="B", name="Waschen", minutes=15, skill="wash"),
        Segment(key="C", name="Schnitt", minutes=30, skill="cut",
                pause_after=Pause(min_minutes=15, max_minutes=15)),
        Segment(key="D", name="Föhnen", minutes=30, skill="style"),
    )  # fmt: skip
    return Service(
        id=named("colouring"), number=11, code="FARB", name="Farbe und Schnitt",
        spoken_name="Farbe und Schnitt", gender=Gender.FEMININE, price_cents=9800,
        segments=segments, pause_policy=PausePolicy.FREE,
    )  # fmt: skip


def trim() -> Service:
    segment = Segment(key="A", name="Spitzen", minutes=30, skill="cut")
    return Service(
        id=named("trim"), number=12, code="SPITZ", name="Spitzen schneiden",
        spoken_name="Spitzenschneiden", gender=Gender.NEUTER, price_cents=2500,
        segments=(segment,),
    )  # fmt: skip


@pytest.fixture(scope="session")
def small_salon() -> Salon:
    """Two people, two chairs, a service of four segments and one of a single one."""
    skills = frozenset({"colour", "wash", "cut", "style"})
    people = tuple(
        Staff(id=named(key), key=key, first_name=first, last_name=last, skills=skills, hours=())
        for key, first, last in (("ada", "Ada", "Quandt"), ("ben", "Ben", "Ohlsen"))
    )
    chairs = tuple(
        Resource(id=named(key), key=key, kind="chair", name=key) for key in ("chair-1", "chair-2")
    )
    return Salon(
        company=Company(id=named("company"), key="kammund", code="KAMM", name="Kamm und Co"),
        branch=Branch(
            id=named("branch"), key="kamm1", code="EINS", name="Salon Kamm", address="Weg 1",
            timezone="Europe/Berlin", land="BE", language="de", opening_hours=(),
            email="salon@kamm.example",
        ),
        staff=people, resources=chairs, services=(colouring(), trim()),
    )  # fmt: skip


@pytest.fixture
async def salons(
    engine: AsyncEngine, put_salon: Callable[[Salon], Awaitable[Salon]], small_salon: Salon
) -> PostgresSalons:
    """The configured salons: the small one."""
    await put_salon(small_salon)
    return PostgresSalons(engine)


def plan_of(salon: Salon, service: Service, start: datetime, staff: Staff, chair: str) -> Plan:
    """The service laid out from `start`, everything done by one person on one chair."""
    segments: list[PlannedSegment] = []
    claims: list[Claim] = []
    cursor = start
    for index, part in enumerate(service.segments, 1):
        span = Span.of_minutes(cursor, part.minutes)
        cursor, pause = span.end, None
        if part.pause_after:
            wait = Span.of_minutes(cursor, part.pause_after.min_minutes)
            cursor, pause = wait.end, PlannedPause(span=wait, occupied=False)
        segments.append(
            PlannedSegment(
                index=index, of=len(service.segments), key=part.key, name=part.name,
                service_id=service.id, staff_id=staff.id, span=span, pause=pause,
            )
        )  # fmt: skip
        claims.append(Claim(resource_id=staff.id, span=span))
    seat = Claim(
        resource_id=named(chair), span=Span(start, segments[-1].span.end), kind=ClaimKind.SEAT
    )
    assert seat.resource_id in {unit.id for unit in salon.resources}
    return Plan(services=(service.id,), segments=tuple(segments), claims=(*claims, seat))


@dataclass
class Visits:
    """Plans and orders in the small salon."""

    salon: Salon
    serial: int = field(default=0)

    def plan(
        self,
        start: datetime | int = 0,
        *,
        service: int = 11,
        staff: str = "ada",
        chair: str | None = None,
    ) -> Plan:
        """A visit at this time, or so many minutes after the first Monday's opening."""
        if isinstance(start, int):
            start = MONDAY + timedelta(minutes=start)
        member = self.salon.member(named(staff))
        seat = chair or ("chair-1" if staff == "ada" else "chair-2")
        return plan_of(self.salon, self.salon.service_numbered(service), start, member, seat)

    def order(self, plan: Plan | None = None, **changes: object) -> BookAppointment:
        """An order for this plan under a key of its own."""
        self.serial += 1
        order = BookAppointment(
            key=f"call-{self.serial}/1",
            owner=f"call:{self.serial}",
            branch_id=self.salon.branch.id,
            plan=plan or self.plan(),
            customer=Customer(
                name="Wilma Tönnies", phone="+4915112345678", email="wilma@example.com"
            ),
            on_purpose=True,  # she comes everywhere: tests are about the salon's time
        )
        return replace(order, **changes)  # type: ignore[arg-type]  # fields by name


@pytest.fixture(scope="session")
def visits(small_salon: Salon) -> Visits:
    return Visits(small_salon)


@dataclass(frozen=True)
class Stores:
    """Everything of PostgreSQL that bookings write."""

    engine: AsyncEngine
    jobs: Jobs
    diary: PostgresDiary
    sagas: PostgresSagas
    appointments: PostgresAppointments
    mail_log: PostgresMailLog


@pytest.fixture
def make_stores(engine: AsyncEngine, database_url: str) -> Callable[..., Stores]:
    """Stores on this worker's database; leases as long as the test wants."""

    def make(*, lease_s: float = 30.0) -> Stores:
        jobs = Jobs(database_url)
        return Stores(
            engine=engine,
            jobs=jobs,
            diary=PostgresDiary(engine),
            sagas=PostgresSagas(engine, jobs, lease_s=lease_s),
            appointments=PostgresAppointments(engine),
            mail_log=PostgresMailLog(engine, lease_s=lease_s),
        )

    return make


@pytest.fixture
def stores(make_stores: Callable[..., Stores]) -> Stores:
    return make_stores()


@pytest.fixture
def new_id() -> Callable[[], UUID]:
    return uuid4


@pytest.fixture
def hang_up_the_database(database_url: str) -> Callable[[], Awaitable[None]]:
    """Ends every connection to the database, as a restart would, and waits for the end."""
    conninfo = with_our_driver(database_url).set(drivername="postgresql")

    async def hang_up() -> None:
        async with await psycopg.AsyncConnection.connect(
            conninfo.render_as_string(hide_password=False), autocommit=True
        ) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    return hang_up
