"""Instants, days and zones as Cal.com reads and writes them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_core.domain.interval import Span

ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?")
DAY_LENGTH = len("2026-11-24")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MIDNIGHT = time()


def stamp(moment: datetime) -> str:
    """An instant as Cal.com writes it: UTC with milliseconds and `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local_stamp(moment: datetime, zone: ZoneInfo | None) -> str:
    """An instant as the slots page writes it: with the offset of the zone that was asked for."""
    if zone is None or zone.key == "UTC":
        return stamp(moment)
    return moment.astimezone(zone).isoformat(timespec="milliseconds")


def instant(text: object) -> datetime | None:
    """The instant these words name; one without a zone is read as UTC."""
    if not isinstance(text, str) or not ISO.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def window_end(text: str) -> datetime | None:
    """Like `instant`, but a bare date means its last second."""
    moment = instant(text)
    if moment and len(text) == DAY_LENGTH:
        return moment + timedelta(days=1, seconds=-1)
    return moment


def zone_named(name: object) -> ZoneInfo | None:
    """The IANA zone of this name."""
    if not isinstance(name, str) or not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def wall_time(text: object) -> time | None:
    """A time of day written HH:MM."""
    if not isinstance(text, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        return None
    return time.fromisoformat(text)


def local_span(day: date, start: str, end: str, zone: ZoneInfo) -> Span | None:
    """The stretch of a local day between two wall times; None when it is empty."""
    first = datetime.combine(day, time.fromisoformat(start), zone).astimezone(UTC)
    last = datetime.combine(day, time.fromisoformat(end), zone).astimezone(UTC)
    return Span(first, last) if first < last else None


def local_days(window: Span, zone: ZoneInfo) -> list[date]:
    """Every local day the window touches."""
    first, last = window.start.astimezone(zone).date(), window.end.astimezone(zone).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Local midnight."""
    return datetime.combine(day, MIDNIGHT, zone)
