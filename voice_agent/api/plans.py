"""A planned visit as others see it: services, segments with people and times, pauses."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003 - pydantic reads the annotations
from zoneinfo import ZoneInfo

from pydantic import Field

from booking_core.domain.labels import segment_label
from voice_agent.api.shapes import Told, known

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan, PlannedPause, PlannedSegment


class Person(Told):
    """Somebody who works in the salon."""

    id: UUID
    name: str


class PauseView(Told):
    """Time in which the customer waits."""

    start: datetime
    end: datetime
    minutes: int
    staff_occupied: bool = Field(description="Whether the staff member stays with the customer.")


class SegmentView(Told):
    """One piece of work of a visit."""

    index: int = Field(ge=1, description="1-based, in the order of the visit.")
    of: int = Field(ge=1)
    key: str = Field(description="A, B, C ... within its service.")
    name: str
    label: str = Field(description="As people read it.")
    service_id: UUID
    staff: Person
    start: datetime
    end: datetime
    minutes: int
    pause: PauseView | None


class PlanView(Told):
    """A visit laid out in time."""

    start: datetime
    end: datetime
    minutes: int = Field(description="The customer's stay, pauses included.")
    composite: bool = Field(description="Whether it consists of several segments.")
    service_ids: list[UUID]
    segments: list[SegmentView]


def plan_view(plan: Plan, salon: Salon) -> PlanView:
    """The plan with times on the salon's wall clock."""
    zone = ZoneInfo(salon.branch.timezone)
    return PlanView(
        start=plan.start.astimezone(zone),
        end=plan.end.astimezone(zone),
        minutes=plan.total_minutes,
        composite=len(plan.segments) > 1,
        service_ids=list(plan.services),
        segments=[_segment(segment, salon, zone) for segment in plan.segments],
    )


def _segment(segment: PlannedSegment, salon: Salon, zone: ZoneInfo) -> SegmentView:
    service = known(salon.service, segment.service_id)
    return SegmentView(
        index=segment.index,
        of=segment.of,
        key=segment.key,
        name=segment.name,
        label=segment_label(salon, segment) if service else segment.name,
        service_id=segment.service_id,
        staff=person(segment.staff_id, salon),
        start=segment.span.start.astimezone(zone),
        end=segment.span.end.astimezone(zone),
        minutes=segment.span.minutes,
        pause=_pause(segment.pause, zone) if segment.pause else None,
    )


def _pause(pause: PlannedPause, zone: ZoneInfo) -> PauseView:
    return PauseView(
        start=pause.span.start.astimezone(zone),
        end=pause.span.end.astimezone(zone),
        minutes=pause.span.minutes,
        staff_occupied=pause.occupied and not pause.rest,
    )


def person(staff_id: UUID, salon: Salon) -> Person:
    """Whoever this is; nameless when nobody knows them any more."""
    member = known(salon.member, staff_id)
    return Person(id=staff_id, name=member.name if member else "")
