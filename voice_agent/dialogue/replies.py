"""Yes, no, "egal" to the open question: one row per question. No row = it was no answer to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import Intent, YesNo
from voice_agent.dialogue import offering, sentences
from voice_agent.dialogue.asked import (
    AnythingElse,
    AskChange,
    AskEmail,
    AskName,
    AskService,
    AskStaff,
    AskTime,
    AskWhat,
    CheckEmail,
    CheckName,
    ChooseOffer,
    ChooseService,
    Consent,
    Retry,
)
from voice_agent.dialogue.events import Work
from voice_agent.dialogue.leaving import keep
from voice_agent.dialogue.progress import book, proceed, read_back, search
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import Met
from voice_agent.dialogue.steps import ask, ask_again, fresh, say, say_goodbye
from voice_agent.dialogue.wish import Wish

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.plain import Plain
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_MAX_REFUSALS = 2
"""After so many refused rounds of offers, range first: what days would do?"""


def reply(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """What a yes, a no or an "egal" does; None when the sentence was none of these."""
    if understood.yes_no is YesNo.YES:
        return _yes(state, scene)
    if understood.yes_no is YesNo.NO or understood.has(Intent.REJECT):
        return _no(state, scene)
    if understood.has(Intent.NO_PREFERENCE):
        return _whatever(state, scene)
    return None


def drop(state: CallState, scene: Scene) -> Step:
    """The caller lets it be: nothing is entered, and anything else is welcome."""
    if state.concern is not None:
        return keep(state, scene)
    key: Plain = "kept" if state.booked and not state.draft.services else "dropped"
    left = fresh(state)
    if state.offers and (state.refusals or state.obstacle):
        left = replace(left, met=(*left.met, Met.DECLINED))
    return ask(left, AnythingElse(), scene, sentences.plain(key))


def _yes(  # noqa: C901, PLR0911 - one row per question
    state: CallState, scene: Scene
) -> Step | None:
    match state.question:
        case Consent():
            return _consented(state, scene)
        case ChooseOffer() if len(state.offers) == 1:
            return proceed(replace(state, chosen=state.offers[0].id), scene)
        case ChooseOffer():
            which = offering.which_of(state.offers, scene, wish=state.draft.staff)
            return state, say(which)
        case Retry(work=Work.SEARCH):
            return search(state, scene)
        case Retry():
            return _try_again(state, scene)
        case AnythingElse():
            return ask(state, AskWhat(), scene)
        case AskWhat():
            return ask(state, AskService(), scene)
        case CheckName() | AskChange():
            return proceed(state, scene)
        case AskEmail():
            return _yes_without_address(state, scene)
        case CheckEmail(email=email):
            return proceed(replace(state, email_checked=email), scene)
        case _:
            return None


def _no(  # noqa: C901, PLR0911 - one row per question
    state: CallState, scene: Scene
) -> Step | None:
    match state.question:
        case Consent():
            return ask(replace(state, refusals=state.refusals + 1), AskChange(), scene)
        case ChooseOffer():
            return _refuse(state, scene)
        case AskName(explained=explained):
            return ask(state, AskChange() if explained else AskName(explained=True), scene)
        case ChooseService(adds=True) if state.draft.services:
            return proceed(replace(state, unclear=state.unclear[1:]), scene)
        case ChooseService():
            return ask(replace(state, unclear=state.unclear[1:]), AskService(), scene)
        case CheckName():
            return ask(state.amend(replace(state.draft, name=None)), AskName(), scene)
        case AskStaff():
            return proceed(replace(state, unclear=()), scene)
        case AskEmail():
            return proceed(state, scene)
        case CheckEmail():
            return _wrong_address(state, scene)
        case AnythingElse() | AskWhat():
            return say_goodbye(state, scene)
        case AskTime() | AskChange() | Retry() | AskService():
            return drop(state, scene)
        case _:
            return None


def _whatever(state: CallState, scene: Scene) -> Step | None:
    match state.question:
        case ChooseOffer():
            return proceed(replace(state, chosen=state.offers[0].id), scene)
        case AskTime():
            return proceed(state.amend(replace(state.draft, wishes=(Wish(),))), scene)
        case AskEmail():
            return proceed(state, scene)
        case _:
            return None


def _consented(state: CallState, scene: Scene) -> Step:
    """The yes counts for the very version and offer that were read back, and only once."""
    asked = state.question
    assert isinstance(asked, Consent)
    agreed = (asked.version, asked.offer_id) == (state.draft.version, state.chosen)
    if state.offer is None or not agreed:
        return proceed(state, scene)
    if state.ordered == state.draft.version:
        return read_back(renewed(state), scene)
    return book(state, scene)


def _yes_without_address(state: CallState, scene: Scene) -> Step:
    """Wanted, but not said: asked for once more, and then left out."""
    if Met.ADDRESS_MISHEARD in state.met:
        return proceed(state, scene, sentences.plain("without_email"))
    return ask_again(replace(state, met=(*state.met, Met.ADDRESS_MISHEARD)), scene)


def _wrong_address(state: CallState, scene: Scene) -> Step:
    """Once more from the start; a second time it is left out: it is never a condition."""
    left = state.amend(replace(state.draft, email=None))
    if Met.ADDRESS_MISHEARD in state.met:
        return proceed(replace(left, email_asked=True), scene, sentences.plain("without_email"))
    heard = replace(left, met=(*left.met, Met.ADDRESS_MISHEARD), email_asked=True)
    return ask(heard, AskEmail(), scene, again=True)


def _try_again(state: CallState, scene: Scene) -> Step:
    """After a lost answer: the same order again, by the same key; after a failure: a new search."""
    if state.offer is not None and state.ordered == state.draft.version:
        return book(state, scene)
    return search(state, scene)


def _refuse(state: CallState, scene: Scene) -> Step:
    """None of the offers: the next two, then a question for a range; never one of these again."""
    draft = state.draft
    starts = tuple(scene.local(offer.plan.start) for offer in state.offers)
    refused = tuple(dict.fromkeys((*draft.refused, *starts)))
    left = replace(state, refusals=state.refusals + 1)
    left = left.amend(replace(draft, refused=refused))
    if left.refusals >= _MAX_REFUSALS:
        return ask(left, AskTime(rounds=left.refusals), scene)
    return search(left, scene)


def renewed(state: CallState) -> CallState:
    """The same draft under a new version: what was agreed on before needs a new yes."""
    return replace(state, draft=replace(state.draft, version=state.draft.version + 1))
