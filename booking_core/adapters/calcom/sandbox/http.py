"""One request to the sandbox: routes with their versions and keys, and the answer's envelope."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.adapters.calcom.sandbox.errors import ApiError, BareError

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.adapters.calcom.sandbox.records import Json, Records, User
    from booking_core.adapters.calcom.sandbox.state import State

VERSION_HEADER = "cal-api-version"
MOST_BYTES = 1_000_000  # how many it takes over there was never recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that passed the guards."""

    state: State
    request: web.Request
    body: Json
    user: User | None
    """Whose key it carries; None = anonymous, where that is allowed."""

    @property
    def records(self) -> Records:
        """The rows."""
        return self.state.records

    @property
    def now(self) -> datetime:
        """The sandbox's instant."""
        return self.state.now

    @property
    def me(self) -> User:
        """The user, on a route that needs a key."""
        if self.user is None:
            raise ApiError(401, NO_KEY)
        return self.user

    @property
    def query(self) -> dict[str, str]:
        """The query; a name that comes several times is a list with commas."""
        given = self.request.query
        return {name: ",".join(given.getall(name)) for name in given}

    def part(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]

    def number(self, name: str) -> int:
        """A part of the path that is an id; 0, which no row has, when it is no number."""
        text = self.part(name)
        return int(text) if text.isascii() and text.isdigit() else 0


Handler = Callable[[Call], Awaitable[web.Response]]

NO_KEY = (
    "ApiAuthStrategy - No authentication method provided. Either pass an API key as 'Bearer' "
    "header or OAuth client credentials as 'x-cal-secret-key' and 'x-cal-client-id' headers"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint."""

    method: str
    path: str
    """Without `/v2`."""
    handler: Handler
    version: str | None = None
    """The only `cal-api-version` it answers to; None = it does not look."""
    old: Handler | None = None
    """What answers to any other version; None = nothing does."""
    newer: Mapping[str, Handler] = field(default_factory=dict)
    """Who answers to versions that only the hosted service speaks."""
    key: bool = True
    """Whether it refuses to be asked anonymously."""
    stored: bool = True
    """Whether it needs the database, and so fails while that is away."""

    @property
    def name(self) -> str:
        """What a test calls it."""
        return f"{self.method} {self.path if self.path == '/health' else '/v2' + self.path}"

    def chosen(self, request: web.Request, *, hosted: bool) -> Handler | None:
        """Who answers under the version this request names; exact, or the oldest one."""
        named = request.headers.get(VERSION_HEADER, "")
        if self.version is None or named == self.version:
            return self.handler
        return self.newer.get(named, self.old) if hosted else self.old


def answer(data: object, status: int = 200, **further: object) -> web.Response:
    """A success in the envelope."""
    return web.json_response({"status": "success", "data": data, **further}, status=status)


def parse_body(raw: bytes, content_type: str) -> Json:
    """The JSON object of a request; an empty one when there is none, or it is called otherwise.

    The parser over there reads nothing that does not call itself JSON: curl without a header sends
    a form, and every field is missing.
    """
    if len(raw) > MOST_BYTES:
        raise BareError(413, "request entity too large")
    if not raw or content_type != "application/json":
        return {}
    try:
        body = json.loads(raw.decode("utf-8", "replace"), parse_constant=_no_json)
    except json.JSONDecodeError as error:
        at_end = error.pos >= len(error.doc.rstrip())
        message = "Unexpected end of JSON input" if at_end else "Unexpected token in JSON"
        raise ApiError(400, message) from error
    except RecursionError as error:
        raise ApiError(400, "Unexpected token in JSON") from error
    return body if isinstance(body, dict) else {}


def _no_json(word: str) -> None:
    """Python would read NaN and Infinity; JSON has no such words."""
    raise ApiError(400, f"Unexpected token {word[0]} in JSON")
