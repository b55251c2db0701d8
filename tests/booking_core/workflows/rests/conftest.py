"""A salon with a rest that is not sold, its desk and its phone, in front of a real Cal.com."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.calcom.accounts import sandbox_accounts
from booking_core.adapters.calcom.bookings import CalcomBookings
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.client import CalcomClient, Timeouts
from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.calcom.event_types import CalcomEventTypes
from booking_core.adapters.clock import SystemClock
from booking_core.adapters.mail.folder import FolderMailer
from booking_core.adapters.mail.render import render_confirmation
from booking_core.adapters.postgres.customers import PostgresCustomers
from booking_core.adapters.postgres.ledger import PostgresLedger
from booking_core.adapters.public_holidays import public_holidays
from booking_core.adapters.redis_locks import RedisLocks
from booking_core.adapters.urgency import in_background
from booking_core.bootstrap import BookingCore
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.catalogue import Pause, PausePolicy, Segment, WorkingHours
from booking_core.domain.interval import Span, shift
from booking_core.domain.orders import (
    CancelAppointment,
    Cancelled,
    Moved,
    OrderedBy,
    RescheduleAppointment,
)
from booking_core.domain.override import Override
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish
from booking_core.workflows.reconcile import Reconcile
from booking_core.workflows.sync_event_types import sync_event_types

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from redis.asyncio import Redis

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.jobs import Jobs
    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import SlotAnswer

ON_PURPOSE = Override(author="rezeption", reason="Hochzeitsgast, mit beiden abgesprochen")
CARE, FRINGE = 21, 22
PATIENCE_S = 90.0  # nobody is on the line


def with_care(small: Salon) -> Salon:
    """A care with a rest that is not sold, and a fringe that would fit into it."""
    pause = Pause(min_minutes=20, max_minutes=20)
    care = replace(
        small.services[0], id=small.company.id, number=CARE, code="KUR", name="Kur",
        pause_policy=PausePolicy.NEVER,
        segments=(
            Segment(key="A", name="Kur auftragen", minutes=10, skill="colour", pause_after=pause),
            Segment(key="B", name="Kur ausspülen", minutes=15, skill="colour"),
        ),
    )  # fmt: skip
    fringe = replace(
        small.services[1], number=FRINGE, code="PONY", name="Pony",
        segments=(Segment(key="A", name="Pony", minutes=15, skill="cut"),),
    )  # fmt: skip
    week = tuple(WorkingHours(weekday=day, start=time(9), end=time(18)) for day in range(6))
    staff = tuple(replace(member, hours=week) for member in small.staff)
    branch = replace(small.branch, opening_hours=week, lead_minutes=0, cancel_limit_hours=0)
    return replace(small, branch=branch, staff=staff, services=(care, fringe))


@dataclass
class Reception:
    """The desk and the phone of that salon, in front of a real Cal.com."""

    core: BookingCore
    salon: Salon
    opens: datetime
    reconcile: Reconcile
    jobs: Jobs
    opened: Opened
    serial: int = field(default=0)

    def query(self, number: int, minutes: int, **changes: Any) -> SlotQuery:
        at = shift(self.opens, minutes)
        self.serial += 1
        return replace(
            SlotQuery(
                branch_id=self.salon.branch.id,
                visit=VisitRequest(
                    services=(self.salon.service_numbered(number).id,),
                    staff=self.salon.staff[0].id,
                ),
                owner=f"call:{self.serial}",
                wishes=(TimeWish(window=Span.of_minutes(at, 5), at=at),),
                strict=True,
            ),
            **changes,
        )

    async def ask(self, number: int, minutes: int, **changes: Any) -> SlotAnswer:
        return await self.core.offer_slots(self.query(number, minutes, **changes))

    async def planned(self, number: int, minutes: int, **changes: Any) -> tuple[Plan, str]:
        query = self.query(number, minutes, **changes)
        found = await self.core.offer_slots(query)
        assert isinstance(found, SlotsFound), found
        return found.offers[0].plan, query.owner

    def order(self, plan: Plan, owner: str, **changes: Any) -> BookAppointment:
        asked: dict[str, Any] = {
            "key": f"{owner}/1", "owner": owner, "branch_id": self.salon.branch.id, "plan": plan,
            "customer": Customer(name=f"Gast {self.serial}"),
        }  # fmt: skip
        return BookAppointment(**{**asked, **changes})

    async def booked(self, number: int, minutes: int, **changes: Any) -> Appointment:
        """As the phone books."""
        plan, owner = await self.planned(number, minutes)
        result = await self.core.book(self.order(plan, owner, **changes))
        assert isinstance(result, Booked), result
        return result.appointment

    async def put_in(self, number: int, minutes: int) -> Appointment:
        """As the desk books on purpose."""
        plan, owner = await self.planned(number, minutes, override=ON_PURPOSE)
        order = self.order(plan, owner, source="desk", override=ON_PURPOSE)
        result = await self.core.book(order)
        assert isinstance(result, Booked), result
        return result.appointment

    async def moved(
        self, visit: Appointment, number: int, minutes: int, override: Override | None = None
    ) -> Appointment:
        plan, owner = await self.planned(number, minutes, moving=visit.id, override=override)
        order = RescheduleAppointment(
            key=f"{owner}/move", owner=owner, branch_id=visit.branch_id, appointment_id=visit.id,
            plan=plan, by=OrderedBy.DESK if override else OrderedBy.PHONE, override=override,
        )  # fmt: skip
        result = await self.core.reschedule(order)
        assert isinstance(result, Moved), result
        return result.appointment

    async def work(self) -> None:
        """Whatever is to be done by now is done."""
        chores = replace(self.core.chores(), reconcile=self.reconcile.branch)
        await self.jobs.work(chores, until_idle=True)

    async def write_in(self, start: datetime) -> Stranger:
        """Somebody books the first person's time by hand."""
        key = next(iter(self.opened.accounts.of(self.salon).values()))
        kind = (await self.opened.client.event_types(key))[0]
        guest = {"name": "Ein Gast", "email": "gast@laufkundschaft.example"}
        wish = {
            "start": start.isoformat(), "eventTypeId": kind.id,
            "attendee": {**guest, "timeZone": "Europe/Berlin"},
        }  # fmt: skip
        made = await self.opened.client.book(key, wish)
        return Stranger(self.opened, key, made.uid)

    async def cancelled(self, visit: Appointment) -> None:
        order = CancelAppointment(
            key=f"{visit.id}/cancel", branch_id=visit.branch_id, appointment_id=visit.id
        )
        assert isinstance(await self.core.cancel(order), Cancelled)


@dataclass
class Opened:
    """A Cal.com, and the keys to it."""

    client: CalcomClient
    accounts: Accounts

    async def of(self, salon: Salon) -> Opened:
        del salon  # there is one
        return self


@dataclass
class Stranger:
    """A booking that somebody has made in Cal.com itself."""

    opened: Opened
    key: str
    uid: str

    async def goes(self) -> None:
        await self.opened.client.cancel(self.key, self.uid, reason="doch nicht")


@pytest.fixture
async def reception(
    stores: Any, salons: Any, visits: Any, calcom: Any, calcom_read_s: float, redis: Redis,
    tmp_path: Path,
) -> AsyncIterator[Reception]:  # fmt: skip
    salon = with_care(visits.salon)
    await salons.save(salon)
    accounts = await sandbox_accounts(salon, calcom.url)
    event_map = PostgresEventMap(stores.engine)
    async with CalcomClient(calcom.url) as patient:  # whatever else the machine does meanwhile
        types = CalcomEventTypes(patient, accounts, timezone=salon.branch.timezone)
        with in_background(patience_s=PATIENCE_S):
            report = await sync_event_types(salon, event_types=types, event_map=event_map)
        assert report.complete
    async with CalcomClient(calcom.url, timeouts=Timeouts(read_s=calcom_read_s)) as client:
        core = BookingCore(
            salons=salons,
            customers=PostgresCustomers(stores.engine),
            diary=stores.diary,
            sagas=stores.sagas,
            appointments=stores.appointments,
            mail_log=stores.mail_log,
            calendar=CalcomCalendar(client, accounts, event_map),
            locks=RedisLocks(redis),
            clock=SystemClock(visits.plan(-24 * 60).start),
            holidays=public_holidays,
            jobs=stores.jobs,
            mailer=FolderMailer(tmp_path),
            render=render_confirmation,
        )
        opened = Opened(client, accounts)
        compare = Reconcile(
            salons=salons,
            bookings=CalcomBookings(opened),
            ledger=PostgresLedger(stores.engine),
            calendar=CalcomCalendar(client, accounts, event_map),
            sagas=stores.sagas,
            clock=SystemClock(visits.plan(-24 * 60).start),
        )
        yield Reception(core, salon, visits.plan(0).start, compare, stores.jobs, opened)
        await core.settle()
