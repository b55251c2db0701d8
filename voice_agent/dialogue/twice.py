"""What a known caller had before: whether the same stands already, or may be wanted again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.interval import Span, shift
from voice_agent.dialogue import visit
from voice_agent.dialogue.identity import Standing, own, standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.slots import TimeWish
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_STEP = 5
"""Minutes between starts: one that is over when the other visit begins is none of them."""


def may_be_twice(state: CallState) -> bool:
    """Whether there is anything to look for: a new visit, of somebody whose visits these are."""
    return state.draft.moving is None and standing(state) is Standing.KNOWN


def may_be_usual(state: CallState) -> bool:
    """Whether a known caller may be offered what they had last: once, and only who has shown it."""
    return not state.usual_offered and standing(state) is Standing.KNOWN


def equal_visit(state: CallState, scene: Scene) -> Appointment | None:
    """The visit that would be had twice, unless it was mentioned before."""
    wished = frozenset(state.draft.services)
    for one in state.visits or ():
        is_equal = frozenset(one.plan.services) == wished and one.id not in state.seconds
        if is_equal and _is_wished_then(state, scene.local(one.plan.start).date(), scene):
            return one
    return None


def own_time(state: CallState, wishes: Sequence[TimeWish], scene: Scene) -> Iterator[Span]:
    """Starts at which the caller is in the salon already; who wishes for one of them is told so."""
    draft = state.draft
    if standing(state) is not Standing.KNOWN or draft.visitor or state.seconds:
        return
    minutes = visit.minutes(draft.services, scene.salon)
    for other in own(visit.customer(state).name, state.visits or ()):
        taken = Span(shift(other.plan.start, _STEP - minutes), other.plan.end)
        wished = any(wish.at is not None and taken.contains(wish.at) for wish in wishes)
        if other.id != draft.moving and not wished:
            yield taken


def _is_wished_then(state: CallState, day: date, scene: Scene) -> bool:
    """On the day that was chosen, else on one that was wished in so many words."""
    if state.offer is not None:
        return scene.local(state.offer.plan.start).date() == day
    return any(wish.days is not None and wish.days.single == day for wish in state.draft.wishes)
