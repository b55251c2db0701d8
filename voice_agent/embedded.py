"""Servers that come with the package: nothing to install, nothing to configure, shared by all.

Without `DATABASE_URL` and `REDIS_URL`, PostgreSQL and Valkey run below `VOICE_AGENT_HOME`. The
first process starts them, others join, the last one stops them; the data stays. Further servers
of ours (the Cal.com sandbox) are shared in the same way.
"""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from voice_agent import embedded_postgres, embedded_valkey
from voice_agent.embedded_paths import forget_way
from voice_agent.embedded_sharing import Detached, ServersUnavailable, SharedFolder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from typing import TypeVar

    from booking_core.config import CoreSettings

    T = TypeVar("T")

__all__ = [
    "ChildServer",
    "Endpoints",
    "ServersUnavailable",
    "child_server",
    "home_of",
    "servers",
    "shared_servers",
    "stop_abandoned",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where the database and Redis are."""

    database_url: str
    """For SQLAlchemy, with our driver."""
    redis_url: str
    """For `redis.asyncio.from_url`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildServer:
    """A server program of ours that all processes of one home share.

    It is called with `--port 0 --address-file FILE` added and writes its address, such as
    `http://127.0.0.1:40123`, into FILE once it listens.
    """

    name: str
    command: Sequence[str]
    timeout_s: float = 20.0


@asynccontextmanager
async def servers(settings: CoreSettings) -> AsyncIterator[Endpoints]:
    """The database and Redis of these settings; what has no URL is started or joined."""
    if settings.database_url and settings.redis_url:
        yield Endpoints(database_url=settings.database_url, redis_url=settings.redis_url)
        return
    start = partial(
        _start_servers, database_url=settings.database_url, redis_url=settings.redis_url
    )
    async with _in_thread(home_of(settings), start) as endpoints:
        yield endpoints


@asynccontextmanager
async def child_server(settings: CoreSettings, child: ChildServer) -> AsyncIterator[str]:
    """The address of this server, started or joined."""
    async with _in_thread(home_of(settings), partial(_start_child, child=child)) as address:
        yield address


@contextmanager
def shared_servers(
    home: Path, *, database_url: str | None = None, redis_url: str | None = None
) -> Iterator[Endpoints]:
    """As `servers`, for programs without an event loop."""
    start = partial(_start_servers, database_url=database_url, redis_url=redis_url)
    user, endpoints = _enter(home, start)
    try:
        yield endpoints
    finally:
        _leave(user, home)


def stop_abandoned(home: Path) -> None:
    """Stop what killed processes left running below this home, unless somebody uses it."""
    if (home / "run").exists():
        user = SharedFolder(home / "run")
        with user.alone():
            user.join()
            _stop_if_last(user, home)


def home_of(settings: CoreSettings) -> Path:
    """Where data, mails and logs lie."""
    return (settings.home or _default_home()).expanduser().absolute()


def _default_home() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/voice-agent")
    # also on macOS: its Application Support has a blank, which sockets and shells dislike
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data) / "voice-agent"


def _start_servers(home: Path, *, database_url: str | None, redis_url: str | None) -> Endpoints:
    return Endpoints(
        database_url=database_url or embedded_postgres.start(home),
        redis_url=redis_url or embedded_valkey.start(home),
    )


def _start_child(home: Path, *, child: ChildServer) -> str:
    program = Detached(name=child.name, folder=home / "run")
    if not program.is_running():
        program.address_file.unlink(missing_ok=True)
        place = ["--port", "0", "--address-file", str(program.address_file)]
        program.start(
            [*child.command, *place],
            is_ready=partial(_listens, program.address_file),
            timeout_s=child.timeout_s,
        )
    return program.address_file.read_text().strip()


def _listens(address_file: Path) -> bool:
    if not address_file.exists() or not (address := address_file.read_text().strip()):
        return False
    place = urlsplit(address)
    try:
        with socket.create_connection((place.hostname, place.port or 80), timeout=1):
            return True
    except OSError:
        return False


def _enter(home: Path, start: Callable[[Path], T]) -> tuple[SharedFolder, T]:
    run = home / "run"
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServersUnavailable(
            f"There is no place for data in {home}: {error}. Set VOICE_AGENT_HOME to another one."
        ) from error
    user = SharedFolder(run)
    with user.alone():
        user.join()
        try:
            return user, start(home)
        except BaseException:
            _stop_if_last(user, home)
            raise


def _leave(user: SharedFolder, home: Path) -> None:
    with user.alone():
        _stop_if_last(user, home)


def _stop_if_last(user: SharedFolder, home: Path) -> None:
    if user.leave():
        for program in user.running():
            program.stop()
        embedded_postgres.stop(home)
        forget_way(home)


@asynccontextmanager
async def _in_thread(home: Path, start: Callable[[Path], T]) -> AsyncIterator[T]:
    """Enter and leave without blocking the loop, and leave also when cancelled in between."""
    entering = asyncio.ensure_future(asyncio.to_thread(_enter, home, start))
    try:
        user, result = await asyncio.shield(entering)
    except asyncio.CancelledError:
        user, _ = await entering
        await asyncio.to_thread(_leave, user, home)
        raise
    try:
        yield result
    finally:
        await asyncio.shield(asyncio.to_thread(_leave, user, home))
