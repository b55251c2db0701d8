"""A visit in the salon's words: what it is called, who does it, how long it takes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from booking_core.domain.appointment import Customer
from booking_core.domain.catalogue import PausePolicy, Role
from prompts import Noun
from voice_agent.dialogue.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from booking_core.domain.catalogue import Salon, Service, Staff
    from booking_core.domain.plan import Plan
    from voice_agent.dialogue.state import CallState, Visitor


def services_of(ids: Sequence[UUID], salon: Salon) -> tuple[Service, ...]:
    """The services, in spoken order."""
    return tuple(salon.service(service_id) for service_id in ids)


def noun(ids: Sequence[UUID], salon: Salon) -> Noun:
    """What the visit is called: one service with its gender, or several in one breath."""
    first, *others = (
        Noun(text=service.spoken_name, gender=service.gender.value)
        for service in services_of(ids, salon)
    )
    return replace(first, others=tuple(others))


def price_cents(ids: Sequence[UUID], salon: Salon) -> int:
    """What the visit costs."""
    return sum(service.price_cents for service in services_of(ids, salon))


def minutes(ids: Sequence[UUID], salon: Salon) -> int:
    """How long the visit takes."""
    return sum(service.total_minutes for service in services_of(ids, salon))


def is_composite(ids: Sequence[UUID], salon: Salon) -> bool:
    """Whether the visit is made of several segments."""
    return sum(len(service.segments) for service in services_of(ids, salon)) > 1


def waits(ids: Sequence[UUID], salon: Salon) -> bool:
    """Whether the customer waits in between; in a blocked pause somebody stays with them."""
    return any(
        segment.pause_after is not None
        for service in services_of(ids, salon)
        if service.pause_policy is not PausePolicy.BLOCKED
        for segment in service.segments
    )


def lead(plan: Plan, salon: Salon) -> Staff:
    """Who does the visit: the person with most of the work that is not assistance."""
    assists = {
        (service.id, segment.name)
        for service in services_of(plan.services, salon)
        for segment in service.segments
        if segment.role is Role.ASSIST
    }
    work = Counter[tuple[bool, "UUID"]]()
    for segment in plan.segments:
        leads = (segment.service_id, segment.name) not in assists
        work[leads, segment.staff_id] += segment.span.minutes
    (_, staff_id), _ = max(work.items(), key=lambda item: (item[0][0], item[1]))
    return salon.member(staff_id)


def called(staff: Staff, salon: Salon) -> str:
    """What people call this person: the first name, unless two share it."""
    namesakes = [s for s in salon.staff if s.active and s.first_name == staff.first_name]
    return staff.name if len(namesakes) > 1 else staff.first_name


def able(ids: Sequence[UUID], salon: Salon) -> tuple[Staff, ...]:
    """Whoever has the skills for all that is not assistance."""
    needed = {
        segment.skill
        for service in services_of(ids, salon)
        for segment in service.segments
        if segment.role is Role.LEAD
    }
    return tuple(m for m in salon.staff if m.active and needed <= set(m.skills))


def is_there(member: Staff, start: datetime) -> bool:
    """Whether somebody is in the salon at that moment, on the salon's wall clock."""
    away = any(absence.span.contains(start) for absence in member.absences)
    return not away and any(
        hours.weekday == start.weekday() and hours.start <= start.time() < hours.end
        for hours in member.hours
    )


def works_on(member: Staff, day: date) -> bool:
    """Whether somebody comes to the salon on that day at all."""
    away = any(a.span.start.date() <= day <= a.span.end.date() for a in member.absences)
    return not away and any(hours.weekday == day.weekday() for hours in member.hours)


def plan_told(state: CallState) -> Plan | None:
    """The visit that was told of last, or booked in this call."""
    return state.told or (state.booked.appointment.plan if state.booked else None)


def told_of(state: CallState) -> tuple[UUID, ...]:
    """What is done in it."""
    plan = plan_told(state)
    return plan.services if plan else ()


def customer(state: CallState) -> Customer:
    """Who comes; a number on file fills in the rest once the caller has said a name that fits."""
    draft, name = state.draft, state.draft.name or state.greeted or ""
    fitting = [person for person in state.known if _fits(name, person.name)]
    known = fitting[0] if len(fitting) == 1 else Customer(name=name)
    return Customer(
        name=_in_full(draft.visitor, known.name) if draft.visitor else known.name,
        phone=draft.phone or state.caller_number,
        email=draft.email or known.email,
    )


def companion(state: CallState) -> Customer:
    """Who comes along, reached by way of the caller, whose surname a child has."""
    own = customer(state)
    if state.guest is None:
        return own
    caller = own.name if state.draft.visitor is None else state.draft.name or ""
    return replace(own, name=_in_full(state.guest, caller))


def _in_full(visitor: Visitor, caller: str) -> str:
    """Who comes, as it stands in the salon's book."""
    surname = caller.split()[-1:] if visitor.child and " " not in visitor.name else []
    return " ".join((visitor.name, *surname))


def _fits(said: str, known: str) -> bool:
    """Whether the name on file is the one that was said: never merely one that sounds alike."""
    said_words, known_words = said.casefold().split(), known.casefold().split()
    return bool(said_words and known_words) and (
        said_words[-1] == known_words[-1] and set(said_words) <= set(known_words)
    )
