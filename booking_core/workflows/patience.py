"""Waiting for an external calendar that asks for it, and telling why it did not do something."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from booking_core.domain.errors import CalendarBusy, CalendarDown, CalendarError, CalendarSilent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

PATIENT_ROUNDS = 5


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """A calendar that says when to come back is asked again then, a few times."""
    for _ in range(PATIENT_ROUNDS):
        try:
            return await work()
        except CalendarError as error:
            wait_s = error.facts.get("retry_after_s")
            if not isinstance(wait_s, float):
                raise
            await asyncio.sleep(wait_s)
    return await work()


def reason(error: CalendarError) -> str:
    """Why not, in words for whoever looks after the calendar."""
    says = error.facts.get("says") or error.facts.get("reason")
    return f"{type(error).__name__}: {says}" if says else str(error)


def is_passing(error: CalendarError) -> bool:
    """Whether the same attempt may succeed later, without anybody doing anything."""
    return isinstance(error, CalendarSilent | CalendarDown | CalendarBusy)
