"""Opens the Cal.com of a salon for one run of upkeep, and knows what of it cannot be booked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from booking_core.adapters.calcom.event_types import CalcomEventTypes
from booking_core.adapters.calcom.inspection import CalcomInspection
from booking_core.adapters.calcom.inventory import Inventory
from booking_core.adapters.calcom.timetables import CalcomTimetables
from booking_core.domain.errors import CalendarRefused
from booking_core.domain.preflight import preflight
from booking_core.workflows.drift import Sight
from booking_core.workflows.keep_calendar import Tools

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.client import CalcomClient
    from booking_core.adapters.calcom.event_map import PostgresEventMap
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.preflight import Unbookable

FRESH_S = 3.0  # so long may a start be offered that has just become unbookable: booking refuses it


class Opened(Protocol):
    """A Cal.com, and the keys to it."""

    @property
    def client(self) -> CalcomClient:
        """Speaks to it."""
        ...

    @property
    def accounts(self) -> Accounts:
        """Whose calendars can be opened."""
        ...


class Connections(Protocol):
    """Which Cal.com a salon uses."""

    async def of(self, salon: Salon) -> Opened:
        """CalendarRefused when it has none."""
        ...


class CalcomWorkshop:
    """Implements `keep_calendar.Workshop`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def open(self, salon: Salon) -> Tools:
        """What a user has is listed once a run, for event types and working hours alike."""
        opened = await self._connections.of(salon)
        client, accounts = opened.client, opened.accounts
        inventory = Inventory(client, accounts)
        timetables = CalcomTimetables(client, accounts, salon.branch, inventory)
        return Tools(
            event_types=CalcomEventTypes(
                client, accounts, timezone=salon.branch.timezone, inventory=inventory
            ),
            timetables=timetables,
            sight=Sight(
                inspection=CalcomInspection(inventory),
                timetables=timetables,
                has_key=lambda user: _opens(accounts, user),
            ),
        )


class CalcomGaps:
    """Implements `find_slots.Gaps`; as long as there are none, asks only every few seconds."""

    def __init__(self, event_map: PostgresEventMap, connections: Connections) -> None:
        self._event_map = event_map
        self._connections = connections
        self._whole: dict[UUID, tuple[float, int]] = {}

    async def of(self, salon: Salon) -> Sequence[Unbookable]:
        """Segments and people that cannot be booked."""
        read_at, version = self._whole.get(salon.branch.id, (0.0, 0))
        if version == salon.version and time.monotonic() - read_at < FRESH_S:
            return ()
        if gaps := await self._read(salon):
            return gaps
        self._whole[salon.branch.id] = time.monotonic(), salon.version
        return ()

    async def _read(self, salon: Salon) -> Sequence[Unbookable]:
        provided = await self._event_map.provided(salon.branch.id)
        try:
            accounts = (await self._connections.of(salon)).accounts
        except CalendarRefused:
            return preflight(salon, provided, has_key=lambda _: False)
        return preflight(salon, provided, has_key=lambda user: _opens(accounts, user))


def _opens(accounts: Accounts, user: str) -> bool:
    return accounts.single is not None or user in accounts.keys
