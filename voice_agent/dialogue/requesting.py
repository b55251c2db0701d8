"""Callback and waiting list: offered, taken down, stored, and only then promised.

It is stored as soon as there is a number, and again with everything that is added: whoever hangs
up in the middle is called back all the same. What is answered is in `request_answers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.reach import whole_reach
from booking_core.domain.requests import CallbackNoted
from nlu import Intent
from nlu.meaning import ASK_SCORE
from voice_agent.dialogue import confirming, offering, sentences
from voice_agent.dialogue.actions import NoteRequest
from voice_agent.dialogue.asked import AnythingElse, AskWhat
from voice_agent.dialogue.events import Work
from voice_agent.dialogue.progress import proceed
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import (
    About,
    AskNumber,
    AskWho,
    CheckNumber,
    Kind,
    Met,
    OfferRequest,
    Request,
)
from voice_agent.dialogue.request_orders import order
from voice_agent.dialogue.steps import ask, ask_again, fresh, say
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from booking_core.domain.requests import WaitingEntry
    from booking_core.domain.slots import NoSlots
    from nlu import Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_MOST_TOPICS = 6
_WORTH_NOTING = 4
"""A shorter answer says nothing about the topic."""
ASKED_FOR_NUMBER = 2
ON_THE_WAY = frozenset({About.MEDICAL, About.NOT_KNOWN, About.NOT_OFFERED})
"""Beside these a booking goes on."""


def offer(
    state: CallState,
    about: About,
    scene: Scene,
    *before: Sentence | None,
    topic: str = "",
    waiting: bool = False,
) -> Step:
    """Ask whether the salon shall see to it; a request that stands is not offered again."""
    if state.promised is not None and not waiting:
        left = state if about in ON_THE_WAY else replace(state, question=AnythingElse())
        return ask_again(left, scene, *before)
    question = OfferRequest(about=about, topic=topic, waiting=waiting)
    return ask(state, question, scene, *before)


def after_answers(
    state: CallState, said: tuple[Sentence, ...], understood: Understanding, scene: Scene
) -> Step:
    """Back to the open question; where there is none, what is not known is left to the salon."""
    asked = state
    if Met.QUESTION not in state.met:
        asked = replace(state, met=(*state.met, Met.QUESTION))
    unknown = any(sentence.key == "not_known" for sentence in said)
    if unknown and isinstance(state.question, AskWhat | AnythingElse):
        return offer(asked, About.NOT_KNOWN, scene, *said, topic=understood.text)
    return ask_again(asked, scene, *said)


def everywhere(answer: NoSlots, scene: Scene) -> bool:
    """Whether nothing fits in all the time that can be booked."""
    return answer.searched.end >= whole_reach(scene.salon, scene.now).end


def nothing_fits(state: CallState, answer: NoSlots, scene: Scene, why: Sentence | None) -> Step:
    """The waiting list, or a call: a way out where there is no time left to offer."""
    full = replace(state, met=(*state.met, Met.NOTHING_FREE))
    told = offering.nothing_at_all(answer) if why is None else why
    if state.listed:
        return ask(full, AnythingElse(), scene, told)
    return offer(full, About.NOTHING_FREE, scene, told, waiting=True)


def not_this_time(state: CallState, answer: NoSlots, scene: Scene, why: Sentence | None) -> Step:
    """This time or none was wished: nothing else is offered but a call."""
    declined = replace(fresh(state), met=(*state.met, Met.DECLINED))
    told = offering.not_this_time(answer) if why is None else why
    return offer(declined, About.NOTHING_FREE, scene, told)


def begin(
    state: CallState,
    request: Request,
    understood: Understanding,
    scene: Scene,
    *before: Sentence | None,
) -> Step:
    """Take the request down, with what this sentence says already."""
    return go_on(with_what_was_said(replace(state, request=request), understood), scene, *before)


def note(state: CallState, scene: Scene) -> Step:
    """Store a request that nothing has to be asked for, unless nobody can be called."""
    return go_on(state, scene)


def wants_callback(understood: Understanding, scene: Scene) -> bool:
    """Whether the caller would rather be called."""
    named = touches(understood.text, Topic.CALLBACK, scene.language)
    return named or understood.has(Intent.CALLBACK)


def call_back(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """The caller asks for it: nothing has to be offered first."""
    if state.promised is not None and state.request is None:
        return ask(state, AnythingElse(), scene, confirming.callback_stands(state.promised))
    other = touches(understood.text, Topic.OTHER_NUMBER, scene.language)
    request = Request(kind=Kind.CALLBACK, about=About.ASKED, other_number=other)
    if state.request is not None and state.request.promised and not other:
        request = state.request
    if state.concern is not None:
        topics = (state.concern.said.text,)
        request = replace(request, about=About.NOT_VERIFIED, topics=topics)
    return begin(replace(state, concern=None), request, understood, scene)


def stored(state: CallState, result: CallbackNoted | WaitingEntry, scene: Scene) -> Step:
    """It stands: now it may be promised, once; then what is still missing is asked for."""
    idle, request = replace(state, work=None), state.request
    if request is None:
        return idle, ()
    told = None if request.promised else confirming.request_noted(result)
    settled = replace(idle, request=replace(request, stored=True, promised=True))
    if isinstance(result, CallbackNoted):
        return go_on(replace(settled, promised=result), scene, told)
    return go_on(replace(settled, listed=True), scene, told)


def not_stored(state: CallState, scene: Scene) -> Step:
    """Nothing is promised that does not stand."""
    left = replace(state, work=None, request=None)
    return ask(left, AnythingElse(), scene, sentences.plain("request_failed"))


def go_on(state: CallState, scene: Scene, *before: Sentence | None) -> Step:
    """The next thing the request needs: a number, the salon's book, a name."""
    request = state.request
    assert request is not None
    phone = state.draft.phone or (None if request.other_number else state.caller_number)
    if phone is None:
        return ask_number(state, request, scene, *before)
    if state.draft.phone and not request.number_settled:
        return ask(state, CheckNumber(phone=phone), scene, *before)
    if not request.stored:
        running = replace(state, work=Work.REQUEST, question=None)
        return running, (*say(*before), NoteRequest(order=order(state, request, phone, scene)))
    if (state.draft.name or state.greeted) is None and not request.name_asked:
        asking = replace(state, request=replace(request, name_asked=True))
        return ask(asking, AskWho(), scene, *before)
    if not request.number_settled:
        asking = replace(state, request=replace(request, number_settled=True))
        return ask(asking, CheckNumber(phone=phone, own=True), scene, *before)
    return _finished(state, request, scene, *before)


def _finished(state: CallState, request: Request, scene: Scene, *before: Sentence | None) -> Step:
    """Back to the booking, if there is one beside it; else whether there is anything more."""
    done = replace(state, request=None)
    last = before if any(before) else (confirming.request_stays(request),)
    if request.about in ON_THE_WAY and state.draft.services:
        return proceed(done, scene, *last)
    left = replace(fresh(done), failures=0, misses=0)
    return ask(left, AnythingElse(), scene, *last)


def ask_number(state: CallState, request: Request, scene: Scene, *before: Sentence | None) -> Step:
    """Twice at most."""
    if request.number_asked >= ASKED_FOR_NUMBER:
        return unreachable(state, scene)
    asking = replace(state, request=replace(request, number_asked=request.number_asked + 1))
    return ask(asking, AskNumber(), scene, *before)


def unreachable(state: CallState, scene: Scene) -> Step:
    """Without a number nobody can be called: said so, and never asked again."""
    left = replace(state, request=None)
    return ask(left, AnythingElse(), scene, sentences.plain("callback_needs_number"))


def with_what_was_said(
    state: CallState, understood: Understanding, *, topics: bool = True
) -> CallState:
    """The state with what this sentence says about the person and the topic."""
    name, phone, draft = understood.name, understood.phone, state.draft
    if name and name.score >= ASK_SCORE and (draft.name is None or name.introduced):
        draft = replace(draft, name=name.text)
    if phone and not isinstance(state.question, AskNumber) and phone != state.caller_number:
        return _to_check(state.amend(draft), phone, understood)
    heard = state.amend(draft)
    if heard.draft != state.draft:
        heard = unsaved(heard)
    return _with_topic(heard, understood) if topics else heard


def _to_check(state: CallState, phone: str, understood: Understanding) -> CallState:
    """A number that came with the request is read back before anybody is called on it."""
    state = _with_topic(state.amend(replace(state.draft, phone=phone)), understood)
    request = state.request
    assert request is not None
    return replace(state, request=replace(request, number_settled=False, stored=False))


def _with_topic(state: CallState, understood: Understanding) -> CallState:
    request, words = state.request, understood.text.strip()
    assert request is not None
    says_more = len(words.split()) >= _WORTH_NOTING or understood.services or understood.times
    if not says_more or words in request.topics or len(request.topics) >= _MOST_TOPICS:
        return state
    return replace(state, request=replace(request, topics=(*request.topics, words), stored=False))


def unsaved(state: CallState) -> CallState:
    """The salon's book does not say yet what was said now."""
    request = state.request
    assert request is not None
    return replace(state, request=replace(request, stored=False))
