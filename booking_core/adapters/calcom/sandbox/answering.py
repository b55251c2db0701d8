"""From a request to its answer: bad luck first, then the guards, then whoever is responsible."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.adapters.calcom.sandbox import guards
from booking_core.adapters.calcom.sandbox.errors import (
    TAKEN,
    ApiError,
    BareError,
    TooManyRequests,
    database_down,
    not_routed,
)
from booking_core.adapters.calcom.sandbox.http import Call, Route, parse_body

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.faults import Fault
    from booking_core.adapters.calcom.sandbox.records import Json
    from booking_core.adapters.calcom.sandbox.state import State

log = logging.getLogger(__name__)
LOOK_AGAIN_S = 0.02
FIRST_REFUSAL = 400
EXHAUSTED = {
    "X-RateLimit-Limit-Default": "120",
    "X-RateLimit-Remaining-Default": "0",
    "X-RateLimit-Reset-Default": "1",
}


async def answered(state: State, route: Route, request: web.Request) -> web.Response:
    """Answer one request as Cal.com would, or as the waiting fault wants it."""
    raw = await request.read()
    await asyncio.sleep(state.faults.latency_s)
    path = request.path.removeprefix("/api")
    fault = state.faults.meets(f"{request.method} {path}", _segment(raw))
    if fault is None:
        return await _carried_out(state, route, request, raw)
    return await _unlucky(state, route, request, raw, fault)


async def _unlucky(
    state: State, route: Route, request: web.Request, raw: bytes, fault: Fault
) -> web.Response:
    match fault.do:
        case "conflict":
            return ApiError(400, TAKEN).response(request, state.now)
        case "rate_limit":
            request[guards.RATE_LIMIT] = EXHAUSTED
            return _with_limits(request, TooManyRequests().response(request, state.now))
        case "error":
            return database_down().response(request, state.now)
        case "timeout_before":
            if fault.land_after_s is not None:
                landing = _land(state, route, request, raw, after_s=fault.land_after_s)
                state.in_background(landing)
            return await _silent(state, request)
    response = await _carried_out(state, route, request, raw)
    return await _spoilt(state, request, response, fault)


async def _spoilt(
    state: State, request: web.Request, response: web.Response, fault: Fault
) -> web.Response:
    """What the client gets to see of something that was done."""
    match fault.do:
        case "timeout_after":
            return await _silent(state, request)
        case "error_after":
            return BareError(500, "Internal server error").response()
        case _:
            return _altered(response, fault.change)


async def _carried_out(
    state: State, route: Route, request: web.Request, raw: bytes
) -> web.Response:
    try:
        response = await _guarded(state, route, request, raw)
    except ApiError as error:
        response = error.response(request, state.now)
    except BareError as error:
        response = error.response()
    except Exception:
        log.exception("sandbox_failed")
        response = BareError(500, "Internal server error").response()
    if request.method != "GET" and response.status < FIRST_REFUSAL:
        state.save()
    return _with_limits(request, response)


async def _guarded(state: State, route: Route, request: web.Request, raw: bytes) -> web.Response:
    if state.faults.database_down:
        raise database_down()
    handler = route.chosen(request)
    if handler is None:
        raise not_routed(request)
    body = parse_body(raw)
    token = guards.token_of(request)
    guards.admit(state, request, token)
    user = guards.user_of(state, token, needed=route.key)
    return await handler(Call(state=state, request=request, body=body, user=user))


async def _land(
    state: State, route: Route, request: web.Request, raw: bytes, *, after_s: float
) -> None:
    """Carry out a request whose sender has given up long ago."""
    await asyncio.sleep(after_s)
    await _carried_out(state, route, request, raw)


async def _silent(state: State, request: web.Request) -> web.Response:
    """Say nothing until the client gives up."""
    while request.transport is not None and not request.transport.is_closing():
        if state.stopping:
            break
        await asyncio.sleep(LOOK_AGAIN_S)
    return web.Response(status=504)


def _with_limits(request: web.Request, response: web.Response) -> web.Response:
    response.headers.update(request.get(guards.RATE_LIMIT) or {})
    return response


def _altered(response: web.Response, change: Json) -> web.Response:
    body = json.loads(response.body if isinstance(response.body, bytes) else b"{}")
    if isinstance(body.get("data"), dict):
        body["data"] |= change
    return web.json_response(body, status=response.status)


def _segment(raw: bytes) -> str | None:
    """Which segment of ours the request books, if it says so."""
    try:
        segment = json.loads(raw)["metadata"]["segment"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return str(segment)
