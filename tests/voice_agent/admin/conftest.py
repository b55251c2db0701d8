"""A running server with the demo salon on a calendar of its own, and browsers that look at it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import time
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession, CookieJar
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import async_playwright, expect
from sqlalchemy import event, update

from booking_core.adapters.postgres.salon_tables import branch
from booking_core.adapters.salon_file import load
from voice_agent.commands.serve import listening
from voice_agent.config import Settings
from voice_agent.embedded import Endpoints
from voice_agent.runtime import DEMO_SALON, Runtime, open_runtime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

    from playwright.async_api import Browser, Page
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon

T = TypeVar("T")
NUMBERS = count(1)
MORNING = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Europe/Berlin"))  # a Tuesday
PASSWORD = "correct horse battery"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = (  # nothing of its own, and no thrift with windows that nobody sees
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--hide-scrollbars",
    "--mute-audio",
)


@dataclass(frozen=True)
class House:
    """A server that answers, in a thread and a loop of its own."""

    url: str
    runtime: Runtime
    loop: asyncio.AbstractEventLoop
    salon: Salon

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Let the server's loop do it: `await house.do(house.runtime.core.book(order))`."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))


class Visiting:
    """Somebody with a cookie jar, who reads pages as text and sends forms."""

    def __init__(self, http: ClientSession, url: str) -> None:
        self.http = http
        self.url = url

    async def get(self, path: str, **more: Any) -> tuple[int, str]:
        async with self.http.get(self.url + path, **more) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, form: dict[str, Any], **more: Any) -> tuple[int, str]:
        """Send a form as a page of ours would."""
        async with self.http.post(self.url + path, data=form, **more) as answer:
            return answer.status, await answer.text()

    async def sign_in(self, email: str = "", password: str = PASSWORD) -> None:
        status, text = await self.post("/admin/sign-in", {"email": email, "password": password})
        assert status == 200, text

    async def csrf(self, path: str = "/admin/day") -> str:
        _, text = await self.get(path)
        found = CSRF.search(text)
        assert found, text
        return found[1]

    async def send(self, path: str, form: dict[str, Any], **more: Any) -> tuple[int, str]:
        """Send a form with the token of the page."""
        return await self.post(path, form | {"csrf": await self.csrf()}, **more)


@pytest.fixture(scope="session")
def demo_salon() -> Salon:
    return load(DEMO_SALON.read_text(encoding="utf-8"), name=DEMO_SALON.stem)


@pytest.fixture(scope="session")
def settings(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    home = tmp_path_factory.mktemp("house")
    return Settings.model_validate(
        {
            "database_url": database_url,
            "redis_url": redis_url,
            "calendar": "local",
            "mail_dir": home / "mails",
            "admin_password": PASSWORD,
            "VOICE_AGENT_HOME": home,
            "VOICE_AGENT_NOW": MORNING,
        }
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
def in_a_thread(settings: Settings) -> Iterator[tuple[str, Runtime, asyncio.AbstractEventLoop]]:
    """A server that outlives the loops of the tests."""
    ready: Future[tuple[str, Runtime, asyncio.AbstractEventLoop]] = Future()
    stop = asyncio.Event()

    async def run() -> None:
        async with opened(settings) as (url, runtime):
            ready.set_result((url, runtime, asyncio.get_running_loop()))
            await stop.wait()

    def work() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = Thread(target=work, name="house")
    thread.start()
    try:
        url, runtime, loop = ready.result(timeout=240)
        yield url, runtime, loop
        loop.call_soon_threadsafe(stop.set)
    finally:
        thread.join(timeout=240)
    assert not thread.is_alive()


@pytest.fixture(scope="session")
def server(settings: Settings) -> Iterator[tuple[str, Runtime, asyncio.AbstractEventLoop]]:
    with in_a_thread(settings) as running:
        yield running


@pytest.fixture
async def house(
    saved_salon: Salon, engine: AsyncEngine, redis: Redis, server: Any, settings: Settings
) -> AsyncIterator[House]:
    """The server on tables that hold the demo salon and nothing else."""
    del redis  # empty now, as the tables
    assert settings.mail_dir
    for mail in settings.mail_dir.glob("*"):
        mail.unlink()
    url, runtime, loop = server
    house = House(url, runtime, loop, await _not_seen_before(saved_salon, engine))
    yield house
    await house.do(runtime.core.settle())  # what goes on behind answers is of this test


async def _not_seen_before(salon: Salon, engine: AsyncEngine) -> Salon:
    """The salon with a version of which the server, which outlives the tables, knows nothing."""
    version = 1000 * next(NUMBERS)
    async with engine.begin() as connection:
        await connection.execute(update(branch).values(version=version))
    return replace(salon, version=version)


@pytest.fixture
def open_house(house: House, settings: Settings) -> Callable[..., Any]:
    """Opens another server on the same tables, with other settings, in the loop of the test."""

    @asynccontextmanager
    async def other(**changes: Any) -> AsyncIterator[House]:
        async with opened(settings.model_copy(update=changes)) as (url, runtime):
            yield House(url, runtime, asyncio.get_running_loop(), house.salon)

    return other


@pytest.fixture
async def stranger(house: House) -> AsyncIterator[Visiting]:
    """Somebody who is not signed in."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        yield Visiting(http, house.url)


@pytest.fixture
async def owner(house: House) -> AsyncIterator[Visiting]:
    """The operator, signed in."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        visiting = Visiting(http, house.url)
        await visiting.sign_in()
        yield visiting


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real browser, where one is installed, for all tests; the address by which it is led."""
    if not Path(CHROMIUM).exists():
        if "CI" in os.environ:
            pytest.fail("no chromium is installed, and here nobody skips that")
        pytest.skip("no chromium is installed: apt install chromium")
    profile = tmp_path_factory.mktemp("chromium")
    said = profile / "DevToolsActivePort"
    place = ("--remote-debugging-port=0", f"--user-data-dir={profile}")
    process = subprocess.Popen(  # noqa: S603 - the browser of the system, arguments of ours
        [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", *QUIET, *place],
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (said.exists() and said.read_text()):
            assert process.poll() is None, f"chromium ended with {process.returncode}"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{said.read_text().split()[0]}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """The browser, led from the loop of this test; windows are of contexts of their own."""
    expect.set_options(timeout=60_000)  # by itself it waits 5 s, in which a machine may stand still
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(chromium, timeout=120_000)
        yield browser
        await browser.close()  # lets go of it, and ends the contexts of this test


@pytest.fixture
def look(browser: Browser) -> Callable[..., Any]:
    """Opens a window that is signed in; what it asks of other machines fails the test."""

    @asynccontextmanager
    async def looking(
        house: House, path: str = "/admin/day", **options: Any
    ) -> AsyncIterator[Page]:
        context = await browser.new_context(locale="de-DE", **options)
        context.set_default_timeout(60_000)
        elsewhere: list[str] = []
        context.on(
            "request",
            lambda request: None if request.url.startswith((house.url, "data:", "blob:"))
            else elsewhere.append(request.url),
        )  # fmt: skip
        broken: list[str] = []
        page = await context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        await page.goto(f"{house.url}/admin/sign-in?next={path}")
        await page.fill("input[name=password]", PASSWORD)
        await page.click("button[type=submit]:not([formaction])")
        # What is typed before the page's scripts listen is heard by nobody.
        await page.wait_for_url(lambda url: "/admin/sign-in" not in url, wait_until="load")
        try:
            yield page
        except Exception as error:
            if broken:
                raise AssertionError(f"the page is broken: {broken}") from error
            raise
        finally:
            await context.close()
        assert elsewhere == []
        assert broken == []

    return looking


@pytest.fixture
def statements(house: House) -> Callable[..., Any]:
    """Counts what the server asks its database: `with statements() as asked: ...; len(asked)`."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            asked.append(statement)

        engine = house.runtime.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def obstacles() -> Callable[..., Any]:
    """What axe finds on a page that keeps somebody from using it; an empty list is good."""

    async def found(page: Page) -> list[str]:
        results = await Axe().run(page)
        return [
            f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']][:3]}"
            for one in results.response["violations"]
            if one["impact"] in {"serious", "critical"}
        ]

    return found
