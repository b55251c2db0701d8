"""What is said about visits that stand: each sentence takes the visit or the result it tells of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_agent.dialogue import claims, sentences, visit
from voice_agent.dialogue.claims import claim

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.booking import AlreadyThere, Failed, Taken
    from booking_core.domain.orders import (
        Cancelled,
        Cancelling,
        Moved,
        NotBooked,
        Outdated,
        TooLate,
        Unchanged,
        UnderWay,
    )
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import SlotOffer
    from booking_core.workflows.note_late import LatenessNoted
    from prompts import Noun
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.asked import SameAgain
    from voice_agent.dialogue.scene import Scene

_MOST_TOLD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A visit as it is spoken of: the whole of it, never its segments."""

    service: Noun
    start: datetime
    staff: str


def told(of: Plan, scene: Scene) -> Told:
    """The visit of this plan in the salon's words."""
    return Told(
        service=visit.noun(of.services, scene.salon),
        start=scene.local(of.start),
        staff=visit.called(visit.lead(of, scene.salon), scene.salon),
    )


# --- looking up: only what was found for somebody whose visits they are ------------------------


def no_visit(found: Sequence[Appointment]) -> Sentence:
    """There is none; said to people on file only."""
    assert not found
    return claim(claims.NO_VISIT, found)


def when(found: Sequence[Appointment], scene: Scene) -> Sentence:
    """When the visits are, the next two at most."""
    if len(found) == 1:
        return claim(claims.VISIT_TOLD, found[0], scene, visit=told(found[0].plan, scene))
    more = len(found) > _MOST_TOLD
    return claim(claims.VISITS_TOLD, found, scene, more=more, **_both(found, scene))


def which(found: Sequence[Appointment], scene: Scene) -> Sentence:
    """Which of these two?"""
    return claim(claims.CHOOSE_VISIT, found, scene, **_both(found, scene))


def this_one(found: Appointment, scene: Scene) -> Sentence:
    """What was said fits none, but this one there is."""
    return claim(claims.CHECK_VISIT, found, scene, visit=told(found.plan, scene))


def kept(found: Appointment | None, scene: Scene) -> Sentence:
    """Nothing was changed."""
    if found is None:
        return sentences.plain("visits_kept")
    return claim(claims.VISIT_KEPT, found, scene, visit=told(found.plan, scene))


def farewell_kept(found: Appointment) -> Sentence:
    """Goodbye, and nothing was changed."""
    return claim(claims.FAREWELL_KEPT, found)


def by_whom(plan: Plan, scene: Scene) -> Sentence:
    """Who does a visit that stands."""
    return claim(claims.VISIT_BY_WHOM, plan, scene, visit=told(plan, scene))


# --- calling off ---------------------------------------------------------------------------------


def confirm_cancel(found: Appointment, scene: Scene, *, again: bool = False) -> Sentence:
    """The visit that is to go, and the question."""
    asks = claims.CONFIRM_CANCEL_AGAIN if again else claims.CONFIRM_CANCEL
    return claim(asks, found, scene, visit=told(found.plan, scene))


def cancelled(result: Cancelled, scene: Scene) -> Sentence:
    """It is called off: only with the result that nothing of it stands any more."""
    plan, mail = result.appointment.plan, result.mail_to is not None
    return claim(claims.CANCELLED, result, scene, visit=told(plan, scene), mail=mail)


def cancelling(result: Cancelling, scene: Scene) -> Sentence:
    """Accepted and decided, but not through yet."""
    of = told(result.appointment.plan, scene)
    return claim(claims.CANCELLING, result, scene, visit=of)


def gone(result: NotBooked) -> Sentence:
    """There is nothing to change any more."""
    return claim(claims.CANCELLED_BEFORE, result)


def busy(result: UnderWay, scene: Scene) -> Sentence:
    """Somebody is changing it right now."""
    of = told(result.appointment.plan, scene)
    return claim(claims.VISIT_BUSY, result, scene, visit=of)


def too_late(limit: TooLate, found: Appointment, scene: Scene, *, to_move: bool) -> Sentence:
    """The salon's limit has passed; in words, never as a number of seconds."""
    values = {"visit": told(found.plan, scene), "hours": limit.limit_hours}
    if found.plan.start <= scene.now or not limit.limit_hours:
        return claim(claims.VISIT_BEGUN, limit, scene, **values)
    refused = claims.TOO_LATE_TO_MOVE if to_move else claims.TOO_LATE_TO_CANCEL
    return claim(refused, limit, scene, **values)


# --- moving --------------------------------------------------------------------------------------


def ask_new_time(found: Appointment, scene: Scene, *, again: bool = False) -> Sentence:
    """When instead?"""
    asks = claims.ASK_NEW_TIME_AGAIN if again else claims.ASK_NEW_TIME
    return claim(asks, found, scene, visit=told(found.plan, scene))


def read_back_move(old: Appointment, offer: SlotOffer, scene: Scene) -> Sentence:
    """From what to what: what changes is named, and the question."""
    before, after = told(old.plan, scene), told(offer.plan, scene)
    asks = claims.READ_BACK_MOVE
    if set(old.plan.services) != set(offer.plan.services):
        asks = claims.READ_BACK_MOVE_SERVICE
    elif before.start == after.start and before.staff != after.staff:
        asks = claims.READ_BACK_MOVE_PERSON
    values = {"service": after.service, "start": after.start, "staff": after.staff}
    minutes = offer.plan.total_minutes
    return claim(asks, offer, scene, visit=before, minutes=minutes, **values)


def ask_move_consent(offer: SlotOffer, scene: Scene) -> Sentence:
    """The question of the read-back alone, after something else was said."""
    return claim(claims.ASK_MOVE_CONSENT, offer, scene, start=scene.local(offer.plan.start))


def moved(result: Moved, scene: Scene) -> Sentence:
    """It is moved: only with the result that the new plan stands."""
    plan, mail = result.appointment.plan, result.mail_to is not None
    return claim(claims.MOVED, result, scene, visit=told(plan, scene), mail=mail)


def moved_already(result: Unchanged, scene: Scene) -> Sentence:
    """It is what stands already."""
    of = told(result.appointment.plan, scene)
    return claim(claims.MOVED_ALREADY, result, scene, visit=of)


def move_taken(result: Taken, old: Appointment, scene: Scene) -> Sentence:
    """Somebody was faster; the old time stands."""
    start, stands = scene.local(result.plan.start), told(old.plan, scene)
    return claim(claims.MOVE_TAKEN, result, scene, start=start, visit=stands)


def move_onto_another(other: Appointment, scene: Scene) -> Sentence:
    """At the new time another visit of the caller's stands."""
    return claim(claims.MOVE_ONTO_ANOTHER, other, scene, visit=told(other.plan, scene))


def not_moved_so(result: AlreadyThere, old: Appointment, scene: Scene) -> Sentence:
    """Not moved; nothing is said of what stands there."""
    return claim(claims.NOT_MOVED_SO, result, scene, visit=told(old.plan, scene))


def move_failed(result: Failed, old: Appointment, scene: Scene, *, again: bool) -> Sentence:
    """It did not work, and the old time stands."""
    failed = claims.MOVE_FAILED_AGAIN if again else claims.MOVE_FAILED
    what = failed if result.undone else claims.MOVE_UNDOING
    return claim(what, result, scene, visit=told(old.plan, scene))


def move_outdated(result: Outdated) -> Sentence:
    """Somebody else has changed it meanwhile."""
    return claim(claims.MOVE_OUTDATED, result)


# --- running late ------------------------------------------------------------------------------


def late_noted(result: LatenessNoted) -> Sentence:
    """The salon can read it; whether the time still does is not promised."""
    return claim(claims.LATE_NOTED, result, minutes=result.minutes)


# --- people who come again -----------------------------------------------------------------------


def second_visit(standing: Appointment, scene: Scene) -> Sentence:
    """An equal visit stands already."""
    return claim(claims.SECOND_VISIT, standing, scene, visit=told(standing.plan, scene))


def same_again(last: SameAgain, scene: Scene) -> Sentence:
    """What it was the last time."""
    who = visit.called(scene.salon.member(last.staff), scene.salon)
    what = claims.SAME_OFFERED if last.offered else claims.SAME_AGAIN
    service = visit.noun(last.services, scene.salon)
    return claim(what, last, scene, service=service, staff=who)


def _both(found: Sequence[Appointment], scene: Scene) -> dict[str, object]:
    return {"one": told(found[0].plan, scene), "other": told(found[1].plan, scene)}
