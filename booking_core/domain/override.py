"""What a person at the desk does on purpose: put a visit into time that is not sold.

Only the rest of a `never` pause can be used like this; work, blocked pauses and absences cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking_core.domain.errors import OverrideUnexplained
from booking_core.domain.writable import refuse_unwritable

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.appointment import Appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Who gives up the rest of somebody else's `never` pause, and why: both have to be said."""

    author: str
    """As they signed in."""
    reason: str

    def __post_init__(self) -> None:
        missing = [name for name in ("author", "reason") if not getattr(self, name).strip()]
        if missing:
            raise OverrideUnexplained(missing=tuple(missing))
        refuse_unwritable(author=self.author, reason=self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overridden:
    """One such decision, as it is on record."""

    appointment: Appointment
    """The visit that was put there, as it is now."""
    version: int
    """Of the visit, which came about by it."""
    override: Override
    at: datetime
    into: tuple[UUID, ...]
    """The visits whose rest was used."""
