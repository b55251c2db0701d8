"""Pages of any origin may speak to the API, as booking pages that others build do.

Never recorded, as only browsers ask; the back door is not opened to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Sequence

ORIGIN = {"Access-Control-Allow-Origin": "*"}
METHODS = ("GET", "PATCH", "DELETE", "HEAD", "POST", "PUT", "OPTIONS")
HEADERS = (
    *("x-cal-client-id", "x-cal-secret-key", "x-cal-platform-embed", "cal-api-version"),
    *("Accept", "Authorization", "Content-Type", "Origin"),
)
A_DAY_S = 86_400


def is_open(request: web.Request, prefixes: Sequence[str]) -> bool:
    """Whether the path is one of the API."""
    return any(request.path.startswith(f"{prefix}/") for prefix in prefixes)


def is_preflight(request: web.Request) -> bool:
    """Whether a browser asks what it may ask; nobody else uses this method."""
    return request.method == "OPTIONS"


def preflight() -> web.Response:
    """The same for every path, also for one that leads nowhere; it counts against no limit."""
    allowed = {
        "Access-Control-Allow-Methods": ",".join(METHODS),
        "Access-Control-Allow-Headers": ",".join(HEADERS),
        "Access-Control-Max-Age": str(A_DAY_S),
    }
    return web.Response(status=204, headers={**ORIGIN, **allowed})
