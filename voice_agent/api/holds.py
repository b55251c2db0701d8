"""Time that is kept free for somebody who is still choosing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from pydantic import Field

from booking_core.domain.errors import InvalidRequest, SlotTaken
from booking_core.workflows.book import obstacle_of
from voice_agent.api.endpoint import Answer, AnyEndpoint, Ask, Endpoint, Nothing
from voice_agent.api.hold_store import Holds, owner_of
from voice_agent.api.offers import OfferToken, read_offer
from voice_agent.api.plans import PlanView, plan_view
from voice_agent.api.problems import Code, Problem
from voice_agent.api.reading import invalid
from voice_agent.api.shapes import Asked, Id, Told, schema_examples
from voice_agent.api.tokens import Scope
from voice_agent.api.why_not import why_not

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from voice_agent.api.counter import Counter
    from voice_agent.api.hold_store import Hold
    from voice_agent.api.offers import Offered

MOST_TOKENS: Final = 5


class HoldPath(Asked):
    """One hold."""

    hold_id: Id


class HoldRequest(Asked):
    """Offers that somebody is to choose from: all of them are held, or none."""

    model_config = schema_examples({"tokens": ["eyJjb21wYW55Ijo.aSJ2ZQ.c2lnbmF0dXJl"]})

    tokens: list[OfferToken] = Field(min_length=1, max_length=MOST_TOKENS)


class HoldView(Told):
    """What is held, and how long."""

    id: UUID
    branch_id: UUID
    expires_at: datetime
    seconds_left: int
    options: list[PlanView] = Field(description="In the order of the tokens; `option` counts them.")


async def create_hold(ask: Ask[Nothing, Nothing, HoldRequest]) -> Answer:
    """All of these offers, or none."""
    counter = ask.counter
    offers = [read_offer(token, ask.company_id, counter) for token in ask.body.tokens]
    first = _same_kind(offers)
    salon = await counter.branch(ask.company_id, first.branch_id)
    plans, hold_id = [offer.plan for offer in offers], uuid4()
    await _hold(counter, salon, owner_of(hold_id), plans, first.moving)
    hold = await Holds(counter.engine).add(
        hold_id,
        ask.company_id,
        salon.branch.id,
        plans,
        moving=first.moving,
        anyone=all(offer.anyone for offer in offers),
    )
    location = {"Location": f"/api/v2/holds/{hold_id}"}
    return Answer(status=201, body=_view(hold, salon, counter), headers=location)


async def get_hold(ask: Ask[HoldPath, Nothing, Nothing]) -> Answer:
    """A hold that lasts."""
    hold = await live_hold(ask.counter, ask.company_id, ask.path.hold_id)
    salon = await ask.counter.branch(ask.company_id, hold.branch_id)
    return Answer(body=_view(hold, salon, ask.counter))


async def delete_hold(ask: Ask[HoldPath, Nothing, Nothing]) -> Answer:
    """Give the time back."""
    if not await Holds(ask.counter.engine).forget(ask.company_id, ask.path.hold_id):
        raise Problem(Code.NOT_FOUND)
    await ask.counter.core.release_holds(owner_of(ask.path.hold_id))
    return Answer(status=204)


async def live_hold(counter: Counter, company_id: UUID, hold_id: UUID) -> Hold:
    """A hold of the company; one that is over does not exist any more."""
    hold = await Holds(counter.engine).get(company_id, hold_id)
    if hold is None or hold.is_over:
        raise Problem(Code.NOT_FOUND)
    return hold


def taken(error: SlotTaken, plan: Plan, salon: Salon, counter: Counter) -> Problem:
    """The problem of a time that cannot be had, with the reason where the salon knows one."""
    obstacle = obstacle_of(error)
    if obstacle is None:
        return Problem(Code.TAKEN)
    why = why_not(obstacle, plan.services, salon, counter.clock.now())
    return Problem(Code.TAKEN, why.detail or None, why_not=why.model_dump(mode="json"))


async def _hold(
    counter: Counter, salon: Salon, owner: str, plans: list[Plan], moving: UUID | None
) -> None:
    try:
        await counter.core.hold(salon.branch.id, owner, plans, moving=moving)
    except SlotTaken as error:
        raise taken(error, plans[0], salon, counter) from error
    except InvalidRequest as error:
        raise Problem(Code.UNSUITABLE, reason=str(error)) from error


def _same_kind(offers: list[Offered]) -> Offered:
    """Options of one choice are of one branch, and for one booking."""
    kinds = {(offer.branch_id, offer.moving) for offer in offers}
    if len(kinds) > 1:
        raise invalid("body.tokens", "gehören nicht zu einer Anfrage")
    return offers[0]


def _view(hold: Hold, salon: Salon, counter: Counter) -> HoldView:
    return HoldView(
        id=hold.id,
        branch_id=hold.branch_id,
        expires_at=counter.clock.now() + timedelta(seconds=hold.seconds_left),
        seconds_left=int(hold.seconds_left),
        options=[plan_view(plan, salon) for plan in hold.plans],
    )


TAG: Final = "Holds"
ENDPOINTS: Final[tuple[AnyEndpoint, ...]] = (
    Endpoint(
        method="POST",
        path="/holds",
        tag=TAG,
        summary="Hold offers while somebody chooses",
        description="All tokens or none, for three minutes.",
        scope=Scope.BOOK,
        handle=create_hold,
        body=HoldRequest,
        answers={201: HoldView},
        problems=(
            Code.TOKEN_INVALID,
            Code.TOKEN_EXPIRED,
            Code.TAKEN,
            Code.UNSUITABLE,
            Code.NOT_FOUND,
        ),
        keyed=True,
    ),
    Endpoint(
        method="GET",
        path="/holds/{hold_id}",
        tag=TAG,
        summary="Get a hold",
        scope=Scope.READ,
        handle=get_hold,
        path_model=HoldPath,
        answers={200: HoldView},
    ),
    Endpoint(
        method="DELETE",
        path="/holds/{hold_id}",
        tag=TAG,
        summary="Give back what is held",
        scope=Scope.BOOK,
        handle=delete_hold,
        path_model=HoldPath,
        answers={204: None},
    ),
)
