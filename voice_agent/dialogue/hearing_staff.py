"""The wish for a person: a name, nobody in particular, or somebody the salon does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from nlu import Grain, Intent, StaffWish, YesNo
from nlu.meaning import ASK_SCORE
from voice_agent.dialogue import visit
from voice_agent.dialogue.asked import AskStaff, ChooseOffer, ChooseStaff
from voice_agent.dialogue.party import wished_by_guest
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from nlu import StaffMention, Understanding
    from voice_agent.dialogue.asked import Clarification
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_CLOSE = 0.1
"""Two names this close in score are both meant seriously."""


def hear_staff(state: CallState, understood: Understanding, scene: Scene) -> CallState:
    """The state with the wish for a person of this sentence."""
    if _wants_woman_or_man(understood, scene):
        return _open(state, AskStaff(woman_or_man=True))
    state, mentions = wished_by_guest(state, understood)
    # Whoever is named has the last word: "bei Dilara statt Emma".
    for mention in sorted(mentions, key=lambda one: one.wish is not StaffWish.NOT):
        state = _hear(state, mention, scene)
    if not understood.staff and touches(understood.text, Topic.OTHER_PERSON, scene.language):
        return _anybody_else(state, scene)
    if not understood.staff and _lets_go(state, understood):
        return _settle(state, _colleague(state, scene))
    return state


def _wants_woman_or_man(understood: Understanding, scene: Scene) -> bool:
    named = any(mention.accepted for mention in understood.staff)
    return not named and touches(understood.text, Topic.WOMAN_OR_MAN, scene.language)


def _hear(state: CallState, mention: StaffMention, scene: Scene) -> CallState:
    match mention.wish:
        case StaffWish.ANY:
            return _settle(state, _colleague(state, scene))
        case StaffWish.NOT:
            return _exclude(state, mention)
        case StaffWish.NAMED:
            return _named(state, mention, scene)


def _named(state: CallState, mention: StaffMention, scene: Scene) -> CallState:
    meant = _meant(mention)
    if not meant:
        return _open(state, AskStaff(heard=mention.text))
    if len(meant) > 1:
        return _open(state, ChooseStaff(options=meant))
    if (offer_id := _offered_with(state, meant[0], scene)) is not None:
        return replace(state, chosen=offer_id)
    return _settle(state, meant[0])


def _meant(mention: StaffMention) -> tuple[UUID, ...]:
    """One person, or the few whose names fit about as well."""
    if mention.accepted:
        return (UUID(mention.accepted),)
    worth = [c for c in mention.candidates if c.score >= ASK_SCORE]
    best = worth[0].score if worth else 0.0
    return tuple(UUID(c.id) for c in worth if c.score >= best - _CLOSE)[:2]


def _exclude(state: CallState, mention: StaffMention) -> CallState:
    meant = _meant(mention)
    if not meant:
        return state
    return _open(state, AskStaff(excluded=meant[0]))


def _anybody_else(state: CallState, scene: Scene) -> CallState:
    """Whoever it was with so far is out; with whom instead is asked."""
    leads = {visit.lead(offer.plan, scene.salon).id for offer in state.offers}
    so_far = state.draft.staff or (leads.pop() if len(leads) == 1 else None)
    return _open(state, AskStaff(excluded=so_far)) if so_far or leads else state


def _lets_go(state: CallState, understood: Understanding) -> bool:
    """After a question about the person: "dann ist es egal"."""
    if not isinstance(state.question, AskStaff):
        return False
    any_time = any(time.grain is Grain.ANY for time in understood.times)
    return any_time or understood.has(Intent.NO_PREFERENCE) or understood.yes_no is YesNo.YES


def _colleague(state: CallState, scene: Scene) -> UUID | None:
    """Anybody will do; but where somebody was ruled out, it is one of the others."""
    question = state.question
    if not isinstance(question, AskStaff) or question.excluded is None:
        return None
    able = visit.able(state.draft.services, scene.salon)
    return next((member.id for member in able if member.id != question.excluded), None)


def _offered_with(state: CallState, staff: UUID, scene: Scene) -> str | None:
    """The one offer that is with this person: "dann bei Fabian"."""
    if not isinstance(state.question, ChooseOffer):
        return None
    offers = [o for o in state.offers if visit.lead(o.plan, scene.salon).id == staff]
    return offers[0].id if len(offers) == 1 else None


def _settle(state: CallState, staff: UUID | None) -> CallState:
    return replace(state, unclear=_others(state)).amend(replace(state.draft, staff=staff))


def _open(state: CallState, point: Clarification) -> CallState:
    asking = replace(state, unclear=(*_others(state), point))
    return asking.amend(replace(state.draft, staff=None))


def _others(state: CallState) -> tuple[Clarification, ...]:
    return tuple(p for p in state.unclear if not isinstance(p, AskStaff | ChooseStaff))
