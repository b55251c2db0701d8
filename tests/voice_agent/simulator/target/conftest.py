from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    Frame = dict[str, Any]


@dataclass
class Echo:
    """A custom LLM that says what it heard; its kinds do one thing wrong each."""

    greeting: str = "Hello!"
    greeted: set[str] = field(default_factory=set)
    heard: list[Frame] = field(default_factory=list)

    async def serve(self, socket: ServerConnection) -> None:
        try:
            await self.opened(socket)
            async for raw in socket:
                await self.react(socket, json.loads(raw))
        except ConnectionClosed:
            pass

    async def opened(self, socket: ServerConnection) -> None:
        wanted = {"auto_reconnect": True, "call_details": True}
        await self.send(socket, "config", config=wanted)

    async def react(self, socket: ServerConnection, event: Frame) -> None:
        self.heard.append(event)
        match event["interaction_type"]:
            case "ping_pong":
                await self.pong(socket, event["timestamp"])
            case "call_details":
                await self.greet(socket, event["call"]["call_id"])
            case "response_required" | "reminder_required":
                said = event["transcript"][-1]["content"] if event["transcript"] else "nothing"
                await self.reply(socket, event["response_id"], f"You said: {said}.")

    async def pong(self, socket: ServerConnection, timestamp: int) -> None:
        await self.send(socket, "ping_pong", timestamp=timestamp)

    async def greet(self, socket: ServerConnection, call_id: str) -> None:
        if call_id not in self.greeted:
            self.greeted.add(call_id)
            await self.say(socket, 0, self.greeting)

    async def reply(self, socket: ServerConnection, response_id: int, words: str) -> None:
        await self.say(socket, response_id, words)

    async def say(
        self, socket: ServerConnection, response_id: int, words: str, *, complete: Any = True
    ) -> None:
        await self.send(
            socket,
            "response",
            response_id=response_id,
            content=words,
            content_complete=complete,
        )

    async def send(self, socket: ServerConnection, kind: str, **fields: Any) -> None:
        await socket.send(json.dumps({"response_type": kind, **fields}))


class Streaming(Echo):
    """Speaks as a language model does: a token at a time."""

    async def reply(self, socket: ServerConnection, response_id: int, words: str) -> None:
        for at in range(0, len(words), 4):
            await self.say(socket, response_id, words[at : at + 4], complete=False)
        await self.say(socket, response_id, "")


class Plain(Echo):
    """Wants no config, and greets each call on its first socket."""

    async def opened(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        await self.greet(socket, socket.request.path)


class NeverCompleting(Echo):
    async def reply(self, socket: ServerConnection, response_id: int, words: str) -> None:
        await self.say(socket, response_id, words, complete=False)


class Mute(Echo):
    async def reply(self, socket: ServerConnection, response_id: int, words: str) -> None:
        del socket, response_id, words


class WithoutGreeting(Echo):
    async def greet(self, socket: ServerConnection, call_id: str) -> None:
        del socket, call_id


class WrongTypes(Echo):
    async def reply(self, socket: ServerConnection, response_id: int, words: str) -> None:
        await self.say(socket, response_id, words, complete="true")


class ClosingOnErrors(Echo):
    async def reply(self, socket: ServerConnection, response_id: int, words: str) -> None:
        if "unintelligible" in words:
            await socket.close(1000)
        await super().reply(socket, response_id, words)


class Crashing(Echo):
    async def reply(self, socket: ServerConnection, response_id: int, words: str) -> None:
        if "unintelligible" in words:
            await socket.close(1011)
        await super().reply(socket, response_id, words)


class Binary(Echo):
    async def send(self, socket: ServerConnection, kind: str, **fields: Any) -> None:
        await socket.send(json.dumps({"response_type": kind, **fields}).encode())


class GreetingAgain(Echo):
    async def greet(self, socket: ServerConnection, call_id: str) -> None:
        del call_id
        await self.say(socket, 0, self.greeting)


class Slow(Echo):
    async def reply(self, socket: ServerConnection, response_id: int, words: str) -> None:
        await asyncio.sleep(0.6)
        await super().reply(socket, response_id, words)


class Pausing(Echo):
    async def reply(self, socket: ServerConnection, response_id: int, words: str) -> None:
        await self.say(socket, response_id, "Well. ", complete=False)
        await asyncio.sleep(0.7)
        await super().reply(socket, response_id, words)


class TalkingOn(Echo):
    async def reply(self, socket: ServerConnection, response_id: int, words: str) -> None:
        await super().reply(socket, response_id, words)
        await self.say(socket, response_id, " And another thing.")


class DeafToPings(Echo):
    async def pong(self, socket: ServerConnection, timestamp: int) -> None:
        del socket, timestamp


class Decorated(Echo):
    async def reply(self, socket: ServerConnection, response_id: int, words: str) -> None:
        await super().reply(socket, response_id, f"**{words}** 😀")


class AnsweringTheVoid(Echo):
    """Goes on answering what has been asked before, in a task of its own."""

    async def reply(self, socket: ServerConnection, response_id: int, words: str) -> None:
        asyncio.get_running_loop().create_task(self._later(socket, response_id, words))

    async def _later(self, socket: ServerConnection, response_id: int, words: str) -> None:
        try:
            await self.say(socket, response_id, "Let me see. ", complete=False)
            await asyncio.sleep(2.0)
            await self.say(socket, response_id, words)
        except ConnectionClosed:
            pass


class ForgetfulOfConfig(Echo):
    async def opened(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        if socket.request.path not in self.greeted:
            self.greeted.add(socket.request.path)
            await super().opened(socket)


KINDS = {
    kind.__name__: kind
    for kind in (
        Echo,
        Streaming,
        Plain,
        NeverCompleting,
        Mute,
        WithoutGreeting,
        WrongTypes,
        ClosingOnErrors,
        Crashing,
        Binary,
        GreetingAgain,
        Slow,
        Pausing,
        TalkingOn,
        DeafToPings,
        Decorated,
        AnsweringTheVoid,
        ForgetfulOfConfig,
    )
}


@asynccontextmanager
async def listening(server: Echo) -> AsyncIterator[str]:
    async with serve(server.serve, "127.0.0.1", 0, ping_interval=None) as running:
        port = next(iter(running.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/llm"


@pytest.fixture
def server() -> Callable[[str], Echo]:
    return lambda kind: KINDS[kind]()


@pytest.fixture
def serving() -> Callable[[Echo], AbstractAsyncContextManager[str]]:
    return listening
