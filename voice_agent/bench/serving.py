"""`voice-agent serve` as a process of its own, on a ground of its own, without Cal.com."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.migrate import upgrade
from booking_core.adapters.postgres.salons import PostgresSalons
from voice_agent.simulator.books import packaged_salon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from voice_agent.embedded import Endpoints

READY_WITHIN_S = 180.0  # far more than a start takes: the machine may be busy
POLL_S = 0.05
UNSET = ("LLM_WEBSOCKET_SECRET", "RETELL_API_KEY", "SMTP_URL", "ADMIN_PASSWORD", "PUBLIC_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that answers."""

    address: str
    pid: int

    def processor_s(self) -> float | None:
        """Processor time so far; None where the system does not tell."""
        try:
            text = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii")
        except OSError:
            return None
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def serving(ground: Endpoints, *, now: datetime, salon: str) -> AsyncIterator[Server]:
    """A server for one salon, ended with the block."""
    await upgrade(ground.database_url)
    engine = make_engine(ground.database_url, pool_size=1)
    await PostgresSalons(engine).save(packaged_salon(salon))
    await engine.dispose()
    with TemporaryDirectory(prefix="voice-agent-bench-") as folder:
        note, log = Path(folder, "address"), Path(folder, "log")
        with await asyncio.to_thread(log.open, "wb") as written:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "voice_agent", "serve", "--port", "0"),
                *("--address-file", str(note)),
                env=_environment(ground, now, folder),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=written,
            )
        try:
            yield Server(address=await _address(process, note, log), pid=process.pid)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _environment(ground: Endpoints, now: datetime, folder: str) -> dict[str, str]:
    here = {name: value for name, value in os.environ.items() if name not in UNSET}
    return here | {
        "DATABASE_URL": ground.database_url,
        "REDIS_URL": ground.redis_url,
        "CALENDAR": "local",
        "MAIL_DIR": str(Path(folder, "mails")),
        "VOICE_AGENT_HOME": folder,
        "VOICE_AGENT_NOW": now.isoformat(),
    }


async def _address(process: asyncio.subprocess.Process, note: Path, log: Path) -> str:
    async with asyncio.timeout(READY_WITHIN_S):
        while process.returncode is None:
            if address := await asyncio.to_thread(_read, note):
                return address
            await asyncio.sleep(POLL_S)
    raise RuntimeError(f"the server has not started: {await asyncio.to_thread(_read, log)}")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
