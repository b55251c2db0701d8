"""Cal.com's API v2 as typed calls: what is asked, and the shape of what comes back."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from booking_core.adapters.calcom.models import (
    Answer,
    Booking,
    BookingPage,
    Envelope,
    EventType,
    Me,
    Schedule,
    Slot,
    Webhook,
)
from booking_core.adapters.calcom.transport import NOT_FOUND
from booking_core.adapters.calcom.versions import Versions
from booking_core.adapters.calcom.wire import Json, Query, Request, Timeouts, Wire
from booking_core.domain.errors import CalendarSilent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from types import TracebackType

    from booking_core.adapters.calcom.breaker import BreakerState
    from booking_core.adapters.calcom.figures import Figures
    from booking_core.adapters.calcom.transport import Reply
    from booking_core.adapters.redis_allowance import Allowance, Spent
    from booking_core.domain.interval import Span

__all__ = ["CalcomClient", "Timeouts", "zulu"]

T = TypeVar("T")
A = TypeVar("A", bound=Answer)

BOOKED = Envelope[Booking]  # made once: pydantic forgets a shape that nobody holds, and builds anew
MOST_A_PAGE = 250
MOST_BY_CURSOR = 100
MOST_PAGES = 50


class CalcomClient:
    """The calls of one Cal.com; every user has a key of their own.

    CalendarSilent: the outcome is unknown. CalendarDown, CalendarBusy: nothing was done.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeouts: Timeouts | None = None,
        versions: Versions | None = None,
        allowance: Allowance | None = None,
    ) -> None:
        self._versions = versions or Versions()
        self._wire = Wire(base_url, timeouts=timeouts, versions=self._versions, allowance=allowance)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._wire.aclose()

    @property
    def figures(self) -> Figures:
        """What the calls cost so far."""
        return self._wire.figures

    @property
    def state(self) -> BreakerState:
        """Whether requests pass, or fail at once because nobody is there."""
        return self._wire.breaker.state

    async def spent(self, key: str) -> Spent | None:
        """How much of the key's allowance is used up; None = nobody counts."""
        return await self._wire.spent(key)

    async def expect(self, key: str, requests: int) -> None:
        """So many requests are about to follow with this key."""
        await self._wire.expect(key, requests)

    # People

    async def me(self, key: str) -> Me:
        """Whose key it is."""
        return _data(await self._get("/me", key), Envelope[Me])

    # Event types

    async def event_types(self, key: str) -> Sequence[EventType]:
        """All of the key's user, hidden ones included."""
        return _data(await self._get("/event-types", key), Envelope[tuple[EventType, ...]])

    async def event_type(self, key: str, event_type_id: int) -> EventType:
        """One of the key's user."""
        return _data(await self._get(f"/event-types/{event_type_id}", key), Envelope[EventType])

    async def create_event_type(self, key: str, fields: Json) -> EventType:
        """Make one; a field Cal.com does not know is dropped without a word."""
        return _data(await self._send("POST", "/event-types", key, fields), Envelope[EventType])

    async def change_event_type(self, key: str, event_type_id: int, fields: Json) -> EventType:
        """Change some fields."""
        path = f"/event-types/{event_type_id}"
        return _data(await self._send("PATCH", path, key, fields), Envelope[EventType])

    async def delete_event_type(self, key: str, event_type_id: int) -> None:
        """Remove it."""
        await self._send("DELETE", f"/event-types/{event_type_id}", key)

    # Schedules; absences are overrides of a day, only organisations have anything better

    async def schedules(self, key: str) -> Sequence[Schedule]:
        """All of the key's user."""
        return _data(await self._get("/schedules", key), Envelope[tuple[Schedule, ...]])

    async def schedule(self, key: str, schedule_id: int) -> Schedule:
        """One of the key's user."""
        return _data(await self._get(f"/schedules/{schedule_id}", key), Envelope[Schedule])

    async def default_schedule(self, key: str) -> Schedule | None:
        """What event types without a schedule stand on; None when the user has none."""
        response = await self._get("/schedules/default", key)
        return _data(response, Envelope[Schedule | None])

    async def create_schedule(self, key: str, fields: Json) -> Schedule:
        """Make one: `name`, `timeZone`, `isDefault`, and `availability` and `overrides`."""
        return _data(await self._send("POST", "/schedules", key, fields), Envelope[Schedule])

    async def change_schedule(self, key: str, schedule_id: int, fields: Json) -> Schedule:
        """Change some fields; lists are replaced whole."""
        return _data(
            await self._send("PATCH", f"/schedules/{schedule_id}", key, fields), Envelope[Schedule]
        )

    async def delete_schedule(self, key: str, schedule_id: int) -> None:
        """Remove it."""
        await self._send("DELETE", f"/schedules/{schedule_id}", key)

    # Slots

    async def slots(
        self,
        event_type_id: int,
        window: Span,
        *,
        key: str | None = None,
        minutes: int | None = None,
        ranges: bool = False,
    ) -> Sequence[Slot]:
        """Starts (with `ranges` also ends) that are advised; 2 s old at times, and no promise.

        `minutes` asks for visits of another length than the event type's.
        """
        of: Query = {"eventTypeId": event_type_id}
        return await self._slots(of, window, key=key, minutes=minutes, ranges=ranges)

    async def common_slots(
        self,
        usernames: Sequence[str],
        organisation: str,
        window: Span,
        *,
        key: str | None = None,
        minutes: int | None = None,
        ranges: bool = False,
    ) -> Sequence[Slot]:
        """Starts at which all of these people are free; for members of one organisation only."""
        of: Query = {"usernames": ",".join(usernames), "organizationSlug": organisation}
        return await self._slots(of, window, key=key, minutes=minutes, ranges=ranges)

    # Bookings

    async def book(self, key: str | None, fields: Json) -> Booking:
        """Book; CalendarTaken when the time is not free (any more)."""
        request = Request(method="POST", path="/bookings", key=key, body=fields, books=True)
        return _data(await self._wire.ask(request), BOOKED)

    async def booking(self, key: str | None, uid: str) -> Booking | None:
        """One; None when there is none."""
        response = await self._get(f"/bookings/{quote(uid, safe='')}", key, missing_ok=True)
        if response.status == NOT_FOUND:
            return None
        return _data(response, BOOKED)

    async def bookings(self, key: str, **filters: str) -> Sequence[Booking]:
        """All that the key's user hosts and that fit; a filter Cal.com does not know is ignored.

        The caller filters again.
        """
        found: list[Booking] = []
        place: Query = self._first_page()
        for _ in range(MOST_PAGES):
            answer = _parsed(await self._get("/bookings", key, {**filters, **place}), BookingPage)
            found += answer.data
            if not (answer.pagination.has_next_page or answer.pagination.has_more):
                return found
            place = _next_page(place, answer)
        raise CalendarSilent(says="the list does not end", bookings=len(found))

    async def cancel(self, key: str | None, uid: str, *, reason: str) -> Booking:
        """Cancel; whether a refusal is none at all, the caller finds out by reading."""
        path = f"/bookings/{quote(uid, safe='')}/cancel"
        return _data(
            await self._send("POST", path, key, {"cancellationReason": reason}), Envelope[Booking]
        )

    async def reschedule(self, key: str | None, uid: str, fields: Json) -> Booking:
        """Move; the new booking has a uid of its own, and the old one is used up."""
        path = f"/bookings/{quote(uid, safe='')}/reschedule"
        request = Request(method="POST", path=path, key=key, body=fields, books=True)
        return _data(await self._wire.ask(request), BOOKED)

    # Webhooks, of a user or of one event type

    async def webhooks(self, key: str, *, event_type_id: int | None = None) -> Sequence[Webhook]:
        """All subscriptions."""
        found: list[Webhook] = []
        for page in range(MOST_PAGES):
            place: Query = {"take": MOST_A_PAGE, "skip": page * MOST_A_PAGE}
            response = await self._get(_hooks(event_type_id), key, place)
            answer = _data(response, Envelope[tuple[Webhook, ...]])
            found += answer
            if len(answer) < MOST_A_PAGE:
                return found
        raise CalendarSilent(says="the list does not end", webhooks=len(found))

    async def webhook(
        self, key: str, webhook_id: str, *, event_type_id: int | None = None
    ) -> Webhook:
        """One subscription."""
        return _data(await self._get(_hooks(event_type_id, webhook_id), key), Envelope[Webhook])

    async def create_webhook(
        self, key: str, fields: Json, *, event_type_id: int | None = None
    ) -> Webhook:
        """Subscribe: `active`, `subscriberUrl`, `triggers`, `secret`; an address once only."""
        return _data(
            await self._send("POST", _hooks(event_type_id), key, fields), Envelope[Webhook]
        )

    async def change_webhook(
        self, key: str, webhook_id: str, fields: Json, *, event_type_id: int | None = None
    ) -> Webhook:
        """Change some fields."""
        path = _hooks(event_type_id, webhook_id)
        return _data(await self._send("PATCH", path, key, fields), Envelope[Webhook])

    async def delete_webhook(
        self, key: str, webhook_id: str, *, event_type_id: int | None = None
    ) -> None:
        """End the subscription."""
        await self._send("DELETE", _hooks(event_type_id, webhook_id), key)

    def _first_page(self) -> Query:
        if self._versions.list_has_cursor:
            return {"limit": MOST_BY_CURSOR}
        return {"take": MOST_A_PAGE, "skip": 0, "sortStart": "asc"}  # else their order may change

    async def _slots(
        self, of: Query, window: Span, *, key: str | None, minutes: int | None, ranges: bool
    ) -> Sequence[Slot]:
        query: Query = {**of, "start": zulu(window.start), "end": zulu(window.end)}
        if minutes:
            query["duration"] = minutes
        if ranges:
            query["format"] = "range"
        response = await self._get("/slots", key, query)
        days = _data(response, Envelope[dict[str, tuple[Slot, ...]]])
        found = (slot for day in days.values() for slot in day)
        # A day with special hours is answered whole, also beyond what was asked.
        return [slot for slot in found if window.contains(slot.start)]

    async def _get(
        self, path: str, key: str | None, query: Query | None = None, *, missing_ok: bool = False
    ) -> Reply:
        request = Request(method="GET", path=path, key=key, query=query, missing_ok=missing_ok)
        return await self._wire.ask(request)

    async def _send(
        self, method: str, path: str, key: str | None, body: Json | None = None
    ) -> Reply:
        return await self._wire.ask(Request(method=method, path=path, key=key, body=body))


def zulu(moment: datetime) -> str:
    """An instant as Cal.com wants it: UTC with `Z`; a time without a zone would be read as UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _hooks(event_type_id: int | None, webhook_id: str | None = None) -> str:
    scope = "/webhooks" if event_type_id is None else f"/event-types/{event_type_id}/webhooks"
    return scope if webhook_id is None else f"{scope}/{quote(webhook_id, safe='')}"


def _next_page(place: Query, answer: BookingPage) -> Query:
    if "take" in place:
        return {**place, "skip": int(place["skip"]) + MOST_A_PAGE}
    if answer.pagination.next_cursor is None:
        raise CalendarSilent(says="the list goes on, but not where")
    return {**place, "cursor": answer.pagination.next_cursor}


def _data(response: Reply, shape: type[Envelope[T]]) -> T:
    return _parsed(response, shape).data


def _parsed(response: Reply, shape: type[A]) -> A:
    """The answer's body; another shape than expected tells nothing about what was done."""
    try:
        return shape.model_validate_json(response.content)
    except ValidationError as error:
        # The error's text would quote the answer, uid included: only its size is told.
        raise CalendarSilent(
            status=response.status, says="an unexpected shape", faults=error.error_count()
        ) from None
