"""Visits of the demo salon, booked by the server itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from booking_core.adapters.postgres.call_tables import call as call_row
from booking_core.domain.appointment import Appointment, Customer
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.retell import RetellCall

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.slots import SlotAnswer

Booking = Callable[..., Awaitable[Appointment]]
BERLIN = ZoneInfo("Europe/Berlin")


def staff_id(salon: Any, key: str | None) -> Any:
    return next((member.id for member in salon.staff if member.key == key), None)


@pytest.fixture
def offer(house: Any) -> Callable[..., Awaitable[SlotAnswer]]:
    """Looks for a start and holds it, as a call does: `await offer(177, "2026-11-25T14:00")`."""

    async def offered(
        service: int, at: str, *, staff: str | None = "emma", owner: str = "call:one"
    ) -> SlotAnswer:
        start = datetime.fromisoformat(at).replace(tzinfo=BERLIN)
        query = SlotQuery(
            branch_id=house.salon.branch.id,
            visit=VisitRequest(
                services=(house.salon.service_numbered(service).id,),
                staff=staff_id(house.salon, staff),
            ),
            owner=owner,
            wishes=(TimeWish(window=Span.of_minutes(start, 5), at=start),),
            strict=True,
        )
        answer: SlotAnswer = await house.do(house.runtime.core.offer_slots(query))
        return answer

    return offered


@pytest.fixture
def book(house: Any, offer: Callable[..., Awaitable[SlotAnswer]]) -> Booking:
    """Books a visit: `await book(177, "2026-11-25T14:00", name="Petra Sommer")`."""

    async def booked(
        service: int,
        at: str,
        *,
        staff: str | None = "emma",
        name: str = "Petra Sommer",
        phone: str | None = None,
        email: str | None = None,
        call_id: str | None = None,
    ) -> Appointment:
        owner = f"call:{uuid4().hex}"
        found = await offer(service, at, staff=staff, owner=owner)
        assert isinstance(found, SlotsFound), found
        order = BookAppointment(
            key=owner,
            owner=owner,
            branch_id=house.salon.branch.id,
            plan=found.offers[0].plan,
            customer=Customer(name=name, phone=phone, email=email),
            call_id=call_id,
        )
        result = await house.do(house.runtime.core.book(order))
        assert isinstance(result, Booked), result
        return result.appointment

    return booked


@pytest.fixture
def say_on_the_phone(house: Any, engine: AsyncEngine) -> Callable[..., Awaitable[None]]:
    """Calls the salon and says these sentences: `await say_on_the_phone("Guten Tag", "Ja")`."""

    async def said(*sentences: str, number: str = "+4917139200311") -> None:
        phone = PhoneCall(
            base_url=f"{house.url}/llm-websocket",
            to_number=house.salon.branch.phone_numbers[0],
            from_number=number,
        )
        async with RetellCall(phone) as call:
            for sentence in sentences:
                await call.say(sentence)
                await call.listen()
        over = select(call_row.c.ended_at).where(call_row.c.id == phone.call_id)
        async with engine.connect() as connection:
            while not await connection.scalar(over):  # written beside the call: not into the next
                await asyncio.sleep(0.05)

    return said
