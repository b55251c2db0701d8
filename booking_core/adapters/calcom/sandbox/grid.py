"""Where slots start inside free time, as Cal.com lays them out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from booking_core.domain.interval import Span

ROUND_MINUTES = (60, 30, 20, 15, 10, 5)
GRACE = timedelta(seconds=1)  # a day's last slot may end one second after its window's 23:59:59


def slot_starts(
    free: Sequence[Span],
    *,
    minutes: int,
    every: int | None,
    offset: int,
    earliest: datetime,
    zone: ZoneInfo,
) -> list[datetime]:
    """Starts of slots of this length; `free` is in order and does not overlap.

    The first slot of a stretch stands on a round minute of the asker's zone; the next ones follow
    in steps. A stretch that begins within the step of the last slot before it waits for its end.
    Rounding does not see the seconds of `earliest`: what lies before it is dropped afterwards.
    """
    frequency = every or minutes
    step, length = timedelta(minutes=frequency + offset), timedelta(minutes=minutes)
    starts: list[datetime] = []
    for span in free:
        start = _rounded(max(span.start, earliest), frequency, zone) + timedelta(minutes=offset)
        if starts:
            start = max(start, starts[-1] + step)
        while start + length - GRACE <= span.end:
            starts.append(start)
            start += step
    return [start for start in starts if start >= earliest]


def _rounded(moment: datetime, frequency: int, zone: ZoneInfo) -> datetime:
    """The next round minute of the local hour: the roundest that the frequency is a multiple of."""
    unit = next((unit for unit in ROUND_MINUTES if frequency % unit == 0), 1)
    whole = moment.replace(second=0, microsecond=0)
    past = whole.astimezone(zone).minute % unit
    return whole + timedelta(minutes=unit - past if past else 0)
