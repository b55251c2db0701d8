"""`GET /metrics`: for whoever shows the token, or sits at this very machine."""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from voice_agent.metrics.database import standing

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.workflows.lookout import Lookout
    from voice_agent.journal_writer import JournalWriter
    from voice_agent.metrics.figures import Metrics

log = structlog.get_logger(__name__)

PATH = "/metrics"
PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
CLOSED = "Set METRICS_TOKEN and show it as a bearer token; without one only this machine may read."


class MetricsPage:
    """Gathers what is not counted as it happens, and shows everything."""

    def __init__(
        self,
        metrics: Metrics,
        *,
        journal: JournalWriter,
        engine: AsyncEngine,
        lookout: Lookout | None,
        token: str | None,
    ) -> None:
        self._metrics = metrics
        self._journal = journal
        self._engine = engine
        self._lookout = lookout
        self._token = token

    async def show(self, request: web.Request) -> web.Response:
        """The figures right now; what cannot be asked for keeps the value it had."""
        if not self._is_welcome(request):
            raise web.HTTPForbidden(text=CLOSED)
        self._metrics.note_journal(waiting=self._journal.waiting, lost=self._journal.lost)
        try:
            self._metrics.note_standing(await standing(self._engine))
            age_s = await self._lookout.age_s() if self._lookout else None
            if self._lookout:
                self._metrics.note_calendar(float("inf") if age_s is None else age_s)
        except Exception:
            log.exception("metrics_incomplete")  # the rest tells that the database is away
        body = self._metrics.text()
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _is_welcome(self, request: web.Request) -> bool:
        if self._token is not None:
            shown = request.headers.get("Authorization", "")
            return hmac.compare_digest(shown.encode(), f"Bearer {self._token}".encode())
        # A proxy of this machine passes on requests of others: they are not from here.
        return _is_here(request.remote) and not any(name in request.headers for name in PASSED_ON)


def _is_here(address: str | None) -> bool:
    try:
        return address is not None and ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
