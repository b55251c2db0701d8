"""Reads what a call has left behind: in the database, at Cal.com and in the mail folder."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select, text

from booking_core.adapters.jobs import NIGHT_ROUND, PATROL, RECOVER
from booking_core.adapters.postgres.appointments import appointment_of
from booking_core.adapters.postgres.booking_tables import appointment, claim, saga
from booking_core.adapters.postgres.call_tables import call, call_report, call_turn
from booking_core.adapters.postgres.salon_tables import customer
from booking_core.domain.catalogue import Role
from voice_agent.journal import Outcome
from voice_agent.simulator.grading import Aftermath, LeftAppointment
from voice_agent.simulator.wishes import CALLBACKS, WAITING, left_wishes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from email.message import EmailMessage
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span

SETTLING_S = 15.0  # the desk gives up on Cal.com after 8 s, and then undoes
POLL_S = 0.02
JOURNAL_S = 1.0  # a call whose line may still come back has no outcome at all
NOTHING_YET = (Outcome.ABANDONED, Outcome.NOT_BOOKED)
ICS = "text/calendar"
ACCEPTED, CANCELLED = "accepted", "cancelled"
NOBODYS = (PATROL, NIGHT_ROUND, RECOVER)  # whether a recovery has anything to do, its saga tells
JOBS_UNDER_WAY = text(
    "SELECT task_name FROM procrastinate_jobs WHERE status IN ('todo', 'doing') "
    "AND task_name LIKE 'booking.%' AND NOT task_name = ANY(:nobodys) "
    "AND (scheduled_at IS NULL OR scheduled_at <= clock_timestamp())"
).bindparams(nobodys=list(NOBODYS))
_REPORTED = exists().where(call_report.c.call_id == call.c.id)
_OUTCOME = (
    select(call.c.outcome, _REPORTED.label("is_reported"))
    .order_by(call.c.started_at.desc(), call.c.id)
    .limit(1)
)
_SEARCHES = select(func.count()).where(call_turn.c.actions.contains(["FindSlots"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Where to look."""

    engine: AsyncEngine
    salon: Salon
    dump: Callable[[], Awaitable[Mapping[str, Any]]]
    """Everything the sandbox knows."""
    mail_dir: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The world just before the phone rings, to tell what the call has done."""

    appointments: Mapping[UUID, Appointment]
    bookings: Mapping[str, Mapping[str, Any]]
    """By uid."""
    mails: frozenset[str]
    """File names."""


async def snapshot(world: World) -> Snapshot:
    """How things stand now."""
    return Snapshot(
        appointments={found.id: found for found in await appointments(world.engine)},
        bookings=await _bookings(world),
        mails=frozenset(path.name for path in mail_files(world.mail_dir)),
    )


async def aftermath(world: World, before: Snapshot, *, within_s: float = SETTLING_S) -> Aftermath:
    """How things stand once everything the call has set going has come to rest."""
    unsettled = await settle(world, within_s=within_s)
    bookings = await _bookings(world)
    news = [found for uid, found in bookings.items() if _is_news(found, before.bookings.get(uid))]
    made = [found for found in news if found["status"] == ACCEPTED]
    left = await appointments(world.engine)
    outcome = await _outcome(world)
    async with world.engine.connect() as connection:
        return Aftermath(
            appointments=tuple(
                sorted((_left(found, world.salon, before) for found in left), key=_in_order)
            ),
            accepted=len(made),
            cancelled=sum(found["status"] == CANCELLED for found in news),
            live=sum(found["status"] == ACCEPTED for found in bookings.values()),
            first=min((datetime.fromisoformat(found["start"]) for found in made), default=None),
            mails=await asyncio.to_thread(_new_mails, world.mail_dir, before.mails),
            callbacks=await left_wishes(connection, CALLBACKS, world.salon),
            waiting_list=await left_wishes(connection, WAITING, world.salon),
            outcome=outcome,
            searches=await connection.scalar(_SEARCHES) or 0,
            on_file=tuple(sorted(await connection.scalars(select(customer.c.name)))),
            holds=len(await _holds(connection)),
            unsettled=tuple(unsettled),
        )


async def _outcome(world: World) -> str:
    """What the call came to; the journal gathers its entries for a moment before it writes them.

    A webhook may tell that a call is over before the journal has told what came of it.
    """
    found = None
    for _ in range(int(JOURNAL_S / POLL_S)):
        async with world.engine.connect() as connection:
            found = (await connection.execute(_OUTCOME)).one_or_none()
        if found and found.outcome and not (found.is_reported and found.outcome in NOTHING_YET):
            break
        await asyncio.sleep(POLL_S)
    return found.outcome or "" if found else ""


async def settle(world: World, *, within_s: float = SETTLING_S) -> list[str]:
    """Wait for bookings, jobs and holds to come to rest; what did not is named."""
    for _ in range(int(within_s / POLL_S)):
        async with world.engine.connect() as connection:
            # in this order: a booking begins in the moment in which its holds become claims
            if not await _holds(connection) and not await _under_way(connection):
                return []
        await asyncio.sleep(POLL_S)
    async with world.engine.connect() as connection:
        return await _under_way(connection)


async def appointments(engine: AsyncEngine) -> Sequence[Appointment]:
    """All appointments there are, by their start; in no order among those that start together."""
    async with engine.connect() as connection:
        rows = await connection.execute(select(appointment).order_by(appointment.c.starts_at))
        return [appointment_of(row) for row in rows]


def mail_files(folder: Path) -> list[Path]:
    """The mails in this folder, by name."""
    return sorted(folder.glob("*.eml"))


def read_mail(path: Path) -> EmailMessage:
    """One mail as it was sent."""
    return BytesParser(policy=policy.default).parsebytes(path.read_bytes())


def mail_kind(message: EmailMessage) -> str:
    """What a mail tells its reader, by the ICS that comes with it."""
    ics = next((part for part in message.walk() if part.get_content_type() == ICS), None)
    lines = ics.get_content().splitlines() if ics else []
    if "METHOD:CANCEL" in lines:
        return "cancellation"
    return "confirmation" if "SEQUENCE:0" in lines else "change"


def _new_mails(folder: Path, known: frozenset[str]) -> Counter[str]:
    new = (path for path in mail_files(folder) if path.name not in known)
    return Counter(mail_kind(read_mail(path)) for path in new)


async def _bookings(world: World) -> dict[str, Mapping[str, Any]]:
    dump = await world.dump()
    return {booking["uid"]: booking for booking in dump["bookings"]}


def _is_news(found: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    return before is None or before["status"] != found["status"]


def _left(found: Appointment, salon: Salon, before: Snapshot) -> LeftAppointment:
    zone = ZoneInfo(salon.branch.timezone)
    earlier = before.appointments.get(found.id)
    return LeftAppointment(
        services=tuple(salon.service(service_id).number for service_id in found.plan.services),
        start=found.plan.start.astimezone(zone).replace(tzinfo=None),
        end=found.plan.end.astimezone(zone).replace(tzinfo=None),
        staff=_lead(found, salon),
        segments=len(found.plan.segments),
        status=found.state.value,
        customer=found.customer.name,
        phone=found.customer.phone,
        email=found.customer.email,
        version=found.version,
        price_cents=found.price_cents,
        parts=tuple((part.key, _clock(part.span, zone)) for part in found.plan.segments),
        note=found.note,
        untouched=earlier is not None
        and (earlier.state, earlier.version) == (found.state, found.version),
    )


def _in_order(found: LeftAppointment) -> tuple[object, ...]:
    """By their start, and in one order among those that start together."""
    return found.start, found.staff, found.customer, found.services, found.status


def _clock(span: Span, zone: ZoneInfo) -> str:
    return f"{span.start.astimezone(zone):%H:%M}-{span.end.astimezone(zone):%H:%M}"


def _lead(found: Appointment, salon: Salon) -> str:
    """Who does the lead segments; all of them go to one person."""
    leads = [s for s in found.plan.segments if _is_lead(s.service_id, s.name, salon)]
    return salon.member((leads or list(found.plan.segments))[0].staff_id).name


def _is_lead(service_id: UUID, name: str, salon: Salon) -> bool:
    segments = salon.service(service_id).segments
    return any(segment.name == name and segment.role is Role.LEAD for segment in segments)


async def _under_way(connection: AsyncConnection) -> list[str]:
    bookings = await connection.scalars(select(saga.c.key).where(saga.c.ended_at.is_(None)))
    jobs = await connection.scalars(JOBS_UNDER_WAY)
    return [*(f"booking {key}" for key in bookings), *(f"job {name}" for name in jobs)]


async def _holds(connection: AsyncConnection) -> list[str]:
    live = select(claim.c.owner).where(
        claim.c.state == "held", claim.c.expires_at > func.clock_timestamp()
    )
    return list(await connection.scalars(live))
