"""What an external calendar needs for each segment and person: a name, an address, a length."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from booking_core.domain.catalogue import GRID_MINUTES, PausePolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from booking_core.domain.catalogue import Pause, Salon, Segment, Service, Staff

GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i"})

Pair = tuple[UUID, str, UUID]
"""A segment and a person: service, key of the segment, staff member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEventType:
    """One segment of one service, done by one person."""

    branch_id: UUID
    service_id: UUID
    segment_key: str
    staff_id: UUID
    user: str
    """Whose calendar: the user name there."""
    title: str
    slug: str
    minutes: int
    """For this person, the occupied pause after it included."""
    other_minutes: tuple[int, ...]
    """Lengths it may have as well: a stretched pause, or the pause of a merged neighbour."""
    address: str

    @property
    def pair(self) -> Pair:
        """Which segment, and who does it."""
        return self.service_id, self.segment_key, self.staff_id

    @property
    def place(self) -> tuple[str, str]:
        """Where it is found at the calendar: a user has each slug once."""
        return self.user, self.slug

    @property
    def lengths(self) -> frozenset[int]:
        """All the lengths in which it may be booked."""
        return frozenset({self.minutes, *self.other_minutes})


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """An event type of ours that nobody wants any more, as far as we know still there."""

    branch_id: UUID
    user: str
    slug: str
    event_type_id: int | None
    """None when the answer to its creation was lost: perhaps it does not exist at all."""
    title: str
    ripe: bool
    """Whether no request that was sent while it was wanted can still be under way."""

    @property
    def place(self) -> tuple[str, str]:
        """Where it is found at the calendar."""
        return self.user, self.slug


def wanted_event_types(salon: Salon) -> tuple[WantedEventType, ...]:
    """All of them, in the order of the catalogue."""
    return tuple(
        _wanted(salon, service, segment, member)
        for service in salon.services
        if service.active
        for segment in service.segments
        for member in salon.staff
        if member.active and segment.skill in member.skills
    )


def calendar_user(salon: Salon, member: Staff) -> str:
    """A person's user name in the external calendar."""
    return member.calendar_user or f"{salon.branch.key}-{member.key}"


def slug_of(salon: Salon, service: Service, segment: Segment, member: Staff) -> str:
    """The address of an event type: letters a to z, digits and hyphens."""
    branch = salon.branch
    parts = (branch.key, branch.code, str(service.number), segment.key, member.key)
    return "-".join(_plain(part) for part in parts)


def slug_prefix(salon: Salon) -> str:
    """How the slugs of all event types of a branch begin."""
    return f"{_plain(salon.branch.key)}-{_plain(salon.branch.code)}-"


def title_of(salon: Salon, service: Service, segment: Segment, member: Staff) -> str:
    """The name of an event type: MORG-BER-ANSAT-A (Ansatzfärbung auftragen) – Emma."""
    codes = (salon.company.code, salon.branch.code, service.code, segment.key)
    return f"{'-'.join(codes)} ({segment.name}) – {member.first_name}"


def _wanted(salon: Salon, service: Service, segment: Segment, member: Staff) -> WantedEventType:
    work = _work_minutes(segment, member)
    usual, *others = _waits(salon, service, segment)
    return WantedEventType(
        branch_id=salon.branch.id,
        service_id=service.id,
        segment_key=segment.key,
        staff_id=member.id,
        user=calendar_user(salon, member),
        title=title_of(salon, service, segment, member),
        slug=slug_of(salon, service, segment, member),
        minutes=work + usual,
        other_minutes=tuple(sorted({work + wait for wait in others} - {work + usual})),
        address=f"{salon.branch.name}, {salon.branch.address}",
    )


def _work_minutes(segment: Segment, member: Staff) -> int:
    """How long this person takes, on the grid."""
    return -(-member.minutes_for(segment) // GRID_MINUTES) * GRID_MINUTES


def _waits(salon: Salon, service: Service, segment: Segment) -> list[int]:
    """Occupied minutes that may follow: the usual ones first."""
    own = list(_occupied(salon, service, segment.pause_after)) or [0]
    if segment is not service.segments[-1]:
        return own
    # The last segment may be merged with the first of another service, whose pause then follows.
    for other in salon.services:
        first = other.segments[0]
        if other.active and other is not service and first.skill == segment.skill:
            own += list(_occupied(salon, other, first.pause_after)) or [0]
    return own


def _occupied(salon: Salon, service: Service, pause: Pause | None) -> Iterator[int]:
    """Lengths of a pause during which the person's time is taken, the shortest first."""
    if pause is None or not service.occupies(pause):
        return
    stretches = service.pause_policy is PausePolicy.FLEXIBLE or (
        salon.branch.elastic_pauses
        and service.pause_policy not in {PausePolicy.BLOCKED, PausePolicy.NEVER}
    )
    longest = pause.max_minutes if stretches else pause.min_minutes
    yield from range(pause.min_minutes, longest + 1, GRID_MINUTES)


def _plain(text: str) -> str:
    """Without accents, blanks and capitals."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(GERMAN))
    return re.sub(r"[^a-z0-9]+", "-", decomposed.encode("ascii", "ignore").decode()).strip("-")
