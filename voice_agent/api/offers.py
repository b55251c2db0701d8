"""Signed offers: a start that was never offered cannot be held or booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

from itsdangerous import BadData, SignatureExpired
from pydantic import Field

from booking_core.domain.snapshot import dump_plan, load_plan
from voice_agent.api.plans import PlanView, plan_view
from voice_agent.api.problems import Code, Problem
from voice_agent.api.shapes import Told

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import SlotOffer
    from voice_agent.api.counter import Counter

PURPOSE: Final = "api-offer"
LASTS_S: Final = 1800  # a person fills in a form meanwhile; booking checks everything anyway

OfferToken = Annotated[
    str,
    Field(
        min_length=1,
        max_length=16_000,
        pattern=r"^[A-Za-z0-9._-]+$",
        description="A signed offer, as an availability answer has it.",
    ),
]


class ReasonView(Told):
    """One thing that speaks for or against an option; the fewer points, the better."""

    code: str
    points: int


class OptionView(Told):
    """One start at which the whole visit fits."""

    token: OfferToken
    expires_at: datetime
    price_cents: int
    is_wish: bool = Field(description="Whether it is what was asked for, not an alternative.")
    score: int | None = Field(description="The sum of the reasons; the smaller, the better.")
    reasons: list[ReasonView]
    plan: PlanView


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What a token proves: this very plan was found, for this company."""

    branch_id: UUID
    plan: Plan
    salon_version: int
    moving: UUID | None
    """The booking that is to be moved there."""
    anyone: bool
    """It was looked for without naming a person."""


def option_view(
    offer: SlotOffer,
    salon: Salon,
    counter: Counter,
    *,
    moving: UUID | None = None,
    anyone: bool = False,
    is_wish: bool = False,
) -> OptionView:
    """An offer with its token."""
    score = offer.score
    terms = score.terms if score else ()
    return OptionView(
        token=sign(offer.plan, salon, counter, moving=moving, anyone=anyone),
        expires_at=counter.clock.now() + timedelta(seconds=LASTS_S),
        price_cents=sum(salon.service(one).price_cents for one in offer.plan.services),
        is_wish=is_wish,
        score=score.points if score else None,
        reasons=[ReasonView(code=term.ground.value, points=term.points) for term in terms],
        plan=plan_view(offer.plan, salon),
    )


def sign(
    plan: Plan,
    salon: Salon,
    counter: Counter,
    *,
    moving: UUID | None = None,
    anyone: bool = False,
) -> str:
    """The token of a plan."""
    facts = {
        "company": str(salon.company.id),
        "branch": str(salon.branch.id),
        "version": salon.version,
        "plan": dump_plan(plan),
        "moving": str(moving) if moving else None,
        "anyone": anyone,
    }
    return counter.signer(PURPOSE).dumps(facts)


def read_offer(
    token: str, company_id: UUID, counter: Counter, *, however_old: bool = False
) -> Offered:
    """What was offered; Problem when it was not by us, not to them, or too long ago."""
    try:
        facts = counter.signer(PURPOSE).loads(token, max_age=None if however_old else LASTS_S)
    except SignatureExpired:
        raise Problem(Code.TOKEN_EXPIRED) from None
    except BadData:
        raise Problem(Code.TOKEN_INVALID) from None
    if facts["company"] != str(company_id):
        raise Problem(Code.TOKEN_INVALID)
    return _offered(facts)


def _offered(facts: dict[str, Any]) -> Offered:
    return Offered(
        branch_id=UUID(facts["branch"]),
        plan=load_plan(facts["plan"]),
        salon_version=facts["version"],
        moving=UUID(facts["moving"]) if facts["moving"] else None,
        anyone=facts.get("anyone", False),  # tokens of an older server say nothing
    )
