"""Who is taken when, and holds on what is offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from booking_core.domain.interval import Span
    from booking_core.domain.override import Overridden
    from booking_core.domain.plan import Plan


class Diary(Protocol):
    """Who is taken when, and holds on what is offered."""

    async def busy(
        self,
        branch_id: UUID,
        window: Span,
        *,
        except_owner: str,
        moving: UUID | None = None,
        but_rests: bool = False,
        salon_version: int | None = None,
    ) -> Mapping[UUID, Sequence[Span]]:
        """Per staff member and unit: live claims of others inside the window, and absences of the
        external calendar's own view. Expired holds and holds of `except_owner` are not busy, nor
        is what belongs to the appointment that is to be moved. `but_rests` leaves `rests` out.
        SalonOutdated when the salon is of another version than this at that moment.
        """
        ...

    async def rests(
        self, branch_id: UUID, window: Span, *, moving: UUID | None = None
    ) -> Mapping[UUID, Sequence[Span]]:
        """Per staff member: rests in `never` pauses of other appointments, as they were sold."""
        ...

    async def overridden(self, branch_id: UUID, window: Span) -> Sequence[Overridden]:
        """What was put into such rests on purpose: who decided it for which visit in the window."""
        ...

    async def remains(
        self, branch_id: UUID, window: Span, *, owner: str
    ) -> Mapping[UUID, Sequence[Span]]:
        """What of `busy` comes from bookings of this very owner that failed or are not decided."""
        ...

    async def hold(
        self,
        branch_id: UUID,
        owner: str,
        plans: Sequence[Plan],
        *,
        ttl_s: float,
        moving: UUID | None = None,
        overrides: bool = False,
        holder: str | None = None,
    ) -> None:
        """Make these plans, and nothing else, the owner's holds, in one transaction.

        SlotTaken when somebody else's live claim is in the way; the earlier holds then stand. Time
        held for an appointment that is to be moved may overlap what that appointment has; with
        `overrides` work may lie in `rests`. What a `holder` holds for the owner is released,
        renewed and ended by a booking in its own name.
        """
        ...

    async def renew(self, owner: str, *, ttl_s: float) -> None:
        """Let the owner's live holds expire later."""
        ...

    async def release(self, owner: str) -> None:
        """Drop all holds of this owner; harmless when there are none."""
        ...
