"""Rows as a salon."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from booking_core.adapters.gap_rules import from_plain
from booking_core.adapters.postgres.privacy_tables import own_sentence
from booking_core.adapters.postgres.salon_tables import (
    absence,
    branch,
    company,
    phone_number,
    resource,
    segment,
    service,
    skill,
    special_day,
    staff,
    staff_skill,
    synonym,
    working_hours,
)
from booking_core.domain.catalogue import (
    Absence,
    Branch,
    Company,
    Delegate,
    Facts,
    Gender,
    LeadChange,
    Level,
    OwnSentence,
    Pause,
    PausePolicy,
    Resource,
    Role,
    Salon,
    Segment,
    Service,
    SpecialDay,
    Staff,
    Synonyms,
    WorkingHours,
)
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy import Row, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    Rows = Iterable[Row[Any]]
    Groups = dict[UUID | None, list[Row[Any]]]


async def read_salon(connection: AsyncConnection, branch_id: UUID) -> Salon | None:
    """The whole salon of this branch, or nothing."""
    owner = select(branch, company.c.code.label("company_code"), company.c.name.label("owner"))
    owner = owner.add_columns(company.c.key.label("company_key")).join(company)
    found = (await connection.execute(owner.where(branch.c.id == branch_id))).one_or_none()
    if found is None:
        return None
    hours = _by(await _rows(connection, working_hours, branch_id), "staff_id")
    units = await _rows(connection, resource, branch_id)
    return Salon(
        company=Company(
            id=found.company_id,
            key=found.company_key,
            code=found.company_code,
            name=found.owner,
        ),
        branch=await _branch(connection, found, hours),
        staff=await _staff(connection, found, hours),
        resources=tuple(
            Resource(id=row.id, key=row.key, kind=row.kind, name=row.name)
            for row in units
            if row.active
        ),
        services=await _services(connection, branch_id),
        version=found.version,
    )


async def _sentences(connection: AsyncConnection, branch_id: UUID) -> tuple[OwnSentence, ...]:
    columns = own_sentence.c
    query = (
        select(columns.language, columns.key, columns.phrasing)
        .where(columns.branch_id == branch_id, columns.current, columns.phrasing.is_not(None))
        .order_by(columns.language, columns.key)
    )
    return tuple(
        OwnSentence(language=row.language, key=row.key, phrasing=row.phrasing)
        for row in await connection.execute(query)
    )


async def _branch(connection: AsyncConnection, row: Row[Any], hours: Groups) -> Branch:
    numbers = await _rows(connection, phone_number, row.id)
    days = await _rows(connection, special_day, row.id)
    return Branch(
        id=row.id,
        key=row.key,
        code=row.code,
        name=row.name,
        address=row.address,
        timezone=row.timezone,
        land=row.land,
        language=row.language,
        other_languages=tuple(row.other_languages),
        asks_email=row.asks_email,
        greets_by_name=row.greets_by_name,
        opening_hours=_hours(hours[None]),
        special_days=tuple(
            SpecialDay(
                month=day.month, day=day.day, year=day.year, opens=day.opens, closes=day.closes
            )
            for day in days
        ),
        phone_numbers=tuple(number.number for number in numbers),
        transfer_number=row.transfer_number,
        lead_minutes=row.lead_minutes,
        horizon_days=row.horizon_days,
        step_minutes=row.step_minutes,
        cancel_limit_hours=row.cancel_limit_hours,
        delegate=Delegate(row.delegate),
        lead_change=LeadChange(row.lead_change),
        elastic_pauses=row.elastic_pauses,
        holidays_closed=row.holidays_closed,
        email=row.email,
        gaps=from_plain(row.gaps),
        facts=Facts(**row.facts),
        sentences=await _sentences(connection, row.id),
    )


async def _staff(connection: AsyncConnection, owner: Row[Any], hours: Groups) -> tuple[Staff, ...]:
    rows = await _rows(connection, staff, owner.id)
    skills = _by(await _rows(connection, staff_skill, owner.id, with_skill=True), "staff_id")
    absences = _by(await _rows(connection, absence, owner.id), "staff_id")
    zone = ZoneInfo(owner.timezone)
    return tuple(
        Staff(
            id=row.id,
            key=row.key,
            first_name=row.first_name,
            last_name=row.last_name,
            skills=frozenset(skill.skill for skill in skills[row.id]),
            hours=_hours(hours[row.id]),
            nicknames=tuple(row.nicknames),
            level=Level(row.level),
            extra_minutes={s.skill: s.extra_minutes for s in skills[row.id] if s.extra_minutes},
            extra_from_minutes={
                s.skill: s.extra_from_minutes for s in skills[row.id] if s.extra_from_minutes
            },
            absences=_absences(absences[row.id], zone),
            calendar_user=row.calendar_user,
            active=row.active,
        )
        for row in rows
    )


async def _services(connection: AsyncConnection, branch_id: UUID) -> tuple[Service, ...]:
    rows = await _rows(connection, service, branch_id)
    segments = _by(await _rows(connection, segment, branch_id, with_skill=True), "service_id")
    words = _by(await _rows(connection, synonym, branch_id), "service_id")
    return tuple(
        Service(
            id=row.id,
            number=row.number,
            code=row.code,
            name=row.name,
            spoken_name=row.spoken_name,
            gender=Gender(row.gender),
            price_cents=row.price_cents,
            segments=tuple(_segment(part) for part in segments[row.id]),
            pause_policy=PausePolicy(row.pause_policy) if row.pause_policy else None,
            pause_free_from_minutes=row.pause_free_from_minutes,
            category=row.category,
            synonyms=_synonyms(words[row.id]),
            active=row.active,
        )
        for row in rows
    )


def _segment(row: Row[Any]) -> Segment:
    pause = None
    if row.pause_min_minutes is not None:
        pause = Pause(
            min_minutes=row.pause_min_minutes,
            max_minutes=row.pause_max_minutes,
            bookable=row.pause_bookable,
            keeps_chair=row.pause_keeps_chair,
        )
    return Segment(
        key=row.key,
        name=row.name,
        minutes=row.minutes,
        skill=row.skill,
        role=Role(row.role),
        resources=tuple(row.resources),
        pause_after=pause,
    )


def _synonyms(rows: Rows) -> Synonyms:
    phrases = defaultdict(list)
    for row in rows:
        phrases[row.kind].append(row.phrase)
    return Synonyms(**{kind: tuple(words) for kind, words in phrases.items()})


def _hours(rows: Rows) -> tuple[WorkingHours, ...]:
    stretches = (WorkingHours(weekday=r.weekday, start=r.starts, end=r.ends) for r in rows)
    return tuple(sorted(stretches, key=lambda stretch: (stretch.weekday, stretch.start)))


def _absences(rows: Rows, zone: ZoneInfo) -> tuple[Absence, ...]:
    found = (
        Absence(
            span=Span(row.during.lower.astimezone(zone), row.during.upper.astimezone(zone)),
            reason=row.reason,
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda away: away.span))


async def _rows(
    connection: AsyncConnection, table: Table, branch_id: UUID, *, with_skill: bool = False
) -> Rows:
    wanted = select(table).where(table.c.branch_id == branch_id)
    if with_skill:
        wanted = wanted.add_columns(skill.c.key.label("skill"))
        wanted = wanted.join(skill, skill.c.id == table.c.skill_id)
    order = [table.c.position] if "position" in table.c else [*table.primary_key.columns]
    return (await connection.execute(wanted.order_by(*order))).all()


def _by(rows: Rows, column: str) -> Groups:
    groups: Groups = defaultdict(list)
    for row in rows:
        groups[getattr(row, column)].append(row)
    return groups
