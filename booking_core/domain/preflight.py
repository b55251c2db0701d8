"""What of a salon's services can really be booked, and what cannot, with whom, and why.

A segment is bookable with a person when the external calendar is known to have an event type for
exactly that, of the right length, in a calendar that we hold the key of. It is asked before
anything is offered: a gap found while booking is found too late.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from booking_core.domain.event_type import wanted_event_types

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from uuid import UUID

    from booking_core.domain.catalogue import Salon, Segment, Service, Staff
    from booking_core.domain.event_type import Pair, WantedEventType
    from booking_core.domain.plan import VisitRequest


class Flaw(StrEnum):
    """Why a segment cannot be booked with a person."""

    NOT_THERE = "not_there"
    """No event type is known."""
    WRONG_LENGTH = "wrong_length"
    """The one that is known is shorter or longer than the work."""
    NO_KEY = "no_key"
    """Nobody may write into that calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """An event type as it is known to be at the calendar."""

    event_type_id: int | None
    user: str
    lengths: frozenset[int]
    error: str | None = None
    """What went wrong when it was last brought up to date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbookable:
    """A segment that a person could do but that cannot be booked with them."""

    service_id: UUID
    segment_key: str
    staff_id: UUID
    user: str
    flaw: Flaw
    detail: str = ""

    @property
    def pair(self) -> Pair:
        """Which segment, and who does it."""
        return self.service_id, self.segment_key, self.staff_id


def preflight(
    salon: Salon, provided: Mapping[Pair, Provided], *, has_key: Callable[[str], bool]
) -> tuple[Unbookable, ...]:
    """Everything that is wanted but not bookable, in the order of the catalogue."""
    return tuple(
        found
        for wanted in wanted_event_types(salon)
        if (found := _judged(wanted, provided.get(wanted.pair), has_key=has_key))
    )


def bookable_part(salon: Salon, visit: VisitRequest, gaps: Collection[Unbookable]) -> Salon:
    """The salon as this visit may see it: who cannot be booked for a segment does not have its
    skill.

    That takes a little more away than need be where two segments of one visit ask for the same
    skill; nothing is ever offered that cannot be booked.
    """
    lost = {(gap.staff_id, skill) for gap in gaps for skill in _skills_of(salon, visit, gap)}
    if not lost:
        return salon
    return replace(salon, staff=tuple(_without(member, lost) for member in salon.staff))


def _judged(
    wanted: WantedEventType, there: Provided | None, *, has_key: Callable[[str], bool]
) -> Unbookable | None:
    if not has_key(wanted.user):
        return _unbookable(wanted, Flaw.NO_KEY, f"there is no key for {wanted.user}")
    if there is None:
        return _unbookable(wanted, Flaw.NOT_THERE, "not brought up to date yet")
    if there.event_type_id is None or there.user != wanted.user:
        return _unbookable(wanted, Flaw.NOT_THERE, there.error or "not brought up to date yet")
    if not wanted.lengths <= there.lengths:
        has, needs = (_minutes(lengths) for lengths in (there.lengths, wanted.lengths))
        why = f"; {there.error}" if there.error else ""
        return _unbookable(wanted, Flaw.WRONG_LENGTH, f"{has} minutes instead of {needs}{why}")
    return None


def _unbookable(wanted: WantedEventType, flaw: Flaw, detail: str) -> Unbookable:
    return Unbookable(
        service_id=wanted.service_id,
        segment_key=wanted.segment_key,
        staff_id=wanted.staff_id,
        user=wanted.user,
        flaw=flaw,
        detail=detail,
    )


def _minutes(lengths: frozenset[int]) -> str:
    return " or ".join(str(length) for length in sorted(lengths))


def _skills_of(salon: Salon, visit: VisitRequest, gap: Unbookable) -> Iterator[str]:
    if gap.service_id in visit.services:
        yield from (part.skill for part in _parts(salon.service(gap.service_id), gap.segment_key))


def _parts(service: Service, key: str) -> Iterator[Segment]:
    return (segment for segment in service.segments if segment.key == key)


def _without(member: Staff, lost: Collection[tuple[UUID, str]]) -> Staff:
    kept = frozenset(skill for skill in member.skills if (member.id, skill) not in lost)
    return member if kept == member.skills else replace(member, skills=kept)
