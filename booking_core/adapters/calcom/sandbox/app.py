"""The local Cal.com as an aiohttp application, alone or inside a test."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from aiohttp import web

from booking_core.adapters.calcom.sandbox import (
    booking_changes,
    booking_extras,
    booking_list,
    bookings,
    calendars,
    control,
    cors,
    event_types,
    health,
    me,
    page,
    reservations,
    schedules,
    slots,
    webhooks,
)
from booking_core.adapters.calcom.sandbox.answering import answered
from booking_core.adapters.calcom.sandbox.errors import not_routed
from booking_core.adapters.calcom.sandbox.options import Options
from booking_core.adapters.calcom.sandbox.state import State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from aiohttp.typedefs import Middleware

    from booking_core.adapters.calcom.sandbox.http import Route
    from booking_core.adapters.calcom.sandbox.records import Json

STATE: web.AppKey[State] = web.AppKey("state", State)
PREFIXES = ("/v2", "/api/v2")
SLASH = "{slash:/?}"  # Express takes a path with one more slash at its end, too
GOODBYE_S = 0.5  # held connections are let go of; nothing else takes longer
RESOURCES = (
    *(me, schedules, calendars, event_types, reservations, slots, webhooks),
    *(bookings, booking_changes, booking_list, booking_extras),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """One that runs."""

    url: str
    """Base address, without `/v2`."""
    state: State

    def control(self, action: str, **arguments: object) -> Json:
        """What `POST /_control` does, without the HTTP."""
        return control.perform(self.state, action, dict(arguments))


def make_app(
    options: Options | None = None, *, middlewares: Sequence[Middleware] = ()
) -> web.Application:
    """The application; its state is under `STATE`. Middlewares of a test see everything first."""
    state = State(options or Options())
    # How much is too much is said in Cal.com's words, not in the server's own.
    app = web.Application(middlewares=[*middlewares, _finishing(state)], client_max_size=0)
    app[STATE] = state
    for resource in RESOURCES:
        for route in resource.routes():
            for prefix in PREFIXES:
                path = prefix + route.path + SLASH
                for method in (route.method, *(["HEAD"] if route.method == "GET" else [])):
                    app.router.add_route(method, path, _adapter(state, route))
    app.router.add_get(health.ROUTE.path, _adapter(state, health.ROUTE))
    app.router.add_get("/_control", control.describe)
    app.router.add_post("/_control", partial(control.handle, state))
    app.router.add_get("/", partial(page.show, state))
    app.on_shutdown.append(lambda _: state.stop())
    app.on_cleanup.append(partial(_close, state))
    return app


@asynccontextmanager
async def running(
    options: Options | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    middlewares: Sequence[Middleware] = (),
) -> AsyncIterator[Sandbox]:
    """A sandbox on a port of its own, for as long as the block lasts."""
    app = make_app(options, middlewares=middlewares)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GOODBYE_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0][1]
        yield Sandbox(url=f"http://{host}:{bound}", state=app[STATE])
    finally:
        await runner.cleanup()


async def serve(
    options: Options | None = None,
    *,
    port: int,
    address_file: str | Path | None = None,
    started: Callable[[Sandbox], None] = lambda _: None,
) -> None:
    """Run until cancelled; the address is written once it listens."""
    async with running(options, port=port) as sandbox:
        if address_file is not None:
            await asyncio.to_thread(Path(address_file).write_text, sandbox.url, encoding="utf-8")
        started(sandbox)
        await asyncio.Event().wait()


def _adapter(state: State, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        with state.meter.measure(route.name) as call:
            call.path = request.path_qs
            response = await answered(state, route, request)
            call.status = response.status
            return response

    return handle


async def _close(state: State, _: web.Application) -> None:
    state.close()


def _finishing(state: State) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Paths that lead nowhere say so in the envelope; every answer has a number.

    Browsers are told what they may ask before anything is looked at.
    """

    @web.middleware
    async def middleware(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        api = cors.is_open(request, PREFIXES)
        if api and cors.is_preflight(request):
            return cors.preflight()
        try:
            response = await handler(request)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
            response = not_routed(request).response(request, state.now)
        if not response.prepared:
            response.headers["X-Request-Id"] = str(uuid4())
            response.headers.update(cors.ORIGIN if api else {})
        return response

    return middleware
