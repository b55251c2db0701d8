"""Answers to what is asked about visits that stand: which one, whose, cancel it, the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import Intent, Role, YesNo
from nlu.phone import dictated
from voice_agent.dialogue import as_usual, cancelling, request_answers, second, sentences
from voice_agent.dialogue.asked import (
    AskProof,
    CheckVisit,
    ChooseVisit,
    ConfirmCancel,
    Retry,
    SameAgain,
    SecondVisit,
)
from voice_agent.dialogue.concern import Act, Concern
from voice_agent.dialogue.events import Work
from voice_agent.dialogue.leaving import keep, put_down, way_out
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import About, AskNumber, Kind, Request
from voice_agent.dialogue.spoken_code import spoken_code
from voice_agent.dialogue.topics import Topic, touches
from voice_agent.dialogue.visits import pursue, settle_on
from voice_agent.dialogue.waiting import Aim, Waiting

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_INSTEAD = (Topic.INSTEAD, Topic.REPLACE)


def answered(state: CallState, understood: Understanding, scene: Scene) -> Step | None:  # noqa: C901, PLR0911 - one row per question
    """What the answer to a question about a visit does; None when it was no answer to it."""
    if understood.has(Intent.GOODBYE) and understood.yes_no is not YesNo.YES:
        return None
    match state.question:
        case ConfirmCancel(visit=one) if _rather_moves(understood, scene):
            instead = Concern(act=Act.MOVE, said=understood, visit=one)
            return pursue(replace(state, concern=instead, misses=0), scene)
        case ConfirmCancel():
            return cancelling.answered(state, understood, scene)
        case CheckVisit(visit=only):
            return _checked(state, understood, only, scene)
        case ChooseVisit(options=options):
            return _picked(state, understood, options, scene)
        case AskProof():
            return _proof(state, understood, scene)
        case Retry(work=Work.LOOKUP) if understood.yes_no is YesNo.YES:
            return pursue(state, scene)
        case Retry(work=Work.CANCEL) if understood.yes_no is YesNo.YES:
            return cancelling.order(state, scene)
        case SecondVisit():
            return second.answered(state, understood, scene)
        case SameAgain():
            return as_usual.answered(state, understood, scene)
        case _:
            return None


def _checked(
    state: CallState, understood: Understanding, only: object, scene: Scene
) -> Step | None:
    if understood.yes_no is YesNo.NO:
        return keep(state, scene)
    if understood.yes_no is not YesNo.YES:
        return None
    (visit,) = [visit for visit in state.visits or () if visit.id == only]
    return settle_on(state, visit, scene)


def _picked(
    state: CallState, understood: Understanding, options: tuple[object, ...], scene: Scene
) -> Step | None:
    """By its place; words that describe it are heard like those of the first sentence."""
    if understood.choice and understood.choice.index <= len(options):
        chosen = options[understood.choice.index - 1]
        (visit,) = [visit for visit in state.visits or () if visit.id == chosen]
        return settle_on(state, visit, scene)
    named = understood.times or understood.services or understood.staff
    if _wants_both(state, understood, scene):
        return _first_of_both(state, options, scene)
    if understood.yes_no is YesNo.NO and not named:
        return keep(state, scene)
    return None


def _wants_both(state: CallState, understood: Understanding, scene: Scene) -> bool:
    cancels = state.concern is not None and state.concern.act is Act.CANCEL
    return cancels and touches(understood.text, Topic.BOTH_VISITS, scene.language)


def _first_of_both(state: CallState, options: tuple[object, ...], scene: Scene) -> Step:
    """One after the other, each with a yes of its own."""
    concern = state.concern
    assert concern is not None
    one, _ = (visit for visit in state.visits or () if visit.id in options)
    said = replace(concern.said, times=(), services=(), staff=())
    later = Waiting(aim=Aim.CANCEL, said=said)
    first = replace(state, waiting=(later, *state.waiting))
    return settle_on(first, one, scene, sentences.plain("one_by_one"))


def _rather_moves(understood: Understanding, scene: Scene) -> bool:
    """Not called off after all: "nein, lieber verschieben"; "can we do Friday instead"."""
    moves = touches(understood.text, Topic.MOVE, scene.language)
    wished = any(time.role is Role.WANT for time in understood.times)
    instead = any(touches(understood.text, t, scene.language) for t in _INSTEAD)
    return (moves or (wished and instead)) and not understood.has(Intent.CANCEL)


def _proof(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """A code is looked up; a number is to be called back on; without either somebody calls."""
    if understood.services or spoken_code(understood.text, scene.language):
        return None  # "the cut at eleven" is no number, and perhaps another wish
    if understood.phone or dictated(understood.text, scene.language):
        return request_answers.answered(_to_be_called(state), understood, scene)
    if understood.yes_no is YesNo.YES:  # to which of the two?
        return pursue(state, scene)
    if understood.yes_no is YesNo.NO or understood.has(Intent.NO_PREFERENCE):
        return way_out(state, About.NOT_VERIFIED, scene, sentences.plain("not_identified"))
    return None


def _to_be_called(state: CallState) -> CallState:
    assert state.concern is not None
    topics = (state.concern.said.text,)
    request = Request(kind=Kind.CALLBACK, about=About.NOT_VERIFIED, topics=topics)
    return replace(put_down(state), request=request, question=AskNumber())
