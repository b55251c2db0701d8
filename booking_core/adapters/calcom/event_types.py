"""Event types at Cal.com as our segments need them: hidden, exact, never in anybody's way."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from booking_core.adapters.calcom.event_type_rules import as_asked, differences, fields_of
from booking_core.adapters.calcom.inventory import Inventory
from booking_core.adapters.calcom.timetables import (
    ROUND_THE_CLOCK,
    is_always_open,
    make_always_open,
)
from booking_core.domain.errors import CalendarRefused, CalendarSilent
from booking_core.workflows.sync_event_types import Change, Fate

if TYPE_CHECKING:
    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.client import CalcomClient
    from booking_core.adapters.calcom.event_type_rules import Difference, Fields
    from booking_core.adapters.calcom.models import EventType
    from booking_core.domain.event_type import Leftover, WantedEventType

STILL_TO_COME = "upcoming,unconfirmed"
RETIRED = "no longer booked"
NOT_FOUND = 404


class CalcomEventTypes:
    """Implements `sync_event_types.EventTypes`; made anew for each run.

    They stand on a schedule that is always open: why, `timetables` tells.
    """

    def __init__(
        self,
        client: CalcomClient,
        accounts: Accounts,
        *,
        timezone: str,
        inventory: Inventory | None = None,
    ) -> None:
        self._client = client
        self._accounts = accounts
        self._timezone = timezone
        self._inventory = inventory or Inventory(client, accounts)
        self._schedule_ids: dict[str, int] = {}
        self._opening: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def ensure(
        self, wanted: WantedEventType, known_id: int | None = None
    ) -> tuple[int, Change]:
        """Make it, adopt it by its slug, or leave it alone.

        `known_id` finds one whose slug was changed at Cal.com.
        """
        try:
            return await self._ensured(wanted, known_id)
        except CalendarSilent as silent:
            self._inventory.give_up(wanted.user, silent)
            raise

    async def retire(self, leftover: Leftover) -> Fate:
        """Hide it and say so in its title; remove it once no booking can be in it any more.

        What a removal does to the bookings of an event type is not known, so there must be none.
        The slug stays: should it be wanted again, it is found.
        """
        belongings = await self._inventory.of(leftover.user)
        there = belongings.event_type(leftover.slug, leftover.event_type_id)
        if there is None:
            return Fate.GONE
        key = self._accounts.key(leftover.user)
        if leftover.ripe and not await self._is_booked(key, there.id):
            await self._removed(key, there.id)
            return Fate.GONE
        fields = {"title": f"{leftover.title} ({RETIRED})", "hidden": True}
        await self._adjusted(key, there, differences(there, fields, others=False))
        return Fate.HIDDEN

    async def _ensured(self, wanted: WantedEventType, known_id: int | None) -> tuple[int, Change]:
        belongings = await self._inventory.of(wanted.user)
        key = self._accounts.key(wanted.user)
        fields = fields_of(wanted, await self._schedule_id(wanted.user))
        there = belongings.event_type(wanted.slug, known_id)
        if there is None:
            there = await self._created(key, fields)
            if there is not None:
                return as_asked(there, fields).id, Change.CREATED
            there = await self._made_meanwhile(key, wanted.slug)
        return await self._adjusted(key, there, differences(there, fields))

    async def _adjusted(
        self, key: str, there: EventType, different: tuple[Difference, ...]
    ) -> tuple[int, Change]:
        if not different:
            return there.id, Change.NOTHING
        wish = {difference.field: difference.wish for difference in different}
        changed = await self._client.change_event_type(key, there.id, wish)
        return as_asked(changed, wish).id, Change.CHANGED

    async def _created(self, key: str, fields: Fields) -> EventType | None:
        """The new one; None when somebody else has just made it."""
        try:
            return await self._client.create_event_type(key, fields)
        except CalendarRefused as refused:
            if "slug" in str(refused.facts.get("says")):
                return None
            raise

    async def _made_meanwhile(self, key: str, slug: str) -> EventType:
        for event_type in await self._client.event_types(key):
            if event_type.slug == slug:
                return event_type
        raise CalendarRefused(reason="the slug is taken, but no event type has it", slug=slug)

    async def _is_booked(self, key: str, event_type_id: int) -> bool:
        """Whether a booking is still to come; Cal.com may ignore a filter, so each is looked at."""
        filters = {"eventTypeIds": str(event_type_id), "status": STILL_TO_COME}
        bookings = await self._client.bookings(key, **filters)
        return any(one.is_live and one.event_type_id == event_type_id for one in bookings)

    async def _removed(self, key: str, event_type_id: int) -> None:
        """Gone already is success."""
        try:
            await self._client.delete_event_type(key, event_type_id)
        except CalendarRefused as refused:
            if refused.facts.get("status") != NOT_FOUND:
                raise

    async def _schedule_id(self, user: str) -> int:
        """The schedule that is always open, made or mended once a run."""
        key = self._accounts.key(user)
        async with self._opening[key]:
            if key not in self._schedule_ids:
                self._schedule_ids[key] = await self._always_open(user, key)
        return self._schedule_ids[key]

    async def _always_open(self, user: str, key: str) -> int:
        own = (await self._inventory.of(user)).schedule(ROUND_THE_CLOCK)
        if own is None or not is_always_open(own):
            return await make_always_open(self._client, key, own, timezone=self._timezone)
        return own.id
