"""The one place that asks the machine for the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock, possibly started elsewhere in time and running on from there."""

    def __init__(self, start_at: datetime | None = None) -> None:
        real = datetime.now(UTC)
        self._offset = start_at - real if start_at else timedelta()

    def move_to(self, moment: datetime) -> None:
        """Go on from this moment: a replay begins."""
        self._offset = moment - datetime.now(UTC)

    def now(self) -> datetime:
        """The aware current instant, in UTC."""
        return datetime.now(UTC) + self._offset
