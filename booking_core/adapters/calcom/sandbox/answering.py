"""From a request to its answer: bad luck first, then the guards, then whoever is responsible."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox import guards, wire
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
    from aiohttp import web

    from booking_core.adapters.calcom.sandbox.faults import Fault
    from booking_core.adapters.calcom.sandbox.state import State

log = logging.getLogger(__name__)
FIRST_REFUSAL = 400
NO_VERSION = "none that any header names"
RESET_S = 1
"""After a refusal that was ordered, the next request may pass that soon."""


async def answered(state: State, route: Route, request: web.Request) -> web.StreamResponse:
    """Answer one request as Cal.com would, or as the waiting fault wants it."""
    raw = await request.read()
    asked = f"{request.method} {request.path.removeprefix('/api')}"
    await asyncio.sleep(state.faults.latency_of(asked))
    fault = state.faults.meets(asked, _segment(raw), guards.username(state, request))
    if fault is None:
        return await _carried_out(state, route, request, raw)
    return await _unlucky(state, route, request, raw, fault)


async def _unlucky(
    state: State, route: Route, request: web.Request, raw: bytes, fault: Fault
) -> web.StreamResponse:
    """What happens before anything is done, or instead of it."""
    match fault.do:
        case "conflict" | "rate_limit" | "error" | "wrong_key":
            return _refused(state, request, fault)
        case "timeout_before" | "reset_before":
            if fault.land_after_s is not None:
                landing = _land(state, route, request, raw, after_s=fault.land_after_s)
                state.in_background(landing)
            return await _lost(state, request, fault)
        case "old_version":
            return await _carried_out(state, _outdated(route), request, raw)
    response = await _carried_out(state, route, request, raw)
    return await _spoilt(state, request, response, fault)


def _refused(state: State, request: web.Request, fault: Fault) -> web.Response:
    match fault.do:
        case "conflict":
            return ApiError(400, TAKEN).response(request, state.now)
        case "wrong_key":
            text = "CustomThrottlerGuard - Invalid API Key"
            return ApiError(401, text).response(request, state.now)
        case "rate_limit":
            request[guards.RATE_LIMIT] = guards.exhausted(state, request, reset_s=RESET_S)
            return _with_limits(request, TooManyRequests().response(request, state.now))
        case _:
            return database_down().response(request, state.now)


async def _spoilt(
    state: State, request: web.Request, response: web.Response, fault: Fault
) -> web.StreamResponse:
    """What the client gets to see of something that was done."""
    match fault.do:
        case "timeout_after" | "reset_after":
            return await _lost(state, request, fault)
        case "error_after":
            return BareError(500, "Internal server error").response()
        case "malformed":
            return wire.malformed(response)
        case "half":
            return await wire.half(request, response)
        case "slow":
            await asyncio.sleep(fault.ms / 1000)
            return response
        case _:
            return wire.altered(response, fault.change)


async def _lost(state: State, request: web.Request, fault: Fault) -> web.Response:
    if fault.do in {"reset_before", "reset_after"}:
        return wire.reset(request)
    return await wire.silent(state, request)


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
    handler = route.chosen(request, hosted=state.options.hosted)
    if handler is None:
        raise not_routed(request)
    body = parse_body(raw, request.content_type)
    token = guards.token_of(request)
    guards.admit(state, request, token)
    if route.stored and state.faults.database_down:
        raise database_down()
    user = guards.user_of(state, token, needed=route.key) if route.stored else None
    return await handler(Call(state=state, request=request, body=body, user=user))


def _outdated(route: Route) -> Route:
    """The same, but for the versions it knows."""
    return replace(route, version=NO_VERSION, newer={})


async def _land(
    state: State, route: Route, request: web.Request, raw: bytes, *, after_s: float
) -> None:
    """Carry out a request whose sender has given up long ago."""
    await asyncio.sleep(after_s)
    await _carried_out(state, route, request, raw)


def _with_limits(request: web.Request, response: web.Response) -> web.Response:
    response.headers.update(request.get(guards.RATE_LIMIT) or {})
    return response


def _segment(raw: bytes) -> str | None:
    """Which segment of ours the request books, if it says so."""
    try:
        segment = json.loads(raw)["metadata"]["segment"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return str(segment)
