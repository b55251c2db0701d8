"""What is said about visits that stand: each sentence takes the visit or the result it tells of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from voice_agent.dialogue import visit
from voice_agent.dialogue.actions import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.booking import Failed, Taken
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
    from voice_agent.dialogue.scene import Scene

KEYS: Final = frozenset(
    {
        "ask_move_consent",
        "ask_new_time",
        "ask_new_time_again",
        "cancelled",
        "cancelled_before",
        "cancelling",
        "check_visit",
        "choose_visit",
        "confirm_cancel",
        "confirm_cancel_again",
        "late_noted",
        "move_failed",
        "move_failed_again",
        "move_outdated",
        "move_taken",
        "move_undoing",
        "moved",
        "moved_already",
        "no_visit",
        "read_back_move",
        "read_back_move_person",
        "read_back_move_service",
        "same_again",
        "same_offered",
        "second_visit",
        "too_late_to_cancel",
        "too_late_to_move",
        "visit_begun",
        "visit_busy",
        "visit_by_whom",
        "visit_kept",
        "visit_told",
        "visits_told",
    }
)
"""All sentences that claim something about a visit that stands, or did."""


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
    return Sentence(key="no_visit")


def when(found: Sequence[Appointment], scene: Scene) -> Sentence:
    """When the visits are, the next two at most."""
    if len(found) == 1:
        return _claim("visit_told", scene, visit=told(found[0].plan, scene))
    return _claim("visits_told", scene, more=len(found) > 2, **_both(found, scene))  # noqa: PLR2004 - two are told


def which(found: Sequence[Appointment], scene: Scene) -> Sentence:
    """Which of these two?"""
    return _claim("choose_visit", scene, **_both(found, scene))


def this_one(found: Appointment, scene: Scene) -> Sentence:
    """What was said fits none, but this one there is."""
    return _claim("check_visit", scene, visit=told(found.plan, scene))


def kept(found: Appointment | None, scene: Scene) -> Sentence:
    """Nothing was changed."""
    if found is None:
        return Sentence(key="visits_kept")
    return _claim("visit_kept", scene, visit=told(found.plan, scene))


def by_whom(plan: Plan, scene: Scene) -> Sentence:
    """Who does a visit that stands."""
    return _claim("visit_by_whom", scene, visit=told(plan, scene))


# --- calling off ---------------------------------------------------------------------------------


def confirm_cancel(found: Appointment, scene: Scene, *, again: bool = False) -> Sentence:
    """The visit that is to go, and the question."""
    key = "confirm_cancel_again" if again else "confirm_cancel"
    return _claim(key, scene, visit=told(found.plan, scene))


def cancelled(result: Cancelled, scene: Scene) -> Sentence:
    """It is called off: only with the result that nothing of it stands any more."""
    plan, mail = result.appointment.plan, result.mail_to is not None
    return _claim("cancelled", scene, visit=told(plan, scene), mail=mail)


def cancelling(result: Cancelling, scene: Scene) -> Sentence:
    """Accepted and decided, but not through yet."""
    return _claim("cancelling", scene, visit=told(result.appointment.plan, scene))


def gone(_: NotBooked) -> Sentence:
    """There is nothing to change any more."""
    return Sentence(key="cancelled_before")


def busy(result: UnderWay, scene: Scene) -> Sentence:
    """Somebody is changing it right now."""
    return _claim("visit_busy", scene, visit=told(result.appointment.plan, scene))


def too_late(limit: TooLate, found: Appointment, scene: Scene, *, to_move: bool) -> Sentence:
    """The salon's limit has passed; in words, never as a number of seconds."""
    values = {"visit": told(found.plan, scene), "hours": limit.limit_hours}
    if found.plan.start <= scene.now or not limit.limit_hours:
        return _claim("visit_begun", scene, **values)
    return _claim("too_late_to_move" if to_move else "too_late_to_cancel", scene, **values)


# --- moving --------------------------------------------------------------------------------------


def ask_new_time(found: Appointment, scene: Scene, *, again: bool = False) -> Sentence:
    """When instead?"""
    key = "ask_new_time_again" if again else "ask_new_time"
    return _claim(key, scene, visit=told(found.plan, scene))


def read_back_move(old: Appointment, offer: SlotOffer, scene: Scene) -> Sentence:
    """From what to what: what changes is named, and the question."""
    before, after = told(old.plan, scene), told(offer.plan, scene)
    key = "read_back_move"
    if set(old.plan.services) != set(offer.plan.services):
        key = "read_back_move_service"
    elif before.start == after.start and before.staff != after.staff:
        key = "read_back_move_person"
    values = {"service": after.service, "start": after.start, "staff": after.staff}
    return _claim(key, scene, visit=before, minutes=offer.plan.total_minutes, **values)


def ask_move_consent(offer: SlotOffer, scene: Scene) -> Sentence:
    """The question of the read-back alone, after something else was said."""
    return _claim("ask_move_consent", scene, start=scene.local(offer.plan.start))


def moved(result: Moved, scene: Scene) -> Sentence:
    """It is moved: only with the result that the new plan stands."""
    plan, mail = result.appointment.plan, result.mail_to is not None
    return _claim("moved", scene, visit=told(plan, scene), mail=mail)


def moved_already(result: Unchanged, scene: Scene) -> Sentence:
    """It is what stands already."""
    return _claim("moved_already", scene, visit=told(result.appointment.plan, scene))


def move_taken(result: Taken, old: Appointment, scene: Scene) -> Sentence:
    """Somebody was faster; the old time stands."""
    start = scene.local(result.plan.start)
    return _claim("move_taken", scene, start=start, visit=told(old.plan, scene))


def move_failed(result: Failed, old: Appointment, scene: Scene, *, again: bool) -> Sentence:
    """It did not work, and the old time stands."""
    key = "move_failed_again" if again else "move_failed"
    return _claim(key if result.undone else "move_undoing", scene, visit=told(old.plan, scene))


def move_outdated(_: Outdated) -> Sentence:
    """Somebody else has changed it meanwhile."""
    return Sentence(key="move_outdated")


# --- running late ------------------------------------------------------------------------------


def late_noted(result: LatenessNoted) -> Sentence:
    """The salon can read it; whether the time still does is not promised."""
    return Sentence(key="late_noted", values={"minutes": result.minutes})


# --- people who come again -----------------------------------------------------------------------


def second_visit(standing: Appointment, scene: Scene) -> Sentence:
    """An equal visit stands already."""
    return _claim("second_visit", scene, visit=told(standing.plan, scene))


def same_again(
    services: Sequence[UUID], staff: UUID, scene: Scene, *, offered: bool = False
) -> Sentence:
    """What it was the last time; `offered` = nobody has asked for it."""
    who = visit.called(scene.salon.member(staff), scene.salon)
    key = "same_offered" if offered else "same_again"
    return _claim(key, scene, service=visit.noun(services, scene.salon), staff=who)


def _both(found: Sequence[Appointment], scene: Scene) -> dict[str, object]:
    return {"one": told(found[0].plan, scene), "other": told(found[1].plan, scene)}


def _claim(key: str, scene: Scene, **values: object) -> Sentence:
    return Sentence(key=key, values={**values, "today": scene.today})
