"""Salons side by side, so that many callers talk at once and none is in another's way.

Every room is the demo salon under a number of its own, with the same appointments of others in its
books. After a call it is cleared up to what stood before: the next caller finds the same salon.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_, select, update

from booking_core.adapters.postgres.appointments import appointment_of
from booking_core.adapters.postgres.attention_tables import callback_request
from booking_core.adapters.postgres.booking_tables import appointment, claim, email_log, saga
from booking_core.adapters.postgres.call_tables import call
from booking_core.adapters.postgres.mirror_tables import calendar_day
from booking_core.adapters.postgres.salon_tables import customer
from booking_core.adapters.postgres.waiting_tables import waiting_list_entry
from booking_core.adapters.salon_file import load
from booking_core.domain.errors import CalendarError
from booking_core.domain.event_type import calendar_user
from voice_agent.bench.oracle import CalcomBooking
from voice_agent.dialogue import visit
from voice_agent.salons import salon_text
from voice_agent.simulator.backdrop import BackdropImpossible, book_before, calendar_entry
from voice_agent.simulator.callers.goals import able_staff
from voice_agent.simulator.callers.regulars import Regulars
from voice_agent.simulator.callers.regulars import wanted as regulars
from voice_agent.simulator.callers.wishing import elsewhere, with_visit
from voice_agent.simulator.grading import LeftWish
from voice_agent.simulator.replay_before import BookedBefore
from voice_agent.simulator.stage import DEMO, open_stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence
    from random import Random
    from uuid import UUID

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from voice_agent.config import Settings
    from voice_agent.embedded import Endpoints
    from voice_agent.simulator.callers.goals import Goal
    from voice_agent.simulator.replay_before import BusyBefore
    from voice_agent.simulator.replay_file import CalcomFault
    from voice_agent.simulator.stage import Stage

DIALLED = "+4930231259{:02}"
STANDING = 8
"""Appointments of others in every room."""
OTHERS = "+493023125199"
OPEN_MAILS = ("due", "sending")
OVER = ("booked", "failed", "cancelled")
TRIES, POLL_S = 12, 1.0
KNOWN_WITHIN_S = 20.0  # a machine that is busy with calls shall not make strangers of callers
BUSY_SERVICES = (42, 436, 439, 177, 441, 435, 443)


@dataclass(slots=True, kw_only=True)
class Room:
    """One salon with its books; at most one caller of the isolated mode is in it."""

    stage: Stage
    salon: Salon
    regulars: Regulars = field(default_factory=Regulars)
    before: tuple[BookedBefore, ...] = ()
    """What stands for all callers."""
    _known: frozenset[UUID] = frozenset()
    _on_file: frozenset[int] = frozenset()
    engine: AsyncEngine = field(init=False, repr=False)
    """Without transactions: whoever stands still in the middle of one would be cut off."""
    _people: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        engine = self.stage.runtime.engine
        self.engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._people = frozenset(calendar_user(self.salon, one) for one in self.salon.staff)

    @property
    def dialled(self) -> str:
        """The number it is called under."""
        return self.salon.branch.phone_numbers[0]

    @property
    def now(self) -> datetime:
        """Local time in it."""
        zone = ZoneInfo(self.salon.branch.timezone)
        return self.stage.runtime.services.clock.now().astimezone(zone)

    async def keep_books(self, at: datetime, chance: Random) -> None:
        """Long before the day comes: visits of regulars, some of them over by then."""
        zone = ZoneInfo(self.salon.branch.timezone)
        visits = [
            [one for one in some if await self._stands(one)]
            for some in regulars(self.salon, at.astimezone(zone), chance)
        ]
        past, today, near = map(tuple, visits)
        self.regulars = Regulars(past=past, today=today, near=near)

    async def furnish(self, chance: Random) -> None:
        """Let others have appointments: what does not fit is left out."""
        wanted = _standing(self.salon, self.now, chance)
        kept = [one for one in wanted if await self._stands(one)]
        self.before = (*self.regulars.all, *kept)
        here = self.salon.branch.id
        async with self.engine.connect() as connection:
            visits = select(appointment.c.id).where(appointment.c.branch_id == here)
            self._known = frozenset(await connection.scalars(visits))
            people = select(customer.c.id).where(customer.c.branch_id == here)
            self._on_file = frozenset(await connection.scalars(people))

    async def _stands(self, wanted: BookedBefore) -> bool:
        """Book it, if it fits."""
        try:
            await book_before(self.stage.runtime.core, self.salon, [wanted])
        except BackdropImpossible:
            return False
        return True

    async def welcome(self, goal: Goal, chance: Random) -> Goal:
        """Make the world as this caller knows it; what does not fit is put elsewhere."""
        for busy in goal.busy:
            await self._occupy(busy)
        if goal.visit is None or goal.standing:
            return goal
        others = tuple([one for one in goal.others if await self._stands(one)])
        return with_visit(goal, await self._somewhere(goal.visit, chance), others)

    async def _somewhere(self, visit: BookedBefore, chance: Random) -> BookedBefore:
        """This visit, at the next time at which it fits."""
        for tried in range(TRIES):
            if await self._stands(visit):
                return visit
            shorter = tried >= TRIES // 2
            visit = elsewhere(visit, self.salon, self.now, chance, shorter=shorter)
        raise BackdropImpossible(f"{visit} fits nowhere")

    async def _occupy(self, busy: BusyBefore) -> None:
        member, span = calendar_entry(self.salon, busy)
        user = calendar_user(self.salon, member)
        start, end = span.start.isoformat(), span.end.isoformat()
        self.stage.sandbox.control("busy", username=user, start=start, end=end)
        lookout = self.stage.runtime.core.lookout
        assert lookout is not None, "a room has a Cal.com"
        for tried in range(TRIES):
            try:
                await lookout.look(self.salon.branch.id, user, None)
            except CalendarError:  # a busy machine, not a faulty one: nobody has called yet
                if tried + 1 == TRIES:
                    raise
                await asyncio.sleep(POLL_S)
            else:
                return

    def meet(self, fault: CalcomFault) -> None:
        """Let something go wrong for whoever works here, and for nobody else."""
        given = fault.model_dump(exclude_none=True, exclude_defaults=True, mode="json")
        self.stage.sandbox.control("fault", users=sorted(self._people), **given)

    def calm_down(self) -> None:
        """Cal.com is itself again."""
        self.stage.sandbox.state.faults.spare(self._people)

    async def is_over(self, call_id: str) -> bool:
        """Whether the server has done with this call, and with all it has set going."""
        query = select(call.c.ended_at.is_not(None)).where(call.c.id == call_id)
        async with self.engine.connect() as connection:
            return bool(await connection.scalar(query))

    async def unfinished(self, call_id: str, visits: Collection[UUID]) -> int:
        """Bookings, mails and holds of this call that have not come to rest."""
        mine = select(appointment.c.id).where(
            or_(appointment.c.call_id == call_id, appointment.c.id.in_(visits))
        )
        held = (claim.c.state == "held", claim.c.holder == f"call:{call_id}")
        queries = [
            select(func.count()).where(saga.c.appointment_id.in_(mine), saga.c.ended_at.is_(None)),
            select(func.count()).where(
                email_log.c.appointment_id.in_(mine), email_log.c.state.in_(OPEN_MAILS)
            ),
            select(func.count()).where(*held),
        ]
        whole = select(*(query.scalar_subquery() for query in queries))
        async with self.engine.connect() as connection:
            return sum((await connection.execute(whole)).one())

    async def standing(self) -> list[BookedBefore]:
        """All that is booked right now."""
        query = select(appointment).where(
            appointment.c.branch_id == self.salon.branch.id, appointment.c.state == "booked"
        )
        async with self.engine.connect() as connection:
            found = [appointment_of(row) for row in await connection.execute(query)]
        return [self._as_written(one) for one in found]

    def _as_written(self, found: Appointment) -> BookedBefore:
        zone = ZoneInfo(self.salon.branch.timezone)
        return BookedBefore(
            service=tuple(self.salon.service(one).number for one in found.plan.services),
            start=found.plan.start.astimezone(zone).replace(tzinfo=None),
            staff=visit.lead(found.plan, self.salon).first_name,
            customer=found.customer.name,
            phone=found.customer.phone,
        )

    async def left(self, call_id: str) -> list[Appointment]:
        """Appointments that this call has made."""
        query = (
            select(appointment)
            .where(
                appointment.c.branch_id == self.salon.branch.id,
                appointment.c.call_id == call_id,
            )
            .order_by(appointment.c.created_at)
        )
        async with self.engine.connect() as connection:
            return [appointment_of(row) for row in await connection.execute(query)]

    async def own(self, goal: Goal, call_id: str) -> list[Appointment]:
        """Visits that the caller had before."""
        phones = {one.phone for one in goal.visits if one.phone}
        if not phones:
            return []
        query = select(appointment).where(
            appointment.c.branch_id == self.salon.branch.id,
            appointment.c.customer_phone.in_(phones),
            appointment.c.state != "failed",  # what could not be booked for them was no visit
            func.coalesce(appointment.c.call_id, "") != call_id,
        )
        async with self.engine.connect() as connection:
            return [appointment_of(row) for row in await connection.execute(query)]

    async def wishes(self, table: Table, call_id: str) -> list[LeftWish]:
        """What the salon is to do for the caller."""
        query = select(table.c.name, table.c.phone).where(
            table.c.branch_id == self.salon.branch.id, table.c.key.startswith(call_id)
        )
        async with self.engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [LeftWish(name=name, phone=phone, reason="", wish="") for name, phone in rows]

    def live(self, beside: Collection[UUID] = ()) -> list[CalcomBooking]:
        """Bookings at Cal.com that stand, of `beside` and of whatever was not there before."""
        records = self.stage.sandbox.state.records
        known = {str(one) for one in self._known - set(beside)}
        return [
            CalcomBooking(
                uid=booking.uid,
                group=booking.metadata.get("group", ""),
                host=records.users[booking.host_id].username,
                start=booking.start,
                end=booking.end,
            )
            for booking in records.bookings.values()
            if booking.status == "accepted"
            and records.users[booking.host_id].username in self._people
            and booking.metadata.get("group") not in known
        ]

    async def clear_up(self) -> None:
        """Forget the last caller."""
        here = self.salon.branch.id
        statements = (
            delete(claim).where(claim.c.branch_id == here, claim.c.state == "held"),
            delete(appointment).where(
                appointment.c.branch_id == here, appointment.c.id.not_in(self._known)
            ),
            update(appointment)
            .where(appointment.c.branch_id == here, appointment.c.note != "")
            .values(note=""),
            delete(callback_request).where(callback_request.c.branch_id == here),
            delete(waiting_list_entry).where(waiting_list_entry.c.branch_id == here),
            delete(customer).where(
                customer.c.branch_id == here, customer.c.id.not_in(self._on_file)
            ),
            # What is ours is not in the mirror: only what somebody else has entered goes.
            delete(calendar_day).where(
                calendar_day.c.branch_id == here, ~func.isempty(calendar_day.c.busy)
            ),
        )
        async with self.engine.connect() as connection:
            for statement in statements:
                await connection.execute(statement)
        self._empty_calendars()

    def _empty_calendars(self) -> None:
        records = self.stage.sandbox.state.records
        known = {str(one) for one in self._known}
        for user in records.users.values():
            if user.username in self._people:
                user.away.clear()
        for key, booking in list(records.bookings.items()):
            mine = records.users[booking.host_id].username in self._people
            if mine and booking.metadata.get("group") not in known:
                del records.bookings[key]


@asynccontextmanager
async def open_rooms(
    settings: Settings, ground: Endpoints, count: int
) -> AsyncIterator[tuple[Stage, list[Room]]]:
    """So many salons on one stage."""
    salons = [_copy(number) for number in range(1, count + 1)]
    async with open_stage(settings, ground, salons=(), others=salons) as stage:
        services = stage.runtime.services
        patience = replace(services.patience, known_callers_s=KNOWN_WITHIN_S)
        stage.runtime = replace(stage.runtime, services=replace(services, patience=patience))
        rooms = [
            Room(stage=stage, salon=await stage.runtime.salons.by_key(salon.branch.key))
            for salon in salons
        ]
        yield stage, rooms


def _copy(number: int) -> Salon:
    """The demo salon once more: other people of the same names, another number."""
    written = salon_text(DEMO)
    for pattern, other in (
        (r"key: morgenrot", f"key: morgenrot{number}"),
        (r'phone_numbers: \[".*"\]', f'phone_numbers: ["{DIALLED.format(number)}"]'),
        (r"calendar_user: (\w+)", rf"calendar_user: \g<1>{number}"),
    ):
        written = re.sub(pattern, other, written)
    return load(written, name=f"{DEMO}room{number}")


def _standing(salon: Salon, now: datetime, chance: Random) -> Sequence[BookedBefore]:
    """What others may have booked in the next days."""
    wanted = []
    for _ in range(STANDING):
        number = chance.choice(BUSY_SERVICES)
        day = now.date() + timedelta(days=chance.randint(1, 8))
        hour, minute = chance.randint(9, 16), chance.choice([0, 0, 30])
        staff = chance.choice(able_staff([number], salon))
        wanted.append(
            BookedBefore(
                service=number,
                start=datetime.combine(day, time(hour, minute)),
                staff=staff.first_name,
                customer="Iris Sommer",
                phone=OTHERS,
            )
        )
    return wanted
