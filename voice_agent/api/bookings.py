"""Book from an offer or a hold, all segments or none; look a booking up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from pydantic import Field

from booking_core.adapters.postgres.appointments import PostgresAppointments
from booking_core.adapters.postgres.guards import other_visit
from booking_core.domain.appointment import Appointment, AppointmentState, Customer
from booking_core.domain.booking import AlreadyThere, BookAppointment, Booked, Failed, Taken
from booking_core.domain.errors import IdempotencyConflict, InvalidRequest, SlotTaken
from voice_agent.api.availability import alternatives_to
from voice_agent.api.booking_view import BookingPath, BookingView, booking_view, etag
from voice_agent.api.endpoint import Answer, AnyEndpoint, Ask, Endpoint, Nothing
from voice_agent.api.hold_store import Holds
from voice_agent.api.holds import taken
from voice_agent.api.offers import OfferToken, read_offer
from voice_agent.api.plans import PlanView, plan_view
from voice_agent.api.problems import Code, Problem
from voice_agent.api.shapes import Asked, Email, Id, Line, Phone, Told, schema_examples
from voice_agent.api.tokens import Scope
from voice_agent.api.why_not import why_not

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from voice_agent.api.counter import Counter

SOURCE: Final = "api"


class ByToken(Asked):
    """An offer, at once."""

    token: OfferToken


class ByHold(Asked):
    """An offer that is held."""

    hold_id: Id
    option: int = Field(default=0, ge=0, le=4, description="Which one, counted from 0.")


class CustomerIn(Asked):
    """Who comes. Only the name is needed; without an address there is no mail."""

    name: Line
    phone: Phone | None = None
    email: Email | None = None


class BookingRequest(Asked):
    """Book this visit; whether it has several segments makes no difference."""

    model_config = schema_examples(
        {
            "offer": {"token": "eyJjb21wYW55Ijo.aSJ2ZQ.c2lnbmF0dXJl"},
            "customer": {
                "name": "Marta Beispiel",
                "phone": "+4917139200011",
                "email": "marta.beispiel@example.com",
            },
        },
        {
            "offer": {"hold_id": "7d9b0f1e-3a52-4a70-9b1e-0f6f1f0d2c11", "option": 0},
            "customer": {"name": "Marta Beispiel"},
            "dry_run": True,
        },
    )

    offer: ByToken | ByHold
    customer: CustomerIn
    note: Line | None = Field(default=None, description="For the salon to read.")
    on_purpose: bool = Field(
        default=False, description="The customer may have another visit at that time."
    )
    dry_run: bool = Field(default=False, description="Check everything, book nothing.")


class DryRunView(Told):
    """What would be booked; nothing is."""

    dry_run: bool
    price_cents: int
    service_names: list[str]
    plan: PlanView


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is to be booked, and whose holds become it."""

    salon: Salon
    plan: Plan
    owner: str
    moving: UUID | None
    anyone: bool
    """Nobody was asked for by name."""


async def create_booking(ask: Ask[Nothing, Nothing, BookingRequest]) -> Answer:
    """All segments, or none."""
    chosen = await chosen_of(ask.body.offer, ask)
    if chosen.moving is not None:
        raise Problem(Code.UNSUITABLE, "Dieses Angebot gilt für das Verlegen eines Termins.")
    if ask.body.dry_run:
        return await _rehearsed(ask, chosen)
    visit = await _booked(ask, chosen)
    location = {"Location": f"/api/v2/bookings/{visit.id}", "ETag": etag(visit)}
    return Answer(status=201, body=booking_view(visit, chosen.salon), headers=location)


async def get_booking(ask: Ask[BookingPath, Nothing, Nothing]) -> Answer:
    """A booking as it is now."""
    visit, salon = await ask.counter.booking(ask.company_id, ask.path.booking_id)
    return Answer(body=booking_view(visit, salon), headers={"ETag": etag(visit)})


async def chosen_of(offer: ByToken | ByHold, ask: Ask[object, object, object]) -> Chosen:
    """The plan behind a token or a hold.

    What was begun under the same key before is carried on, however old it has become meanwhile.
    """
    if isinstance(offer, ByHold):
        return await _held(offer, ask)
    found = read_offer(offer.token, ask.company_id, ask.counter, however_old=ask.resumed)
    salon = await ask.counter.branch(ask.company_id, found.branch_id)
    return Chosen(
        salon=salon,
        plan=found.plan,
        owner=f"api:{uuid4()}",
        moving=found.moving,
        anyone=found.anyone,
    )


def customer_of(asked: CustomerIn) -> Customer:
    """Who comes."""
    return Customer(name=asked.name.strip(), phone=asked.phone, email=asked.email)


def key_of(ask: Ask[object, object, object]) -> str:
    """The key under which the booking core knows this request."""
    return f"api:{ask.key}"


async def refused(result: Taken | Failed, chosen: Chosen, counter: Counter) -> Problem:
    """The problem of a booking or a move that did not come about, with what is free instead."""
    if isinstance(result, Failed):
        return Problem(
            Code.CALENDAR_UNAVAILABLE,
            cause=result.cause.value,
            undone=result.undone,
            callback=result.callback,
        )
    plan, salon = result.plan, chosen.salon
    options = await alternatives_to(
        plan.start, plan.services, salon, counter, moving=chosen.moving, anyone=chosen.anyone
    )
    instead = [option.model_dump(mode="json") for option in options]
    if result.obstacle is None:
        return Problem(Code.TAKEN, alternatives=instead)
    why = why_not(result.obstacle, plan.services, salon, counter.clock.now())
    return Problem(
        Code.TAKEN,
        why.detail or None,
        why_not=why.model_dump(mode="json"),
        alternatives=instead,
    )


async def _held(offer: ByHold, ask: Ask[object, object, object]) -> Chosen:
    hold = await Holds(ask.counter.engine).get(ask.company_id, offer.hold_id)
    if hold is None or offer.option >= len(hold.plans):
        raise Problem(Code.NOT_FOUND, hold_id=str(offer.hold_id))
    if hold.is_over and not ask.resumed:
        raise Problem(Code.HOLD_EXPIRED)
    salon = await ask.counter.branch(ask.company_id, hold.branch_id)
    return Chosen(
        salon=salon,
        plan=hold.plans[offer.option],
        owner=hold.owner,
        moving=hold.moving,
        anyone=hold.anyone,
    )


async def _booked(ask: Ask[Nothing, Nothing, BookingRequest], chosen: Chosen) -> Appointment:
    order = BookAppointment(
        key=key_of(ask),
        owner=chosen.owner,
        branch_id=chosen.salon.branch.id,
        plan=chosen.plan,
        customer=customer_of(ask.body.customer),
        source=SOURCE,
        on_purpose=ask.body.on_purpose,
        anyone=chosen.anyone,
    )
    try:
        result = await ask.counter.core.book(order)
    except IdempotencyConflict as error:
        raise Problem(Code.KEY_REUSED) from error
    except InvalidRequest as error:
        raise Problem(Code.UNSUITABLE, reason=str(error)) from error
    match result:
        case Booked(appointment=visit):
            return await _noted(visit, ask)
        case AlreadyThere(appointment=visit):
            raise Problem(Code.ALREADY_THERE, booking_id=str(visit.id))
        case Taken() | Failed():
            raise await refused(result, chosen, ask.counter)


async def _noted(visit: Appointment, ask: Ask[Nothing, Nothing, BookingRequest]) -> Appointment:
    if not ask.body.note:
        return visit
    store = PostgresAppointments(ask.counter.engine)
    await store.add_note(visit.branch_id, visit.id, ask.body.note)
    return await store.by_id(visit.id)


async def _rehearsed(ask: Ask[Nothing, Nothing, BookingRequest], chosen: Chosen) -> Answer:
    """Everything a booking is refused for, without one."""
    plan, salon, counter = chosen.plan, chosen.salon, ask.counter
    services = [salon.service(one) for one in plan.services]
    price = sum(service.price_cents for service in services)
    visit = Appointment(
        id=uuid4(),
        branch_id=salon.branch.id,
        code="",
        state=AppointmentState.BOOKING,
        version=1,
        plan=plan,
        service_names=tuple(service.name for service in services),
        price_cents=price,
        customer=customer_of(ask.body.customer),
    )
    if not ask.body.on_purpose:
        await refuse_overlap(visit, counter)
    await check(chosen, counter)
    return Answer(body=rehearsal(visit, salon))


async def refuse_overlap(
    visit: Appointment, counter: Counter, *, before: Appointment | None = None
) -> None:
    """Problem when its customer has another visit at that time."""
    if visit.customer.phone is None:
        return
    async with counter.engine.connect() as connection:
        other = await other_visit(connection, visit, before)
    if other is not None:
        raise Problem(Code.ALREADY_THERE, booking_id=str(other.id))


async def check(chosen: Chosen, counter: Counter) -> None:
    """Problem when the plan cannot be had."""
    try:
        await counter.core.check(
            chosen.salon.branch.id, chosen.plan, owner=chosen.owner, moving=chosen.moving
        )
    except SlotTaken as error:
        raise taken(error, chosen.plan, chosen.salon, counter) from error
    except InvalidRequest as error:
        raise Problem(Code.UNSUITABLE, reason=str(error)) from error


def rehearsal(visit: Appointment, salon: Salon) -> DryRunView:
    """What would stand."""
    return DryRunView(
        dry_run=True,
        price_cents=visit.price_cents,
        service_names=list(visit.service_names),
        plan=plan_view(visit.plan, salon),
    )


TAG: Final = "Bookings"
OFFER_PROBLEMS: Final = (
    Code.TOKEN_INVALID,
    Code.TOKEN_EXPIRED,
    Code.HOLD_EXPIRED,
    Code.TAKEN,
    Code.UNSUITABLE,
    Code.NOT_FOUND,
    Code.CALENDAR_UNAVAILABLE,
)
ENDPOINTS: Final[tuple[AnyEndpoint, ...]] = (
    Endpoint(
        method="POST",
        path="/bookings",
        tag=TAG,
        summary="Book a visit",
        description=(
            "From an offer or a hold; one segment or many, all of them or none. With `dry_run` "
            "everything is checked and nothing booked (200); the key is not used up then. "
            "What went wrong before anything was tried does not use up the key either."
        ),
        scope=Scope.BOOK,
        handle=create_booking,
        body=BookingRequest,
        answers={201: BookingView, 200: DryRunView},
        problems=(*OFFER_PROBLEMS, Code.ALREADY_THERE),
        keyed=True,
    ),
    Endpoint(
        method="GET",
        path="/bookings/{booking_id}",
        tag=TAG,
        summary="Get a booking",
        scope=Scope.READ,
        handle=get_booking,
        path_model=BookingPath,
        answers={200: BookingView},
    ),
)
