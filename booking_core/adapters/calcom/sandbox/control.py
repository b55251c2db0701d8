"""The back door: everything a test or a person may do to the sandbox that no HTTP API offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.adapters.calcom.sandbox import (
    control_people,
    control_rows,
    control_trouble,
    control_views,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.adapters.calcom.sandbox.records import Json
    from booking_core.adapters.calcom.sandbox.state import State

    Action = Callable[[State, Json], Json]

ACTIONS: dict[str, Action] = {
    **control_people.ACTIONS,
    **control_trouble.ACTIONS,
    **control_rows.ACTIONS,
    **control_views.ACTIONS,
}


class UnknownAction(Exception):
    """The sandbox has no such action."""


def perform(state: State, action: str, arguments: Json) -> Json:
    """Do it and keep the result."""
    if action not in ACTIONS:
        raise UnknownAction(action)
    result = ACTIONS[action](state, arguments)
    if action in control_people.ACTIONS or action in control_rows.ACTIONS:
        state.save()
    return result


async def describe(_: web.Request) -> web.Response:
    """`GET /_control`: what can be done."""
    return web.json_response({name: action.__doc__ for name, action in sorted(ACTIONS.items())})


async def handle(state: State, request: web.Request) -> web.Response:
    """`POST /_control` with {"action": ..., ...}."""
    try:
        body = await request.json()
        result = perform(state, body.pop("action"), body)
    except (UnknownAction, KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
    return web.json_response(result)
