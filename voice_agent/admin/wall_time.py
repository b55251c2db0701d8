"""Days and times as the salon's wall clock shows them, in the language of whoever looks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from booking_core.domain.rules import zone

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Branch
    from voice_agent.admin.rendering import Texts

WEEK_DAYS = 7


def local(moment: datetime, branch: Branch) -> datetime:
    """The moment on the salon's wall clock."""
    return moment.astimezone(zone(branch))


def clock(moment: datetime, branch: Branch) -> str:
    """14:05."""
    return local(moment, branch).isoformat(timespec="minutes")[11:16]


def wall_text(moment: datetime, branch: Branch) -> str:
    """As a calendar in a browser wants it: without a zone, so that it cannot shift it."""
    return local(moment, branch).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")


def day_words(texts: Texts, day: date) -> str:
    """Dienstag, 24. November 2026."""
    return texts(
        "day_in_words",
        weekday=texts(f"weekday_{day.weekday()}"),
        day=day.day,
        month=texts(f"month_{day.month}"),
        year=day.year,
    )


def short_day(texts: Texts, day: date) -> str:
    """Di 24.11."""
    return texts(
        "day_in_short",
        weekday=texts(f"weekday_{day.weekday()}")[:2],
        day=f"{day.day:02}",
        month=f"{day.month:02}",
    )


def moment_words(texts: Texts, moment: datetime, branch: Branch) -> str:
    """Di 24.11., 14:05."""
    here = local(moment, branch)
    return f"{short_day(texts, here.date())}, {here:%H:%M}"


def week_of(day: date) -> tuple[date, ...]:
    """The seven days around it, Monday first."""
    monday = day - timedelta(days=day.weekday())
    return tuple(monday + timedelta(days=n) for n in range(WEEK_DAYS))
