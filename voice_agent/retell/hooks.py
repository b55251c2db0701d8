"""Retell's webhooks and function calls at their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.retell import inbound, webhooks
from voice_agent.retell.call_book import CallBook
from voice_agent.retell.functions import Counter, counter
from voice_agent.retell.gate import Gate, keys_of
from voice_agent.retell.inbound import Inbound
from voice_agent.retell.switchboard import Switchboard
from voice_agent.retell.webhooks import Webhooks

if TYPE_CHECKING:
    from aiohttp import web

    from voice_agent.app import Services


def add_hooks(app: web.Application, services: Services) -> None:
    """Take what Retell sends beside the websocket."""
    gate = Gate(keys=keys_of(services.settings.retell_api_key))
    switchboard = Switchboard(salons=services.salons)
    book = CallBook(services.engine)
    reports = Webhooks(
        gate=gate, switchboard=switchboard, book=book, desk=services.desk, clock=services.clock
    )
    ringing = Inbound(
        gate=gate,
        switchboard=switchboard,
        desk=services.desk,
        patience_s=services.patience.ringing_s,
        reject_unknown=services.settings.retell_reject_unknown,
    )
    app.router.add_post(webhooks.PATH, reports.receive)
    app.router.add_post(inbound.PATH, ringing.receive)
    functions = Counter(
        gate=gate,
        switchboard=switchboard,
        book=book,
        desk=services.desk,
        clock=services.clock,
        redis=services.redis,
        secrets=services.signing,
    )
    for method in counter.METHODS:
        app.router.add_route(method, counter.PATH, functions.receive)
