"""The example calls of the protocol's reference, played against the server: times shortened."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[3].parent / "shared/reference/retell/examples"
pytestmark = pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason="the reference of the protocol is not part of the project"
)


def _heard(name: str) -> list[dict[str, Any]]:
    """What Retell sends in this example, in order."""
    events = json.loads((EXAMPLES / f"session_{name}.json").read_text())["events"]
    return [e for e in events if e["from"] == "retell"]


async def _play(server: Any, name: str) -> list[list[dict[str, Any]]]:
    """The frames of each connection; every request is waited for until it is answered."""
    connections: list[list[dict[str, Any]]] = []
    steps = _heard(name)
    while steps:
        async with server.call(f"call_{name}") as phone:
            if not connections:
                await _until_closed(phone, 0)
            while steps and "message" in steps[0]:
                message = steps.pop(0)["message"]
                await phone.send(**message)
                if "response_id" in message:
                    await _until_closed(phone, message["response_id"])
            await _pongs_only(phone)
            if steps:
                phone.socket.transport.abort()
            while steps and "message" not in steps[0]:
                steps.pop(0)
            connections.append(phone.frames)
    return connections


async def _pongs_only(phone: Any) -> None:
    try:
        async with asyncio.timeout(0.1):
            while True:
                frame = json.loads(await phone.socket.recv())
                phone.frames.append(frame)
    except TimeoutError:
        return


async def _until_closed(phone: Any, response_id: int) -> None:
    frame = await phone.frame()
    while frame.get("response_id") != response_id or not frame["content_complete"]:
        frame = await phone.frame()


def _closed(frames: list[dict[str, Any]]) -> list[int]:
    return [frame["response_id"] for frame in frames if frame.get("content_complete")]


@pytest.mark.parametrize(
    ("name", "answered"),
    [
        ("superseded_response", [[0, 1, 2]]),
        ("barge_in_drops_action", [[0, 1, 2]]),
        ("silence_reminder", [[0, 1]]),
        ("reconnect", [[0], [3]]),
    ],
)
async def test_every_request_of_the_example_is_answered_once_and_nothing_else(
    hurried: Any, name: str, answered: list[list[int]]
) -> None:
    server = await hurried(details_s=0.1)
    connections = await _play(server, name)

    assert [_closed(frames) for frames in connections] == answered
    assert all(frames[0]["response_type"] == "config" for frames in connections)


async def test_pings_of_the_example_come_back_with_their_own_times(server: Any) -> None:
    times = [
        step["message"]["timestamp"]
        for step in _heard("happy_booking")
        if step.get("message", {}).get("interaction_type") == "ping_pong"
    ]
    async with server.call() as phone:
        await phone.greeted()
        for timestamp in times:
            await phone.send(interaction_type="ping_pong", timestamp=timestamp)
        pongs = [(await phone.frame())["timestamp"] for _ in times]

    assert len(times) > 1
    assert pongs == times
