"""Moving a visit: another time, person or service for the whole; the old one stands till then.

A move is a wish like any other: search, offers and read-back are those of a new visit, only that
the old one's own time is not in the way and that what was not said stays as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.booking import AlreadyThere, Booked, Failed, Taken
from booking_core.domain.orders import Moved, NotBooked, Outdated, TooLate, Unchanged, UnderWay
from booking_core.domain.slots import SlotsFound
from booking_core.workflows.alter import too_late
from nlu import Grain
from voice_agent.dialogue import identity, sentences, telling, visit
from voice_agent.dialogue.asked import Retry, SecondVisit
from voice_agent.dialogue.cancelling import refused
from voice_agent.dialogue.concern import is_then, services_in
from voice_agent.dialogue.events import Work
from voice_agent.dialogue.hearing import take_in
from voice_agent.dialogue.leaving import settle, way_out
from voice_agent.dialogue.progress import proceed, search
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import About, Met
from voice_agent.dialogue.state import Draft
from voice_agent.dialogue.steps import ask, say
from voice_agent.dialogue.wish import Hours, on

if TYPE_CHECKING:
    from booking_core.domain.appointment import Appointment
    from booking_core.domain.orders import RescheduleResult
    from booking_core.domain.slots import SlotAnswer
    from nlu import TimeExpression, Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_LAST_FAILURE = 2
_NAMES_A_DAY = frozenset({Grain.DAY, Grain.HOUR, Grain.MINUTE})


def begin(state: CallState, old: Appointment, scene: Scene, *before: Sentence | None) -> Step:
    """Take the visit as it is, and from the sentence what is to be different."""
    assert state.concern is not None
    if limit := too_late(old, scene.salon, scene.now, waived=False):
        return refused(state, limit, old, scene, to_move=True)
    as_it_is = _as_it_is(state, old, scene)
    heard = take_in(as_it_is, _change(state.concern.said, old, scene), scene)
    return proceed(_filled(heard.state, old, scene), scene, *before, *heard.notes)


def move_answered(  # noqa: PLR0911 - one row per result
    state: CallState, result: RescheduleResult, scene: Scene
) -> Step:
    """Tell what came of it; "verlegt" only with the result that the new plan stands."""
    idle, old = replace(state, work=None), state.moving
    assert old is not None
    match result:
        case Moved():
            return _moved(idle, result, scene)
        case Unchanged():
            return settle(idle, telling.moved_already(result, scene), scene)
        case Taken():
            return _taken(idle, result, old, scene)
        case AlreadyThere():
            return _onto_another(idle, result, old, scene)
        case Failed():
            return _failed(idle, result, old, scene)
        case TooLate():
            return refused(idle, result, old, scene, to_move=True)
        case NotBooked():
            return settle(replace(idle, visits=_without(idle, old)), telling.gone(result), scene)
        case Outdated():
            return settle(replace(idle, visits=None), telling.move_outdated(result), scene)
        case UnderWay():
            return replace(idle, question=Retry(work=Work.MOVE)), say(telling.busy(result, scene))


def elsewhere(state: CallState, answer: SlotAnswer, scene: Scene) -> SlotAnswer:
    """What was found without the visit as it stands: to stay is no alternative to a move."""
    old = state.moving
    if old is None or not isinstance(answer, SlotsFound):
        return answer
    stays = telling.told(old.plan, scene)
    offers = tuple(o for o in answer.offers if telling.told(o.plan, scene) != stays)
    return replace(answer, offers=offers)


def unsure(state: CallState, scene: Scene, *, again: bool) -> Step:
    """Whether it was moved is not known: nothing is claimed, and only the same is sent again."""
    if again:
        left = replace(state, failures=0, visits=None)
        return way_out(left, About.TROUBLE, scene, sentences.plain("move_unsure_again"))
    asking = replace(state, question=Retry(work=Work.MOVE))
    return asking, say(sentences.plain("move_unsure"))


def _as_it_is(state: CallState, old: Appointment, scene: Scene) -> CallState:
    """The draft of the visit as it stands; what was being talked about is set aside."""
    before = state.draft
    draft = Draft(
        services=old.plan.services,
        staff=visit.lead(old.plan, scene.salon).id,
        name=before.name or old.customer.name,
        phone=before.phone,
        email=before.email,
        moving=old.id,
        version=before.version + 1,
    )
    talked = before if (before.services or before.wishes) and not before.moving else None
    left = replace(state, offers=(), chosen=None, unclear=(), refusals=0, obstacle=None)
    return replace(left, draft=draft, set_aside=talked or state.set_aside, question=None)


def _change(said: Understanding, old: Appointment, scene: Scene) -> Understanding:
    """The sentence without the words that only say which visit is meant."""
    other = tuple(m for m in said.services if not set(services_in((m,))) & set(old.plan.services))
    times = tuple(time for time in said.times if not _is_when_it_is(time, old, scene))
    return replace(said, services=other, times=times, name=None)


def _is_when_it_is(time: TimeExpression, old: Appointment, scene: Scene) -> bool:
    """The day of the visit itself, or its very start: to stay is nobody's wish for a move."""
    return time.grain in _NAMES_A_DAY and is_then(old, (time,), scene)


def _filled(state: CallState, old: Appointment, scene: Scene) -> CallState:
    """Another person or service alone: at the old time. Another time alone: never the old one."""
    draft, start = state.draft, scene.local(old.plan.start)
    lead = visit.lead(old.plan, scene.salon).id
    if (draft.services, draft.staff) == (old.plan.services, lead):
        return replace(state, draft=replace(draft, refused=(*draft.refused, start)))
    if draft.wishes:
        return state
    return state.amend(replace(draft, wishes=(on(start.date(), Hours(at=start.time())),)))


def _moved(state: CallState, result: Moved, scene: Scene) -> Step:
    now = result.appointment
    others = _without(state, now)
    stands = Booked(appointment=now, mail_to=result.mail_to)
    met = (*state.met, Met.MOVED)
    done = replace(state, visits=(*others, now), booked=stands, met=met, failures=0)
    return settle(done, telling.moved(result, scene), scene)


def _taken(state: CallState, result: Taken, old: Appointment, scene: Scene) -> Step:
    """Search again in the same turn; the lost time is not offered again."""
    lost = scene.local(result.plan.start)
    draft = replace(state.draft, refused=(*state.draft.refused, lost))
    return search(state.amend(draft), scene, telling.move_taken(result, old, scene))


def _onto_another(state: CallState, result: AlreadyThere, old: Appointment, scene: Scene) -> Step:
    """The caller has forgotten another visit: it is named, and moved onto only if that is meant.

    Who has shown no more than the code of one visit hears nothing of the others.
    """
    if identity.standing(state) is not identity.Standing.KNOWN:
        return way_out(state, About.NOT_VERIFIED, scene, telling.not_moved_so(result, old, scene))
    other = result.appointment
    visits = (*(one for one in state.visits or () if one.id != other.id), other)
    told = replace(state, visits=visits, overlapping=state.chosen, failures=0)
    return ask(told, SecondVisit(visit=other.id), scene)


def _failed(state: CallState, result: Failed, old: Appointment, scene: Scene) -> Step:
    again = state.failures + 1 >= _LAST_FAILURE or not result.undone
    told = telling.move_failed(result, old, scene, again=again)
    if again:
        return way_out(replace(state, failures=0), About.TROUBLE, scene, told)
    draft = replace(state.draft, version=state.draft.version + 1)
    idle = replace(state, failures=state.failures + 1, draft=draft, offers=(), chosen=None)
    return replace(idle, question=Retry(work=Work.SEARCH)), say(told)


def _without(state: CallState, old: Appointment) -> tuple[Appointment, ...]:
    return tuple(other for other in state.visits or () if other.id != old.id)
