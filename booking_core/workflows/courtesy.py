"""Locks that are asked for beside other work, and given back behind the answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.ports import Locks
    from booking_core.workflows.under_way import UnderWay

ANSWER_FIRST_S = 0.001  # whoever waits for the work is told before anything is given back


class Courtesy:
    """The locks of some people and days: to be had in a moment, and not needed to be right."""

    def __init__(
        self, locks: Locks, keys: Sequence[str], *, ttl_s: float, errands: UnderWay
    ) -> None:
        self._here, self._over = asyncio.Event(), asyncio.Event()
        errands.begin(self._hold(locks, keys, ttl_s))

    async def here(self) -> None:
        """Wait until they are ours, or known not to be had."""
        await self._here.wait()

    def give_back(self) -> None:
        """They are needed no longer; nobody waits for that. Twice is as good as once."""
        self._over.set()

    async def _hold(self, locks: Locks, keys: Sequence[str], ttl_s: float) -> None:
        try:
            async with locks.hold(keys, ttl_s=ttl_s):
                self._here.set()
                await self._over.wait()
                await asyncio.sleep(ANSWER_FIRST_S)
        finally:
            self._here.set()
