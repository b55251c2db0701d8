"""Calling a visit off: which one, a yes to this very one, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.orders import (
    CancelAppointment,
    Cancelled,
    Cancelling,
    NotBooked,
    TooLate,
    UnderWay,
)
from booking_core.workflows.alter import too_late
from nlu import Intent, YesNo
from voice_agent.dialogue import sentences, telling
from voice_agent.dialogue.actions import Cancel
from voice_agent.dialogue.asked import ConfirmCancel, Retry
from voice_agent.dialogue.events import Work
from voice_agent.dialogue.leaving import keep, settle, way_out
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import About, Met
from voice_agent.dialogue.steps import ask, say
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from booking_core.domain.appointment import Appointment
    from booking_core.domain.orders import CancelResult
    from nlu import Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_QUESTIONS = (Intent.ASK_PRICE, Intent.ASK_DURATION, Intent.ASK_OTHER, Intent.ASK_HOURS)


def confirm(state: CallState, visit: Appointment, scene: Scene, *before: Sentence | None) -> Step:
    """Name the visit that is to go, and ask; too late is said before anybody agrees to anything."""
    if limit := too_late(visit, scene.salon, scene.now, waived=False):
        return refused(state, limit, visit, scene, to_move=False)
    return ask(state, ConfirmCancel(visit=visit.id), scene, *before)


def answered(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """A yes, or "ja, absagen": only that. A no leaves everything as it is."""
    keeps = touches(understood.text, Topic.KEEP, scene.language)
    if understood.yes_no is YesNo.NO or keeps:
        return keep(state, scene)
    agrees = understood.yes_no is YesNo.YES or _says_so(understood)
    if agrees and not understood.condition:
        return order(replace(state, leaving=understood.has(Intent.GOODBYE)), scene)
    return None


def _says_so(understood: Understanding) -> bool:
    """Said in so many words; a question that has the word in it agrees to nothing."""
    asks = understood.text.rstrip().endswith("?") or any(understood.has(i) for i in _QUESTIONS)
    return understood.has(Intent.CANCEL) and not asks


def order(state: CallState, scene: Scene) -> Step:
    """Carry out what was agreed on; ordered twice in a call, it is one cancellation."""
    visit = meant(state)
    running = replace(state, work=Work.CANCEL, question=None)
    ordered = CancelAppointment(
        key=f"{scene.call_id}:cancel:{visit.id}",
        branch_id=scene.salon.branch.id,
        appointment_id=visit.id,
    )
    return running, (Cancel(order=ordered),)


def cancel_answered(state: CallState, result: CancelResult, scene: Scene) -> Step:
    """Tell what came of it; "abgesagt" only with the result that nothing of it stands."""
    idle = replace(state, work=None, failures=0)
    match result:
        case Cancelled():
            gone = replace(_gone(idle), met=(*idle.met, Met.CANCELLED))
            return settle(gone, telling.cancelled(result, scene), scene)
        case Cancelling():
            gone = replace(_gone(idle), met=(*idle.met, Met.CANCELLED))
            return settle(gone, telling.cancelling(result, scene), scene)
        case TooLate():
            return refused(idle, result, meant(idle), scene, to_move=False)
        case NotBooked():
            return settle(_gone(idle), telling.gone(result), scene)
        case UnderWay():
            asking = replace(idle, question=Retry(work=Work.CANCEL))
            return asking, say(telling.busy(result, scene))


def unsure(state: CallState, scene: Scene, *, again: bool) -> Step:
    """Whether it was cancelled is not known: nothing is claimed, only the same is sent again."""
    if again:
        told = sentences.plain("cancel_unsure_again")
        return way_out(replace(state, failures=0), About.TROUBLE, scene, told)
    asking = replace(state, question=Retry(work=Work.CANCEL))
    return asking, say(sentences.plain("cancel_unsure"))


def refused(
    state: CallState, limit: TooLate, visit: Appointment, scene: Scene, *, to_move: bool
) -> Step:
    """Too late for the telephone: the reason, and what can be done instead."""
    told = telling.too_late(limit, visit, scene, to_move=to_move)
    return way_out(state, About.TOO_LATE, scene, told)


def meant(state: CallState) -> Appointment:
    """The visit this is about."""
    assert state.concern is not None
    return next(visit for visit in state.visits or () if visit.id == state.concern.visit)


def _gone(state: CallState) -> CallState:
    visit = meant(state)
    left = tuple(other for other in state.visits or () if other.id != visit.id)
    booked = state.booked
    still = None if booked and booked.appointment.id == visit.id else booked
    return replace(state, visits=left, booked=still)
