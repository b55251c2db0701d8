"""What time it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    """What time it is. The calendar's "today"; leases and expiries use the database's clock."""

    def now(self) -> datetime:
        """The aware current instant."""
        ...
