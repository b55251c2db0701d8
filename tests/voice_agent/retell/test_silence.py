from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from websockets.asyncio.client import connect

from voice_agent.retell.events import is_update
from voice_agent.retell.silence import Silence

if TYPE_CHECKING:
    from typing import Any


async def test_a_line_that_falls_silent_is_told_of_once() -> None:
    told, fallen = asyncio.Event(), list[str]()

    def tell() -> None:
        fallen.append("silent")
        told.set()

    silence = Silence(0.01, tell)
    silence.begin()
    await told.wait()
    await asyncio.sleep(0.05)

    assert fallen == ["silent"]


async def test_silence_does_not_count_before_it_begins_nor_after_its_end() -> None:
    fallen = list[str]()
    unbegun = Silence(0.01, lambda: fallen.append("before it began"))
    ended = Silence(0.01, lambda: fallen.append("after its end"))
    ended.begin()
    ended.end()

    unbegun.heard()
    await asyncio.sleep(0.05)

    assert fallen == []


async def test_what_came_in_while_the_process_stood_still_was_heard() -> None:
    fallen = list[str]()
    silence = Silence(0.5, lambda: fallen.append("silent"))
    silence.begin()

    time.sleep(0.6)  # noqa: ASYNC251 - nothing else runs meanwhile
    await asyncio.sleep(0)  # the timer is due now, and what was received is taken next
    asyncio.get_running_loop().call_soon(silence.heard)
    for _ in range(3):
        await asyncio.sleep(0)
    silence.end()

    assert fallen == []


ON_OUR_LOOP = """
import asyncio, socket, time
from voice_agent import loops
from voice_agent.retell.silence import Silence

async def main() -> None:
    fallen, line = [], asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda *ends: line.set_result(ends), "127.0.0.1", 0)
    caller = socket.create_connection(server.sockets[0].getsockname())
    reader, writer = await line
    reading = asyncio.create_task(reader.read(100))
    await asyncio.sleep(0)
    silence = Silence(0.2, lambda: fallen.append("silent"))
    caller.sendall(b"here I am")
    silence.begin()
    time.sleep(0.3)
    await reading
    silence.heard()
    silence.end()
    print(fallen)
    caller.close()
    writer.close()
    server.close()

loops.run(main())
"""


def test_neither_is_what_came_in_lost_on_the_loop_of_our_processes() -> None:
    told = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", ON_OUR_LOOP], capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "[]"


def test_an_update_is_known_by_its_first_words_and_nothing_else_is_taken_for_one() -> None:
    assert is_update('{"interaction_type": "update_only", "transcript": []}')
    assert is_update(' { "interaction_type" :"update_only"}')

    said = '{"transcript": [{"content": "{\\"interaction_type\\": \\"update_only\\""}]'
    assert not is_update(f'{said}, "interaction_type": "response_required", "response_id": 1}}')
    assert not is_update('{"interaction_type": "response_required", "response_id": 1}')
    assert not is_update('{"interaction_type": "update_only_not"}')


async def test_messages_are_not_packed_even_for_who_would_unpack_them(hurried: Any) -> None:
    server = await hurried(details_s=0.1)
    address = f"ws://127.0.0.1:{server.port}/llm-websocket/packed"
    async with connect(address, compression="deflate") as socket:
        assert "Sec-WebSocket-Extensions" not in socket.response.headers
