"""What the salon is asked to see to itself: people to call back, and people who wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from booking_core.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.interval import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCallback:
    """Have the salon call somebody back."""

    key: str
    """Of what causes it, a call: asked for twice, it is one request with the newest facts."""
    branch_id: UUID
    phone: str
    """E.164; nobody can be called back without a number."""
    name: str = ""
    """Empty = not told."""
    topic: str = ""
    """What it is about, in the caller's own words."""
    reason: str
    """Why the call could not settle it: a word of the one who asks."""
    wish: Mapping[str, Any] = field(default_factory=dict)
    """What is known so far, as plain values: services, person, times."""

    def __post_init__(self) -> None:
        if not self.phone:
            raise InvalidRequest("a callback needs a number", key=self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackNoted:
    """The request stands in the database: only now may it be promised."""

    name: str
    phone: str
    due_at: datetime
    """When to call at the latest; for the salon, not for the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinWaitingList:
    """Tell the salon when a place becomes free that fits."""

    key: str
    """Of what causes it: asked for twice, it is one entry with the newest wish."""
    branch_id: UUID
    services: tuple[UUID, ...]
    staff: UUID | None = None
    windows: tuple[Span, ...] = ()
    """The visit starts in one of them; none = at any time that can be booked."""
    name: str = ""
    phone: str

    def __post_init__(self) -> None:
        if not self.services:
            raise InvalidRequest("nobody waits for nothing: a service is missing", key=self.key)
        if not self.phone:
            raise InvalidRequest("who waits needs a number", key=self.key)


class WaitingState(StrEnum):
    """How far the salon is with somebody who waits."""

    OPEN = "open"
    FOUND = "found"
    """A fitting place became free; the salon is to call."""
    DONE = "done"
    EXPIRED = "expired"
    """The last day that was wished is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEntry:
    """Somebody on the waiting list."""

    id: int
    wish: JoinWaitingList
    state: WaitingState
    found: datetime | None = None
    """The start that became free."""
