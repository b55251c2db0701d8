"""Book for a customer at the desk: the same search and the same booking as on the phone."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from aiohttp import web
from sqlalchemy import or_, select

from booking_core.adapters.postgres.appointments import appointment_of
from booking_core.adapters.postgres.booking_tables import appointment, saga
from booking_core.adapters.postgres.salon_tables import customer
from booking_core.domain.booking import (
    DESK,
    AlreadyThere,
    BookAppointment,
    Booked,
    Failed,
    Taken,
)
from booking_core.domain.errors import InvalidRequest
from booking_core.domain.interval import Span
from booking_core.domain.override import Override
from booking_core.domain.plan import VisitRequest
from booking_core.domain.saga import SagaState
from booking_core.domain.slots import NoSlots, SlotQuery, SlotsFound, TimeWish
from voice_agent.admin.audit import Change, write_down
from voice_agent.admin.booking_fields import Typed, Wanted, read, understood
from voice_agent.admin.moving import lead_names
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.showing import show
from voice_agent.admin.wall_time import clock, local, moment_words
from voice_agent.admin.why_words import why

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from booking_core.domain.booking import BookingResult
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import Obstacle, SlotOffer
    from voice_agent.admin.office import Office, Visitor

OFFERS: Final = 4
KNOWN: Final = 8
SHORTEST: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why it was not booked."""

    message: str
    offers: tuple[SlotOffer, ...] = ()
    """What could be had instead; not held."""
    twice: bool = False
    """Whether it could be had in spite of another visit of the same customer."""


async def form(request: web.Request) -> web.StreamResponse:
    """Empty, but for what is known: the day, the time and the person that were clicked."""
    now = visitor_of(request).now(office_of(request))
    asked = {"date": now.date().isoformat()} | dict(request.query)
    return _form(request, read(asked))


async def book(request: web.Request) -> web.StreamResponse:
    """Book what was filled in, or say what stands against it and what could be had instead."""
    office, visitor = office_of(request), visitor_of(request)
    typed = read(await request.post())
    wanted = understood(typed, visitor.salon)
    if not isinstance(wanted, Wanted):
        return _form(request, replace(typed, wrong=wanted), status=422)
    outcome = await Desk(office, visitor).book(wanted, typed.key)
    if isinstance(outcome, Refusal):
        # Another attempt is another order.
        again = replace(typed, key=uuid4().hex)
        return _form(request, again, refusal=outcome, status=409)
    return _booked(request, outcome)


async def known(request: web.Request) -> web.StreamResponse:
    """Customers on file whose name or number has this in it."""
    office, visitor = office_of(request), visitor_of(request)
    text = request.query.get("name", "").strip().replace("\x00", "")[:80]
    if len(text) < SHORTEST:
        return show(request, "day/known.html", found=())
    query = (
        select(customer.c.name, customer.c.phone, customer.c.email)
        .where(
            customer.c.branch_id == visitor.salon.branch.id,
            or_(
                customer.c.name.icontains(text, autoescape=True),
                customer.c.phone.contains(text.lstrip("0"), autoescape=True),
            ),
        )
        .order_by(customer.c.updated_at.desc(), customer.c.name)
        .limit(KNOWN)
    )
    async with office.engine.connect() as connection:
        found = (await connection.execute(query)).all()
    return show(request, "day/known.html", found=found)


class Desk:
    """Books for one person at the desk."""

    def __init__(self, office: Office, visitor: Visitor) -> None:
        self._office = office
        self._visitor = visitor

    async def book(self, wanted: Wanted, key: str) -> Booked | Refusal:
        """Search, hold and book in one go; a rest is used only if nothing else will do."""
        owner = f"desk:{self._visitor.user.id}:{key}"
        if done := await self._done_before(owner):
            return done
        query = self._query(wanted, owner)
        try:
            answer = await self._office.core.offer_slots(query)
            if isinstance(answer, NoSlots) and wanted.reason:
                override = Override(author=self._visitor.user.name, reason=wanted.reason)
                answer = await self._office.core.offer_slots(replace(query, override=override))
            if isinstance(answer, NoSlots):
                return await self._not_found(query, answer.obstacle)
            plan = answer.offers[0].plan
            result = await self._office.core.book(self._order(wanted, plan, owner))
        except InvalidRequest:
            return Refusal(message=self._visitor.texts("book_wrong_time"))
        return await self._ended(result, query)

    async def _done_before(self, key: str) -> Booked | None:
        """What the same form has booked already: its own visit is no reason to refuse it."""
        query = (
            select(appointment)
            .join(saga, saga.c.appointment_id == appointment.c.id)
            .where(
                saga.c.branch_id == self._visitor.salon.branch.id,
                saga.c.key == key,
                saga.c.state == SagaState.DONE,
            )
        )
        async with self._office.engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        about = appointment_of(row)
        return Booked(appointment=about, mail_to=about.customer.email)

    def _query(self, wanted: Wanted, owner: str) -> SlotQuery:
        return SlotQuery(
            branch_id=self._visitor.salon.branch.id,
            visit=VisitRequest(services=wanted.services, staff=wanted.staff),
            owner=owner,
            wishes=(TimeWish(window=Span.of_minutes(wanted.start, 5), at=wanted.start),),
            limit=1,
            strict=True,
            at_desk=True,
        )

    def _order(self, wanted: Wanted, plan: Plan, owner: str) -> BookAppointment:
        override = None
        if plan.local_segments:
            override = Override(author=self._visitor.user.name, reason=wanted.reason)
        return BookAppointment(
            key=owner,
            owner=owner,
            branch_id=self._visitor.salon.branch.id,
            plan=plan,
            customer=wanted.customer,
            source=DESK,
            on_purpose=wanted.on_purpose,
            anyone=wanted.staff is None,
            override=override,
        )

    async def _ended(self, result: BookingResult, query: SlotQuery) -> Booked | Refusal:
        if isinstance(result, Booked):
            await self._write_down(result)
            return result
        await self._office.core.release_holds(query.owner)
        texts, salon = self._visitor.texts, self._visitor.salon
        match result:
            case Failed(cause=cause):
                return Refusal(message=texts(f"failed_{cause.value}"))
            case AlreadyThere(appointment=other):
                start = clock(other.plan.start, salon.branch)
                message = texts("book_twice_is", name=other.customer.name, start=start)
                return Refusal(message=message, twice=True)
            case Taken(obstacle=None):
                return Refusal(message=texts("book_overtaken"), offers=await self._instead(query))
            case Taken(obstacle=obstacle, alternatives=offers):
                assert obstacle is not None, "the case above"
                return Refusal(message=why(obstacle, salon, texts), offers=offers)

    async def _not_found(self, query: SlotQuery, obstacle: Obstacle) -> Refusal:
        message = why(obstacle, self._visitor.salon, self._visitor.texts)
        return Refusal(message=message, offers=await self._instead(query))

    async def _instead(self, query: SlotQuery) -> tuple[SlotOffer, ...]:
        """What comes closest; nothing of it is held, for nobody waits at the other end."""
        wider = replace(query, strict=False, limit=OFFERS)
        answer = await self._office.core.find_slots(wider)
        return answer.offers if isinstance(answer, SlotsFound) else ()

    async def _write_down(self, result: Booked) -> None:
        about = result.appointment
        change = Change(
            action="visit.booked",
            subject=about.code,
            subject_id=str(about.id),
            after={"start": about.plan.start.isoformat(), "services": list(about.service_names)},
        )
        async with self._office.engine.begin() as connection:
            await write_down(connection, self._visitor, change)


def _form(
    request: web.Request, typed: Typed, *, refusal: Refusal | None = None, status: int = 200
) -> web.StreamResponse:
    salon, texts = visitor_of(request).salon, visitor_of(request).texts
    whole = "day/booking_form.html" if _is_fragment(request) else "day/book.html"
    return show(
        request,
        whole,
        status=status,
        typed=typed,
        services=_by_category([one for one in salon.services if one.active]),
        people=[member for member in salon.staff if member.active],
        refusal=refusal,
        offers=[_offer(one, request) for one in refusal.offers] if refusal else [],
        wrong={name: texts(key) for name, key in typed.wrong.items()},
        in_dialog=_is_fragment(request),
    )


def _by_category(services: Sequence[Any]) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for service in services:
        found.setdefault(service.category, []).append(service)
    return found


def _offer(offer: SlotOffer, request: web.Request) -> Mapping[str, str]:
    """A start as fields of the form."""
    salon, texts = visitor_of(request).salon, visitor_of(request).texts
    start = local(offer.plan.start, salon.branch)
    names = {member.id: member.first_name for member in salon.staff}
    lead = offer.plan.segments[0].staff_id
    return {
        "date": start.date().isoformat(),
        "time": start.strftime("%H:%M"),
        "staff": str(lead),
        "words": f"{moment_words(texts, offer.plan.start, salon.branch)}, {names.get(lead, '?')}",
    }


def _booked(request: web.Request, result: Booked) -> web.StreamResponse:
    """Back to the day; an open calendar is told, and stays where it is."""
    texts, salon = visitor_of(request).texts, visitor_of(request).salon
    about = result.appointment
    message = texts(
        "book_done_mail" if result.mail_to else "book_done",
        name=about.customer.name,
        moment=moment_words(texts, about.plan.start, salon.branch),
        who=lead_names(about, salon),
    )
    if not _is_fragment(request):
        raise web.HTTPSeeOther(f"/admin/visits/{about.id}")
    facts = {"visit-booked": {"message": message, "visit": str(about.id)}}
    return web.Response(
        text="", content_type="text/html", headers={"HX-Trigger": json.dumps(facts)}
    )


def _is_fragment(request: web.Request) -> bool:
    return bool(request.headers.get("HX-Request"))


ROUTES: Sequence[web.RouteDef] = (
    web.get("/book", form),
    web.post("/book", book),
    web.get("/customers/known", known),
)
