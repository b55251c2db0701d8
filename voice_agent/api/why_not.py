"""Why a start is not possible: a code, the sentence a caller would hear, and what is next to it."""

from __future__ import annotations

from datetime import date, datetime, time  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003 - pydantic reads the annotations
from zoneinfo import ZoneInfo

from pydantic import Field

from booking_core.domain.slots import Cause, Reason  # noqa: TC001 - pydantic reads the annotations
from voice_agent.api.plans import Person, person
from voice_agent.api.shapes import Told
from voice_agent.dialogue import offering, sentences
from voice_agent.dialogue.scene import Scene
from voice_agent.dialogue.state import Draft

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.slots import Obstacle


class WhyNot(Told):
    """The first thing in the way of a wished start."""

    code: Reason
    detail: str = Field(description="A German sentence, as a caller would hear it.")
    start: datetime | None
    staff: Person | None = Field(description="Whose time it is about; null = everybody's.")
    since: datetime | None = Field(description="When the visit runs into what is in the way.")
    until: datetime | None = Field(description="When what is in the way ends.")
    cause: Cause | None
    earliest: datetime | None
    latest: date | None
    opens: time | None
    closes: time | None
    holiday: str | None
    resource_kind: str | None
    qualified: list[Person] = Field(description="Who can do it instead.")
    nearest_before: datetime | None
    nearest_after: datetime | None


def why_not(obstacle: Obstacle, services: tuple[UUID, ...], salon: Salon, now: datetime) -> WhyNot:
    """The obstacle for machines and for people."""
    zone = ZoneInfo(salon.branch.timezone)

    def local(moment: datetime | None) -> datetime | None:
        return moment.astimezone(zone) if moment else None

    return WhyNot(
        code=obstacle.reason,
        detail=_sentence(obstacle, services, salon, now),
        start=local(obstacle.start),
        staff=person(obstacle.staff_id, salon) if obstacle.staff_id else None,
        since=local(obstacle.since),
        until=local(obstacle.until),
        cause=obstacle.cause,
        earliest=local(obstacle.earliest),
        latest=obstacle.latest,
        opens=obstacle.opens,
        closes=obstacle.closes,
        holiday=obstacle.holiday,
        resource_kind=obstacle.resource_kind,
        qualified=[person(one, salon) for one in obstacle.qualified],
        nearest_before=local(obstacle.nearest_before),
        nearest_after=local(obstacle.nearest_after),
    )


def _sentence(obstacle: Obstacle, services: tuple[UUID, ...], salon: Salon, now: datetime) -> str:
    scene = Scene(salon=salon, now=now, call_id="")
    said = offering.reason(obstacle, Draft(services=services), scene, offers_follow=False)
    return sentences.words(said, language="de") if said else ""
