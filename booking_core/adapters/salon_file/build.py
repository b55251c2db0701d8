"""From a checked salon file to the salon; ids follow from keys and are the same everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from booking_core.adapters.salon_file.models import WEEKDAYS
from booking_core.domain.catalogue import (
    Absence,
    Branch,
    Company,
    Facts,
    Pause,
    Resource,
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
    from booking_core.adapters.salon_file.draft import Draft, PlacedService
    from booking_core.adapters.salon_file.models import (
        AbsencePart,
        BranchPart,
        CompanyPart,
        PausePart,
        Plan,
        ResourcePart,
        SegmentPart,
        SpecialDayPart,
        StaffPart,
    )

NAMESPACE = UUID("6f0c3d0a-5a0e-4c55-9f0e-2c9a4b7d1e57")
"""Chosen once; ids of every salon file hang on it."""


def branch_id(name: str) -> UUID:
    """The id of the branch of this salon file."""
    return uuid5(NAMESPACE, name)


def company_id(key: str) -> UUID:
    """The id of the company with this key."""
    return uuid5(NAMESPACE, f"company/{key}")


def build(draft: Draft, name: str) -> Salon:
    """The salon of a draft without errors."""
    assert draft.company
    assert draft.branch
    zone = ZoneInfo(draft.branch.timezone)
    return Salon(
        company=_company(draft.company),
        branch=_branch(draft.branch, name),
        staff=tuple(_person(person.part, name, zone) for person in draft.staff),
        resources=tuple(_resource(unit.part, name) for unit in draft.resources),
        services=tuple(_service(service, name) for service in draft.services),
    )


def _company(part: CompanyPart) -> Company:
    return Company(id=company_id(part.key), key=part.key, code=part.code, name=part.name)


def _branch(part: BranchPart, name: str) -> Branch:
    return Branch(
        id=branch_id(name),
        key=name,
        code=part.code,
        name=part.name,
        address=part.address,
        timezone=part.timezone,
        land=part.land,
        language=part.language,
        other_languages=tuple(part.other_languages),
        asks_email=part.asks_email,
        greets_by_name=part.greets_by_name,
        opening_hours=_hours(part.opening_hours),
        special_days=tuple(_special_day(day) for day in part.special_days),
        phone_numbers=tuple(part.phone_numbers),
        transfer_number=part.transfer_number,
        lead_minutes=part.lead_minutes,
        horizon_days=part.horizon_days,
        step_minutes=part.step_minutes,
        cancel_limit_hours=part.cancel_limit_hours,
        delegate=part.delegate,
        lead_change=part.lead_change,
        elastic_pauses=part.elastic_pauses,
        gaps=part.gaps.rules(),
        facts=Facts(**part.facts.model_dump()),
        holidays_closed=part.holidays_closed,
        email=part.email,
    )


def _person(part: StaffPart, name: str, zone: ZoneInfo) -> Staff:
    return Staff(
        id=uuid5(NAMESPACE, f"{name}/staff/{part.key}"),
        key=part.key,
        first_name=part.first_name,
        last_name=part.last_name,
        skills=frozenset(part.skills),
        hours=_hours(part.hours),
        nicknames=tuple(part.nicknames),
        level=part.level,
        extra_minutes=dict(part.extra_minutes),
        extra_from_minutes=dict(part.extra_from_minutes),
        absences=tuple(sorted((_absence(a, zone) for a in part.absences), key=_start)),
        calendar_user=part.calendar_user,
        active=part.active,
    )


def _resource(part: ResourcePart, name: str) -> Resource:
    unit = uuid5(NAMESPACE, f"{name}/resource/{part.key}")
    return Resource(id=unit, key=part.key, kind=part.kind, name=part.name)


def _service(placed: PlacedService, name: str) -> Service:
    part = placed.part
    free_from = {}
    if part.pause_free_from_minutes is not None:
        free_from["pause_free_from_minutes"] = part.pause_free_from_minutes
    return Service(
        id=uuid5(NAMESPACE, f"{name}/service/{part.number}"),
        number=part.number,
        code=part.code,
        name=part.name,
        spoken_name=part.spoken_name,
        gender=part.gender,
        price_cents=int(part.price * 100),
        segments=tuple(_segment(segment) for segment in placed.whole or ()),
        pause_policy=part.pause_policy,
        category=part.category or "",
        synonyms=Synonyms(
            sure=tuple(part.synonyms.sure),
            weak=tuple(part.synonyms.weak),
            heard=tuple(part.synonyms.heard),
        ),
        active=part.active,
        **free_from,
    )


def _segment(part: SegmentPart) -> Segment:
    return Segment(
        key=part.key,
        name=part.name,
        minutes=part.minutes,
        skill=part.skill,
        role=part.role,
        resources=tuple(part.resources),
        pause_after=_pause(part.pause_after) if part.pause_after else None,
    )


def _pause(part: PausePart) -> Pause:
    return Pause(
        min_minutes=part.min,
        max_minutes=part.max,
        bookable=part.bookable,
        keeps_chair=part.keeps_chair,
    )


def _hours(plan: Plan) -> tuple[WorkingHours, ...]:
    return tuple(
        WorkingHours(weekday=weekday, start=start, end=end)
        for weekday, day in enumerate(WEEKDAYS)
        for start, end in sorted(plan.get(day, []))
    )


def _special_day(part: SpecialDayPart) -> SpecialDay:
    *year, month, day = (int(number) for number in part.date.split("-"))
    opens, closes = part.hours or (None, None)
    return SpecialDay(
        month=month, day=day, year=year[0] if year else None, opens=opens, closes=closes
    )


def _absence(part: AbsencePart, zone: ZoneInfo) -> Absence:
    span = Span(part.starts.replace(tzinfo=zone), part.ends.replace(tzinfo=zone))
    return Absence(span=span, reason=part.reason or "")


def _start(absence: Absence) -> Span:
    return absence.span
