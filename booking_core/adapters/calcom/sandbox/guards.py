"""Who may pass: the rate limit first, then the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.adapters.calcom.sandbox.errors import ApiError, TooManyRequests
from booking_core.adapters.calcom.sandbox.http import NO_KEY

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.records import ApiKey, User
    from booking_core.adapters.calcom.sandbox.state import State

BEARER = "Bearer "
RATE_LIMIT: web.RequestKey[dict[str, str]] = web.RequestKey("rate_limit", dict)
"""Headers that every answer to the request carries."""


def token_of(request: web.Request) -> str | None:
    """The bearer token, if the request carries one."""
    header = request.headers.get("Authorization", "")
    return header.removeprefix(BEARER).strip() or None


def admit(state: State, request: web.Request, token: str | None) -> dict[str, str]:
    """Count the request; the headers every answer carries. Refuses over the limit."""
    known = state.records.keys.get(token or "")
    limit = known.limit if known else None
    allowance = state.limiter.admit(token or request.remote or "", limit)
    request[RATE_LIMIT] = allowance.headers
    if not allowance.allowed:
        raise TooManyRequests
    return allowance.headers


def user_of(state: State, token: str | None, *, needed: bool) -> User | None:
    """Whose key it is. A wrong key is refused even where none is needed."""
    if token is None:
        if needed:
            raise ApiError(401, NO_KEY)
        return None
    return state.records.users[_valid(state, token).user_id]


def _valid(state: State, token: str) -> ApiKey:
    if not token.startswith("cal_"):
        raise ApiError(401, "Invalid Access Token.")
    key = state.records.keys.get(token)
    if key is None:
        raise ApiError(401, "CustomThrottlerGuard - Invalid API Key")
    if key.expired:
        raise ApiError(401, "ApiAuthStrategy - api key - Your api key is expired")
    return key
