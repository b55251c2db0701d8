"""Somebody will be late: a note on the visit and word to the salon; the calendar stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking_core.domain.errors import InvalidRequest
from booking_core.domain.requests import RequestCallback
from booking_core.domain.writable import refuse_unwritable

if TYPE_CHECKING:
    from uuid import UUID

REASON = "late"
"""How the salon's list of requests calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLateness:
    """Note on this visit that its customer will be late."""

    key: str
    """Of what causes it, a call: said twice, it is noted once."""
    branch_id: UUID
    appointment_id: UUID
    minutes: int | None = None
    """None = not told."""
    words: str = ""
    """As the caller said it."""
    name: str = ""
    phone: str | None = None

    def __post_init__(self) -> None:
        refuse_unwritable(key=self.key, words=self.words)
        if self.minutes is not None and self.minutes <= 0:
            raise InvalidRequest(f"late by {self.minutes} minutes is not late", key=self.key)

    @property
    def note(self) -> str:
        """What stands on the visit."""
        return f"+{self.minutes} min" if self.minutes else "+? min"


@dataclass(frozen=True, slots=True, kw_only=True)
class LatenessNoted:
    """It stands on the visit, where the salon reads it."""

    minutes: int | None


def word_to_salon(order: NoteLateness) -> RequestCallback | None:
    """For the list the salon works off; None without a number."""
    if order.phone is None:
        return None
    return RequestCallback(
        key=f"{order.key}:{REASON}",
        branch_id=order.branch_id,
        phone=order.phone,
        name=order.name,
        topic=f"{order.note}: {order.words}",
        reason=REASON,
        wish={"appointment": str(order.appointment_id)},
    )
