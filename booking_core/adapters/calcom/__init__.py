"""Cal.com as the salon's calendar: its event types, and one booking for each segment."""

from __future__ import annotations

from booking_core.adapters.calcom.accounts import Accounts, parse_accounts, sandbox_accounts
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.client import CalcomClient, Timeouts
from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.calcom.event_types import CalcomEventTypes
from booking_core.adapters.calcom.versions import Versions

__all__ = [
    "Accounts",
    "CalcomCalendar",
    "CalcomClient",
    "CalcomEventTypes",
    "PostgresEventMap",
    "Timeouts",
    "Versions",
    "parse_accounts",
    "sandbox_accounts",
]
