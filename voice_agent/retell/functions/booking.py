"""Booking, and moving: only of what was offered in this very call, and only once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish
from booking_core.domain.snapshot import same_plan
from voice_agent.dialogue import confirming
from voice_agent.dialogue.asked import AskEmail
from voice_agent.dialogue.events import BookingAnswered, MoveAnswered
from voice_agent.dialogue.progress import book, missing_for_consent
from voice_agent.dialogue.steps import ask, owner
from voice_agent.retell.functions.errand import has_failed
from voice_agent.retell.functions.hearing import hear_who
from voice_agent.retell.functions.moment import Moment, Reply, reply
from voice_agent.retell.functions.tickets import Stale
from voice_agent.retell.functions.wishes import search

if TYPE_CHECKING:
    from voice_agent.dialogue.state import CallState
    from voice_agent.retell.functions.tickets import OfferTicket


async def book_appointment(moment: Moment) -> Reply:
    """Book an offer of this call; without one, what was wished is looked for and offered first."""
    try:
        ticket = moment.tickets.offer(moment.given.offer_id or "")
    except Stale:
        return await search(moment, code="offer_expired")
    then = await moment.memory.offered(ticket.offer_id) if ticket else None
    if ticket is None or then is None:
        code = "offer_unknown" if moment.given.offer_id else None
        return await search(moment, code=code)
    return await take(moment, ticket, then)


async def take(moment: Moment, ticket: OfferTicket, then: CallState) -> Reply:
    """Carry out what was offered, as it was offered; then = how the call stood at that time."""
    state = _agreed(moment, ticket, then)
    if standing := _stands_already(state):
        return standing_again(standing, moment)
    missing = missing_for_consent(state, moment.scene)
    if missing is not None and not isinstance(missing, AskEmail):  # an address is no condition
        return reply(await moment.run(ask(state, missing, moment.scene)), code=missing.kind)
    if ticket.salon_version != moment.scene.salon.version and not await _still(moment, state):
        blank = replace(state, offers=(), chosen=None)
        return await search(replace(moment, state=blank), code="offer_outdated")
    attempt = await moment.memory.attempt(ticket.offer_id)
    key = f"{moment.scene.call_id}:offer:{ticket.offer_id}:{attempt}"
    done = await moment.run(book(state, moment.scene), key=key)
    if has_failed(tuple(e for e in done.events if isinstance(e, BookingAnswered | MoveAnswered))):
        await moment.memory.failed(ticket.offer_id)
    return reply(done)


def standing_again(state: CallState, moment: Moment) -> Reply:
    """It was booked in this call: said again, not done again."""
    assert state.booked is not None
    told = confirming.booked(state.booked, moment.scene)
    done = replace(state, offers=(), chosen=None)
    return Reply(state=done, said=(told,), code="booked", facts={"already": True})


def _agreed(moment: Moment, ticket: OfferTicket, then: CallState) -> CallState:
    """The call as it stands, about the offer as it was made."""
    now = hear_who(moment.state, moment.given, moment.scene)
    draft = replace(
        then.draft,
        name=now.draft.name or then.draft.name,
        phone=now.draft.phone or then.draft.phone,
        email=now.draft.email or then.draft.email,
        version=max(now.draft.version, then.draft.version) + 1,
    )
    concern, visits = (then.concern, then.visits) if draft.moving else (None, now.visits)
    return replace(
        now,
        draft=draft,
        offers=then.offers,
        chosen=ticket.offer_id,
        unclear=(),
        concern=concern,
        visits=visits,
    )


def _stands_already(state: CallState) -> CallState | None:
    """The call, if this very visit was booked in it, under whatever name."""
    booked, offer = state.booked, state.offer
    if booked is None or offer is None or state.draft.moving is not None:
        return None
    return state if same_plan(booked.appointment.plan, offer.plan) else None


async def _still(moment: Moment, state: CallState) -> bool:
    """Whether the salon as it is configured now would offer the very same."""
    offer, draft, salon = state.offer, state.draft, moment.scene.salon
    if offer is None or not _are_known(state, moment):
        return False
    start = offer.plan.start
    query = SlotQuery(
        branch_id=salon.branch.id,
        visit=VisitRequest(services=draft.services, staff=draft.staff),
        owner=owner(moment.scene.call_id),
        wishes=(TimeWish(window=Span.of_minutes(start, 5), at=start),),
        limit=1,
        strict=True,
        moving=draft.moving,
    )
    found = await moment.desk.offer_slots(query)
    return isinstance(found, SlotsFound) and offer.id in {other.id for other in found.offers}


def _are_known(state: CallState, moment: Moment) -> bool:
    salon = moment.scene.salon
    services = {service.id for service in salon.services}
    staff = {member.id for member in salon.staff} | {None}
    return set(state.draft.services) <= services and state.draft.staff in staff
