"""Which Cal.com a salon's company uses, and the calendar that books there."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from booking_core.adapters.calcom.calendar import CalcomCalendar, EventTypeLookup
from booking_core.adapters.calcom.stored_accounts import NOTICED_S
from booking_core.adapters.cipher import SecretUnreadable
from booking_core.domain.errors import CalendarError, CalendarRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.client import CalcomClient
    from booking_core.adapters.calcom.stored_accounts import (
        PostgresCalendarAccounts,
        StoredAccount,
    )
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from booking_core.domain.plan import PlannedSegment
    from booking_core.ports import SegmentBooking, Whereabouts


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A Cal.com, and the keys to it."""

    client: CalcomClient
    accounts: Accounts

    @property
    def clients(self) -> Sequence[CalcomClient]:
        """The one there is."""
        return (self.client,)

    async def of(self, salon: Salon) -> Connection:
        """The same for everybody."""
        del salon
        return self


class Common(Protocol):
    """The Cal.com of the environment."""

    @property
    def clients(self) -> Sequence[CalcomClient]:
        """None before it is needed."""
        ...

    async def of(self, salon: Salon) -> Connection:
        """Opens it at the latest now; CalendarRefused when that is not possible."""
        ...


class Companies:
    """Looks up what a company has stored; the others use the Cal.com of the environment."""

    def __init__(
        self,
        stored: PostgresCalendarAccounts,
        *,
        default: Common | None,
        open_client: Callable[[StoredAccount], CalcomClient],
        fresh_s: float = NOTICED_S,
    ) -> None:
        self._stored = stored
        self._fresh_s = fresh_s
        self._default = default
        self._open_client = open_client
        self._clients: dict[tuple[object, ...], CalcomClient] = {}
        self._known: dict[UUID, tuple[float, StoredAccount | None]] = {}

    async def of(self, salon: Salon) -> Connection:
        """The salon's Cal.com; CalendarRefused when it has none."""
        account = await self._account(salon.company.id)
        if account is not None:
            return Connection(client=self._client(account), accounts=account.accounts)
        if self._default is None:
            raise CalendarRefused(reason="no Cal.com account", salon=salon.branch.key)
        return await self._default.of(salon)

    @property
    def clients(self) -> Sequence[CalcomClient]:
        """All that are in use, for whoever wants to know how they fare."""
        default = self._default.clients if self._default else ()
        return [*default, *self._clients.values()]

    async def aclose(self) -> None:
        """Let go of the connections of stored accounts."""
        await asyncio.gather(*(client.aclose() for client in self._clients.values()))

    async def _account(self, company_id: UUID) -> StoredAccount | None:
        known = self._known.get(company_id)
        if known is None or time.monotonic() - known[0] >= self._fresh_s:
            known = time.monotonic(), await self._read(company_id)
            self._known[company_id] = known
        return known[1]

    async def _read(self, company_id: UUID) -> StoredAccount | None:
        try:
            return await self._stored.of(company_id)
        except SecretUnreadable as error:
            raise CalendarRefused(reason="the company's keys cannot be read") from error

    def _client(self, account: StoredAccount) -> CalcomClient:
        """One for all who speak to the same server in the same way: what one learns, all know."""
        way = (account.base_url, account.versions, account.requests_per_minute)
        if way not in self._clients:
            self._clients[way] = self._open_client(account)
        return self._clients[way]


class KnownEventTypes(EventTypeLookup, Protocol):
    """Remembers for a while which event type stands for a segment."""

    def read_anew(self) -> None:
        """Remember nothing."""
        ...


class CompanyCalendars:
    """Implements `ports.Calendar`: every salon's segments go to its own company's Cal.com."""

    def __init__(
        self,
        companies: Companies,
        event_types: KnownEventTypes,
        *,
        installation: UUID | None = None,
    ) -> None:
        """`installation` is what our bookings say of who made them."""
        self._companies = companies
        self._event_types = event_types
        self._installation = installation
        self._used: dict[UUID, CalcomClient] = {}

    async def book(self, segment: SegmentBooking) -> str:
        """Book one segment and return its uid."""
        return await (await self._of(segment.salon)).book(segment)

    async def expect(
        self, salon: Salon, segments: Sequence[PlannedSegment], *, cancels: int = 0
    ) -> None:
        """Get ready for requests that are about to follow; what is missing, they find out."""
        with suppress(CalendarError):
            await (await self._of(salon)).expect(salon, segments, cancels=cancels)

    async def find(self, segment: SegmentBooking) -> Sequence[str]:
        """Uids of the live bookings of this segment, any attempt."""
        return await (await self._of(segment.salon)).find(segment)

    async def find_group(self, salon: Salon, group: UUID, window: Span) -> Sequence[str]:
        """Uids of all live bookings of an appointment that start inside the window."""
        return await (await self._of(salon)).find_group(salon, group, window)

    async def shift(self, segment: SegmentBooking, uid: str) -> str:
        """Move a booking to the segment's time; its new uid."""
        return await (await self._of(segment.salon)).shift(segment, uid)

    async def trace(self, salon: Salon, uid: str) -> Whereabouts | None:
        """Where this booking is now; None when it is cancelled."""
        return await (await self._of(salon)).trace(salon, uid)

    async def cancel(self, salon: Salon, uid: str, *, reason: str) -> None:
        """Cancel; already cancelled or gone is success."""
        await (await self._of(salon)).cancel(salon, uid, reason=reason)

    async def _of(self, salon: Salon) -> CalcomCalendar:
        connection = await self._companies.of(salon)
        if self._used.get(salon.company.id) is not connection.client:
            self._event_types.read_anew()  # what was known stood at another Cal.com
            self._used[salon.company.id] = connection.client
        return CalcomCalendar(
            connection.client,
            connection.accounts,
            self._event_types,
            installation=self._installation,
        )
