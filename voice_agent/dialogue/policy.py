"""The conversation on one page: what happens, and who answers it.

What a caller says goes through `_WAYS` in order: the first that knows what to do with it does it.
Whatever was said in the same breath, or while work was running, is taken up as soon as nothing
else is open. What the agent asked last is in the state (`asked`), and its answer in `replies`,
`visit_answers` and `request_answers`, one row per question.

`Book` and `Move` have one way only: a yes to `Consent` in the draft's version, offer and words
read back; `Book` has one more, a yes given before the search to exactly what it then found
(`advance`). `Cancel`: a yes to `ConfirmCancel`, which has named the very visit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from voice_agent.dialogue import (
    agenda,
    as_usual,
    barge_in,
    cancelling,
    changing,
    drafting,
    handoff,
    late,
    meanwhile,
    moving,
    opening,
    parting,
    repairs,
    requesting,
    results,
    side_doors,
    visit_answers,
    visits,
)
from voice_agent.dialogue.conditions import with_ends
from voice_agent.dialogue.ellipsis import completed
from voice_agent.dialogue.events import (
    BookingAnswered,
    CallerHungUp,
    CallerSilent,
    CallerSpoke,
    CallStarted,
    CancelAnswered,
    LatenessAnswered,
    MoveAnswered,
    RequestNoted,
    SlotsAnswered,
    VisitsFound,
    WorkFailed,
)
from voice_agent.dialogue.finishing import finish
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import Transferring
from voice_agent.dialogue.steps import say

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.events import Event, Result
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_WAYS = (
    side_doors.side_door,  # a person, a callback, an insult, ...; answers about a request
    visit_answers.answered,  # which visit, whose, really cancel it?
    changing.answered,  # nothing is to be different after all, or which part of it?
    repairs.repair,  # repeat, presence, stop, thanks, goodbye
    as_usual.same_too,  # what was just booked once more: for a child, or in another week
    visits.hear,  # tell, cancel or move what stands; late for it
    drafting.draft,  # the wished visit, questions in between, yes and no: everything else
)


def next_step(state: CallState, event: Event, scene: Scene) -> Step:
    """What the event makes of the call, and what is to be done; pure."""
    step = _in_turn(_react(state, event, scene), scene)
    return finish(state, event, step, scene)


def _react(state: CallState, event: Event, scene: Scene) -> Step:  # noqa: PLR0911 - one row each
    match event:
        case CallStarted():
            return opening.greet(state, event, scene)
        case CallerSpoke():
            return _spoken(state, event, scene)
        case CallerSilent() if state.ended:
            return parting.goodbye_again(state)
        case CallerSilent() if state.transfer is Transferring.TRYING:
            return handoff.came_back(state, None, scene)
        case CallerSilent():
            return repairs.silence(state, scene)
        case CallerHungUp():
            return parting.hung_up(state, scene)
        case _ if state.ended:
            return parting.too_late(state, event)
        case _:
            return _then_what_was_said(_answered(state, event, scene), event, scene)


def _spoken(state: CallState, event: CallerSpoke, scene: Scene) -> Step:
    said = event.understanding
    if state.ended:
        again = parting.reopened(state, said, scene)
        return _spoken(again, event, scene) if again else parting.goodbye_again(state)
    if meanwhile.is_busy(state, event):
        return meanwhile.keep_for_later(state, said)
    awake = replace(state, silences=0, work=None)
    if event.interrupted and barge_in.is_early_yes(awake, said, scene):
        return barge_in.read_back_again(awake, scene)
    heard = _listen(awake, said, scene)
    return barge_in.whole(awake, heard, scene) if event.interrupted else heard


def _answered(  # noqa: PLR0911 - one row per result
    state: CallState, event: Result, scene: Scene
) -> Step:
    match event:
        case SlotsAnswered(answer=answer):
            return results.slots_answered(state, answer, scene)
        case BookingAnswered(result=result):
            return results.booking_answered(state, result, scene)
        case VisitsFound(visits=found):
            return visits.visits_found(state, found, scene)
        case CancelAnswered(result=result):
            return cancelling.cancel_answered(state, result, scene)
        case MoveAnswered(result=result):
            return moving.move_answered(state, result, scene)
        case LatenessAnswered(result=result):
            return late.noted(state, result, scene)
        case RequestNoted(result=result):
            return requesting.stored(state, result, scene)
        case WorkFailed(work=work):
            return results.work_failed(state, work, scene)
        case _:
            assert_never(event)


def _then_what_was_said(result: Step, event: Result, scene: Scene) -> Step:
    state, actions = result
    said = meanwhile.kept(state)
    if said is None:
        return result
    idle = replace(state, later=None)
    return meanwhile.with_result((idle, actions), _listen(idle, said, scene), event)


def _listen(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """The first request of a sentence that has several; the others wait for their turn."""
    first = agenda.first_request(state, understood, scene)
    heard, actions = _heard(first.state, first.said, scene)
    return heard, (*say(*first.before), *actions)


def _heard(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """One request: in full ("und an Silvester?"), and through the ways."""
    said = completed(state, with_ends(state, understood, scene), scene)
    steps = (way(state, said, scene) for way in _WAYS)
    return next(step for step in steps if step is not None)


def _in_turn(step: Step, scene: Scene) -> Step:
    """What was asked for in one breath is done one after the other, in the same turn if it can."""
    state, actions = agenda.answered_meanwhile(*step, scene)
    while agenda.is_free(state):
        left, said = agenda.taken_up(state)
        state, more = _heard(left, said, scene)
        actions = (*agenda.without_question(actions), *more)
    return state, actions
