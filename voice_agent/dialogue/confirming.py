"""The one confirmation and what came of it: each sentence takes the result that it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.booking import Booked
from booking_core.domain.requests import CallbackNoted
from voice_agent.dialogue import claims, visit
from voice_agent.dialogue.claims import claim
from voice_agent.dialogue.replacing import replace

if TYPE_CHECKING:
    from booking_core.domain.booking import AlreadyThere, Failed, Taken
    from booking_core.domain.plan import Plan
    from booking_core.domain.requests import WaitingEntry
    from booking_core.domain.slots import SlotOffer
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.request import Request
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_NEXT = {
    claims.READ_BACK.key: claims.READ_BACK_NEXT,
    claims.READ_BACK_WAITING.key: claims.READ_BACK_NEXT_WAITING,
}
_WITHOUT_QUESTION = {claims.BOOKED.key: claims.BOOKED_GOING_ON}


def read_back(offer: SlotOffer, state: CallState, scene: Scene, *, again: bool = False) -> Sentence:
    """The whole visit before the commit, and the one question that counts."""
    name = visit.customer(state).name
    if offer.beside is not None:
        return _read_back_both(offer, offer.beside, state, scene)
    waits = visit.waits(offer.plan.services, scene.salon)
    first = claims.READ_BACK_WAITING if waits else claims.READ_BACK
    return claim(
        claims.READ_BACK_AGAIN if again else first,
        offer,
        scene,
        service=visit.noun(offer.plan.services, scene.salon),
        start=scene.local(offer.plan.start),
        staff=visit.called(visit.lead(offer.plan, scene.salon), scene.salon),
        minutes=offer.plan.total_minutes,
        end=scene.local(offer.plan.end),
        name=name,
    )


def _read_back_both(offer: SlotOffer, beside: Plan, state: CallState, scene: Scene) -> Sentence:
    """Two visits at the same time, and one question for both."""
    return claim(
        claims.READ_BACK_BOTH,
        offer,
        scene,
        start=scene.local(offer.plan.start),
        both=[
            _spoken(offer.plan, visit.customer(state).name, scene),
            _spoken(beside, visit.companion(state).name, scene),
        ],
    )


def _spoken(plan: Plan, name: str, scene: Scene) -> dict[str, object]:
    """One of two visits, for speech."""
    return {
        "service": visit.noun(plan.services, scene.salon),
        "staff": visit.called(visit.lead(plan, scene.salon), scene.salon),
        "end": scene.local(plan.end),
        "name": name,
    }


def ask_consent(offer: SlotOffer, scene: Scene) -> Sentence:
    """The question of the read-back alone, after something else was said."""
    return claim(claims.ASK_CONSENT, offer, scene, start=scene.local(offer.plan.start))


def booked(result: Booked, scene: Scene, *, leaving: bool = False) -> Sentence:
    """It is booked: only ever said with the committed appointment in hand."""
    appointment = result.appointment
    if isinstance(result.beside, Booked):
        return _booked_both(result, result.beside, scene, leaving=leaving)
    return claim(
        claims.BOOKED_GOODBYE if leaving else claims.BOOKED,
        result,
        scene,
        start=scene.local(appointment.plan.start),
        service=visit.noun(appointment.plan.services, scene.salon),
        staff=visit.called(visit.lead(appointment.plan, scene.salon), scene.salon),
        mail=result.mail_to is not None,
    )


def _booked_both(result: Booked, beside: Booked, scene: Scene, *, leaving: bool) -> Sentence:
    """Both visits are booked, with both appointments in hand."""
    visits = [
        _spoken(one.appointment.plan, one.appointment.customer.name, scene)
        for one in (result, beside)
    ]
    return claim(
        claims.BOOKED_BOTH_GOODBYE if leaving else claims.BOOKED_BOTH,
        result,
        scene,
        start=scene.local(result.appointment.plan.start),
        both=visits,
        mail=result.mail_to is not None,
    )


def going_on(sentence: Sentence) -> Sentence:
    """The same without the question at its end, where something else follows."""
    same = _WITHOUT_QUESTION.get(sentence.key)
    return replace(sentence, key=same.key) if same else sentence


def as_next(sentence: Sentence) -> Sentence:
    """A read-back that follows another booking of the same call, told as the next one."""
    same = _NEXT.get(sentence.key)
    return replace(sentence, key=same.key) if same else sentence


def taken(result: Taken, scene: Scene) -> Sentence:
    """Somebody was faster."""
    return claim(claims.TAKEN, result, scene, start=scene.local(result.plan.start))


def failed(result: Failed, *, again: bool) -> Sentence:
    """It did not work; "nothing is booked" only when everything is undone.

    A call from the salon is promised only when it is on record.
    """
    if not result.undone:
        what = claims.FAILED_UNDOING_AGAIN if again else claims.FAILED_UNDOING
    else:
        what = claims.FAILED_AGAIN if again else claims.FAILED
    return claim(what, result, callback=result.callback)


def not_booked_so(result: AlreadyThere) -> Sentence:
    """Nothing is booked; not a word of what stands already."""
    return claim(claims.NOT_BOOKED_SO, result)


def farewell_booked(result: Booked, scene: Scene) -> Sentence:
    """Goodbye with the one fact to remember."""
    start = scene.local(result.appointment.plan.start)
    return claim(claims.FAREWELL_BOOKED, result, scene, start=start)


def request_noted(result: CallbackNoted | WaitingEntry) -> Sentence:
    """The salon calls back, or the caller stands on its list."""
    if isinstance(result, CallbackNoted):
        return claim(claims.CALLBACK_NOTED, result)
    return claim(claims.WAITING_NOTED, result)


def callback_stands(result: CallbackNoted) -> Sentence:
    """It was promised before."""
    return claim(claims.CALLBACK_STANDS, result)


def request_stays(request: Request) -> Sentence:
    """Nothing more is to be said about it; it stands in the salon's book."""
    assert request.stored
    return claim(claims.REQUEST_STAYS, request)
