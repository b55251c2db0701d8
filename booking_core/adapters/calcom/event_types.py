"""Event types at Cal.com as our segments need them: hidden, exact, never in anybody's way."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from booking_core.domain.errors import (
    CalendarBusy,
    CalendarError,
    CalendarRefused,
    CalendarSilent,
)
from booking_core.workflows.sync_event_types import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.client import CalcomClient
    from booking_core.adapters.calcom.models import EventType
    from booking_core.domain.event_type import WantedEventType

SLOT_INTERVAL_MINUTES = 5
ROUND_THE_CLOCK = "Voice agent (any time)"
EVERY_DAY = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class CalcomEventTypes:
    """Implements `sync_event_types.EventTypes`; made anew for each run.

    What a user has is listed once. Working hours are ours to know: the event types stand on a
    schedule that is always open, and Cal.com only keeps appointments apart.
    """

    def __init__(self, client: CalcomClient, accounts: Accounts, *, timezone: str) -> None:
        self._client = client
        self._accounts = accounts
        self._timezone = timezone
        self._known: dict[str, Known | CalendarError] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def ensure(self, wanted: WantedEventType) -> tuple[int, Change]:
        """Make it, adopt it by its slug, or leave it alone."""
        key = self._accounts.key(wanted.user)
        try:
            return await self._ensured(key, wanted)
        except CalendarSilent as silent:
            self._known[key] = silent
            raise

    async def _ensured(self, key: str, wanted: WantedEventType) -> tuple[int, Change]:
        known = await self._of_user(key)
        fields = _fields(wanted, known.schedule_id)
        there = known.by_slug.get(wanted.slug)
        if there is None:
            there = await self._created(key, fields)
            if there is not None:
                return _as_asked(there, fields).id, Change.CREATED
            there = await self._made_meanwhile(key, wanted.slug)
        return await self._adjusted(key, there, fields)

    async def _adjusted(
        self, key: str, there: EventType, fields: dict[str, Any]
    ) -> tuple[int, Change]:
        different = {n: value for n, value in fields.items() if not _shows(there, n, value)}
        if not different:
            return there.id, Change.NOTHING
        changed = await self._client.change_event_type(key, there.id, different)
        return _as_asked(changed, different).id, Change.CHANGED

    async def _created(self, key: str, fields: dict[str, Any]) -> EventType | None:
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

    async def _of_user(self, key: str) -> Known:
        """What the key's user has; asked for once, however many want to know."""
        async with self._asking[key]:
            if key not in self._known:
                self._known[key] = await self._listed_or_why_not(key)
        known = self._known[key]
        if isinstance(known, CalendarError):
            raise known
        return known

    async def _listed_or_why_not(self, key: str) -> Known | CalendarError:
        """Where Cal.com does not answer, nobody waits for it again in this run."""
        try:
            return await self._listed(key)
        except CalendarBusy as busy:
            if "retry_after_s" in busy.facts:
                raise
            return busy
        except CalendarError as error:
            return error

    async def _listed(self, key: str) -> Known:
        there, schedule_id = await asyncio.gather(
            self._client.event_types(key), self._schedule(key)
        )
        by_slug = {event_type.slug: event_type for event_type in there}
        return Known(by_slug=by_slug, schedule_id=schedule_id)

    async def _schedule(self, key: str) -> int:
        for schedule in await self._client.schedules(key):
            if schedule.name == ROUND_THE_CLOCK:
                return schedule.id
        hours = [{"days": EVERY_DAY, "startTime": "00:00", "endTime": "23:59"}]
        wish = {
            "name": ROUND_THE_CLOCK,
            "timeZone": self._timezone,
            "isDefault": False,
            "availability": hours,
        }
        return (await self._client.create_schedule(key, wish)).id


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a user has at Cal.com."""

    by_slug: Mapping[str, EventType]
    schedule_id: int


def _fields(wanted: WantedEventType, schedule_id: int) -> dict[str, Any]:
    """Everything we ask for; what is left out keeps Cal.com's default, the slug comes last."""
    fields: dict[str, Any] = {
        "title": wanted.title,
        "slug": wanted.slug,
        "lengthInMinutes": wanted.minutes,
        "hidden": True,
        "slotInterval": SLOT_INTERVAL_MINUTES,
        "minimumBookingNotice": 0,
        "beforeEventBuffer": 0,
        "afterEventBuffer": 0,
        "disableGuests": True,
        "scheduleId": schedule_id,
        "locations": [{"type": "address", "address": wanted.address, "public": True}],
        "confirmationPolicy": {"disabled": True},
        "disableCancelling": {"disabled": False},
    }
    if wanted.other_minutes:
        fields["lengthInMinutesOptions"] = sorted({wanted.minutes, *wanted.other_minutes})
    return fields


def _shows(there: EventType, field: str, wish: object) -> bool:
    """Whether an event type is as it should be in this field; further facts in objects are fine."""
    shown = there.shows(field)
    if isinstance(wish, dict) and isinstance(shown, dict):
        return all(shown.get(name) == value for name, value in wish.items())
    if field == "locations" and isinstance(shown, list) and isinstance(wish, list):
        places = [{name: item.get(name) for name in ("type", "address")} for item in shown]
        return places == [{name: item[name] for name in ("type", "address")} for item in wish]
    return shown == wish


def _as_asked(there: EventType, fields: dict[str, Any]) -> EventType:
    """A field that Cal.com does not take is dropped without a word: only the answer tells."""
    dropped = sorted(name for name, wish in fields.items() if not _shows(there, name, wish))
    if dropped:
        raise CalendarRefused(reason=f"Cal.com did not take {', '.join(dropped)}", slug=there.slug)
    return there
