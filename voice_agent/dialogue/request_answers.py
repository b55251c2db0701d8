"""Answers to what is asked for a callback, or a place on the waiting list.

OfferRequest   yes                       -> the request is stored with what is known so far
               no                        -> back to where we were
AskNumber      digits, in pieces         -> CheckNumber; refused = nobody can be called
(stored)                                 -> AskWho, once; CheckNumber, once; AnythingElse
AskWho         a name, or none           -> stored again, with the name
CheckNumber    yes, no, other last digits
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import Intent, YesNo
from nlu.phone import dictated, whole_number
from voice_agent.dialogue import sentences
from voice_agent.dialogue.asked import AnythingElse
from voice_agent.dialogue.hearing_person import unlikely_name
from voice_agent.dialogue.progress import proceed
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import (
    AskNumber,
    AskWho,
    CheckNumber,
    Kind,
    OfferRequest,
    Request,
)
from voice_agent.dialogue.requesting import (
    ASKED_FOR_NUMBER,
    ON_THE_WAY,
    ask_number,
    begin,
    go_on,
    unreachable,
    unsaved,
    wants_callback,
    with_what_was_said,
)
from voice_agent.dialogue.steps import ask, fresh, say
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_LAST_DIGITS = 4
"""Fewer digits than this put the end of the number right; more are a new one."""
_AREA_CODE = 4
"""Digits by which a number is known that is told once more."""
_MOST_DIGITS = 17
"""E.164 allows 15 behind the zeros with which it is dialled abroad."""
_ABOUT_TALKING = (Intent.REPEAT, Intent.PING, Intent.GOODBYE, Intent.ASK_OTHER)


def answered(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """What the answer to one of these questions does; None when it was no answer to it."""
    match state.question:
        case OfferRequest():
            return _decided(state, state.question, understood, scene)
        case AskNumber(digits=digits):
            return _dictating(state, digits, understood, scene)
        case CheckNumber():
            return _checked(state, state.question, understood, scene)
        case AskWho():
            return _named(state, understood, scene)
        case _:
            return None


def _decided(
    state: CallState, question: OfferRequest, understood: Understanding, scene: Scene
) -> Step | None:
    wants_call = wants_callback(understood, scene)
    agrees = _agrees(understood, scene) or _picks_list(question, understood, scene)
    agrees = agrees or _goes_along(understood)
    if wants_call or agrees:
        kind = Kind.WAITING if question.waiting and not wants_call else Kind.CALLBACK
        topics = (question.topic,) if question.topic else ()
        return begin(
            state, Request(kind=kind, about=question.about, topics=topics), understood, scene
        )
    if understood.has(Intent.GOODBYE):
        return None
    refuses = understood.yes_no is YesNo.NO or understood.has(Intent.STOP)
    if not refuses and not understood.has(Intent.REJECT):
        return None
    if _names_something(understood):
        return None
    if question.about in ON_THE_WAY and state.draft.services:
        return proceed(state, scene, sentences.plain("request_refused"))
    return ask(fresh(state), AnythingElse(), scene, sentences.plain("request_refused"))


def _agrees(understood: Understanding, scene: Scene) -> bool:
    """A call costs nothing: here a yes counts whatever stands behind it."""
    if understood.yes_no is not None:
        return understood.yes_no is YesNo.YES
    return touches(understood.text, Topic.AGREES, scene.language)


def _goes_along(understood: Understanding) -> bool:
    """Only a name or a number, and no word against it: that is what a call needs."""
    tells = bool(understood.name or understood.phone) and not _names_something(understood)
    against = understood.yes_no is YesNo.NO or understood.has(Intent.STOP)
    return tells and not against and understood.intent is Intent.INFORM


def _picks_list(question: OfferRequest, understood: Understanding, scene: Scene) -> bool:
    return question.waiting and touches(understood.text, Topic.WAITING_LIST, scene.language)


def _names_something(understood: Understanding) -> bool:
    return bool(understood.services or understood.staff or understood.times)


def _dictating(
    state: CallState, before: str, understood: Understanding, scene: Scene
) -> Step | None:
    """Digits are added to those that were heard; anything else is no number."""
    heard = with_what_was_said(state, understood, topics=False)
    said = dictated(understood.text, scene.language)
    digits = said if _begins_anew(before, said) else before + said
    if phone := whole_number(digits):
        return ask(heard, CheckNumber(phone=phone), scene)
    if digits != before:
        asking = replace(heard, question=AskNumber(digits=digits))
        return asking, say(sentences.plain("number_goes_on"))
    refuses = understood.yes_no is YesNo.NO or understood.has(Intent.STOP)
    if refuses or understood.has(Intent.NO_PREFERENCE):
        return unreachable(state, scene)
    assert state.request is not None
    if state.request.number_asked >= ASKED_FOR_NUMBER:
        return unreachable(state, scene)
    return ask_number(heard, state.request, scene)


def _begins_anew(before: str, said: str) -> bool:
    """Whether the number is told from its beginning once more, and not gone on with."""
    again = len(before) >= _AREA_CODE and said.startswith(before[:_AREA_CODE])
    return again or len(before) + len(said) > _MOST_DIGITS


def _checked(
    state: CallState, question: CheckNumber, understood: Understanding, scene: Scene
) -> Step | None:
    digits = dictated(understood.text, scene.language)
    if digits:
        return _corrected(state, question, digits, scene)
    if understood.yes_no is YesNo.NO:
        request = state.request
        assert request is not None
        return ask(state, AskNumber(), scene)
    if understood.yes_no is YesNo.YES or understood.name or understood.has(Intent.AFFIRM):
        return _settled(state, question, understood, scene)
    return None


def _corrected(state: CallState, question: CheckNumber, digits: str, scene: Scene) -> Step:
    """The last digits, or the whole number anew; read back once more."""
    if len(digits) <= _LAST_DIGITS:
        phone: str | None = question.phone[: -len(digits)] + digits
    else:
        phone = whole_number(digits)
    if phone is None:
        return replace(state, question=AskNumber(digits=digits)), say(
            sentences.plain("number_goes_on")
        )
    return ask(state, CheckNumber(phone=phone), scene)


def _settled(
    state: CallState, question: CheckNumber, understood: Understanding, scene: Scene
) -> Step:
    request = state.request
    assert request is not None
    own = question.phone == state.caller_number
    phone = None if own else question.phone
    changed = phone is not None and phone != state.draft.phone
    settled = replace(request, number_settled=True, stored=request.stored and not changed)
    left = replace(state, request=settled)
    if changed:
        left = left.amend(replace(left.draft, phone=phone))
    return go_on(with_what_was_said(left, understood, topics=False), scene)


def _named(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """A name is welcome and no condition."""
    if any(understood.has(intent) for intent in _ABOUT_TALKING):
        return None
    heard = with_what_was_said(state, understood)
    if heard.draft.name is None and (name := unlikely_name(understood)):
        heard = unsaved(heard.amend(replace(heard.draft, name=name)))
    return go_on(heard, scene)
