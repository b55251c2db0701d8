"""The network under the calls to Cal.com: kept connections, and what is known when no answer came.

aiohttp, not httpx: an exchange costs a tenth of the time on the processor, and a booking makes one
for each segment. httpx is left for setting up accounts, and for the certificates to trust.
"""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from yarl import URL

from booking_core.domain.errors import CalendarBusy, CalendarDown, CalendarSilent

if TYPE_CHECKING:
    from collections.abc import Mapping

AT_ONCE = 40  # bookings at once; each key is held to its allowance long before
KEEP_S = 3.0  # Node closes after 5 s: a POST into a closing connection has an unknown outcome
RECONNECT_AFTER_S = 0.1
NOT_FOUND, TOO_MANY = 404, 429
SUCCESS = range(200, 300)
HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether it was done."""
        return self.status in SUCCESS

    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The body; ValueError when it is none."""
        return json.loads(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one exchange may take."""

    place_s: float
    """For one of the connections, when all are in use."""
    connect_s: float
    answer_s: float
    """For each further piece of the answer."""


class Transport:
    """Connections to one Cal.com; opened by the first exchange."""

    def __init__(self, base_url: str) -> None:
        self._base = URL(base_url.rstrip("/").removesuffix("/v2") + "/v2")
        # Read here and not by the first exchange: it takes longer than a caller's turn may.
        self._certificates = httpx.create_ssl_context() if self._base.scheme == "https" else True
        self._places = asyncio.Semaphore(AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        patience: Patience,
        headers: Mapping[str, str],
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Send it once; CalendarSilent when the outcome is unknown.

        CalendarDown and CalendarBusy: nothing was sent. A refused connection is tried once more: a
        server that restarts is back in a moment.
        """
        url = URL(f"{self._base}{path}", encoded=True)
        content, sent_headers = None, dict(headers)
        if body is not None:
            content = _written(body).encode()
            sent_headers["Content-Type"] = "application/json"
        asked = {
            "params": query,
            "data": content,
            "headers": sent_headers,
            "timeout": _timeout(patience),
        }
        await self._place(patience)
        try:
            try:
                return await self._sent(method, url, asked)
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(RECONNECT_AFTER_S * random.uniform(1, 2))  # noqa: S311 - spreads retries
                return await self._sent(method, url, asked)
        except _NOT_SENT as error:
            raise CalendarDown(says=type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CalendarSilent(says=type(error).__name__) from error
        finally:
            self._places.release()

    async def _place(self, patience: Patience) -> None:
        if not self._places.locked():
            await self._places.acquire()  # at once
            return
        try:
            async with asyncio.timeout(patience.place_s):
                await self._places.acquire()
        except TimeoutError as error:
            raise CalendarBusy(says="all connections in use", retry_after_s=1.0) from error

    async def _sent(self, method: str, url: URL, asked: dict[str, Any]) -> Reply:
        if self._session is None:
            self._session = self._opened()
        async with self._session.request(method, url, allow_redirects=False, **asked) as answer:
            content = await answer.read()
            return Reply(status=answer.status, headers=answer.headers, content=content)

    def _opened(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=0,  # the places are counted here, where a wait can be told from a silence
            keepalive_timeout=KEEP_S,
            ssl=self._certificates,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "voice-agent"},
            middlewares=(_once,),
            proxy=_proxy(self._base),
        )


_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@lru_cache
def _timeout(patience: Patience) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=None, sock_connect=patience.connect_s, sock_read=patience.answer_s
    )


_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
)


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """What is repeated is decided by who knows what it means: aiohttp repeats a DELETE unasked."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError(type(error).__name__) from error


def _proxy(base: URL) -> str | None:
    """The one of the environment, which is for the world and not for a sandbox on this machine."""
    host = base.host or ""
    if host in HERE or proxy_bypass(host):
        return None
    proxies = getproxies()
    return proxies.get(base.scheme) or proxies.get("all")
