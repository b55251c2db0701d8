"""Sets the scene of a replay file: settings, absences, customers and earlier appointments."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, update

from booking_core.adapters.calcom.tables import event_map, leftover
from booking_core.adapters.postgres.salon_tables import customer
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked, Failed
from booking_core.domain.catalogue import Absence, Staff
from booking_core.domain.event_type import calendar_user
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import NoSlots, SlotQuery, SlotsFound, TimeWish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from pydantic import BaseModel
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.booking import BookingResult
    from booking_core.domain.catalogue import Salon, Service
    from voice_agent.dialogue.ports import Desk
    from voice_agent.simulator.replay_before import (
        Before,
        BookedBefore,
        BusyBefore,
        KnownCustomer,
        NewStaff,
        Unmapped,
    )

TRIES, BREATH_S = 8, 1.0
"""Whoever sets a scene waits for a Cal.com that was too slow for callers."""


class BackdropImpossible(Exception):
    """What a file wants before the call cannot be."""


def furnished(salon: Salon, before: Before) -> Salon:
    """The salon with the settings and absences of a file."""
    settings = before.settings
    changed = {_service(salon, n).id: _given(given) for n, given in settings.services.items()}
    zone = ZoneInfo(salon.branch.timezone)
    away: dict[UUID, list[Absence]] = defaultdict(list)
    for absent in before.absences:
        span = Span(_local(absent.start, zone), _local(absent.end, zone))
        away[_member(salon, absent.staff).id].append(Absence(span=span))
    salon = replace(salon, staff=(*salon.staff, *(_hired(salon, one) for one in before.staff)))
    return replace(
        salon,
        branch=replace(salon.branch, asks_email=settings.ask_email, **_given(settings.branch)),
        services=tuple(replace(s, **changed.get(s.id, {})) for s in salon.services),
        staff=tuple(replace(m, absences=(*m.absences, *away[m.id])) for m in salon.staff),
    )


async def enter_customers(
    engine: AsyncEngine, salon: Salon, customers: Sequence[KnownCustomer]
) -> None:
    """Put these people on file."""
    rows = [{"branch_id": salon.branch.id, **known.model_dump()} for known in customers]
    if rows:
        async with engine.begin() as connection:
            await connection.execute(insert(customer), rows)


async def book_before(desk: Desk, salon: Salon, wanted: Sequence[BookedBefore]) -> None:
    """Book what stands already, the way anybody would have booked it."""
    for index, booking in enumerate(wanted):
        await _book(desk, salon, booking, f"before.appointments[{index}]")


async def _book(desk: Desk, salon: Salon, wanted: BookedBefore, place: str) -> None:
    """Again where a busy machine lets it fail: that is no reason why it should not stand."""
    has_failed = False
    for _ in range(TRIES):
        result = await _tried(desk, salon, wanted)
        if isinstance(result, Booked):
            return
        if isinstance(result, NoSlots):
            problem = f"does not fit: {result.obstacle.reason.value}"
        else:
            problem = f"could not be booked: {type(result).__name__}"
        if not (has_failed or isinstance(result, Failed)):
            break
        has_failed = True  # what is left of it is in the way until it is taken back
        await asyncio.sleep(BREATH_S)
    raise BackdropImpossible(f"{place} {problem}")


async def _tried(desk: Desk, salon: Salon, wanted: BookedBefore) -> BookingResult | NoSlots:
    start = _local(wanted.start, ZoneInfo(salon.branch.timezone))
    owner = f"call:{uuid4()}"
    query = SlotQuery(
        branch_id=salon.branch.id,
        visit=VisitRequest(
            services=tuple(_service(salon, number).id for number in wanted.services),
            staff=_member(salon, wanted.staff).id if wanted.staff else None,
        ),
        owner=owner,
        wishes=(TimeWish(window=Span.of_minutes(start, 5), at=start),),
        strict=True,
    )
    found = await desk.offer_slots(query)
    if not isinstance(found, SlotsFound):
        return found
    order = BookAppointment(
        key=f"{owner}:1",
        owner=owner,
        branch_id=salon.branch.id,
        plan=found.offers[0].plan,
        customer=Customer(name=wanted.customer, phone=wanted.phone, email=wanted.email),
        source="replay",
        on_purpose=True,  # what stands in the file stands
    )
    return await desk.book(order)


def calendar_entry(salon: Salon, busy: BusyBefore) -> tuple[Staff, Span]:
    """Whose calendar the entry is in, and when."""
    zone = ZoneInfo(salon.branch.timezone)
    return _member(salon, busy.staff), Span(_local(busy.start, zone), _local(busy.end, zone))


async def unmap(engine: AsyncEngine, salon: Salon, missing: Sequence[Unmapped]) -> None:
    """Let these event types be missing, as when nobody could make them."""
    async with engine.begin() as connection:
        for gap in missing:
            await connection.execute(
                update(event_map)
                .where(
                    event_map.c.service_id == _service(salon, gap.service).id,
                    event_map.c.segment_key == gap.segment,
                    event_map.c.staff_id == _member(salon, gap.staff).id,
                )
                .values(event_type_id=None, sync_status="failed")
            )


async def dismiss(engine: AsyncEngine, salon: Salon) -> None:
    """Forget the event types of whoever was hired for an earlier file only."""
    here = [member.id for member in salon.staff]
    users = [calendar_user(salon, member) for member in salon.staff]
    async with engine.begin() as connection:
        await connection.execute(
            delete(leftover).where(
                leftover.c.branch_id == salon.branch.id, leftover.c.calendar_user.not_in(users)
            )
        )
        await connection.execute(
            delete(event_map).where(
                event_map.c.branch_id == salon.branch.id, event_map.c.staff_id.not_in(here)
            )
        )


def _hired(salon: Salon, new: NewStaff) -> Staff:
    key = new.name.casefold().replace(" ", "-")
    first, _, last = new.name.partition(" ")
    return Staff(
        id=uuid5(salon.branch.id, key),
        key=key,
        first_name=first,
        last_name=last,
        skills=frozenset(new.skills),
        hours=_member(salon, new.hours_of).hours,
        calendar_user=key,
    )


def _given(settings: BaseModel) -> dict[str, Any]:
    return settings.model_dump(exclude_unset=True)


def _service(salon: Salon, number: int) -> Service:
    try:
        return salon.service_numbered(number)
    except KeyError:
        raise BackdropImpossible(f"{salon.branch.key} has no service {number}") from None


def _member(salon: Salon, name: str) -> Staff:
    here = [member for member in salon.staff if member.active]
    found = [m for m in here if m.name == name] or [m for m in here if m.first_name == name]
    if len(found) != 1:
        names = ", ".join(member.name for member in salon.staff)
        raise BackdropImpossible(f"{salon.branch.key} has no (one) {name}; there are {names}")
    return found[0]


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.replace(tzinfo=zone)
