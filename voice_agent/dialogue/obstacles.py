"""Which sentence says why a time is not possible: the one with the times that help, if there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.rules import opening_on
from booking_core.domain.slots import Cause, Reason
from voice_agent.dialogue import visit
from voice_agent.dialogue.claims import Claim

if TYPE_CHECKING:
    from datetime import date

    from booking_core.domain.slots import Obstacle
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.wish import Days

_HOURS: Final = frozenset({Reason.CLOSED_DAY, Reason.HOLIDAY, Reason.OUTSIDE_HOURS})
UNSPOKEN: Final = frozenset({Reason.REJECTED})
"""The caller knows what they refused."""

WHY: Final[dict[Reason, Claim[Obstacle]]] = {
    reason: Claim(key=f"reason_{reason.value}") for reason in Reason if reason not in UNSPOKEN
}
_BREAK_FROM: Final[Claim[Obstacle]] = Claim(key="reason_break_from")
_BREAK_UNTIL: Final[Claim[Obstacle]] = Claim(key="reason_break_until")
_CLOSES: Final[Claim[Obstacle]] = Claim(key="reason_closes")
_FULL_UNTIL: Final[Claim[Obstacle]] = Claim(key="reason_full_until")
_NOBODY_FREE: Final[Claim[Obstacle]] = Claim(key="reason_nobody_free")
_NOBODY_THERE: Final[Claim[Obstacle]] = Claim(key="reason_nobody_there")
_OPENS: Final[Claim[Obstacle]] = Claim(key="reason_opens")
_STAFF_BACK: Final[Claim[Obstacle]] = Claim(key="reason_staff_back")
_STAFF_COMES: Final[Claim[Obstacle]] = Claim(key="reason_staff_comes")
_STAFF_GOES: Final[Claim[Obstacle]] = Claim(key="reason_staff_goes")
_STAFF_LEAVES: Final[Claim[Obstacle]] = Claim(key="reason_staff_leaves")
_TAKEN_FROM: Final[Claim[Obstacle]] = Claim(key="reason_taken_from")
_TAKEN_UNTIL: Final[Claim[Obstacle]] = Claim(key="reason_taken_until")


def claim_of(obstacle: Obstacle, day: date | None, scene: Scene) -> Claim[Obstacle]:
    """The sentence for an obstacle; `day` is the one being talked about."""
    if timed := _timed(obstacle, scene):
        return timed
    match obstacle.reason:
        case Reason.OUTSIDE_HOURS:
            return _outside_hours(obstacle, scene)
        case Reason.STAFF_OFF if obstacle.staff_id is None:
            return _NOBODY_THERE
        case Reason.STAFF_OFF if _comes(obstacle, day, scene):
            return _STAFF_LEAVES
        case Reason.STAFF_UNQUALIFIED if obstacle.staff_id is None:
            return WHY[Reason.NOT_BOOKABLE]
        case _:
            return WHY[obstacle.reason]


def holds_for_all(obstacle: Obstacle, days: Days, scene: Scene) -> bool:
    """Whether hours that keep the salon shut on the first of these days do so on all of them."""
    if obstacle.reason not in _HOURS:
        return True
    holidays = public_holidays(scene.salon.branch.land)
    doors = [opening_on(scene.salon, day, holidays) for day in days.each()]
    told = (obstacle.opens, obstacle.closes)  # neither on a closed day
    return all((door.opens, door.closes) in {told, (None, None)} for door in doors)


def _timed(obstacle: Obstacle, scene: Scene) -> Claim[Obstacle] | None:
    """A sentence with the very times of what is in the way, if they are known."""
    match obstacle.reason:
        case Reason.TAKEN:
            return _taken(obstacle, scene)
        case Reason.STAFF_OFF:
            return _off(obstacle, scene)
        case Reason.RESOURCE_FULL if obstacle.since and _ends_that_day(obstacle, scene):
            return _FULL_UNTIL
        case _:
            return None


def _taken(obstacle: Obstacle, scene: Scene) -> Claim[Obstacle] | None:
    over = _ends_that_day(obstacle, scene)
    if obstacle.staff_id is None:
        return _NOBODY_FREE if over else None
    if _later(obstacle):
        return _TAKEN_FROM
    return _TAKEN_UNTIL if over else None


def _off(obstacle: Obstacle, scene: Scene) -> Claim[Obstacle] | None:
    if obstacle.staff_id is None or obstacle.since is None or obstacle.start is None:
        return None
    pauses = obstacle.cause is Cause.BREAK
    member = scene.salon.member(obstacle.staff_id)
    # At first somebody else may help: who is needed only later need not be there at the start.
    if _later(obstacle) and visit.is_there(member, scene.local(obstacle.start)):
        return _BREAK_FROM if pauses else _STAFF_GOES
    if _ends_that_day(obstacle, scene):
        return _BREAK_UNTIL if pauses else _STAFF_COMES
    return _STAFF_BACK if obstacle.until else None


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


def _outside_hours(obstacle: Obstacle, scene: Scene) -> Claim[Obstacle]:
    start = scene.local(obstacle.start).time() if obstacle.start else None
    if obstacle.opens and (start is None or start < obstacle.opens):
        return _OPENS
    return _CLOSES if obstacle.closes else WHY[Reason.OUTSIDE_HOURS]
