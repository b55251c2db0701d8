"""Visits that stand: whose they are, which one is meant, and then what is wanted of it.

What is wanted is heard with the words that say of which visit (`acts`, `concern`). Who has shown
who they are (`identity`) gets their visits looked up; the words, or a question, choose one. Then it
is told, called off (`cancelling`) or moved (`moving`), and the call goes on (`leaving`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from booking_core.domain.appointment import AppointmentState
from nlu import Grain, Intent, Role
from voice_agent.dialogue import (
    as_usual,
    cancelling,
    late,
    moving,
    sentences,
    telling,
)
from voice_agent.dialogue.actions import LookUp
from voice_agent.dialogue.acts import ABOUT_A_VISIT, act_of, as_move, said_act
from voice_agent.dialogue.answers import answers
from voice_agent.dialogue.asked import (
    AskName,
    AskProof,
    CheckVisit,
    ChooseVisit,
    Retry,
)
from voice_agent.dialogue.concern import Act, Concern, fitting, services_in, staff_in, whose_visit
from voice_agent.dialogue.drafting import draft
from voice_agent.dialogue.events import Work
from voice_agent.dialogue.hearing import take_in
from voice_agent.dialogue.hearing_person import hear_person
from voice_agent.dialogue.identity import Standing, own, standing
from voice_agent.dialogue.leaving import keep, leave, put_down, way_out
from voice_agent.dialogue.progress import proceed
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import About
from voice_agent.dialogue.sentences import in_one
from voice_agent.dialogue.spoken_code import spoken_code
from voice_agent.dialogue.steps import ask, say
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from nlu import TimeExpression, Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_MOST_PROOFS = 2
_LAST_FAILURE = 2


def hear(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """What the sentence does about a visit that stands; None when it is about none."""
    act = act_of(state, understood, scene)
    if act is None and (later := late.how_late(state, understood)) is not None:
        return pursue(later, scene)
    if act is not None:
        return _take_up(state, act, understood, scene)
    if state.concern is None or state.draft.moving:
        return _keeps_moving(state, understood, scene)
    return _said_more(state, understood, scene)


def pursue(state: CallState, scene: Scene, *before: Sentence | None) -> Step:
    """The next thing the concern needs."""
    concern, visits = state.concern, state.visits
    assert concern is not None
    if visits is None or concern.act is Act.USUAL:
        return _show_who(state, scene, *before)
    known = next((visit for visit in visits if visit.id == concern.visit), None)
    if known is not None:
        return _act(state, known, scene, *before)
    return _choose(state, concern, visits, scene, *before)


def visits_found(state: CallState, found: tuple[Appointment, ...], scene: Scene) -> Step:
    """Go on with what was looked up; what a code finds is only for whoever it belongs to."""
    idle = replace(state, work=None, failures=0)
    concern, name = state.concern, state.draft.name or ""
    if concern is not None and concern.code:
        found = own(name, found)
    upcoming = tuple(visit for visit in found if _stands(visit, scene))
    if concern is None:
        known = replace(idle, visits=upcoming)
        usual = None if known.draft.services else as_usual.offer(known, found, scene)
        return usual or proceed(known, scene)
    if concern.code and not upcoming:
        return _prove(replace(idle, concern=replace(concern, code=None)), scene)
    shown = replace(idle, visits=upcoming)
    if concern.act is Act.USUAL:
        return as_usual.propose(shown, found, scene)
    return pursue(shown, scene)


def work_failed(state: CallState, work: Work, scene: Scene) -> Step:
    """An error is never "no appointment": it is said, and tried again if the caller likes."""
    idle = replace(state, work=None, failures=state.failures + 1)
    again = idle.failures >= _LAST_FAILURE
    match work:
        case Work.CANCEL:
            return cancelling.unsure(idle, scene, again=again)
        case Work.MOVE:
            return moving.unsure(idle, scene, again=again)
        case Work.LATENESS:
            return late.not_noted(replace(idle, failures=0), scene)
        case _ if idle.concern is None:
            return proceed(replace(idle, visits=()), scene)
        case _ if again:
            told = sentences.plain("lookup_failed_again")
            return way_out(replace(idle, failures=0), About.TROUBLE, scene, told)
        case _:
            asking = replace(idle, question=Retry(work=Work.LOOKUP))
            return asking, say(sentences.plain("lookup_failed"))


# --- what is wanted --------------------------------------------------------------------------


def _take_up(state: CallState, act: Act, understood: Understanding, scene: Scene) -> Step:
    """A new concern; what was being wished for waits in the draft."""
    about = as_move(understood, scene) if act is Act.MOVE else understood
    heard = hear_person(state, about)
    times = _hints(about, act)
    concern = Concern(
        act=act,
        said=about,
        times=times,
        services=services_in(about.services),
        staff=staff_in(whose_visit(about.staff)),
        code=spoken_code(understood.text, scene.language),
    )
    if said_act(understood, scene) is None:
        concern = replace(concern, visit=_in_hand(state))
    if _is_for_others(heard, understood, scene):
        return leave(heard, scene, sentences.plain("not_for_others"))
    return pursue(replace(heard, concern=concern, misses=0), scene)


def _in_hand(state: CallState) -> UUID | None:
    """The visit that was told of last, or booked in this call."""
    if state.told is not None:
        return next((v.id for v in state.visits or () if v.plan == state.told), None)
    return state.booked.appointment.id if state.booked else None


def _hints(about: Understanding, act: Act) -> tuple[TimeExpression, ...]:
    """The times that say which visit: of a move only the old one, else all that name a day."""
    timed = [time for time in about.times if time.grain not in {Grain.SHIFT, Grain.DURATION}]
    if act in {Act.MOVE, Act.USUAL}:
        return tuple(time for time in timed if time.role is Role.EXISTING)
    return tuple(time for time in timed if time.grain not in {Grain.EARLIEST, Grain.ANY})


def _said_more(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """While a visit is being looked for, whatever is said tells which, or whose it is."""
    if understood.services and (understood.has(Intent.BOOK) or understood.has(Intent.STOP)):
        return draft(put_down(state), understood, scene)  # another wish, in place of this
    heard, concern = hear_person(state, understood), state.concern
    assert concern is not None
    more = replace(
        concern,
        times=_hints(understood, Act.TELL) or concern.times,
        services=services_in(understood.services) or concern.services,
        staff=staff_in(understood.staff) or concern.staff,
        code=spoken_code(understood.text, scene.language) or concern.code,
    )
    if more == concern and heard.draft.name == state.draft.name:
        return None
    return pursue(replace(heard, concern=more, misses=0), scene)


def _keeps_moving(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """Amid a move: "dann bleibt es so"."""
    if state.draft.moving and touches(understood.text, Topic.KEEP, scene.language):
        return keep(state, scene)
    return None


def _is_for_others(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """Somebody else's visit, asked for from a number that is not on file."""
    is_stranger = standing(state) is Standing.STRANGER
    return is_stranger and touches(understood.text, Topic.OTHERS, scene.language)


# --- whose it is -----------------------------------------------------------------------------


def _show_who(state: CallState, scene: Scene, *before: Sentence | None) -> Step:
    concern = state.concern
    assert concern is not None
    if concern.code:
        if state.draft.name is None:
            return ask(state, AskName(), scene, *before)
        return _look_up(state, LookUp(branch_id=scene.salon.branch.id, code=concern.code))
    match standing(state):
        case Standing.KNOWN:
            return _look_up(state, _by_number(state, scene), *before)
        case Standing.NAMELESS:
            return ask(state, AskName(), scene, *before)
        case Standing.STRANGER if state.booked is not None and concern.act is not Act.USUAL:
            return pursue(replace(state, visits=(state.booked.appointment,)), scene, *before)
        case Standing.STRANGER:
            return _prove(state, scene, *before)
        case other:
            assert_never(other)


def _look_up(state: CallState, asked: LookUp, *before: Sentence | None) -> Step:
    return replace(state, work=Work.LOOKUP), (*say(*before), asked)


def _by_number(state: CallState, scene: Scene) -> LookUp:
    usual = state.concern is not None and state.concern.act is Act.USUAL
    branch = scene.salon.branch.id
    return LookUp(branch_id=branch, phone=state.caller_number, include_past=usual)


def _prove(state: CallState, scene: Scene, *before: Sentence | None) -> Step:
    """Neither confirmed nor denied: a code, or a way to be called back."""
    concern = state.concern
    assert concern is not None
    if concern.act is Act.USUAL:
        return _leave_unknown(state, scene, *before)
    asked = replace(concern, asked_for_proof=concern.asked_for_proof + 1)
    if asked.asked_for_proof > _MOST_PROOFS:
        told = sentences.plain("not_identified")
        return way_out(state, About.NOT_VERIFIED, scene, *before, told)
    again = concern.asked_for_proof > 0
    return ask(replace(state, concern=asked), AskProof(), scene, *before, again=again)


def _leave_unknown(state: CallState, scene: Scene, *before: Sentence | None) -> Step:
    """Who wants it "wie immer" and is not known has to say what that is; the rest was heard."""
    assert state.concern is not None
    said = replace(state.concern.said, name=None)
    heard = take_in(replace(state, concern=None), said, scene).state
    return proceed(heard, scene, *before, sentences.plain("same_unknown"))


# --- which one it is -------------------------------------------------------------------------


def _choose(
    state: CallState,
    concern: Concern,
    visits: tuple[Appointment, ...],
    scene: Scene,
    *before: Sentence | None,
) -> Step:
    found = fitting(concern, visits, scene)
    if concern.act is Act.LATE:
        found = _next_ones(found, scene)
    if not visits:
        return leave(state, scene, *before, telling.no_visit(visits))
    if concern.act is Act.TELL:
        return _tell(state, found or visits, scene, *before)
    if len(found) == 1:
        return settle_on(state, found[0], scene, *before)
    if not found and len(visits) == 1:
        return ask(state, CheckVisit(visit=visits[0].id), scene, *before)
    options = tuple(visit.id for visit in (found or visits)[:2])
    return ask(state, ChooseVisit(options=options), scene, *before)


def _tell(
    state: CallState, visits: tuple[Appointment, ...], scene: Scene, *before: Sentence | None
) -> Step:
    """When they are; what is asked next is about the only one."""
    known = replace(state, told=visits[0].plan if len(visits) == 1 else None)
    told = _asked_of(state, known, scene) or (telling.when(visits, scene),)
    return leave(known, scene, *before, *told)


def _asked_of(state: CallState, known: CallState, scene: Scene) -> tuple[Sentence, ...]:
    """What it costs, how long it takes: where that was asked, and of one visit."""
    said = state.concern.said if state.concern else None
    if said is None or known.told is None or not any(said.has(one) for one in ABOUT_A_VISIT):
        return ()
    return in_one(answers(known, said, scene))


def _next_ones(found: tuple[Appointment, ...], scene: Scene) -> tuple[Appointment, ...]:
    """Who will be late talks of today, if there is anything today, else of what comes next."""
    today = [v for v in found if scene.local(v.plan.start).date() == scene.today]
    return tuple(today) or found[:1]


def settle_on(state: CallState, visit: Appointment, scene: Scene, *before: Sentence | None) -> Step:
    """It is this one: do with it what is wanted."""
    return _act(_about(state, visit), visit, scene, *before)


def _about(state: CallState, visit: Appointment) -> CallState:
    assert state.concern is not None
    return replace(state, concern=replace(state.concern, visit=visit.id))


def _act(state: CallState, visit: Appointment, scene: Scene, *before: Sentence | None) -> Step:
    assert state.concern is not None
    match state.concern.act:
        case Act.CANCEL:
            return cancelling.confirm(state, visit, scene, *before)
        case Act.MOVE:
            return moving.begin(state, visit, scene, *before)
        case Act.LATE:
            return late.note(state, visit, scene)
        case Act.TELL | Act.USUAL:
            return _tell(state, (visit,), scene, *before)
        case other:
            assert_never(other)


def _stands(visit: Appointment, scene: Scene) -> bool:
    return visit.state is AppointmentState.BOOKED and visit.plan.end > scene.now
