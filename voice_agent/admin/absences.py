"""Time in which somebody is away: added, removed, and whose visits stand in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from booking_core.adapters.postgres.booking_tables import appointment, appointment_segment
from booking_core.adapters.postgres.claims import range_of
from booking_core.domain.appointment import AppointmentState
from booking_core.domain.catalogue import Absence
from booking_core.domain.interval import Span
from voice_agent.admin.service_reading import Fault, Faults
from voice_agent.admin.staff_reading import time_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Branch, Staff

FIELDS = ("away_from", "away_from_time", "away_to", "away_to_time", "away_reason")
STANDING = (AppointmentState.BOOKING, AppointmentState.BOOKED)
LONGEST = timedelta(days=400)
REASON_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """A visit in which somebody works who is away then."""

    id: UUID
    start: datetime
    customer: str
    services: tuple[str, ...]
    span: Span
    """When that person works in it."""


def read_absence(
    fields: Mapping[str, str], branch: Branch, now: datetime
) -> tuple[Absence | None, Faults]:
    """Whole days where no time is given."""
    faults: Faults = {}
    first = _day("away_from", fields, faults)
    last = _day("away_to", {**fields, "away_to": fields["away_to"] or fields["away_from"]}, faults)
    start_at = _time("away_from_time", fields, faults) or time()
    end_at = _time("away_to_time", fields, faults)
    if len(fields["away_reason"]) > REASON_MOST:
        faults["away_reason"] = Fault("svc_too_long", {"most": REASON_MOST})
    if first is None or last is None or faults:
        return None, faults
    zone = ZoneInfo(branch.timezone)
    start = datetime.combine(first, start_at, zone).astimezone(UTC)
    whole = end_at is None
    end = datetime.combine(last + timedelta(days=whole), end_at or time(), zone).astimezone(UTC)
    if end <= start:
        faults["away_to"] = Fault("staff_away_backwards")
    elif end <= now:
        faults["away_to"] = Fault("staff_away_over")
    elif end - start > LONGEST:
        faults["away_to"] = Fault("staff_away_long")
    if faults:
        return None, faults
    span = Span(start.astimezone(zone), end.astimezone(zone))
    return Absence(span=span, reason=fields["away_reason"]), {}


def with_absence(member: Staff, absence: Absence) -> Staff:
    """The person, away then as well."""
    if any(one.span == absence.span for one in member.absences):
        return member
    every = sorted((*member.absences, absence), key=lambda one: one.span.start)
    return replace(member, absences=tuple(every))


def without_absence(member: Staff, name: str) -> Staff:
    """The person, there at that time after all."""
    kept = tuple(one for one in member.absences if name_of(one) != name)
    return replace(member, absences=kept)


def name_of(absence: Absence) -> str:
    """Tells the absences of a person apart."""
    span = absence.span
    return f"{span.start.astimezone(UTC):%Y%m%dT%H%M%S}-{span.end.astimezone(UTC):%Y%m%dT%H%M%S}"


async def affected(
    engine: AsyncEngine, branch_id: UUID, member: Staff, absences: Iterable[Absence]
) -> Mapping[str, Sequence[Affected]]:
    """Visits that stand in these absences, by the name of the absence, in one question."""
    wanted = list(absences)
    if not wanted:
        return {}
    part = appointment_segment.c
    touching = or_(*(part.during.op("&&")(range_of(one.span)) for one in wanted))
    query = (
        select(
            appointment.c.id,
            appointment.c.starts_at,
            appointment.c.customer_name,
            appointment.c.service_names,
            part.during,
        )
        .join(appointment, appointment.c.id == part.appointment_id)
        .where(
            appointment.c.branch_id == branch_id,
            appointment.c.state.in_(STANDING),
            part.staff_id == member.id,
            touching,
        )
        .order_by(appointment.c.starts_at, part.index)
    )
    async with engine.connect() as connection:
        visits = [_affected(row) for row in await connection.execute(query)]
    return {
        name_of(one): _once(visit for visit in visits if visit.span.overlaps(one.span))
        for one in wanted
    }


def _once(visits: Iterable[Affected]) -> Sequence[Affected]:
    """Several segments of one visit are one visit."""
    return [*{visit.id: visit for visit in visits}.values()]


def _affected(row: Any) -> Affected:  # noqa: ANN401 - a row
    return Affected(
        id=row.id,
        start=row.starts_at,
        customer=row.customer_name,
        services=tuple(row.service_names),
        span=Span(row.during.lower, row.during.upper),
    )


def _day(name: str, fields: Mapping[str, str], faults: Faults) -> date | None:
    try:
        found = date.fromisoformat(fields[name])
    except ValueError:
        faults[name] = Fault("staff_no_day")
        return None
    if not 2000 <= found.year <= 2200:  # noqa: PLR2004 - years that are typed by mistake
        faults[name] = Fault("staff_no_day")
        return None
    return found


def _time(name: str, fields: Mapping[str, str], faults: Faults) -> time | None:
    if not fields[name]:
        return None
    found = time_of(fields[name])
    if found is None:
        faults[name] = Fault("staff_no_time")
    return found
