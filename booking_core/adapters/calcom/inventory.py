"""What users have at Cal.com, listed once however many want to know."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking_core.domain.errors import CalendarBusy, CalendarError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.client import CalcomClient
    from booking_core.adapters.calcom.models import EventType, Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """All of a user, hidden ones included."""

    event_types: tuple[EventType, ...]
    schedules: tuple[Schedule, ...]

    def event_type(self, slug: str, known_id: int | None) -> EventType | None:
        """The one with this slug, or else the one that had it when we last looked."""
        by_slug = (one for one in self.event_types if one.slug == slug)
        by_id = (one for one in self.event_types if one.id == known_id)
        return next(by_slug, None) or next(by_id, None)

    def schedule(self, name: str) -> Schedule | None:
        """The first of this name that was made: two processes may have made one each."""
        named = (one for one in self.schedules if one.name == name)
        return min(named, key=lambda one: one.id, default=None)

    @property
    def default_schedule(self) -> Schedule | None:
        """What event types without a schedule stand on."""
        return next((one for one in self.schedules if one.is_default), None)


class Inventory:
    """Good for one run: what is changed meanwhile is not listed again."""

    def __init__(self, client: CalcomClient, accounts: Accounts) -> None:
        self._client = client
        self._accounts = accounts
        self._known: dict[str, Belongings | CalendarError] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, user: str) -> Belongings:
        """What a user has; where Cal.com does not answer, nobody waits for it twice."""
        key = self._accounts.key(user)
        async with self._asking[key]:
            if key not in self._known:
                self._known[key] = await self._listed_or_why_not(key)
        known = self._known[key]
        if isinstance(known, CalendarError):
            raise known
        return known

    def give_up(self, user: str, error: CalendarError) -> None:
        """Nobody asks about this user again."""
        self._known[self._accounts.key(user)] = error

    async def _listed_or_why_not(self, key: str) -> Belongings | CalendarError:
        try:
            return await self._listed(key)
        except CalendarBusy as busy:
            if "retry_after_s" in busy.facts:
                raise
            return busy
        except CalendarError as error:
            return error

    async def _listed(self, key: str) -> Belongings:
        event_types: Iterable[EventType]
        event_types, schedules = await asyncio.gather(
            self._client.event_types(key), self._client.schedules(key)
        )
        return Belongings(event_types=tuple(event_types), schedules=tuple(schedules))
