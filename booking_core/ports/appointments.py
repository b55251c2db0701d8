"""Appointments as they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.appointment import Appointment, Mark
    from booking_core.domain.interval import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which appointments are looked for; everything that is given must hold."""

    branch_id: UUID
    phone: str | None = None
    """E.164, as it is on the appointment."""
    code: str | None = None
    words: frozenset[str] = frozenset()
    """Folded words of a name (`domain.names.folded_words`), one of which must be in it."""
    starts_in: Span | None = None
    ends_after: datetime | None = None
    overlaps: Span | None = None
    """The customer's stay, pauses included, shares some time with it."""


class Appointments(Protocol):
    """Appointments as they are stored."""

    async def add_note(self, branch_id: UUID, appointment_id: UUID, note: str) -> None:
        """Add this line for the salon, once; UnknownAppointment when there is no such visit."""
        ...

    async def mark(
        self, branch_id: UUID, appointment_id: UUID, version: int, mark: Mark | None
    ) -> bool:
        """Whether they came, as the salon says; False when this version does not stand."""
        ...

    async def by_id(self, appointment_id: UUID) -> Appointment:
        """One appointment; UnknownAppointment when there is none."""
        ...

    async def version(self, appointment_id: UUID, version: int) -> Appointment:
        """One appointment as it was in that version; UnknownAppointment when there is none.

        Its customer is as today: who was erased is erased everywhere.
        """
        ...

    async def find(self, search: Search) -> Sequence[Appointment]:
        """All that came about and fit, in order of their starts; cancelled ones only by code."""
        ...
