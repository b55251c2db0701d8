"""Who can do what, segment by segment, and whether it can be booked with them as things stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from booking_core.domain.catalogue import Salon, Segment, Service, Staff
    from booking_core.domain.preflight import Unbookable


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One segment with one person."""

    state: str
    """`no` without the skill, `yes` when it can be booked, else the flaw: `not_there`."""
    minutes: int = 0
    """That this person takes."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One segment with everybody."""

    service: Service
    segment: Segment
    cells: Sequence[Cell]
    first: bool
    """Whether the service begins here."""


def matrix(salon: Salon, people: Sequence[Staff], gaps: Sequence[Unbookable]) -> Iterator[Line]:
    """All services that are offered, in the order of the catalogue."""
    flaws = {one.pair: one for one in gaps}
    for service in salon.services:
        for segment in service.segments if service.active else ():
            cells = [
                _cell(member, segment, flaws.get((service.id, segment.key, member.id)))
                for member in people
            ]
            first = segment is service.segments[0]
            yield Line(service=service, segment=segment, cells=cells, first=first)


def _cell(member: Staff, segment: Segment, flaw: Unbookable | None) -> Cell:
    if segment.skill not in member.skills:
        return Cell(state="no")
    minutes = member.minutes_for(segment)
    if flaw:
        return Cell(state=flaw.flaw.value, minutes=minutes, detail=flaw.detail)
    return Cell(state="yes", minutes=minutes)
