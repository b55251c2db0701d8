"""Whatever a caller does in whatever order: the newest request is answered, once and whole."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from random import Random
from typing import Any

import pytest

CALLS = int(os.environ.get("RANDOM_CALLS", "12"))
WORDS = ("suche", "suche", "ja", "ja", "ja", "ja genau", "um drei", "Hallo?", "tschüss", "kaputt")

SHORT = {
    "filler_s": 0.1,
    "first_watchdog_s": 0.15,
    "next_watchdog_s": 0.15,
    "later_watchdog_s": 0.3,
    "search_s": 2.0,
    "booking_s": 5.0,
}
"""What a caller waits for happens within the call."""


class Caller:
    """Says, hears, corrects and interrupts as a seeded random number generator wants it."""

    def __init__(self, phone: Any, desk: Any, seed: int) -> None:
        self._phone = phone
        self._desk = desk
        self._random = Random(seed)  # noqa: S311 - a script, not a secret
        self._id = 0
        self._asked_at: dict[int, int] = {}
        self.spoken: list[dict[str, Any]] = []

    async def do_something(self) -> None:
        often = (self._say, self._hear, self._hear, self._wait)
        deed = self._random.choice((*often, self._go_on, self._correct, self._stall))
        await deed()

    async def _say(self) -> None:
        self._phone.says(self._random.choice(WORDS))
        await self.ask()

    async def _go_on(self) -> None:
        lines = self._phone.transcript
        if lines[-1]["role"] == "user":
            lines[-1]["content"] += " " + self._random.choice(WORDS)
            await self.ask()

    async def _correct(self) -> None:
        lines = self._phone.transcript
        if lines[-1]["role"] == "user":
            lines[-1]["content"] = self._random.choice(WORDS)
            await self.ask()

    async def _hear(self) -> None:
        await asyncio.sleep(0.03)
        text = "".join(f["content"] for f in self.spoken if f["response_id"] == self._id)
        if text and self._phone.transcript[-1]["role"] == "user":
            is_cut = self._random.random() < 0.2
            self._phone.hears(text[:5] if is_cut else text)
            if self._random.random() < 0.2:
                await self.ask(reminder=True)

    async def _stall(self) -> None:
        for gate in (self._desk.searching, self._desk.booking):
            gate.clear() if self._random.random() < 0.3 else gate.set()

    async def _wait(self) -> None:
        await asyncio.sleep(self._random.choice((0, 0.02, 0.12)))

    async def ask(self, *, reminder: bool = False) -> None:
        self._id += self._random.choice((1, 1, 3))
        self._asked_at[self._id] = len(self.spoken)
        await self._phone.ask(self._id, reminder=reminder)

    async def listen(self) -> None:
        async for message in self._phone.socket:
            frame = json.loads(message)
            if frame["response_type"] == "response":
                self.spoken.append(frame)

    async def until_answered(self) -> None:
        async with asyncio.timeout(60):
            while not any(f["response_id"] == self._id for f in self.spoken if _is_last(f)):
                await asyncio.sleep(0.01)


def _is_last(frame: dict[str, Any]) -> bool:
    return bool(frame["content_complete"])


@pytest.mark.parametrize("seed", range(CALLS))
async def test_every_promise_of_the_protocol_holds_in_a_random_call(
    hurried: Any, desk: Any, seed: int
) -> None:
    server = await hurried(**SHORT)
    async with server.call(f"call_{seed}") as phone:
        await phone.greeted()
        caller = Caller(phone, desk, seed)
        listening = asyncio.create_task(caller.listen())
        for _ in range(40):
            await caller.do_something()
        desk.searching.set()
        desk.booking.set()
        phone.says("und jetzt")
        await caller.ask()
        await caller.until_answered()
        await phone.socket.close()
        await listening

    said = "".join(frame["content"] for frame in caller.spoken)
    _check_frames(caller.spoken)
    assert max(Counter(order.key for order in desk.orders).values(), default=0) <= 1
    assert bool(desk.results) is ("Der Termin steht." in said)


def _check_frames(frames: list[dict[str, Any]]) -> None:
    closed: set[int] = set()
    newest = 0
    for frame in frames:
        assert frame["response_id"] not in closed, "content after the end"
        assert frame["response_id"] >= newest, "an answer to a void request"
        newest = frame["response_id"]
        if _is_last(frame):
            closed.add(frame["response_id"])
        else:
            assert frame["content"][-2:] in {". ", "! ", "? "}, "a chunk that is no sentence"
