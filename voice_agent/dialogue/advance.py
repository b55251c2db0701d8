"""Consent before the search: "wenn da frei ist, buchen Sie es". It holds for exactly that wish.

Service, day and time are the caller's own, the name is known, and nothing else is open: otherwise
the visit is read back and asked about like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.dialogue.progress import missing_for_consent
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from booking_core.domain.slots import SlotsFound
    from nlu import Understanding
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.wish import Wish


def hear_advance(state: CallState, understood: Understanding, scene: Scene) -> CallState:
    """The state with what this sentence agrees to beforehand; any later change voids it."""
    if not _agrees(understood, scene):
        return state
    return replace(state, in_advance=state.draft.version)


def agreed(state: CallState, found: SlotsFound, scene: Scene) -> bool:
    """Whether what was found is the very visit that was agreed to before it was looked for."""
    draft = state.draft
    if state.in_advance != draft.version or draft.moving or state.unclear or state.beside:
        return False
    if len(found.offers) != 1 or not found.exact or found.unseen or len(draft.wishes) != 1:
        return False
    settled = replace(state, offers=found.offers, chosen=found.offers[0].id)
    is_the_start = _names(draft.wishes[0], settled, scene)
    return is_the_start and missing_for_consent(settled, scene) is None


def _names(wish: Wish, state: CallState, scene: Scene) -> bool:
    """Whether day and time were said, and are those of the offer."""
    if state.offer is None or wish.days is None or wish.hours is None or wish.hours.about:
        return False
    start = scene.local(state.offer.plan.start)
    return (wish.days.single, wish.hours.at) == (start.date(), start.time())


def _agrees(understood: Understanding, scene: Scene) -> bool:
    """If it is free, book it; any other condition is none we can see for the caller."""
    text, language = understood.text, scene.language
    if understood.condition and not touches(understood.condition, Topic.FREE, language):
        return False
    said = all(touches(text, topic, language) for topic in (Topic.IF, Topic.FREE, Topic.BOOK_IT))
    return said and not touches(text, Topic.NOT_YET, language)
