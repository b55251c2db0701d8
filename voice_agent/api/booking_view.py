"""A booking as others see it, and its version as an ETag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from uuid import UUID  # noqa: TC003 - pydantic reads the annotations

from pydantic import Field

from booking_core.domain.appointment import AppointmentState  # noqa: TC001 - pydantic reads the annotations
from voice_agent.api.plans import PlanView, plan_view
from voice_agent.api.problems import Code, Problem
from voice_agent.api.shapes import Asked, Id, Told

if TYPE_CHECKING:
    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon


VERSION: Final = re.compile(r'"([0-9]{1,9})-[a-z]+"')


class BookingPath(Asked):
    """One booking."""

    booking_id: Id


class CustomerView(Told):
    """Who comes."""

    name: str
    phone: str | None
    email: str | None


class BookedService(Told):
    """What was sold, under the name it was sold by."""

    id: UUID
    name: str


class BookingView(Told):
    """A visit: one object, however many segments it has."""

    id: UUID
    branch_id: UUID
    code: str = Field(description="What the customer can say on the telephone.")
    state: AppointmentState = Field(description="Only `booked` is booked.")
    version: int
    etag: str = Field(description="For If-Match.")
    services: list[BookedService]
    price_cents: int
    customer: CustomerView
    plan: PlanView
    anyone: bool = Field(description="Whether nobody was asked for by name.")
    source: str = Field(description="phone, api, desk ...")
    note: str


def booking_view(visit: Appointment, salon: Salon) -> BookingView:
    """The visit as it is; nothing of the external calendar leaves."""
    names = zip(visit.plan.services, visit.service_names, strict=False)
    return BookingView(
        id=visit.id,
        branch_id=visit.branch_id,
        code=visit.code,
        state=visit.state,
        version=visit.version,
        etag=etag(visit),
        services=[BookedService(id=one, name=name) for one, name in names],
        price_cents=visit.price_cents,
        customer=CustomerView(
            name=visit.customer.name, phone=visit.customer.phone, email=visit.customer.email
        ),
        plan=plan_view(visit.plan, salon),
        anyone=visit.anyone,
        source=visit.source,
        note=visit.note,
    )


def etag(visit: Appointment) -> str:
    """Another one with every change, also while a cancellation is on its way."""
    return f'"{visit.version}-{visit.state.value}"'


def refuse_other_version(if_match: str, visit: Appointment, salon: Salon) -> None:
    """Problem with the current state, when something else was meant."""
    wanted = {one.strip() for one in if_match.split(",")}
    if not wanted & {etag(visit), "*"}:
        raise outdated(visit, salon)


def version_of(if_match: str) -> int | None:
    """The version that is meant; None = whichever there is."""
    found = VERSION.search(if_match)
    return int(found[1]) if found else None


def outdated(visit: Appointment, salon: Salon) -> Problem:
    """It is not any more what it was when it was read."""
    current = booking_view(visit, salon).model_dump(mode="json")
    return Problem(Code.VERSION_MISMATCH, headers={"ETag": etag(visit)}, current=current)
