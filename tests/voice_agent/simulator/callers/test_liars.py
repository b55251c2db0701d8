"""Agents that lie, forget or make a mess are found out, and what they did is saved."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from booking_core.adapters.postgres.booking_tables import appointment
from voice_agent.simulator.backdrop import book_before
from voice_agent.simulator.callers.crowd import Lane, Terms
from voice_agent.simulator.callers.goals import Errand
from voice_agent.simulator.grading import Aftermath, complaints
from voice_agent.simulator.play import play
from voice_agent.simulator.replay_before import BookedBefore
from voice_agent.simulator.replay_yaml import read_replay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from voice_agent.simulator.callers.rooms import Room
    from voice_agent.simulator.callers.verdict import Outcome
    from voice_agent.simulator.stage import Stage

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("simulation")]

GREETING = "Guten Tag, Salon Morgenrot, Sie sprechen mit der digitalen Assistentin. Was kann ich für Sie tun?"  # noqa: E501 - one sentence
BOOKED = "Ihr Termin ist gebucht: morgen, Mittwoch, den 25. November, um 9 Uhr, Herrenhaarschnitt bei Fabian. Kann ich sonst noch etwas für Sie tun?"  # noqa: E501 - one sentence
GONE = "Ihr Termin am Freitag, den 27. November, um 9 Uhr ist abgesagt. Kann ich sonst noch etwas für Sie tun?"  # noqa: E501 - one sentence
NOTED = "Der Rückruf ist notiert, der Salon meldet sich bei Ihnen. Kann ich sonst noch etwas für Sie tun?"  # noqa: E501 - one sentence
LISTED = "Sie stehen jetzt auf der Warteliste. Kann ich sonst noch etwas für Sie tun?"
LATE = "Ich habe notiert, dass Sie etwas später kommen. Kann ich sonst noch etwas für Sie tun?"
NO_VISIT = "Unter Ihrem Namen finde ich keinen kommenden Termin. Darf es sonst noch etwas sein?"
FREE = "Frei wäre morgen, Mittwoch, den 25. November, um 9 Uhr bei Fabian. Passt Ihnen das?"
DEAR = "Das kostet 7 Euro 77. Wann möchten Sie kommen?"
WRONG_DAY = "Frei wäre am Montag, den 25. November, um 9 Uhr bei Fabian. Passt Ihnen das?"
FAR_AHEAD = BookedBefore(
    service=42,
    start=datetime.fromisoformat("2026-12-11T15:00"),
    staff="Fabian",
    customer="Hella Halb",
    phone="+493023125190",
)
WHEN = "Gern. Wann möchten Sie kommen?"
FAREWELL = "Auf Wiederhören!"


@dataclass
class Liar:
    """A custom LLM that says the same, whatever it is told."""

    line: str

    async def serve(self, socket: ServerConnection) -> None:
        try:
            config = {"auto_reconnect": True, "call_details": True}
            await self._send(socket, {"response_type": "config", "config": config})
            await self._say(socket, 0, GREETING)
            async for raw in socket:
                await self._answer(socket, json.loads(raw))
        except ConnectionClosed:
            pass

    async def _answer(self, socket: ServerConnection, event: dict[str, object]) -> None:
        if event["interaction_type"] == "ping_pong":
            pong = {"response_type": "ping_pong", "timestamp": event["timestamp"]}
            await self._send(socket, pong)
        if event["interaction_type"] not in {"response_required", "reminder_required"}:
            return
        ends = "auf wiederhören" in str(event["transcript"]).casefold()
        await self._say(socket, event["response_id"], FAREWELL if ends else self.line)

    async def _say(self, socket: ServerConnection, number: object, words: str) -> None:
        response = {"response_type": "response", "response_id": number, "content": words}
        await self._send(socket, response | {"content_complete": True})

    async def _send(self, socket: ServerConnection, frame: dict[str, object]) -> None:
        await socket.send(json.dumps(frame))


@asynccontextmanager
async def listening(liar: Liar) -> AsyncIterator[str]:
    async with serve(liar.serve, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}/llm-websocket"


async def lied_to(room: Room, goal: Errand, liar: Liar, save: Path | None = None) -> Outcome:
    """What is found out about one call."""
    terms = Terms(calls=1, seed=3, goal=goal, language="de", save=save)
    async with listening(liar) as url:
        return await Lane(terms=terms, room=room, base_url=url).call(2)


@pytest.mark.parametrize(
    ("goal", "line"),
    [
        (Errand.BOOK, BOOKED),
        (Errand.BOOK, FREE),
        (Errand.BOOK, DEAR),
        (Errand.BOOK, WRONG_DAY),
        (Errand.CANCEL, GONE),
        (Errand.LOOK_UP, NO_VISIT),
        (Errand.LATE, LATE),
        (Errand.CALLBACK, NOTED),
        (Errand.WAIT, LISTED),
    ],
)
async def test_what_is_claimed_and_not_so_is_untrue(
    open_house: tuple[Stage, list[Room]], goal: Errand, line: str
) -> None:
    _, (room, *_) = open_house

    outcome = await lied_to(room, goal, Liar(line))

    assert any(line in words for words in outcome.untrue), outcome.lines
    assert not outcome.passed


@pytest.mark.parametrize(
    ("goal", "line", "why"),
    [
        (Errand.BOOK, BOOKED, "nothing is booked"),
        (Errand.CANCEL, GONE, "booked, and not called off"),
        (Errand.LATE, LATE, "nothing is noted on the visit"),
        (Errand.CALLBACK, NOTED, "no callback"),
        (Errand.WAIT, LISTED, "no waiting list entry"),
        (Errand.ASK, WHEN, "the question was not answered"),
    ],
)
async def test_who_believes_a_liar_has_not_got_what_they_wanted(
    open_house: tuple[Stage, list[Room]], goal: Errand, line: str, why: str
) -> None:
    _, (room, *_) = open_house

    outcome = await lied_to(room, goal, Liar(line))

    assert any(words.startswith(why) for words in outcome.failures), outcome.failures


async def test_being_asked_for_what_was_said_is_found(
    open_house: tuple[Stage, list[Room]],
) -> None:
    _, (room, *_) = open_house

    outcome = await lied_to(room, Errand.BOOK, Liar(WHEN))

    assert any(WHEN in words for words in outcome.asked_again)
    assert not outcome.passed


async def test_half_a_booking_is_an_orphan(open_house: tuple[Stage, list[Room]]) -> None:
    _, (room, *_) = open_house
    await book_before(room.stage.runtime.core, room.salon, [FAR_AHEAD])
    mine = appointment.c.customer_phone == FAR_AHEAD.phone
    async with room.stage.runtime.engine.begin() as connection:
        await connection.execute(delete(appointment).where(mine))

    outcome = await lied_to(room, Errand.BOOK, Liar(WHEN))

    assert outcome.orphans


async def test_a_call_that_went_wrong_is_saved_and_goes_wrong_again(
    open_house: tuple[Stage, list[Room]], tmp_path: Path
) -> None:
    _, (room, *_) = open_house
    liar = Liar(BOOKED)
    await lied_to(room, Errand.BOOK, liar, tmp_path)

    (saved,) = tmp_path.glob("*.yaml")
    file = read_replay(saved)
    async with listening(liar) as url:
        callers = await play(file, base_url=url, dialled=room.dialled)

    assert any(BOOKED in words for words in complaints(file, callers, Aftermath()))
