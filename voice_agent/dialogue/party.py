"""Two people at once: one visit is booked, the other is left to the salon, and that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.dialogue import requesting, sentences
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import About, Kind, Request
from voice_agent.dialogue.steps import fresh
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from uuid import UUID

    from nlu import Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_TWO = 2


def parted(
    named: tuple[UUID, ...], understood: Understanding, scene: Scene
) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """The services of the visit that is booked here, and those of whoever comes along."""
    party = understood.party
    if party is None or party.people < _TWO:
        return named, ()
    if len(named) < _TWO:
        both = party.caller and touches(understood.text, Topic.BOTH_OF_US, scene.language)
        return named, named if both else ()
    return named[:1], named[1:]


def told(services: tuple[UUID, ...], beside: tuple[UUID, ...], scene: Scene) -> Sentence:
    """Said before anything is booked: one after the other."""
    if services == beside:
        return sentences.plain("party_same")
    return sentences.party(services, beside, scene.salon)


def arrange(state: CallState, scene: Scene, booked: CallState) -> Step:
    """After the first booking the salon is asked to see to the second."""
    wish = replace(booked.draft, services=state.beside, wishes=state.draft.wishes)
    asking = replace(fresh(booked), draft=wish, beside=())
    request = Request(
        kind=Kind.CALLBACK,
        about=About.PARTY,
        topics=(str(sentences.party_topic(state.beside, scene.salon)),),
        name_asked=True,
        number_settled=True,
    )
    return requesting.note(replace(asking, request=request), scene)
