"""What a known caller had before: whether the same stands already, or may be wanted again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.dialogue.identity import Standing, standing

if TYPE_CHECKING:
    from datetime import date

    from booking_core.domain.appointment import Appointment
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState


def may_be_twice(state: CallState) -> bool:
    """Whether there is anything to look for: a new visit, of somebody whose visits these are."""
    return state.draft.moving is None and standing(state) is Standing.KNOWN


def may_be_usual(state: CallState) -> bool:
    """Whether a known caller may be offered what they had last: once, and only who has shown it."""
    return not state.usual_offered and standing(state) is Standing.KNOWN


def equal_visit(state: CallState, scene: Scene) -> Appointment | None:
    """The visit that would be had twice, unless it was mentioned before."""
    wished = frozenset(state.draft.services)
    for visit in state.visits or ():
        is_equal = frozenset(visit.plan.services) == wished and visit.id not in state.seconds
        if is_equal and _is_wished_then(state, scene.local(visit.plan.start).date(), scene):
            return visit
    return None


def _is_wished_then(state: CallState, day: date, scene: Scene) -> bool:
    """On the day that was chosen, else on one that was wished in so many words."""
    if state.offer is not None:
        return scene.local(state.offer.plan.start).date() == day
    return any(wish.days is not None and wish.days.single == day for wish in state.draft.wishes)
