"""Running late: noted on the visit and told to the salon; nothing moves or is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.workflows.note_late import NoteLateness
from nlu import Grain
from voice_agent.dialogue import sentences, telling
from voice_agent.dialogue.actions import NoteLate
from voice_agent.dialogue.concern import Act, Concern
from voice_agent.dialogue.events import Work
from voice_agent.dialogue.leaving import settle, way_out
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import About
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from booking_core.domain.appointment import Appointment
    from booking_core.workflows.note_late import LatenessNoted
    from nlu import Understanding
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step


def note(state: CallState, visit: Appointment, scene: Scene) -> Step:
    """On this visit, with how late it will be if that was said."""
    assert state.concern is not None
    said = state.concern.said
    order = NoteLateness(
        key=f"{scene.call_id}:{visit.id}",
        branch_id=scene.salon.branch.id,
        appointment_id=visit.id,
        minutes=_minutes(said),
        words=said.text,
        name=visit.customer.name,
        phone=state.draft.phone or state.caller_number,
    )
    unsaid = visit.id if order.minutes is None else None
    running = replace(state, work=Work.LATENESS, question=None, late=unsaid)
    return running, (NoteLate(order=order),)


def how_late(state: CallState, understood: Understanding) -> CallState | None:
    """The call with the minutes that were said afterwards: "so zwanzig Minuten"."""
    if state.late is None or _minutes(understood) is None:
        return None
    said = Concern(act=Act.LATE, said=understood, visit=state.late)
    return replace(state, concern=said, misses=0)


def noted(state: CallState, result: LatenessNoted, scene: Scene) -> Step:
    """It stands: the salon knows, and decides for itself what is still possible."""
    return settle(replace(state, work=None), telling.late_noted(result), scene)


def not_noted(state: CallState, scene: Scene) -> Step:
    """Nobody has been told: somebody should call."""
    return way_out(state, About.TROUBLE, scene, sentences.plain("late_not_noted"))


def _minutes(said: Understanding) -> int | None:
    if touches(said.text, Topic.A_FEW, said.language):
        return None
    lengths = [
        time.shift_s if time.grain is Grain.SHIFT else time.duration_s
        for time in said.times
        if time.grain in {Grain.SHIFT, Grain.DURATION}
    ]
    minutes = [abs(seconds) // 60 for seconds in lengths if seconds]
    return minutes[0] if minutes and minutes[0] else None
