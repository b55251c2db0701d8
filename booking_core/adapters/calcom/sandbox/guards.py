"""Who may pass: a key that exists, then the rate limit, then what the key is good for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.adapters.calcom.sandbox.errors import ApiError, TooManyRequests
from booking_core.adapters.calcom.sandbox.http import NO_KEY
from booking_core.adapters.calcom.sandbox.records import Limit

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.records import ApiKey, User
    from booking_core.adapters.calcom.sandbox.state import State

BEARER, KEY = "Bearer ", "cal_"
ACCESS_TOKENS = Limit(name="Default", requests=500)
"""Recorded: a bearer that is no API key is counted as an access token before it is refused."""
RATE_LIMIT: web.RequestKey[dict[str, str]] = web.RequestKey("rate_limit", dict)
"""Headers that every answer to the request carries."""


def token_of(request: web.Request) -> str | None:
    """The bearer token, if the request carries one."""
    header = request.headers.get("Authorization", "")
    return header.removeprefix(BEARER).strip() or None


def username(state: State, request: web.Request) -> str | None:
    """Whose key the request carries, if it is one that exists."""
    key = state.records.keys.get(token_of(request) or "")
    return state.records.users[key.user_id].username if key else None


def admit(state: State, request: web.Request, token: str | None) -> None:
    """Count the request and note the headers of its answer. Refuses over the limit.

    The limiter looks the key up to find its limit: an unknown one gets no further, and no headers.
    """
    allowance = state.limiter.admit(token or request.remote or "", _limit(state, token))
    request[RATE_LIMIT] = allowance.headers
    if not allowance.allowed:
        raise TooManyRequests


def exhausted(state: State, request: web.Request, *, reset_s: int) -> dict[str, str]:
    """What the headers say when a key has used up what it has."""
    key = state.records.keys.get(token_of(request) or "")
    return state.limiter.exhausted(key.limit if key else None, reset_s=reset_s)


def user_of(state: State, token: str | None, *, needed: bool) -> User | None:
    """Whose key it is. A wrong key is refused even where none is needed."""
    if token is None:
        if needed:
            raise ApiError(401, NO_KEY)
        return None
    if not token.startswith(KEY):
        raise ApiError(401, "Invalid Access Token.")
    key = _known(state, token)
    if key.expired:
        raise ApiError(401, "ApiAuthStrategy - api key - Your api key is expired")
    return state.records.users[key.user_id]


def _limit(state: State, token: str | None) -> Limit | None:
    if token is None:
        return None
    return _known(state, token).limit if token.startswith(KEY) else ACCESS_TOKENS


def _known(state: State, token: str) -> ApiKey:
    key = state.records.keys.get(token)
    if key is None:
        raise ApiError(401, "CustomThrottlerGuard - Invalid API Key")
    return key
