"""What a caller wants of a visit they have, and which visit they mean, in their own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from nlu import StaffWish
from nlu.meaning import ASK_SCORE
from voice_agent.dialogue.readings import names_start, wanted
from voice_agent.dialogue.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.domain.appointment import Appointment
    from nlu import ServiceMention, StaffMention, TimeExpression, Understanding
    from voice_agent.dialogue.scene import Scene


class Act(StrEnum):
    """What is to be done with a visit that stands."""

    TELL = "tell"
    """When was it again?"""
    CANCEL = "cancel"
    MOVE = "move"
    """Another time, another person or another service."""
    LATE = "late"
    """The caller will not be there in time."""
    USUAL = "usual"
    """The same again: service and person of the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One thing a caller wants of a visit they have."""

    act: Act
    said: Understanding
    """The sentence it came with: for a move, with what is to be different."""
    times: tuple[TimeExpression, ...] = ()
    """When the visit is, as far as the caller said."""
    services: tuple[UUID, ...] = ()
    """What it may be about."""
    staff: UUID | None = None
    visit: UUID | None = None
    """The one that is meant, once that is clear."""
    code: str | None = None
    """A booking code that was said."""
    asked_for_proof: int = 0


def services_in(mentions: Sequence[ServiceMention]) -> tuple[UUID, ...]:
    """All services these words may mean."""
    meant = (c for mention in mentions for c in mention.candidates if c.score >= ASK_SCORE)
    return tuple(dict.fromkeys(UUID(candidate.id) for candidate in meant))


def staff_in(mentions: Sequence[StaffMention]) -> UUID | None:
    """The one person who is named for sure."""
    sure = [UUID(mention.accepted) for mention in mentions if mention.accepted]
    return sure[0] if len(sure) == 1 else None


def whose_visit(mentions: Sequence[StaffMention]) -> Sequence[StaffMention]:
    """Statt zu Emma zu Dilara: it stands with Emma."""
    return [mention for mention in mentions if mention.wish is StaffWish.NOT] or mentions


def fitting(
    concern: Concern, visits: Sequence[Appointment], scene: Scene
) -> tuple[Appointment, ...]:
    """The visits the caller's words fit.

    A time that was said must be the visit's; service and person narrow the choice where they can,
    because a visit may be called by many names.
    """
    left = [visit for visit in visits if is_then(visit, concern.times, scene)]
    if not left:  # "am Mittwoch" is the next one to the listener, and here the one of the visit
        left = [visit for visit in visits if is_then(visit, concern.times, scene, any_week=True)]
    named = [visit for visit in left if set(concern.services) & set(visit.plan.services)]
    left = named or left
    with_them = [visit for visit in left if is_with(visit, concern.staff)]
    return tuple(with_them or left)


def is_then(
    visit: Appointment, times: Sequence[TimeExpression], scene: Scene, *, any_week: bool = False
) -> bool:
    """Whether these times are the visit's, whatever they are called in the sentence."""
    start = scene.local(visit.plan.start)
    meant = [_in_week_of(time, start) for time in times] if any_week else times
    return not times or names_start(wanted(meant), start)


def _in_week_of(time: TimeExpression, start: datetime) -> TimeExpression:
    """A weekday that was said alone, on that very day."""
    said = time.start
    if not time.bare_weekday or not isinstance(said, datetime):
        return time
    if said.weekday() != start.weekday():
        return time
    ahead = start.date() - said.date()
    end = time.end + ahead if isinstance(time.end, datetime) else time.end
    return replace(time, start=said + ahead, end=end, alt=())


def is_with(visit: Appointment, staff: UUID | None) -> bool:
    """Whether this person does any of it."""
    return any(segment.staff_id == staff for segment in visit.plan.segments)
