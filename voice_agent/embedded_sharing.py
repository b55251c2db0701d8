"""Servers that processes share: the first starts them, others find them, the last stops them.

The kernel keeps the books. Every user of a folder holds a shared lock on one file, every server
an exclusive lock on its own; both vanish with the process, however it dies, and never name a
process that merely inherited a number.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

STOP_TIMEOUT_S = 15.0  # a server that writes its data away may take its time
POLL_S = 0.02
LOG_TAIL = 2000  # characters of a log that help in an error message
_START = '"$@" </dev/null >>"$0" 2>&1 & echo $!'  # the shell leaves; the server belongs to init


class ServersUnavailable(RuntimeError):
    """A server that comes with the package could not be started here."""


class SharedFolder:
    """One user's view of a folder in which servers run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._membership: int | None = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While inside, nobody else starts or stops anything here."""
        with _open(self.folder / "mutex") as mutex:
            fcntl.flock(mutex, fcntl.LOCK_EX)
            yield

    def join(self) -> None:
        """Become a user; to be called `alone`."""
        self._membership = os.open(self.folder / "users", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._membership, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Stop being a user, and say whether this was the last one; to be called `alone`."""
        if self._membership is None:
            return False
        membership, self._membership = self._membership, None
        try:
            fcntl.flock(membership, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(membership)
        return True

    def running(self) -> Iterator[Detached]:
        """The programs that run in this folder."""
        for lock in sorted(self.folder.glob("*.lock")):
            program = Detached(name=lock.stem, folder=self.folder)
            if program.is_running():
                yield program


@dataclass(frozen=True, slots=True, kw_only=True)
class Detached:
    """A program in a session of its own, which outlives the process that started it."""

    name: str
    folder: Path

    @property
    def address_file(self) -> Path:
        """Where the address of the running server is written."""
        return self.folder / f"{self.name}.address"

    @property
    def log_file(self) -> Path:
        """What the program says."""
        return self.folder / f"{self.name}.log"

    @property
    def _lock_file(self) -> Path:
        return self.folder / f"{self.name}.lock"

    @property
    def _pid_file(self) -> Path:
        return self.folder / f"{self.name}.pid"

    def is_running(self) -> bool:
        """Whether the program lives: it inherited the lock, and only its end gives that back."""
        with _open(self._lock_file) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def start(
        self, command: Sequence[str], *, is_ready: Callable[[], bool], timeout_s: float
    ) -> None:
        """Start the program and wait until it serves."""
        with _open(self._lock_file) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            started = subprocess.run(  # noqa: S603 - our own programs
                ["/bin/sh", "-c", _START, str(self.log_file), *command],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
                pass_fds=(lock,),
                start_new_session=True,
            )
        self._pid_file.write_text(started.stdout.strip())
        if not _until(lambda: is_ready() or not self.is_running(), timeout_s) or not is_ready():
            self.stop()
            raise ServersUnavailable(f"{self.name} did not start:\n{self._last_words()}")

    def stop(self) -> None:
        """End the program, politely first; harmless when it does not run."""
        for means in (signal.SIGTERM, signal.SIGKILL):
            if not self.is_running():
                break
            os.kill(int(self._pid_file.read_text()), means)
            _until(lambda: not self.is_running(), STOP_TIMEOUT_S)
        self._pid_file.unlink(missing_ok=True)
        self.address_file.unlink(missing_ok=True)

    def _last_words(self) -> str:
        if not self.log_file.exists():
            return "it said nothing"
        return self.log_file.read_text(errors="replace")[-LOG_TAIL:]


def _until(condition: Callable[[], bool], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


@contextmanager
def _open(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
