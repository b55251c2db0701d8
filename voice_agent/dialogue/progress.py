"""What comes next: the one place that knows in which order things are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery
from voice_agent.dialogue import offering, visit
from voice_agent.dialogue.actions import Book, FindSlots, LookUp, Move
from voice_agent.dialogue.asked import (
    AskEmail,
    AskName,
    AskService,
    AskTime,
    CheckEmail,
    CheckName,
    ChooseOffer,
    ChooseService,
    ChooseTime,
    Consent,
    SecondVisit,
)
from voice_agent.dialogue.events import Work
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.steps import Step, ask, move_order, order, owner, say
from voice_agent.dialogue.twice import equal_visit, may_be_twice, may_be_usual, own_time
from voice_agent.dialogue.wish import spans, time_wishes

if TYPE_CHECKING:
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.asked import Clarification, Question
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_REFUSED_MINUTES = 5
"""A refused start excludes itself, not its neighbours."""


def proceed(state: CallState, scene: Scene, *before: Sentence | None) -> Step:
    """Ask for what is missing, search as soon as there is something to search, read back."""
    if question := _missing_for_search(state):
        return _ask_for(state, question, scene, *before)
    if may_be_twice(state) and (step := _look_for_equal(state, scene, *before)):
        return step
    if not state.offers:
        return search(state, scene, *before)
    if state.offer is None:
        return ask(state, ChooseOffer(), scene, *before)
    if question := missing_for_consent(state, scene):
        return _ask_person(state, question, scene, *before)
    return read_back(state, scene, *before)


def search(state: CallState, scene: Scene, *before: Sentence | None) -> Step:
    """Look for times; what is found is held."""
    draft = state.draft
    wishes = time_wishes(draft.wishes, scene)
    query = SlotQuery(
        branch_id=scene.salon.branch.id,
        visit=VisitRequest(services=draft.services, staff=draft.staff),
        owner=owner(scene.call_id),
        wishes=wishes,
        rejected=(*_rejected(state, scene), *own_time(state, wishes, scene)),
        strict=draft.strict,
        moving=draft.moving,
        beside=_beside(state),
    )
    running = replace(state, work=Work.SEARCH, searched=draft.version, offers=(), chosen=None)
    return running, (*say(*before), FindSlots(query=query))


def _beside(state: CallState) -> VisitRequest | None:
    """What somebody else comes along for, as long as there may be a time for both."""
    if not state.beside or state.draft.moving or state.apart == state.draft.version:
        return None
    return VisitRequest(services=state.beside, staff=state.guest_staff)


def read_back(state: CallState, scene: Scene, *before: Sentence | None) -> Step:
    """The one confirmation: the whole visit, and whether to book it."""
    assert state.offer is not None
    question = Consent(version=state.draft.version, offer_id=state.offer.id)
    return ask(state, question, scene, *before)


def book(state: CallState, scene: Scene) -> Step:
    """Carry out what was agreed on."""
    assert state.offer is not None
    if state.moving is not None:
        moving = replace(state, work=Work.MOVE, ordered=state.draft.version, question=None)
        return moving, (Move(order=move_order(state, state.moving, state.offer, scene)),)
    running = replace(state, work=Work.BOOKING, ordered=state.draft.version, question=None)
    return running, (Book(order=order(state, state.offer, scene)),)


def missing_for_consent(state: CallState, scene: Scene) -> Question | None:
    """What is still to be asked about the person; of a visit that stands it is known."""
    if state.draft.moving is not None:
        return None
    name = state.draft.name or state.greeted
    if name is None:
        return AskName()
    if name not in state.names_checked and _is_staff_name(name, scene):
        return CheckName(name=name)
    if (address := state.draft.email) and address != state.email_checked:
        return CheckEmail(email=address)
    return AskEmail() if _wants_address(state, scene) else None


def _wants_address(state: CallState, scene: Scene) -> bool:
    """Once, for a visit of several segments, unless there is one."""
    if not scene.salon.branch.asks_email or state.email_asked or visit.customer(state).email:
        return False
    return visit.is_composite(state.draft.services, scene.salon)


def _ask_for(state: CallState, question: Question, scene: Scene, *before: Sentence | None) -> Step:
    """What is missing; who is known is offered what they had last, so it is looked up, once."""
    if not isinstance(question, AskService) or not may_be_usual(state):
        return ask(state, question, scene, *before)
    asked = LookUp(branch_id=scene.salon.branch.id, phone=state.caller_number, include_past=True)
    looking = replace(state, work=Work.LOOKUP, usual_offered=True)
    return looking, (*say(*before), asked)


def _look_for_equal(state: CallState, scene: Scene, *before: Sentence | None) -> Step | None:
    """What stands for the caller is looked up first, and an equal visit is mentioned once."""
    if state.visits is None:
        asked = LookUp(branch_id=scene.salon.branch.id, phone=state.caller_number)
        return replace(state, work=Work.LOOKUP), (*say(*before), asked)
    equal = equal_visit(state, scene)
    if equal is None:
        return None
    asked_about = replace(state, seconds=(*state.seconds, equal.id))
    return ask(asked_about, SecondVisit(visit=equal.id), scene, *before)


def _missing_for_search(state: CallState) -> Question | None:
    if not state.draft.services:
        return _unclear(state, ChooseService) or AskService()
    if state.unclear:
        return min(state.unclear, key=lambda point: isinstance(point, ChooseTime))
    return None if state.draft.wishes else AskTime()


def _unclear(state: CallState, kind: type[Clarification]) -> Clarification | None:
    return next((point for point in state.unclear if isinstance(point, kind)), None)


def _ask_person(
    state: CallState, question: Question, scene: Scene, *before: Sentence | None
) -> Step:
    """The first question for the name also says that the wished time can be had."""
    if isinstance(question, AskName) and not isinstance(state.question, AskName):
        assert state.offer is not None
        asking = replace(state, question=question)
        is_choice = len(state.offers) > 1
        told = offering.chosen_ask_name if is_choice else offering.free_ask_name
        return asking, say(*before, told(state.offer, scene))
    asked = replace(state, email_asked=state.email_asked or isinstance(question, AskEmail))
    return ask(asked, question, scene, *before)


def _is_staff_name(name: str, scene: Scene) -> bool:
    words = set(name.casefold().split())
    team = (member for member in scene.salon.staff if member.active)
    return any(words <= set(member.name.casefold().split()) for member in team)


def _rejected(state: CallState, scene: Scene) -> tuple[Span, ...]:
    avoided = (span for wish in state.draft.avoid for span in spans(wish, scene))
    refused = (Span.of_minutes(start, _REFUSED_MINUTES) for start in state.draft.refused)
    return (*avoided, *refused)
