"""Real processes as a run sees them: begun, heard, stopped, killed, and never left behind."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE_S = 240.0  # a process that is stuck says so and ends well before that
GOODBYE_S = 10.0
LONGEST_LINE = 16 * 1024 * 1024


class ChildBroke(RuntimeError):
    """A process of the run ended in a way nobody had planned."""


class Child:
    """One process at work."""

    def __init__(self, nursery: Nursery, number: int) -> None:
        self._nursery = nursery
        self._news = asyncio.Condition()
        self.number = number
        self.facts: list[dict[str, Any]] = []
        """What it has told so far."""
        self.status: int | None = None
        """How it ended: an exit status, or the number of a signal, negative."""
        self.stopped = False
        """Whether it was ever taken for dead although it lived."""

    @property
    def lived(self) -> bool:
        """Whether it came to its planned end, and nobody ever took it for dead."""
        return self.status in {0, None} and not self.stopped

    @property
    def killed(self) -> bool:
        """Whether a signal ended it."""
        return self.status is not None and self.status < 0

    def told(self, name: str) -> Any | None:  # noqa: ANN401 - a JSON value
        """The first fact of this name, if it told one."""
        return next((fact[name] for fact in self.facts if name in fact), None)

    def all_told(self, name: str) -> set[Any]:
        """All that it told under this name, each once."""
        return {fact[name] for fact in self.facts if name in fact}

    async def tells(self, name: str, *, within_s: float = PATIENCE_S) -> Any:  # noqa: ANN401 - a JSON value
        """Wait for the first fact of this name; ChildBroke when it ends without."""
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(
                lambda: self.status is not None or self.told(name) is not None
            )
        if (value := self.told(name)) is None:
            raise ChildBroke(self.told("broke") or f"a process ended with {self.status}")
        return value

    async def ends(self, *, within_s: float = PATIENCE_S) -> int:
        """Wait for its end; ChildBroke when that was not as it should be."""
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(lambda: self.status is not None)
        if self.told("broke") is not None:
            when = ", after it was stopped and woken up" if self.stopped else ""
            raise ChildBroke(f"{self.told('broke')}{when}")
        return self.status or 0

    async def send(self, number: signal.Signals) -> None:
        """Send a signal, if it still lives."""
        self.stopped |= number == signal.SIGSTOP
        await self._nursery.order({"signal": int(number), "to": self.number})

    async def kill(self) -> bool:
        """End it at once, unless it has ended by itself; whether a signal ended it."""
        await self.send(signal.SIGKILL)
        await self.ends()
        return self.killed

    async def hear(self, fact: dict[str, Any]) -> None:
        """Take in what was told of it."""
        async with self._news:
            if "ended" in fact:
                self.status = fact["ended"]
            else:
                self.facts.append(fact)
            self._news.notify_all()


class Nursery:
    """Begins processes, and hears them."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = count(1)
        self.children: dict[int, Child] = {}
        """All there ever were."""

    async def begin(self, do: str, **errand: object) -> Child:
        """Fork a process for this errand."""
        child = Child(self, next(self._numbers))
        self.children[child.number] = child
        await self.order({"begin": child.number, "errand": {"do": do, **errand}})
        return child

    async def order(self, order: dict[str, Any]) -> None:
        """Tell the program what to do."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()

    async def listen(self) -> None:
        """Hand out what is told, until the program ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            fact = json.loads(line)
            if child := self.children.get(fact.pop("of", 0)):
                await child.hear(fact)


@asynccontextmanager
async def open_nursery() -> AsyncIterator[Nursery]:
    """A program that forks; with it end all its children."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voice_agent.bench.nursery"),
        stdin=pipe,
        stdout=pipe,
        limit=LONGEST_LINE,
    )
    try:
        assert process.stdout is not None
        if not await asyncio.wait_for(process.stdout.readline(), PATIENCE_S):
            raise ChildBroke("the program that forks did not start")
        nursery = Nursery(process)
        listening = asyncio.create_task(nursery.listen())
        yield nursery
        await _closed(process)
        await listening
    finally:
        await _closed(process)


async def _closed(process: asyncio.subprocess.Process) -> None:
    """Its input ends, and so does it."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), GOODBYE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
