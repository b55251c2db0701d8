"""Write to the salon about visits that its calendar tells otherwise: each news once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import structlog

from booking_core.domain.errors import UnknownSalon

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime
    from email.message import EmailMessage
    from uuid import UUID

    from booking_core.domain.attention import Attention, Stray
    from booking_core.domain.catalogue import Salon
    from booking_core.ports import Clock, Mailer, Salons

    News = Attention | Stray

log = structlog.get_logger()

MOST_AT_ONCE = 50  # a calendar that was wiped is one piece of news, not a thousand mails


class Untold(Protocol):
    """What the salon does not know yet."""

    def next_untold(self, branch_id: UUID) -> AbstractAsyncContextManager[News | None]:
        """The oldest; told when the block ends without error. None when it knows everything."""
        ...


class TellSalon:
    """Sends the notices of one branch."""

    def __init__(
        self,
        *,
        untold: Untold,
        salons: Salons,
        mailer: Mailer,
        clock: Clock,
        render: Callable[[News, Salon, datetime], EmailMessage],
    ) -> None:
        self._untold = untold
        self._salons = salons
        self._mailer = mailer
        self._clock = clock
        self._render = render

    async def __call__(self, branch_id: UUID) -> int:
        """How many were sent; OSError when the next one could not be."""
        try:
            salon = await self._salons.by_id(branch_id)
        except UnknownSalon:
            return 0
        for sent in range(MOST_AT_ONCE):
            async with self._untold.next_untold(branch_id) as news:
                if news is None:
                    return sent
                await self._send(news, salon)
        return MOST_AT_ONCE

    async def _send(self, news: News, salon: Salon) -> None:
        if not salon.branch.email:
            log.error("salon_cannot_be_told", salon=salon.branch.key)
            return
        await self._mailer.send(self._render(news, salon, self._clock.now()))
        log.info("salon_told", salon=salon.branch.key, fate=news.fate.value)
