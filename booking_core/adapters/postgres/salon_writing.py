"""A salon as rows: what is named is added or changed in place, so that ids stay what they are."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import Range, insert

from booking_core.adapters.gap_rules import to_plain
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
from booking_core.domain.errors import SalonFileInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.domain.catalogue import Salon, Segment, Service, Staff, WorkingHours

    RowValues = dict[str, Any]


async def write_salon(connection: AsyncConnection, salon: Salon) -> None:
    """Store the salon as it is, version included."""
    await _refuse_what_is_taken(connection, salon)
    await _upsert(connection, company, [_company(salon)])
    await _upsert(connection, branch, [_branch(salon)])
    await _write_branch_details(connection, salon)
    await _retire(connection, salon.branch.id)
    await _upsert(connection, skill, list(_skills(salon)))
    await _upsert(connection, resource, list(_resources(salon)))
    await _upsert(connection, staff, list(_staff(salon)))
    await _upsert(connection, service, list(_services(salon)))
    await _write_people(connection, salon)
    await _write_services(connection, salon)


async def _refuse_what_is_taken(connection: AsyncConnection, salon: Salon) -> None:
    """Numbers belong to one branch of all, codes to one branch of a company."""
    others = select(phone_number.c.number, branch.c.key).join(branch)
    others = others.where(
        phone_number.c.number.in_(salon.branch.phone_numbers), branch.c.id != salon.branch.id
    )
    problems = [
        f"branch.phone_numbers: {row.number} is answered by {row.key} already"
        for row in await connection.execute(others)
    ]
    sisters = select(branch.c.key).where(
        branch.c.company_id == salon.company.id,
        branch.c.code == salon.branch.code,
        branch.c.id != salon.branch.id,
    )
    problems += [
        f"branch.code: {salon.branch.code} is the code of {row.key} already"
        for row in await connection.execute(sisters)
    ]
    if problems:
        raise SalonFileInvalid(tuple(problems))


async def _write_branch_details(connection: AsyncConnection, salon: Salon) -> None:
    here = salon.branch
    numbers = [
        {"number": number, "position": position}
        for position, number in enumerate(here.phone_numbers)
    ]
    days = [
        {
            "position": position,
            "year": day.year,
            "month": day.month,
            "day": day.day,
            "opens": day.opens,
            "closes": day.closes,
        }
        for position, day in enumerate(here.special_days)
    ]
    await _replace(connection, phone_number, here.id, numbers)
    await _replace(connection, special_day, here.id, days)


async def _retire(connection: AsyncConnection, branch_id: UUID) -> None:
    """Nothing is active until it is named again: a code can then move from one to another."""
    for table in (resource, staff, service):
        await connection.execute(
            update(table).where(table.c.branch_id == branch_id).values(active=False)
        )


async def _write_people(connection: AsyncConnection, salon: Salon) -> None:
    here = salon.branch.id
    hours = [*_hours(None, salon.branch.opening_hours)]
    for person in salon.staff:
        hours += _hours(person.id, person.hours)
    abilities = [row for person in salon.staff for row in _abilities(here, person)]
    absences = [row for person in salon.staff for row in _absences(person)]
    await _replace(connection, working_hours, here, hours)
    await _replace(connection, staff_skill, here, abilities)
    await _replace(connection, absence, here, absences)


async def _write_services(connection: AsyncConnection, salon: Salon) -> None:
    here = salon.branch.id
    segments = [_segment(salon, item, part) for item in salon.services for part in item.segments]
    words = [row for item in salon.services for row in _synonyms(item)]
    kept = [(row["service_id"], row["key"]) for row in segments]
    gone = tuple_(segment.c.service_id, segment.c.key).not_in(kept)
    await connection.execute(delete(segment).where(segment.c.branch_id == here, gone))
    await _upsert(connection, segment, segments)
    await _replace(connection, synonym, here, words)


def _company(salon: Salon) -> RowValues:
    owner = salon.company
    return {"id": owner.id, "key": owner.key, "code": owner.code, "name": owner.name}


def _branch(salon: Salon) -> RowValues:
    here = salon.branch
    return {
        "id": here.id,
        "company_id": salon.company.id,
        "key": here.key,
        "code": here.code,
        "name": here.name,
        "address": here.address,
        "timezone": here.timezone,
        "land": here.land,
        "language": here.language,
        "other_languages": [*here.other_languages],
        "asks_email": here.asks_email,
        "greets_by_name": here.greets_by_name,
        "transfer_number": here.transfer_number,
        "email": here.email,
        "lead_minutes": here.lead_minutes,
        "horizon_days": here.horizon_days,
        "step_minutes": here.step_minutes,
        "cancel_limit_hours": here.cancel_limit_hours,
        "delegate": here.delegate.value,
        "lead_change": here.lead_change.value,
        "elastic_pauses": here.elastic_pauses,
        "gaps": to_plain(here.gaps),
        "facts": {topic: text for topic, text in asdict(here.facts).items() if text},
        "holidays_closed": here.holidays_closed,
        "version": salon.version,
    }


def _skills(salon: Salon) -> Iterator[RowValues]:
    used = {name for person in salon.staff for name in person.skills}
    used |= {part.skill for item in salon.services for part in item.segments}
    for key in sorted(used):
        yield {"id": _skill_id(salon.branch.id, key), "branch_id": salon.branch.id, "key": key}


def _skill_id(branch_id: UUID, key: str) -> UUID:
    return uuid5(branch_id, f"skill/{key}")


def _resources(salon: Salon) -> Iterator[RowValues]:
    for position, unit in enumerate(salon.resources):
        yield {
            "id": unit.id,
            "branch_id": salon.branch.id,
            "position": position,
            "key": unit.key,
            "kind": unit.kind,
            "name": unit.name,
            "active": True,
        }


def _staff(salon: Salon) -> Iterator[RowValues]:
    for position, person in enumerate(salon.staff):
        yield {
            "id": person.id,
            "branch_id": salon.branch.id,
            "position": position,
            "key": person.key,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "nicknames": [*person.nicknames],
            "level": person.level.value,
            "calendar_user": person.calendar_user,
            "active": person.active,
        }


def _services(salon: Salon) -> Iterator[RowValues]:
    for position, item in enumerate(salon.services):
        yield {
            "id": item.id,
            "branch_id": salon.branch.id,
            "position": position,
            "number": item.number,
            "code": item.code,
            "name": item.name,
            "spoken_name": item.spoken_name,
            "gender": item.gender.value,
            "category": item.category,
            "price_cents": item.price_cents,
            "pause_policy": item.pause_policy.value if item.pause_policy else None,
            "pause_free_from_minutes": item.pause_free_from_minutes,
            "active": item.active,
        }


def _segment(salon: Salon, item: Service, part: Segment) -> RowValues:
    pause = part.pause_after
    return {
        "branch_id": salon.branch.id,
        "service_id": item.id,
        "key": part.key,
        "name": part.name,
        "minutes": part.minutes,
        "skill_id": _skill_id(salon.branch.id, part.skill),
        "role": part.role.value,
        "resources": [*part.resources],
        "pause_min_minutes": pause.min_minutes if pause else None,
        "pause_max_minutes": pause.max_minutes if pause else None,
        "pause_bookable": pause.bookable if pause else None,
        "pause_keeps_chair": pause.keeps_chair if pause else None,
    }


def _synonyms(item: Service) -> Iterator[RowValues]:
    kinds = (
        ("sure", item.synonyms.sure),
        ("weak", item.synonyms.weak),
        ("heard", item.synonyms.heard),
    )
    for kind, phrases in kinds:
        for position, phrase in enumerate(phrases):
            yield {
                "service_id": item.id,
                "kind": kind,
                "phrase": phrase,
                "position": position,
            }


def _hours(staff_id: UUID | None, hours: Sequence[WorkingHours]) -> Iterator[RowValues]:
    for stretch in hours:
        yield {
            "staff_id": staff_id,
            "weekday": stretch.weekday,
            "starts": stretch.start,
            "ends": stretch.end,
        }


def _abilities(branch_id: UUID, person: Staff) -> Iterator[RowValues]:
    for name in person.skills:
        yield {
            "staff_id": person.id,
            "skill_id": _skill_id(branch_id, name),
            "extra_minutes": person.extra_minutes.get(name, 0),
            "extra_from_minutes": person.extra_from_minutes.get(name, 0),
        }


def _absences(person: Staff) -> Iterator[RowValues]:
    for away in person.absences:
        yield {
            "staff_id": person.id,
            "during": Range(away.span.start, away.span.end, bounds="[)"),
            "reason": away.reason,
        }


async def _upsert(connection: AsyncConnection, table: Table, rows: list[RowValues]) -> None:
    if not rows:
        return
    statement = insert(table)
    keys = [column.name for column in table.primary_key.columns]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    await connection.execute(statement, rows)


async def _replace(
    connection: AsyncConnection, table: Table, branch_id: UUID, rows: list[RowValues]
) -> None:
    await connection.execute(delete(table).where(table.c.branch_id == branch_id))
    if rows:
        await connection.execute(insert(table), [row | {"branch_id": branch_id} for row in rows])
