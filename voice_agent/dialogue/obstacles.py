"""Which sentence says why a time is not possible: the one with the times that help, if there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from booking_core.domain.slots import Cause, Reason
from voice_agent.dialogue import visit

if TYPE_CHECKING:
    from datetime import date

    from booking_core.domain.slots import Obstacle
    from voice_agent.dialogue.scene import Scene

UNSPOKEN: Final = frozenset({Reason.REJECTED})
"""The caller knows what they refused."""

_PLAIN = {reason: f"reason_{reason.value}" for reason in Reason if reason not in UNSPOKEN}
_TIMED = (
    "reason_break_from",
    "reason_break_until",
    "reason_full_until",
    "reason_nobody_free",
    "reason_staff_back",
    "reason_staff_comes",
    "reason_staff_goes",
    "reason_taken_from",
    "reason_taken_until",
)
KEYS: Final = frozenset(
    {
        "reason_closes",
        "reason_nobody_there",
        "reason_opens",
        "reason_staff_leaves",
        *_TIMED,
        *_PLAIN.values(),
    }
)
"""All sentences that claim why something is not possible."""


def key_of(obstacle: Obstacle, day: date | None, scene: Scene) -> str:
    """The sentence for an obstacle; `day` is the one being talked about."""
    if key := _timed(obstacle, scene):
        return key
    match obstacle.reason:
        case Reason.OUTSIDE_HOURS:
            return _outside_hours(obstacle, scene)
        case Reason.STAFF_OFF if obstacle.staff_id is None:
            return "reason_nobody_there"
        case Reason.STAFF_OFF if _comes(obstacle, day, scene):
            return "reason_staff_leaves"
        case Reason.STAFF_UNQUALIFIED if obstacle.staff_id is None:
            return "reason_not_bookable"
        case _:
            return _PLAIN[obstacle.reason]


def _timed(obstacle: Obstacle, scene: Scene) -> str | None:
    """A sentence with the very times of what is in the way, if they are known."""
    match obstacle.reason:
        case Reason.TAKEN:
            return _taken(obstacle, scene)
        case Reason.STAFF_OFF:
            return _off(obstacle, scene)
        case Reason.RESOURCE_FULL if obstacle.since and _ends_that_day(obstacle, scene):
            return "reason_full_until"
        case _:
            return None


def _taken(obstacle: Obstacle, scene: Scene) -> str | None:
    over = _ends_that_day(obstacle, scene)
    if obstacle.staff_id is None:
        return "reason_nobody_free" if over else None
    if _later(obstacle):
        return "reason_taken_from"
    return "reason_taken_until" if over else None


def _off(obstacle: Obstacle, scene: Scene) -> str | None:
    if obstacle.staff_id is None or obstacle.since is None or obstacle.start is None:
        return None
    pauses = obstacle.cause is Cause.BREAK
    if _later(obstacle):
        return "reason_break_from" if pauses else "reason_staff_goes"
    if _ends_that_day(obstacle, scene):
        return "reason_break_until" if pauses else "reason_staff_comes"
    return "reason_staff_back" if obstacle.until else None


def _later(obstacle: Obstacle) -> bool:
    """Whether the visit could begin, and runs into what is in the way after a while."""
    since, start = obstacle.since, obstacle.start
    return since is not None and start is not None and start < since


def _ends_that_day(obstacle: Obstacle, scene: Scene) -> bool:
    start, until = obstacle.start, obstacle.until
    if start is None or until is None:
        return False
    return scene.local(start).date() == scene.local(until).date()


def _comes(obstacle: Obstacle, day: date | None, scene: Scene) -> bool:
    """Whether the person is there at first, only not for as long as the visit takes."""
    assert obstacle.staff_id is not None
    member = scene.salon.member(obstacle.staff_id)
    if obstacle.start is not None:
        return visit.is_there(member, scene.local(obstacle.start))
    return day is not None and visit.works_on(member, day)


def _outside_hours(obstacle: Obstacle, scene: Scene) -> str:
    start = scene.local(obstacle.start).time() if obstacle.start else None
    if obstacle.opens and (start is None or start < obstacle.opens):
        return "reason_opens"
    return "reason_closes" if obstacle.closes else "reason_outside_hours"
