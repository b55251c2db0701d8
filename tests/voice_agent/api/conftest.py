"""A running server with two salons of two companies, and clients with tokens of theirs."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import update

from booking_core.adapters.postgres.salon_tables import branch
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.salon_file import load
from voice_agent.api.openapi import document
from voice_agent.api.tokens import ApiTokens, Scope
from voice_agent.commands.serve import listening
from voice_agent.config import Settings
from voice_agent.embedded import Endpoints
from voice_agent.runtime import DEMO_SALON, Runtime, open_runtime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon

T = TypeVar("T")
NUMBERS = count(1)
MORNING = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Europe/Berlin"))  # a Tuesday


@dataclass(frozen=True)
class Reply:
    """An answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    raw: bytes
    json: Any

    @property
    def code(self) -> str:
        """Of the problem that it is."""
        assert self.headers["Content-Type"].startswith("application/problem+json"), self.raw
        return str(self.json["code"])


def as_documented(method: str, path: str, status: int, media: str, found: Any) -> None:
    """Every answer of every test is what the document says."""
    for template, methods in document()["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if not re.fullmatch(pattern, path) or method.lower() not in methods:
            continue
        answers = methods[method.lower()]["responses"]
        assert str(status) in answers, (method, template, status, found)
        content = answers[str(status)].get("content", {})
        assert media in content or not content, (method, template, status, media)
        if found is not None:
            schema = content[media]["schema"] | {"components": document()["components"]}
            Draft202012Validator(schema, format_checker=FormatChecker()).validate(found)
        return
    assert status in {200, 404, 405}, (method, path, status)


@dataclass
class Client:
    """Another system with a token."""

    http: ClientSession
    url: str
    token: str
    salon: Salon

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> Reply:
        """`key=None` sends none; by default each request has one of its own."""
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if method == "POST" and key is not None:
            sent["Idempotency-Key"] = key or uuid4().hex
        async with self.http.request(
            method, f"{self.url}/api/v2{path}", json=body, headers=sent, params=query
        ) as answer:
            raw = await answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            found = await answer.json(content_type=None) if is_json else None
            as_documented(method, path, answer.status, answer.content_type, found)
            return Reply(answer.status, answer.headers, raw, found)

    def service(self, number: int) -> str:
        """The id of the salon's service with this number."""
        return str(self.salon.service_numbered(number).id)

    def staff(self, key: str) -> str:
        """The id of somebody of the salon."""
        return str(next(member.id for member in self.salon.staff if member.key == key))

    async def offer(self, number: int = 177, **wish: Any) -> dict[str, Any]:
        """The best option for a service."""
        wish = wish or {"start": "2026-11-25T14:00:00+01:00"}
        found = await self("POST", "/availability", {"service_ids": [self.service(number)], **wish})
        assert found.status == 200, found.raw
        option: dict[str, Any] = found.json["options"][0]
        return option

    async def book(self, number: int = 177, *, name: str = "Vera Sommer", **wish: Any) -> Reply:
        """Book the best option for a service."""
        option = await self.offer(number, **wish)
        body = {"offer": {"token": option["token"]}, "customer": {"name": name}}
        return await self("POST", "/bookings", body)


@dataclass(frozen=True)
class House:
    """A server that answers, in a thread and a loop of its own."""

    url: str
    runtime: Runtime
    loop: asyncio.AbstractEventLoop

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Let the server's loop do it."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    async def work(self) -> None:
        """Let all background jobs that are due be done."""
        await self.do(self.runtime.core.work(until_idle=True))


def twin_of(salon: Salon) -> Salon:
    """The same salon once more, of another company: the same names, numbers and hours."""

    def other(one: UUID) -> UUID:
        return UUID(int=one.int ^ 1)

    return replace(
        salon,
        company=replace(salon.company, id=other(salon.company.id), key="zwilling"),
        branch=replace(
            salon.branch,
            id=other(salon.branch.id),
            key="zwilling",
            phone_numbers=("+493023125777",),
        ),
        staff=tuple(replace(one, id=other(one.id)) for one in salon.staff),
        resources=tuple(replace(one, id=other(one.id)) for one in salon.resources),
        services=tuple(replace(one, id=other(one.id)) for one in salon.services),
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[str, Runtime]]:
    assert settings.database_url
    assert settings.redis_url
    endpoints = Endpoints(database_url=settings.database_url, redis_url=settings.redis_url)
    async with open_runtime(settings, endpoints) as whole:
        # the tests' own objects would be frozen with it
        runtime = replace(whole, services=replace(whole.services, freeze_garbage=False))
        async with listening(runtime, "127.0.0.1", 0) as url:
            yield url, runtime


@contextmanager
def in_a_thread(settings: Settings) -> Iterator[House]:
    """A server that outlives the loops of the tests."""
    ready: Future[House] = Future()
    stop = asyncio.Event()

    async def run() -> None:
        async with opened(settings) as (url, runtime):
            ready.set_result(House(url, runtime, asyncio.get_running_loop()))
            await stop.wait()

    def work() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = Thread(target=work, name="api-house")
    thread.start()
    try:
        house = ready.result(timeout=240)
        yield house
        house.loop.call_soon_threadsafe(stop.set)
    finally:
        thread.join(timeout=240)
    assert not thread.is_alive()


@pytest.fixture(scope="session")
def settings(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    home = tmp_path_factory.mktemp("api-house")
    return Settings.model_validate(
        {
            "database_url": database_url,
            "redis_url": redis_url,
            "calendar": "local",
            "mail_dir": home / "mails",
            "api_requests_per_minute": 100_000,
            "VOICE_AGENT_HOME": home,
            "VOICE_AGENT_NOW": MORNING,
        }
    )


@pytest.fixture(scope="session")
def server(settings: Settings) -> Iterator[House]:
    with in_a_thread(settings) as house:
        yield house


@pytest.fixture(scope="session")
def demo_salon() -> Salon:
    return load(DEMO_SALON.read_text(encoding="utf-8"), name=DEMO_SALON.stem)


@pytest.fixture
async def house(
    saved_salon: Salon, engine: AsyncEngine, redis: Redis, server: House, settings: Settings
) -> AsyncIterator[House]:
    """The server on tables that hold the demo salon and nothing else."""
    del saved_salon, redis  # nothing else is in there now
    await _not_seen_before(engine)
    assert settings.mail_dir
    for mail in settings.mail_dir.glob("*"):
        mail.unlink()
    yield server
    await server.do(server.runtime.core.settle())  # what goes on behind answers is of this test


async def _not_seen_before(engine: AsyncEngine) -> None:
    """Gives salons versions of which the server, which outlives the tables, knows nothing."""
    async with engine.begin() as connection:
        await connection.execute(update(branch).values(version=1000 * next(NUMBERS)))


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
def client(
    house: House, engine: AsyncEngine, http: ClientSession, demo_salon: Salon
) -> Callable[..., Any]:
    """Makes a client: `await client(Scope.READ)`, or of another salon or server."""

    async def made(*scopes: Scope, salon: Salon = demo_salon, url: str = house.url) -> Client:
        tokens = ApiTokens(engine)
        new = await tokens.create(salon.company.id, name="test", scopes=scopes or [Scope.ADMIN])
        return Client(http, url, new.secret, salon)

    return made


@pytest.fixture
async def api(client: Callable[..., Any]) -> Client:
    """Another system that may do everything."""
    made: Client = await client()
    return made


@pytest.fixture
async def twin(engine: AsyncEngine, client: Callable[..., Any], demo_salon: Salon) -> Client:
    """The same of another company, whose salon looks the same."""
    other = twin_of(demo_salon)
    await PostgresSalons(engine).save(other)
    await _not_seen_before(engine)
    made: Client = await client(salon=other)
    return made


@pytest.fixture
def open_house(house: House, settings: Settings) -> Callable[..., Any]:
    """Opens another server on the same tables, with other settings, in the loop of the test."""
    assert house.url, "its tables are ready"

    @asynccontextmanager
    async def other(**changes: Any) -> AsyncIterator[House]:
        async with opened(settings.model_copy(update=changes)) as (url, runtime):
            yield House(url, runtime, asyncio.get_running_loop())

    return other
