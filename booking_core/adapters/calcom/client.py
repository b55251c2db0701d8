"""Cal.com's API v2 over HTTP: the one place that speaks httpx."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote

import httpx
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
)
from booking_core.adapters.calcom.refusals import refusal
from booking_core.adapters.calcom.versions import Versions
from booking_core.domain.errors import CalendarBusy, CalendarSilent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from types import TracebackType

    from booking_core.domain.interval import Span

T = TypeVar("T", bound=Answer)

Json = dict[str, Any]
Query = dict[str, str | int]

READ_PAUSES_S = (0.1, 0.4)  # a read is harmless, so it is tried again: a caller waits
MOST_A_PAGE = 250
MOST_PAGES = 20
AT_ONCE = 20
KEEP_S = 3.0  # Node closes after 5 s: a POST into a closing connection has an unknown outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long Cal.com may take; a booking takes 300 ms there on a good day."""

    connect_s: float = 5.0
    read_s: float = 30.0


class CalcomClient:
    """Typed calls with the right version each; every user has a key of their own.

    Only reads are repeated. A POST whose answer is lost raises CalendarSilent: it may have been
    carried out, and Cal.com has no idempotency key.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeouts: Timeouts | None = None,
        versions: Versions | None = None,
    ) -> None:
        timeouts = timeouts or Timeouts()
        self._versions = versions or Versions()
        self._base = httpx.URL(base_url.rstrip("/").removesuffix("/v2") + "/v2")
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(timeouts.read_s, connect=timeouts.connect_s),
            limits=httpx.Limits(max_connections=AT_ONCE, keepalive_expiry=KEEP_S),
            # A proxy of the environment is for the world, not for a sandbox on this machine.
            trust_env=self._base.host not in {"localhost", "127.0.0.1", "::1"},
        )

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
        await self._http.aclose()

    async def me(self, key: str) -> Me:
        """Whose key it is."""
        response = await self._read("/me", key)
        return _parsed(response, Envelope[Me]).data

    async def event_types(self, key: str) -> Sequence[EventType]:
        """All of the key's user, hidden ones included."""
        response = await self._read("/event-types", key)
        return _parsed(response, Envelope[tuple[EventType, ...]]).data

    async def event_type(self, key: str, event_type_id: int) -> EventType:
        """One of the key's user."""
        response = await self._read(f"/event-types/{event_type_id}", key)
        return _parsed(response, Envelope[EventType]).data

    async def create_event_type(self, key: str, fields: Json) -> EventType:
        """Make one."""
        response = await self._send("POST", "/event-types", key, fields)
        return _parsed(response, Envelope[EventType]).data

    async def change_event_type(self, key: str, event_type_id: int, fields: Json) -> EventType:
        """Change some fields."""
        response = await self._send("PATCH", f"/event-types/{event_type_id}", key, fields)
        return _parsed(response, Envelope[EventType]).data

    async def delete_event_type(self, key: str, event_type_id: int) -> None:
        """Remove it."""
        await self._send("DELETE", f"/event-types/{event_type_id}", key)

    async def schedules(self, key: str) -> Sequence[Schedule]:
        """All of the key's user."""
        response = await self._read("/schedules", key)
        return _parsed(response, Envelope[tuple[Schedule, ...]]).data

    async def create_schedule(self, key: str, fields: Json) -> Schedule:
        """Make one."""
        response = await self._send("POST", "/schedules", key, fields)
        return _parsed(response, Envelope[Schedule]).data

    async def slots(self, event_type_id: int, window: Span) -> Sequence[Slot]:
        """Starts that are advised; up to two seconds old, and no promise."""
        query: Query = {
            "eventTypeId": event_type_id,
            "start": zulu(window.start),
            "end": zulu(window.end),
        }
        response = await self._read("/slots", None, query)
        days = _parsed(response, Envelope[dict[str, tuple[Slot, ...]]]).data
        found = (slot for day in days.values() for slot in day)
        # A day with special hours is answered whole, also beyond what was asked.
        return [slot for slot in found if window.contains(slot.start)]

    async def book(self, key: str | None, fields: Json) -> Booking:
        """Book; CalendarTaken when the time is not free (any more)."""
        response = await self._send("POST", "/bookings", key, fields, booking=True)
        return _parsed(response, Envelope[Booking]).data

    async def booking(self, key: str | None, uid: str) -> Booking | None:
        """One; None when there is none."""
        response = await self._read(f"/bookings/{quote(uid, safe='')}", key, missing_ok=True)
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        return _parsed(response, Envelope[Booking]).data

    async def bookings(self, key: str, **filters: str) -> Sequence[Booking]:
        """All that the key's user hosts and that fit; a filter Cal.com does not know is ignored.

        The caller filters again.
        """
        found: list[Booking] = []
        for page in range(MOST_PAGES):
            place: Query = {"take": MOST_A_PAGE, "skip": page * MOST_A_PAGE, "sortStart": "asc"}
            response = await self._read("/bookings", key, {**filters, **place})
            answer = _parsed(response, BookingPage)
            found += answer.data
            if not answer.pagination.has_next_page:
                return found
        raise CalendarSilent(says="the list does not end", bookings=len(found))

    async def cancel(self, key: str | None, uid: str, *, reason: str) -> Booking:
        """Cancel; whether a refusal is none at all, the caller finds out by reading."""
        path = f"/bookings/{quote(uid, safe='')}/cancel"
        response = await self._send("POST", path, key, {"cancellationReason": reason})
        return _parsed(response, Envelope[Booking]).data

    async def _read(
        self,
        path: str,
        key: str | None,
        query: Query | None = None,
        *,
        missing_ok: bool = False,
    ) -> httpx.Response:
        """GET, again after a moment when nothing came or Cal.com stumbled."""
        for pause_s in READ_PAUSES_S:
            try:
                return await self._once(path, key, query, missing_ok=missing_ok)
            except CalendarSilent:
                await asyncio.sleep(pause_s)
        return await self._once(path, key, query, missing_ok=missing_ok)

    async def _once(
        self,
        path: str,
        key: str | None,
        query: Query | None,
        *,
        missing_ok: bool,
    ) -> httpx.Response:
        response = await self._exchange("GET", path, key, query=query)
        if response.is_success or (missing_ok and response.status_code == httpx.codes.NOT_FOUND):
            return response
        raise refusal(response)

    async def _send(
        self,
        method: str,
        path: str,
        key: str | None,
        body: Json | None = None,
        *,
        booking: bool = False,
    ) -> httpx.Response:
        response = await self._exchange(method, path, key, body=body)
        if response.is_success:
            return response
        raise refusal(response, booking=booking)

    async def _exchange(
        self,
        method: str,
        path: str,
        key: str | None,
        *,
        query: Query | None = None,
        body: Json | None = None,
    ) -> httpx.Response:
        headers = self._versions.headers(method, path)
        if key:
            headers["Authorization"] = f"Bearer {key}"
        try:
            return await self._http.request(
                method, f"{self._base}{path}", params=query, json=body, headers=headers
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            # Nothing was sent, so nothing was done: not an unknown outcome.
            raise CalendarBusy(says=type(error).__name__) from error
        except httpx.HTTPError as error:
            raise CalendarSilent(says=type(error).__name__) from error


def zulu(moment: datetime) -> str:
    """An instant as Cal.com wants it: UTC with `Z`; a time without a zone would be read as UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parsed(response: httpx.Response, shape: type[T]) -> T:
    """The answer's body; another shape than expected tells nothing about what was done."""
    try:
        return shape.model_validate_json(response.content)
    except ValidationError as error:
        # The error's text would quote the answer, uid included: only its size is told.
        raise CalendarSilent(
            status=response.status_code, says="an unexpected shape", faults=error.error_count()
        ) from None
