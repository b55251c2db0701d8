"""The small change of the policy: what every step is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.booking import BookAppointment
from booking_core.domain.orders import RescheduleAppointment
from voice_agent.dialogue import confirming, sentences, telling, visit
from voice_agent.dialogue.actions import Action, EndCall, ReleaseHolds, Say, Sentence
from voice_agent.dialogue.asked import AskTime, ConfirmCancel
from voice_agent.dialogue.questions import wording
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.state import Draft

if TYPE_CHECKING:
    from booking_core.domain.appointment import Appointment
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import SlotOffer
    from voice_agent.dialogue.asked import Question
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

Step = tuple["CallState", tuple[Action, ...]]
"""The state after an event, and what is to be done, in order."""


def owner(call_id: str) -> str:
    """Whose name the holds of a call are kept under."""
    return f"call:{call_id}"


def order_key(call_id: str, version: int) -> str:
    """The idempotency key of a booking: one version of the draft is booked at most once."""
    return f"{call_id}:{version}"


def say(*said: Sentence | None) -> tuple[Action, ...]:
    """These sentences, in order; None is nothing to say."""
    return tuple(Say(sentence=sentence) for sentence in said if sentence)


def ask(
    state: CallState,
    question: Question,
    scene: Scene,
    *before: Sentence | None,
    again: bool = False,
) -> Step:
    """Put this question, after what else is to be said."""
    asking = replace(state, question=question)
    taken_up = isinstance(question, AskTime) and any(before)  # what was said names the service
    return asking, say(*before, wording(asking, scene, again=again or taken_up))


def ask_again(state: CallState, scene: Scene, *before: Sentence | None) -> Step:
    """Back to the open question; nothing is lost."""
    return state, say(*before, wording(state, scene, again=True))


def order(state: CallState, offer: SlotOffer, scene: Scene) -> BookAppointment:
    """The order that books exactly what was read back."""
    return BookAppointment(
        key=order_key(scene.call_id, state.draft.version),
        owner=owner(scene.call_id),
        branch_id=scene.salon.branch.id,
        plan=offer.plan,
        customer=visit.customer(state),
        call_id=scene.call_id,
        on_purpose=bool(state.seconds),
        anyone=state.draft.staff is None,
        note=sentences.together(visit.companion(state).name, scene.salon) if offer.beside else "",
        beside=_order_beside(state, offer.beside, scene) if offer.beside else None,
    )


def _order_beside(state: CallState, plan: Plan, scene: Scene) -> BookAppointment:
    """The order for whoever comes along: a visit of its own, which belongs to the other one."""
    return BookAppointment(
        key=f"{order_key(scene.call_id, state.draft.version)}/beside",
        owner=f"{owner(scene.call_id)}/beside",
        branch_id=scene.salon.branch.id,
        plan=plan,
        customer=visit.companion(state),
        call_id=scene.call_id,
        on_purpose=True,
        anyone=state.guest_staff is None,
        note=sentences.together(visit.customer(state).name, scene.salon),
    )


def move_order(
    state: CallState, old: Appointment, offer: SlotOffer, scene: Scene
) -> RescheduleAppointment:
    """The order that moves this visit, as it was looked up, to exactly what was read back."""
    return RescheduleAppointment(
        key=order_key(scene.call_id, state.draft.version),
        owner=owner(scene.call_id),
        branch_id=scene.salon.branch.id,
        appointment_id=old.id,
        plan=offer.plan,
        version=old.version,
        on_purpose=state.overlapping == offer.id,
    )


def fresh(state: CallState) -> CallState:
    """Ready for another visit of the same person; a new version, so that no old yes counts."""
    draft = state.draft
    person = Draft(name=draft.name, phone=draft.phone, email=draft.email, version=draft.version + 1)
    left = replace(state, draft=person, offers=(), chosen=None, unclear=(), refusals=0)
    return replace(left, obstacle=None, curious=(), concern=None)


def say_goodbye(state: CallState, scene: Scene) -> Step:
    """One closing sentence with the essential fact, then exactly one end."""
    if spared := _spared(state):
        last = telling.farewell_kept(spared)
    elif state.booked:
        last = confirming.farewell_booked(state.booked, scene)
    else:
        last = sentences.plain("farewell_unbooked" if _began(state.draft) else "farewell")
    return end(state, last)


def end(state: CallState, last: Sentence) -> Step:
    """The last words, uninterrupted, and the end of the call; holds are given back."""
    actions: list[Action] = [Say(sentence=last, uninterruptible=True), EndCall()]
    if state.offers:
        actions.insert(0, ReleaseHolds())
    return replace(state, ended=True, question=None, offers=(), chosen=None), tuple(actions)


def _spared(state: CallState) -> Appointment | None:
    """The visit that was about to be changed and stays as it is."""
    asked = state.question
    one = asked.visit if isinstance(asked, ConfirmCancel) else state.draft.moving
    return next((visit for visit in state.visits or () if visit.id == one), None)


def _began(draft: Draft) -> bool:
    return bool(draft.services or draft.wishes)
