from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from voice_agent.bench.figures import print_counts
from voice_agent.bench.turnstile import Place, Turnstile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """Answers every line with the same line."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for line in reader:
            writer.write(line)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_what_is_sent_before_an_answer_has_come_is_one_question(echo: int) -> None:
    door = Turnstile(Place(port=echo))
    async with door.open() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for question in (b"a\n", b"b\nc\n", b"d\n"):
            writer.write(question)
            await reader.readexactly(len(question))
        writer.close()
        await writer.wait_closed()

    assert door.trips == 3


async def test_each_connection_asks_for_itself(echo: int) -> None:
    door = Turnstile(Place(port=echo))
    async with door.open() as port:
        for _ in range(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"a\n")
            assert await reader.readline() == b"a\n"
            writer.close()
            await writer.wait_closed()

    assert door.trips == 2


def test_a_table_of_counts_tells_the_usual_and_the_most(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_counts("round trips", ("SQL", "HTTP"), {"book": [(5, 4), (5, 4), (7, 4)]})

    told = capsys.readouterr().out
    assert "5 (up to 7)" in told
    assert "4 (up to" not in told
