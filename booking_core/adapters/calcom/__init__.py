"""Cal.com as the salon's calendar: its event types, and one booking for each segment.

The names are fetched when they are asked for: the sandbox below this package needs neither the
client nor the database, and starts without loading them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from booking_core.adapters.calcom.accounts import (
        Accounts,
        parse_accounts,
        sandbox_accounts,
    )
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
MODULES = {
    "Accounts": "accounts",
    "CalcomCalendar": "calendar",
    "CalcomClient": "client",
    "CalcomEventTypes": "event_types",
    "PostgresEventMap": "event_map",
    "Timeouts": "client",
    "Versions": "versions",
    "parse_accounts": "accounts",
    "sandbox_accounts": "accounts",
}


def __getattr__(name: str) -> object:
    """One of the names above."""
    if name not in MODULES:
        raise AttributeError(f"{__name__} has no {name}")
    return getattr(import_module(f"{__name__}.{MODULES[name]}"), name)
