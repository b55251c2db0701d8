"""How event types and schedules at Cal.com differ from what is wanted; nothing is changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from booking_core.adapters.calcom.event_type_rules import QUESTIONS, differences, fields_of
from booking_core.adapters.calcom.timetables import ROUND_THE_CLOCK, is_always_open
from booking_core.domain.drift import Deviation, Fault
from booking_core.domain.event_type import Leftover

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from booking_core.adapters.calcom.event_type_rules import Difference
    from booking_core.adapters.calcom.inventory import Inventory
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.event_type import WantedEventType

FAULTS = {
    "title": Fault.RENAMED,
    "slug": Fault.MOVED,
    "lengthInMinutes": Fault.LENGTH,
    "lengthInMinutesOptions": Fault.LENGTH,
    "hidden": Fault.VISIBLE,
    "slotInterval": Fault.GRID,
    "offsetStart": Fault.GRID,
    "minimumBookingNotice": Fault.NOTICE,
    "beforeEventBuffer": Fault.BUFFERS,
    "afterEventBuffer": Fault.BUFFERS,
    "disableGuests": Fault.GUESTS,
    "scheduleId": Fault.SCHEDULE,
    "locations": Fault.PLACE,
    "confirmationPolicy": Fault.CONFIRMATION,
    "disableCancelling": Fault.NO_CANCELLING,
    "disableRescheduling": Fault.NO_RESCHEDULING,
    QUESTIONS: Fault.QUESTIONS,
}
NO_SCHEDULE = 0


class CalcomInspection:
    """Implements `drift.Inspection`; made anew for each look."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    async def schedule(self, user: str) -> Sequence[Deviation]:
        """Whether the schedule of our event types is there, and always open."""
        own = (await self._inventory.of(user)).schedule(ROUND_THE_CLOCK)
        if own is not None and is_always_open(own):
            return ()
        deviation = Deviation(
            fault=Fault.SCHEDULE,
            user=user,
            subject=ROUND_THE_CLOCK,
            found="missing" if own is None else "closed at times",
            wanted="always open",
            repair="make it" if own is None else "open it",
        )
        return (deviation,)

    async def event_type(
        self, wanted: WantedEventType, known_id: int | None
    ) -> Sequence[Deviation]:
        """Every field of it that is not as it should be."""
        belongings = await self._inventory.of(wanted.user)
        there = belongings.event_type(wanted.slug, known_id)
        if there is None:
            return (_missing(wanted),)
        own = belongings.schedule(ROUND_THE_CLOCK)
        fields = fields_of(wanted, own.id if own else NO_SCHEDULE)
        return tuple(_deviation(wanted, found) for found in differences(there, fields))

    async def strays(
        self, user: str, salon: Salon, prefix: str, known: Container[tuple[str, str]]
    ) -> Sequence[Leftover]:
        """Event types whose slugs are of our making, but which nobody has written down."""
        belongings = await self._inventory.of(user)
        return [
            Leftover(
                branch_id=salon.branch.id,
                user=user,
                slug=one.slug,
                event_type_id=one.id,
                title=one.title,
                ripe=False,
            )
            for one in belongings.event_types
            if one.slug.startswith(prefix) and (user, one.slug) not in known
        ]


def _missing(wanted: WantedEventType) -> Deviation:
    return Deviation(
        fault=Fault.MISSING,
        user=wanted.user,
        subject=wanted.slug,
        found="nothing",
        wanted=f"{wanted.title}, {wanted.minutes} minutes",
        repair="make it",
    )


def _deviation(wanted: WantedEventType, difference: Difference) -> Deviation:
    return Deviation(
        fault=FAULTS.get(difference.field, Fault.LIMITS),
        user=wanted.user,
        subject=wanted.slug,
        found=_text(difference.field, difference.found),
        wanted=_text(difference.field, difference.wish),
        repair=f"set {difference.field} to {json.dumps(difference.wish, ensure_ascii=False)}",
    )


def _text(field: str, value: object) -> str:
    return f"{field} = {json.dumps(value, ensure_ascii=False, default=str)}"
