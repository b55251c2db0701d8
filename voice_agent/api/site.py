"""The API as one application, mounted under `/api`: every endpoint, its document, its page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.adapters.jobs import Jobs
from voice_agent.api.counter import COUNTER, Counter
from voice_agent.api.docs_page import CONTENT_SECURITY, docs_page
from voice_agent.api.guard import served, with_problems
from voice_agent.api.openapi import document
from voice_agent.api.routes import ENDPOINTS
from voice_agent.keys import signer

if TYPE_CHECKING:
    from booking_core.bootstrap import BookingCore
    from voice_agent.app import Services


def build_api(services: Services, core: BookingCore) -> web.Application:
    """The application for `/api`."""
    api = web.Application(middlewares=[with_problems])
    api[COUNTER] = Counter(
        core=core,
        salons=services.salons,
        engine=services.engine,
        redis=services.redis,
        clock=services.clock,
        signer=lambda purpose: signer(services.signing, purpose),
        secrets=services.signing,
        jobs=Jobs(services.engine.url.render_as_string(hide_password=False)),
        requests_per_minute=services.settings.api_requests_per_minute,
    )
    for endpoint in ENDPOINTS:
        api.router.add_route(endpoint.method, f"/v2{endpoint.path}", served(endpoint))
    api.router.add_route("GET", "/v2/openapi.json", _document)
    api.router.add_route("GET", "/docs", _docs)
    return api


async def _document(_request: web.Request) -> web.Response:
    text = json.dumps(document(), ensure_ascii=False)
    return web.Response(text=text, content_type="application/json")


async def _docs(_request: web.Request) -> web.Response:
    headers = {"Content-Security-Policy": CONTENT_SECURITY}
    return web.Response(text=docs_page(), content_type="text/html", headers=headers)
