"""Why a start is not possible, in a sentence for people who know their salon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.slots import Cause, Reason
from voice_agent.admin.wall_time import local, moment_words, short_day

if TYPE_CHECKING:
    from datetime import datetime, time

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.slots import Obstacle
    from voice_agent.admin.rendering import Texts

UNKNOWN = "?"


def why(obstacle: Obstacle, salon: Salon, texts: Texts) -> str:
    """With the times and people that help to find a better one."""
    names = {member.id: member.first_name for member in salon.staff}
    branch = salon.branch
    kind = obstacle.resource_kind or ""
    return texts(
        key_of(obstacle),
        who=names.get(obstacle.staff_id, UNKNOWN) if obstacle.staff_id else UNKNOWN,
        since=_clock(obstacle.since, salon),
        until=_until(obstacle, salon, texts),
        earliest=moment_words(texts, obstacle.earliest, branch) if obstacle.earliest else UNKNOWN,
        latest=short_day(texts, obstacle.latest) if obstacle.latest else UNKNOWN,
        opens=_hour(obstacle.opens),
        closes=_hour(obstacle.closes),
        holiday=obstacle.holiday or UNKNOWN,
        kind=texts(f"kind_{kind}") if f"kind_{kind}" in texts.sentences else kind or UNKNOWN,
        qualified=", ".join(names.get(one, UNKNOWN) for one in obstacle.qualified) or UNKNOWN,
    )


def key_of(obstacle: Obstacle) -> str:
    """Which sentence: the most telling one for which the facts are known."""
    match obstacle.reason:
        case Reason.TAKEN:
            return _taken(obstacle)
        case Reason.STAFF_OFF:
            return _off(obstacle)
        case _ if key := _without_facts(obstacle):
            return key
        case Reason.RESOURCE_FULL if obstacle.since and obstacle.until:
            return "why_full_until"
        case _:
            return f"why_{obstacle.reason.value}"


def _taken(obstacle: Obstacle) -> str:
    if obstacle.staff_id is None:
        return "why_nobody_free" if obstacle.until else "why_taken"
    return f"why_taken{_side(obstacle)}"


def _off(obstacle: Obstacle) -> str:
    if obstacle.staff_id is None:
        return "why_nobody_there"
    side = _side(obstacle)
    is_break = obstacle.cause is Cause.BREAK and side
    return f"why_staff_break{side}" if is_break else f"why_staff_off{side}"


def _without_facts(obstacle: Obstacle) -> str | None:
    """What is said where the facts for the sentence itself are missing."""
    missing = {
        Reason.STAFF_UNQUALIFIED: (obstacle.staff_id and obstacle.qualified, "nobody_qualified"),
        Reason.TOO_LONG_FOR_DAY: (obstacle.closes, "nobody_there"),
        Reason.LEAD_TIME: (obstacle.earliest, "past"),
        Reason.OUTSIDE_HOURS: (obstacle.opens, "closed_day"),
    }
    known, instead = missing.get(obstacle.reason, (True, ""))
    return None if known else f"why_{instead}"


def _side(obstacle: Obstacle) -> str:
    """Whether what is in the way comes later, or is over some time."""
    if obstacle.since and obstacle.start and obstacle.start < obstacle.since:
        return "_from"
    return "_until" if obstacle.until else ""


def _clock(moment: datetime | None, salon: Salon) -> str:
    return local(moment, salon.branch).strftime("%H:%M") if moment else UNKNOWN


def _until(obstacle: Obstacle, salon: Salon, texts: Texts) -> str:
    """The time alone where it is of the same day."""
    if obstacle.until is None:
        return UNKNOWN
    end = local(obstacle.until, salon.branch)
    start = local(obstacle.start, salon.branch) if obstacle.start else end
    if start.date() == end.date():
        return end.strftime("%H:%M")
    return moment_words(texts, obstacle.until, salon.branch)


def _hour(at: time | None) -> str:
    return at.strftime("%H:%M") if at else UNKNOWN
