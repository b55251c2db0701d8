"""What is said about free time: each sentence takes the offer or the search result it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompts import Option
from voice_agent.dialogue import claims, obstacles, visit
from voice_agent.dialogue.claims import claim

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import NoSlots, Obstacle, SlotOffer, SlotsFound
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.claims import Claim
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import Draft


def free_ask_name(offer: SlotOffer, scene: Scene) -> Sentence:
    """The wished time can be had; only the name is missing."""
    return _ask_name(claims.FREE_ASK_NAME, offer, scene)


def chosen_ask_name(offer: SlotOffer, scene: Scene) -> Sentence:
    """One of the offers was chosen; its date has been said already."""
    return _ask_name(claims.CHOSEN_ASK_NAME, offer, scene)


def soonest_ask_name(found: SlotsFound, scene: Scene, *, wish: UUID | None) -> Sentence:
    """The next free times: the first is taken unless the caller objects."""
    options = _options(found.offers, scene, wish)
    return claim(claims.SOONEST_ASK_NAME, found, scene, options=options)


def offer(found: SlotsFound, scene: Scene, *, wish: UUID | None) -> Sentence:
    """What could be had, at most two of it."""
    options = _options(found.offers, scene, wish)
    what = claims.OFFER_ONE if len(options) == 1 else claims.OFFER_SOME
    return claim(what, found.offers, scene, options=options)


def offer_again(offers: Sequence[SlotOffer], scene: Scene, *, wish: UUID | None) -> Sentence:
    """The open choice once more."""
    options = _options(offers, scene, wish)
    what = claims.OFFER_ONE if len(options) == 1 else claims.OFFER_AGAIN
    return claim(what, offers, scene, options=options)


def which_of(offers: Sequence[SlotOffer], scene: Scene, *, wish: UUID | None) -> Sentence:
    """A yes to two options: which of them?"""
    return claim(claims.CHOOSE_ONE_OF, offers, scene, options=_options(offers, scene, wish))


def who(offers: Sequence[SlotOffer], scene: Scene) -> Sentence:
    """By whom the offered visits would be done."""
    leads = [visit.lead(offer.plan, scene.salon) for offer in offers]
    names = dict.fromkeys(visit.called(lead, scene.salon) for lead in leads)
    return claim(claims.WHO, offers, scene, names=list(names))


def on_which_day(offers: Sequence[SlotOffer], scene: Scene) -> Sentence:
    """The date of what is offered, in full."""
    days = dict.fromkeys(scene.local(offer.plan.start).date() for offer in offers)
    return claim(claims.ON_WHICH_DAY, offers, scene, days=list(days))


def unseen(found: SlotsFound) -> Sentence:
    """Nobody could look into the salon's own calendar for a while: booking tells for sure."""
    return claim(claims.UNSEEN, found)


def nothing_found(answer: NoSlots) -> Sentence:
    """Nothing fits, and no reason worth saying."""
    return claim(claims.NOTHING_FOUND, answer)


def nothing_beyond(answer: NoSlots, *, later: bool) -> Sentence:
    """Nothing earlier, or later, than what was on the table."""
    return claim(claims.NOTHING_LATER if later else claims.NOTHING_EARLIER, answer)


def nothing_at_all(answer: NoSlots) -> Sentence:
    """Nothing in all the time that can be booked."""
    return claim(claims.NOTHING_AT_ALL, answer)


def not_this_time(answer: NoSlots) -> Sentence:
    """This time or none was wished, and it cannot be had."""
    return claim(claims.NOT_THIS_TIME, answer)


def reason(
    obstacle: Obstacle, draft: Draft, scene: Scene, *, offers_follow: bool = False
) -> Sentence | None:
    """Why the wished time is not possible; None when there is nothing to say.

    Offers that follow name the people by themselves.
    """
    if obstacle.reason in obstacles.UNSPOKEN:
        return None
    salon, start = scene.salon, obstacle.start
    wish = draft.wishes[0] if draft.wishes else None
    days = wish.days if wish else None
    wished_day = days.single if days else None
    day = scene.local(start).date() if start else wished_day
    if days and not wished_day and not obstacles.holds_for_all(obstacle, days, scene):
        return None
    staff = visit.called(salon.member(obstacle.staff_id), salon) if obstacle.staff_id else None
    return claim(
        obstacles.claim_of(obstacle, day, scene),
        obstacle,
        scene,
        start=scene.local(start) if start else None,
        day=day,
        whole=day is not None and wish is not None and wish.hours is None,
        staff=staff,
        service=visit.noun(draft.services, salon),
        minutes=visit.minutes(draft.services, salon),
        since=scene.local(obstacle.since) if obstacle.since else None,
        until=scene.local(obstacle.until) if obstacle.until else None,
        kind=obstacle.resource_kind,
        earliest=scene.local(obstacle.earliest) if obstacle.earliest else None,
        latest=obstacle.latest,
        opens=obstacle.opens,
        closes=obstacle.closes,
        holiday=obstacle.holiday,
        qualified=[]
        if offers_follow
        else [visit.called(salon.member(one), salon) for one in obstacle.qualified[:2]],
    )


def ends(plan: Plan, scene: Scene) -> Sentence:
    """When the visit is over."""
    return claim(claims.ENDS, plan, scene, end=scene.local(plan.end))


def _ask_name(asks: Claim[SlotOffer], offer: SlotOffer, scene: Scene) -> Sentence:
    if offer.beside is not None:
        people = [visit.called(visit.lead(plan, scene.salon), scene.salon) for plan in offer.plans]
        start = scene.local(offer.plan.start)
        return claim(claims.FREE_ASK_NAME_BOTH, offer, scene, start=start, people=people)
    staff = visit.called(visit.lead(offer.plan, scene.salon), scene.salon)
    return claim(asks, offer, scene, start=scene.local(offer.plan.start), staff=staff)


def _options(offers: Sequence[SlotOffer], scene: Scene, wish: UUID | None) -> list[Option]:
    """The offers for speech; who does it is said where it was wished or makes a difference."""
    leads = [visit.lead(offer.plan, scene.salon) for offer in offers]
    named = wish is not None or len({lead.id for lead in leads}) > 1
    return [
        Option(
            start=scene.local(offer.plan.start),
            staff=visit.called(lead, scene.salon) if named else None,
        )
        for offer, lead in zip(offers, leads, strict=True)
    ]
