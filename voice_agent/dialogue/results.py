"""What the world answered: every result type has its sentence, and the next step with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.booking import AlreadyThere, Booked, Failed, Taken
from booking_core.domain.slots import NoSlots, Reason, SlotsFound
from voice_agent.dialogue import (
    confirming,
    identity,
    moving,
    offering,
    party,
    requesting,
    sentences,
    visit,
    visits,
)
from voice_agent.dialogue.actions import EndCall, ReleaseHolds, Say
from voice_agent.dialogue.advance import agreed
from voice_agent.dialogue.asked import (
    AnythingElse,
    AskName,
    AskService,
    AskStaff,
    AskTime,
    ChooseOffer,
    Retry,
    SecondVisit,
)
from voice_agent.dialogue.events import Work
from voice_agent.dialogue.progress import book, missing_for_consent, proceed, search
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import About, Met
from voice_agent.dialogue.steps import ask, fresh, say
from voice_agent.dialogue.wish import time_wishes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.domain.booking import BookingResult
    from booking_core.domain.slots import Obstacle, SlotAnswer, SlotOffer
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

MAX_OFFERS = 2
_LAST_FAILURE = 2
_FULL = frozenset({Reason.TAKEN, Reason.STAFF_OFF, Reason.RESOURCE_FULL, Reason.TOO_LONG_FOR_DAY})
"""What a place that becomes free would change."""


def slots_answered(state: CallState, answer: SlotAnswer, scene: Scene) -> Step:
    """Offer what was found, or say why nothing was."""
    idle = replace(state, work=None, question=None)
    found = moving.elsewhere(idle, answer, scene)
    if isinstance(found, NoSlots) and party.may_part(idle, found):
        apart = replace(idle, apart=idle.draft.version)
        return search(apart, scene, party.told(idle.draft.services, idle.beside, scene))
    if isinstance(found, NoSlots):
        return _nowhere(replace(idle, failures=0), found, scene)
    if found.offers:
        return _present(replace(idle, failures=0), found, scene)
    why = _reason(idle, found.obstacle, scene, offers_follow=False)
    return ask(idle, AskTime(rounds=1), scene, why)


def booking_answered(state: CallState, result: BookingResult, scene: Scene) -> Step:
    """Tell what came of it; "gebucht" only with the appointment in hand."""
    idle = replace(state, work=None)
    match result:
        case Booked():
            return _booked(idle, result, scene)
        case Taken():
            return _taken(idle, result, scene)
        case AlreadyThere():
            return _there_already(idle, result, scene)
        case Failed():
            return _failed(idle, result)


def work_failed(state: CallState, work: Work, scene: Scene) -> Step:
    """An error is never "nothing free": it is said, and tried again if the caller likes."""
    if work is Work.REQUEST:
        return requesting.not_stored(state, scene)
    if work in {Work.LOOKUP, Work.CANCEL, Work.MOVE, Work.LATENESS}:
        return visits.work_failed(state, work, scene)
    idle = replace(state, work=None, failures=state.failures + 1)
    again = idle.failures >= _LAST_FAILURE
    if work is Work.BOOKING:
        return _unsure(idle, scene, again=again)
    # What the search before this one found may still be held: nobody will take it now.
    if again:
        left, said = ask(idle, AnythingElse(), scene, sentences.plain("search_failed_again"))
        return left, (ReleaseHolds(), *said)
    asking = replace(idle, question=Retry(work=Work.SEARCH))
    return asking, (ReleaseHolds(), *say(sentences.plain("search_failed")))


def _present(state: CallState, found: SlotsFound, scene: Scene) -> Step:
    offers = _in_spoken_order(found.offers[:MAX_OFFERS], state, scene)
    why = _why(state, found, scene)
    if why is None and found.unseen and Met.UNSEEN not in state.met:
        state, why = replace(state, met=(*state.met, Met.UNSEEN)), offering.unseen(found)
    state = replace(state, offers=offers, obstacle=found.obstacle or state.obstacle)
    if agreed(state, found, scene):
        return book(replace(state, chosen=offers[0].id), scene)
    soonest = any(wish.is_open for wish in state.draft.wishes)
    if soonest or (found.exact and len(offers) == 1):
        return _settle_on_first(state, replace(found, offers=offers), scene, why)
    choice = offering.offer(replace(found, offers=offers), scene, wish=state.draft.staff)
    return replace(state, question=ChooseOffer()), say(why, choice)


def _settle_on_first(
    state: CallState, found: SlotsFound, scene: Scene, why: Sentence | None
) -> Step:
    """The exact wish, or the next free time: no choice to make, only the name may be missing."""
    settled = replace(state, chosen=found.offers[0].id)
    if len(found.offers) == 1 or missing_for_consent(settled, scene) != AskName():
        return proceed(settled, scene, why)
    first = offering.soonest_ask_name(found, scene, wish=state.draft.staff)
    return replace(settled, question=AskName()), say(why, first)


def _in_spoken_order(
    offers: Sequence[SlotOffer], state: CallState, scene: Scene
) -> tuple[SlotOffer, ...]:
    """Best first; times of one day as they follow each other, unless a wished person parts them."""
    wished = state.draft.staff is not None
    alike = {
        (scene.local(o.plan.start).date(), wished and visit.lead(o.plan, scene.salon).id)
        for o in offers
    }
    return tuple(sorted(offers, key=lambda o: o.plan.start) if len(alike) == 1 else offers)


def _why(state: CallState, found: SlotsFound, scene: Scene) -> Sentence | None:
    """Why it is not the first wish: once, and not inside a window that was wished."""
    first = next(iter(time_wishes(state.draft.wishes, scene)), None)
    inside = found.exact and (first is None or first.at is None)
    if inside or _is_told(found.obstacle, state.obstacle):
        return None
    return _reason(state, found.obstacle, scene, offers_follow=True)


def _is_told(obstacle: Obstacle | None, before: Obstacle | None) -> bool:
    if obstacle is None or before is None:
        return False
    return (obstacle.reason, obstacle.start) == (before.reason, before.start)


def _reason(
    state: CallState, obstacle: Obstacle | None, scene: Scene, *, offers_follow: bool
) -> Sentence | None:
    if obstacle is None:
        return None
    return offering.reason(obstacle, state.draft, scene, offers_follow=offers_follow)


def _nowhere(state: CallState, answer: NoSlots, scene: Scene) -> Step:
    if beyond := _only_direction(answer, state):
        return ask(state, AskTime(rounds=max(1, state.refusals)), scene, beyond)
    return _nothing(state, answer, scene)


def _nothing(state: CallState, answer: NoSlots, scene: Scene) -> Step:
    why = offering.reason(answer.obstacle, state.draft, scene)
    state = replace(state, obstacle=answer.obstacle)
    match answer.obstacle.reason:
        case Reason.SERVICE_INACTIVE:
            other = state.amend(replace(state.draft, services=()))
            return ask(other, AskService(), scene, why)
        case Reason.STAFF_UNQUALIFIED:
            point = AskStaff()
            return ask(replace(state, unclear=(point,)), point, scene, why)
        case _ if state.draft.strict:
            return requesting.not_this_time(state, answer, scene, why)
        case reason if reason in _FULL and requesting.everywhere(answer, scene):
            return requesting.nothing_fits(state, answer, scene, why)
        case _ if why is None:
            return replace(state, question=AskTime(rounds=1)), say(offering.nothing_found(answer))
        case _:
            return ask(state, AskTime(rounds=max(1, state.refusals)), scene, why)


def _only_direction(answer: NoSlots, state: CallState) -> Sentence | None:
    """Asked for earlier or later than what was offered: there is nothing on that side of it."""
    asked = [wish.hours for wish in state.draft.wishes if wish.hours]
    if any(hours.before for hours in asked):
        return offering.nothing_beyond(answer, later=False)
    return offering.nothing_beyond(answer, later=True) if any(h.after for h in asked) else None


def _booked(state: CallState, result: Booked, scene: Scene) -> Step:
    if isinstance(result.beside, Booked):
        state = replace(state, beside=(), guest=None, guest_staff=None)
    done = replace(
        fresh(state),
        booked=result,
        visits=None if state.visits is None else (*state.visits, result.appointment),
        met=(*state.met, Met.BOOKED),
        failures=0,
        question=AnythingElse(),
    )
    leaves = state.leaving and not (state.beside or state.waiting)
    told = Say(sentence=confirming.booked(result, scene, leaving=leaves), uninterruptible=True)
    if leaves:
        ended = replace(done, ended=True, question=None)
        return ended, (ReleaseHolds(), told, EndCall())
    if not state.beside:
        return done, (ReleaseHolds(), told)
    left, actions = party.arrange(state, scene, done)
    going_on = replace(told, sentence=confirming.going_on(told.sentence))
    return left, (ReleaseHolds(), going_on, *actions)


def _taken(state: CallState, result: Taken, scene: Scene) -> Step:
    """Search again in the same turn; the lost time is not offered again."""
    lost = scene.local(result.plan.start)
    draft = replace(state.draft, refused=(*state.draft.refused, lost))
    return search(state.amend(draft), scene, confirming.taken(result, scene))


def _there_already(state: CallState, result: AlreadyThere, scene: Scene) -> Step:
    """The caller has forgotten a visit: it is named, and a second one is booked only if meant.

    Who only said somebody's name and number hears nothing of what stands for them.
    """
    if identity.standing(state) is not identity.Standing.KNOWN:
        told = confirming.not_booked_so(result)
        return requesting.offer(fresh(state), About.NOT_VERIFIED, scene, told)
    standing = result.appointment
    others = tuple(one for one in state.visits or () if one.id != standing.id)
    known = replace(
        state, visits=(*others, standing), seconds=(*state.seconds, standing.id), failures=0
    )
    return ask(known, SecondVisit(visit=standing.id), scene)


def _failed(state: CallState, result: Failed) -> Step:
    failures = state.failures + 1
    again = failures >= _LAST_FAILURE
    draft = replace(state.draft, version=state.draft.version + 1)
    idle = replace(state, failures=failures, draft=draft, offers=(), chosen=None)
    # While the first attempt is being taken back, another one would be in its way.
    retry = result.undone and not again
    question = Retry(work=Work.SEARCH) if retry else AnythingElse()
    return replace(idle, question=question), say(confirming.failed(result, again=again))


def _unsure(state: CallState, scene: Scene, *, again: bool) -> Step:
    """The outcome is not known: nothing is claimed, and only the same order is sent again."""
    if again:
        left = replace(fresh(state), failures=0)
        return ask(left, AnythingElse(), scene, sentences.plain("booking_unsure_again"))
    asking = replace(state, question=Retry(work=Work.BOOKING))
    return asking, say(sentences.plain("booking_unsure"))
