"""Two people at once: both are booked where both fit; else one, and the salon is told of the other.

Either way it is said before anything is booked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from booking_core.domain.slots import Reason
from voice_agent.dialogue import requesting, sentences
from voice_agent.dialogue.choices import for_whom
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import About, Kind, Request
from voice_agent.dialogue.state import Visitor
from voice_agent.dialogue.steps import fresh
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from booking_core.domain.slots import NoSlots
    from nlu import StaffMention, Understanding
    from nlu.meaning import Party
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_TWO = 2
_ROOM_FOR_ONE = frozenset({Reason.TAKEN, Reason.STAFF_OFF, Reason.RESOURCE_FULL})
_FOR_WHOM = {"women": Topic.WOMEN, "men": Topic.MEN, "children": Topic.CHILDREN}


def parted(
    named: tuple[UUID, ...], understood: Understanding, scene: Scene
) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """The services of the visit that is booked here, and those of whoever comes along."""
    party = understood.party
    if party is None or not (party.people >= _TWO or comes_along(understood, scene)):
        return named, ()
    if len(named) < _TWO:
        each = touches(understood.text, Topic.BOTH_OF_US, scene.language)
        both = each and (party.caller or len(party.guests) == _TWO)
        return named, named if both else ()
    theirs = _for_guests(named, party, scene)
    if theirs and len(theirs) < len(named):
        return tuple(one for one in named if one not in theirs), theirs
    return named[:1], named[1:]


def comes_along(understood: Understanding, scene: Scene) -> bool:
    """Whether the caller and one other are to be served: said so, or at the same time."""
    party = understood.party
    if party is None or len(party.guests) != 1:
        return False
    return party.caller or (
        len(understood.services) > 1 and touches(understood.text, Topic.BOTH_OF_US, scene.language)
    )


def _for_guests(named: tuple[UUID, ...], party: Party, scene: Scene) -> tuple[UUID, ...]:
    """What only the others can mean: of a man and his daughter the cut for children."""
    whom = {_FOR_WHOM.get(guest.audience or "") for guest in party.guests}
    return tuple(one for one in named if for_whom(one, scene.salon) in whom - {None})


def named_guest(state: CallState, understood: Understanding) -> CallState:
    """The state with the name of whoever comes along."""
    guests = understood.party.guests if understood.party and state.beside else ()
    guests = guests[1:] or guests  # of two, the first has the first visit
    named = next((guest for guest in guests if guest.name), None)
    if named is None or named.name is None:
        return state
    return replace(state, guest=visitor_of(named.name, named.audience))


def wished_by_guest(
    state: CallState, understood: Understanding
) -> tuple[CallState, tuple[StaffMention, ...]]:
    """Ich zu Emma und mein Mann zu Fabian: with his wish for a person, and what is left to hear."""
    guests = understood.party.guests if understood.party and state.beside else ()
    named = [one for one in understood.staff if one.accepted]
    behind = [one for one in named if guests and one.span[0] >= guests[-1].span[0]]
    if len(named) < _TWO or not behind:
        return state, understood.staff
    wished = _anew(replace(state, guest_staff=UUID(behind[0].accepted)))
    return wished, tuple(one for one in understood.staff if one is not behind[0])


def alone_after_all(state: CallState, understood: Understanding, scene: Scene) -> CallState:
    """The state without the guest who does not come along."""
    if not state.beside or not touches(understood.text, Topic.ALONE, scene.language):
        return state
    return _anew(replace(state, beside=(), guest=None, guest_staff=None))


def _anew(state: CallState) -> CallState:
    """What was found for others than those who come now is no offer any more."""
    draft = replace(state.draft, version=state.draft.version + 1)
    return replace(state, draft=draft, offers=(), chosen=None)


def visitor_of(name: str, audience: str) -> Visitor:
    """Somebody who comes; "er heißt Finn" is said of one of the family."""
    return Visitor(name=name, child=audience == "children" or not (audience or " " in name))


def told(services: tuple[UUID, ...], beside: tuple[UUID, ...], scene: Scene) -> Sentence:
    """Said before anything is booked: there is no time for both."""
    if services == beside:
        return sentences.plain("party_same")
    return sentences.party(services, beside, scene.salon)


def may_part(state: CallState, found: NoSlots) -> bool:
    """Whether one of them may still find a time where both do not."""
    tried = bool(state.beside) and state.apart != state.draft.version
    return tried and found.obstacle.reason in _ROOM_FOR_ONE


def arrange(state: CallState, scene: Scene, booked: CallState) -> Step:
    """After the first booking the salon is asked to see to the second."""
    wish = replace(booked.draft, services=state.beside, wishes=state.draft.wishes)
    asking = replace(fresh(booked), draft=wish, beside=(), guest=None, guest_staff=None)
    request = Request(
        kind=Kind.CALLBACK,
        about=About.PARTY,
        topics=(str(sentences.party_topic(state.beside, scene.salon)),),
        name_asked=True,
        number_settled=True,
    )
    return requesting.note(replace(asking, request=request), scene)
