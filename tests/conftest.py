"""Throw-away servers for the whole run: one PostgreSQL, a database and a Valkey for each worker."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, cast

import hypothesis
import psutil
import psycopg
import pytest
from psycopg import sql
from redis.asyncio import from_url
from sqlalchemy import text

from booking_core.adapters.postgres import migrate
from booking_core.adapters.postgres.engine import database_url as with_our_driver
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.metadata import metadata
from voice_agent import embedded_postgres
from voice_agent.config import Settings
from voice_agent.embedded import shared_servers, stop_abandoned
from voice_agent.embedded_postgres import CREATE_DATABASE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from types import ModuleType

    from redis.asyncio import Redis
    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon

HOME = "VOICE_AGENT_TEST_HOME"
TEMPLATE = "test_template"
MARK = "throw-away database of a voice-agent test run"
ELSEWHERE = "not started here"
CONNECTIONS = 500
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of this run's own is made in it
ROOM = 4 * 1024**3  # bytes; a run needs less, and leaves something to others
BEAT_S = 0.05
LONGEST_GAP_S = 0.25  # a heart that was not heard for longer belongs to a machine that stood still
PATIENT = "-cidle_in_transaction_session_timeout=60s"  # it stands still in transactions, too

EMPTY_EVERY_TABLE = f"""
DO $$
DECLARE deletions text;
BEGIN
  IF (SELECT shobj_description(oid, 'pg_database') IS DISTINCT FROM '{MARK}'
      FROM pg_database WHERE datname = current_database()) THEN
    RAISE EXCEPTION 'database % is not marked as a test database', current_database();
  END IF;
  SET LOCAL session_replication_role = replica;
  SET LOCAL lock_timeout = '10s';
  SELECT string_agg(format(
      'IF EXISTS (SELECT FROM %1$I) THEN DELETE FROM %1$I; END IF;', tablename), ' ')
    INTO deletions
    FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version';
  EXECUTE 'DO $rows$ BEGIN ' || deletions || ' END $rows$';
END $$
"""  # noqa: S608 - the mark is a constant
KEEP_ROWS = """
DO $$
DECLARE one text; filled boolean;
BEGIN
  CREATE SCHEMA {kept};
  FOREACH one IN ARRAY ARRAY[{tables}] LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', one) INTO filled;
    IF filled THEN
      EXECUTE format('CREATE TABLE {kept}.%1$I AS TABLE public.%1$I', one);
    END IF;
  END LOOP;
END $$
"""
PUT_ROWS = """
DO $$
DECLARE insertions text;
BEGIN
  SET LOCAL session_replication_role = replica;
  SELECT string_agg(format(
      'INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE TABLE {kept}.%1$I;', tablename), ' ')
    INTO insertions
    FROM pg_tables WHERE schemaname = '{kept}';
  EXECUTE insertions;
END $$
"""


class Heart:
    """Beats in a thread of its own, and so tells how long this process has really lived.

    A machine that runs tests may stand still for seconds (its host is busy, its memory is moved
    elsewhere). On the clock of the wall these seconds pass, and every time-out runs out although
    nobody has had the time to answer. This clock leaves them out, as that of Linux leaves out the
    time in which a machine is suspended.
    """

    def __init__(self) -> None:
        self._clock = time.monotonic
        self._last = (self._clock(), 0.0)
        """When it beat last, and how long it has stood still before; replaced as one."""
        Thread(target=self._beat, name="heart", daemon=True).start()

    def lived_s(self) -> float:
        """Seconds of the monotonic clock without those in which the machine stood still."""
        beat, stood_s = self._last
        return min(self._clock(), beat + LONGEST_GAP_S) - stood_s

    def _beat(self) -> None:
        while True:
            time.sleep(BEAT_S)
            beat, stood_s = self._last
            now = self._clock()
            self._last = (now, stood_s + max(0.0, now - beat - LONGEST_GAP_S))


def count_the_time_lived() -> None:
    """From now on the time-outs of this process wait for whoever could not answer.

    What is imported later has no other clock for durations: event loops and deadlines go by it.
    """
    time.monotonic = time.perf_counter = Heart().lived_s
    sys.modules["uvloop"] = cast("ModuleType", None)  # it has a clock of its own: to be missed


def pytest_configure(config: pytest.Config) -> None:
    count_the_time_lived()
    hypothesis.settings.register_profile(
        "patient",
        hypothesis.settings.default,
        deadline=None,  # it asks the clock of the wall
        suppress_health_check=[hypothesis.HealthCheck.too_slow],  # as this does
    )
    hypothesis.settings.load_profile("patient")
    # Whoever runs the tests may have a production environment: no test ever sees it.
    for name, field in Settings.model_fields.items():
        os.environ.pop(str(field.validation_alias or name).upper(), None)
    if not hasattr(config, "workerinput"):
        if "TMPDIR" not in os.environ and _has_room(MEMORY):
            config.add_cleanup(_keep_files_in_memory())
        os.environ[HOME] = tempfile.mkdtemp(prefix="va-test-")
        config.add_cleanup(lambda: _remove(Path(os.environ.pop(HOME))))


@pytest.hookimpl(trylast=True)  # their order is thrown by then
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("waits") is None)


def _has_room(memory: Path) -> bool:
    """Whether there is such a folder, programs may lie in it, and nobody will miss the space."""
    try:
        found = os.statvfs(memory)
    except OSError:
        return False
    room = min(found.f_bavail * found.f_frsize, psutil.virtual_memory().available)
    return room >= ROOM and not found.f_flag & os.ST_NOEXEC and os.access(memory, os.W_OK)


def _keep_files_in_memory() -> Callable[[], None]:
    """Let what tests write lie in memory: servers make sure of their files, and disks take long.

    What runs that were killed have left there is taken away; a lock tells who still lives.
    """
    for left in MEMORY.glob("va-run-*"):
        with suppress(OSError), (left / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(left)
    begun = Path(tempfile.mkdtemp(prefix="new-va-run-", dir=MEMORY))
    begun.chmod(0o1777)  # as that of the system: servers have users of their own
    lock = (begun / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    folder = begun.rename(MEMORY / begun.name.removeprefix("new-"))  # never seen without its lock
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)

    def give_back() -> None:
        os.environ.pop("TMPDIR")
        tempfile.tempdir = None
        _remove(folder)
        lock.close()

    return give_back


def _remove(folder: Path) -> None:
    for run in folder.glob("**/run"):
        stop_abandoned(run.parent)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def test_home() -> Path:
    """The folder of this run, shared by its workers."""
    return Path(os.environ[HOME])


@pytest.fixture(scope="session")
def worker() -> str:
    """Name of this test process."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def postgres_url(test_home: Path) -> Iterator[str]:
    """The PostgreSQL of this run; its databases are made by `make_database`."""
    with ExitStack() as running:
        with _locked(test_home / "start.lock"):  # nobody else connects while it starts once more
            endpoints = running.enter_context(shared_servers(test_home, redis_url=ELSEWHERE))
            _admit_many(test_home, endpoints.database_url)
        address = with_our_driver(endpoints.database_url).update_query_dict({"options": PATIENT})
        yield address.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def make_database(postgres_url: str, test_home: Path) -> Callable[..., str]:
    """Makes a database of this name, by default migrated, and returns its URL."""

    def make(name: str, *, migrated: bool = True, marked: bool = True) -> str:
        with _locked(test_home / "databases.lock"), _administrator(postgres_url) as admin:
            if migrated:
                _ensure_template(admin, postgres_url)
            _create(admin, name, template=TEMPLATE if migrated else None, marked=marked)
        return _named(postgres_url, name)

    return make


@pytest.fixture(scope="session")
def database_url(make_database: Callable[..., str], worker: str) -> str:
    """A migrated database of this worker's own."""
    return make_database(f"test_{worker}")


@pytest.fixture(scope="session")
def empty_database() -> Callable[[AsyncEngine], Awaitable[None]]:
    """Empties every table of a database that is marked as a test database, and of no other."""

    async def empty(engine: AsyncEngine) -> None:
        async with engine.begin() as connection:
            await connection.execute(text(EMPTY_EVERY_TABLE))

    return empty


@pytest.fixture
async def engine(
    database_url: str, empty_database: Callable[[AsyncEngine], Awaitable[None]]
) -> AsyncIterator[AsyncEngine]:
    """Connections to this worker's database, all tables empty."""
    engine = make_engine(database_url)
    try:
        await empty_database(engine)
        yield engine
    finally:
        await engine.dispose()


@pytest.fixture(scope="session")
def redis_url(test_home: Path, worker: str) -> Iterator[str]:
    """A Valkey of this worker's own."""
    with shared_servers(test_home / worker, database_url=ELSEWHERE) as endpoints:
        yield endpoints.redis_url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client of this worker's Valkey, which is empty."""
    client = from_url(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def demo_salon() -> Salon:
    """Salon Morgenrot, as the package brings it."""
    from booking_core.adapters.salon_file import load
    from voice_agent.salons import salon_text

    return load(salon_text("friseur1"), name="friseur1")


@pytest.fixture(scope="session")
def kept_salons() -> list[tuple[URL, Salon, Salon]]:
    """Salons that were saved: in which database, and how each was read from there."""
    return []


@pytest.fixture
def put_salon(
    engine: AsyncEngine, kept_salons: list[tuple[URL, Salon, Salon]]
) -> Callable[[Salon], Awaitable[Salon]]:
    """Saves a salon and reads it; once it was saved in an empty database, copies its rows instead.

    Hundreds of tests begin with the same salon, and to copy it takes a tenth of the time.
    """
    from booking_core.adapters.postgres.salons import PostgresSalons

    async def put(salon: Salon) -> Salon:
        for number, (where, wanted, read) in enumerate(kept_salons):
            if where == engine.url and wanted == salon:
                async with engine.begin() as connection:
                    await connection.execute(text(PUT_ROWS.format(kept=f"kept_{number}")))
                return read
        salons = PostgresSalons(engine)
        is_alone = await salons.all() == []
        await salons.save(salon)
        read = await salons.by_key(salon.branch.key)
        if is_alone:
            async with engine.begin() as connection:
                kept, tables = f"kept_{len(kept_salons)}", ", ".join(map(repr, _of_companies()))
                await connection.execute(text(KEEP_ROWS.format(kept=kept, tables=tables)))
            kept_salons.append((engine.url, salon, read))
        return read

    return put


@pytest.fixture
async def saved_salon(put_salon: Callable[[Salon], Awaitable[Salon]], demo_salon: Salon) -> Salon:
    """The demo salon as it is read back from the database."""
    return await put_salon(demo_salon)


def _of_companies() -> list[str]:
    """The tables of what belongs to a company: empty when there is none."""
    found = ["company"]
    for table in metadata.sorted_tables:
        if any(key.column.table.name in found for key in table.foreign_keys):
            found.append(table.name)
    return found


def _admit_many(home: Path, url: str) -> None:
    """Servers that live as long as the run keep their connections: more than 100 in the end."""
    with _administrator(url) as admin:
        [(admitted,)] = admin.execute("SHOW max_connections").fetchall()
        if int(admitted) == CONNECTIONS:
            return
        admin.execute(f"ALTER SYSTEM SET max_connections = {CONNECTIONS:d}")
    embedded_postgres.stop(home)
    embedded_postgres.start(home)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _administrator(url: str) -> Iterator[psycopg.Connection]:
    conninfo = with_our_driver(url).set(drivername="postgresql", database="postgres")
    with psycopg.connect(
        conninfo.render_as_string(hide_password=False), autocommit=True
    ) as connection:
        yield connection


def _ensure_template(admin: psycopg.Connection, url: str) -> None:
    known = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE])
    if known.fetchone():
        return
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        admin.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
    admin.execute("ALTER SYSTEM SET max_wal_size = '256MB'")
    admin.execute("SELECT pg_reload_conf()")
    _create(admin, "test_unfinished", template=None, marked=True)
    with ThreadPoolExecutor(1) as thread:  # a loop of its own, not the one of a test
        thread.submit(asyncio.run, migrate.upgrade(_named(url, "test_unfinished"))).result()
    rename = sql.SQL("ALTER DATABASE test_unfinished RENAME TO {}")
    admin.execute(rename.format(sql.Identifier(TEMPLATE)))


def _create(admin: psycopg.Connection, name: str, *, template: str | None, marked: bool) -> None:
    """A copy of the template, to which nobody is ever connected; without one, an empty database."""
    new = sql.Identifier(name)
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(new))
    if template:
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        admin.execute(copy.format(new, sql.Identifier(template)))
    else:
        admin.execute(sql.SQL(CREATE_DATABASE).format(new))
    if marked:
        comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
        admin.execute(comment.format(new, sql.Literal(MARK)))


def _named(url: str, name: str) -> str:
    return with_our_driver(url).set(database=name).render_as_string(hide_password=False)
