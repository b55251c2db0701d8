"""The whole server with the demo salon, met as agents hosted at Retell meet it."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from voice_agent.config import Settings
from voice_agent.embedded import Endpoints
from voice_agent.runtime import open_runtime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from booking_core.domain.catalogue import Salon

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 4, 14, 9, tzinfo=BERLIN)
DIALLED = "+493023125000"
CALLER = "+4917155500110"


@dataclass(kw_only=True)
class Agent:
    """An agent at Retell, in one call; `await agent("list_services", ...)` calls a function."""

    session: aiohttp.ClientSession
    url: str
    call_id: str
    caller: str | None = CALLER
    dialled: str | None = DIALLED
    transcript: list[dict[str, str]] = field(default_factory=list)

    def hears(self, text: str) -> None:
        """The caller says this."""
        self.transcript.append({"role": "user", "content": text})

    @property
    def call(self) -> dict[str, Any]:
        call = {
            "call_id": self.call_id,
            "call_type": "phone_call" if self.dialled else "web_call",
            "agent_version": 1,
            "call_status": "ongoing",
            "direction": "inbound",
            "from_number": self.caller or "anonymous",
            "to_number": self.dialled,
            "transcript_object": self.transcript,
        }
        return {name: value for name, value in call.items() if value is not None}

    async def __call__(self, function: str, **args: Any) -> dict[str, Any]:
        body = {"name": function, "call": self.call, "args": args}
        status, told = await self.post(function, body)
        assert status == 200, told
        assert set(told) <= {"ok", "say", "code", "data"}
        assert told["say"]
        assert told["data"]["result"] == told["code"]
        return told

    async def post(self, function: str, body: Any) -> tuple[int, dict[str, Any]]:
        url = f"{self.url}/retell/functions/{function}"
        async with self.session.post(url, json=body) as answer:
            assert answer.content_type == "application/json"
            text = await answer.text()
            assert len(text) < 15_000
            return answer.status, await answer.json()


@dataclass(kw_only=True)
class Office:
    """A running system."""

    url: str
    session: aiohttp.ClientSession
    runtime: Any

    def agent(self, call_id: str = "call_1", **more: Any) -> Agent:
        return Agent(session=self.session, url=self.url, call_id=call_id, **more)


@pytest.fixture
async def open_office(
    saved_salon: Salon, redis: Any, database_url: str, redis_url: str, start: Any, tmp_path: Path
) -> Any:
    """Opens the demo salon on Tuesday morning, its calendar in its own database."""
    del saved_salon, redis  # stored and emptied

    @asynccontextmanager
    async def opened(*, at: datetime = TUESDAY, **more: Any) -> AsyncIterator[Office]:
        async with AsyncExitStack() as stack:
            settings = Settings().model_copy(
                update={
                    "database_url": database_url,
                    "calendar": "local",
                    "mail_dir": tmp_path,
                    "now": at,
                    **more,
                }
            )
            ground = Endpoints(database_url=database_url, redis_url=redis_url)
            runtime = await stack.enter_async_context(open_runtime(settings, ground))
            server = await start(replace(runtime.services, freeze_garbage=False))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            url = f"http://127.0.0.1:{server.port}"
            yield Office(url=url, session=session, runtime=runtime)
            await server.stop()

    return opened


@pytest.fixture
async def office(open_office: Any) -> AsyncIterator[Office]:
    """The demo salon on Tuesday morning."""
    async with open_office() as office:
        yield office


@pytest.fixture
def agent(office: Office) -> Agent:
    """One call from a number that nobody knows."""
    return office.agent()
