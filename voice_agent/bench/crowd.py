"""Many callers at once who speak as slowly as people do, each with a wish, until time is up."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING

from voice_agent.simulator.retell import RetellCall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_agent.simulator.habits import Habits
    from voice_agent.simulator.phone import PhoneCall

HORIZON_DAYS = 80
CLOSED = {0, 6}  # of the demo salon
CHANGE_OF_MIND, CURIOSITY = 0.4, 0.7
MOST_TURNS = 10
DONE, ENOUGH = "gebucht", "Nein danke, das war alles."
HOURS = ("neun", "zehn", "elf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn")
SERVICES = ("Ansatzfärbung", "einen Damenhaarschnitt", "einen Herrenhaarschnitt", "Strähnen")
SURNAMES = ("Brinkmann", "Wolter", "Harms", "Sander", "Lorenz", "Petersen", "Kuhnert", "Ahlers")
QUESTIONS = (
    "Was kostet das denn?",
    "Wie lange dauert das?",
    "Wo sind Sie denn genau?",
    "Wann haben Sie samstags geöffnet?",
)
MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September"),
    *("Oktober", "November", "Dezember"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """How long a caller waited for one answer."""

    call_id: str
    response_id: int
    asked_at: float
    first_ms: float
    complete_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Callers who hang up and call again, so that there are always as many."""

    phone: PhoneCall
    today: date
    callers: int
    habits: Habits
    """How fast they speak, and how long Retell waits whether they go on."""
    heard: list[Heard] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What went wrong in their calls."""

    async def call_for(self, seconds: float, *, arrival_s: float) -> None:
        """Let everybody ring, and talk on until the time is over; then all hang up."""
        serials, until = count(1), time.monotonic() + arrival_s + seconds
        with suppress(TimeoutError):
            async with asyncio.timeout(arrival_s + seconds), asyncio.TaskGroup() as group:
                for seat in range(self.callers):
                    arrives_s = seat / self.callers * arrival_s
                    group.create_task(self._sit(serials, arrives_s, until))

    async def _sit(self, serials: Iterator[int], arrives_s: float, until: float) -> None:
        await asyncio.sleep(arrives_s)
        while time.monotonic() < until:
            serial = next(serials)
            chance = random.Random(serial)  # noqa: S311 - wishes, not secrets
            phone = replace(
                self.phone,
                call_id=f"bench-{serial}",
                from_number=f"+49151{chance.randrange(10**7, 10**8)}",
            )
            await self._call(phone, chance, until)

    async def _call(self, phone: PhoneCall, chance: random.Random, until: float) -> None:
        lines = agenda(self.today, chance)
        async with RetellCall(phone, self.habits) as call:
            try:
                for _ in range(MOST_TURNS):
                    # Python 3.11 loses a cancellation that meets the end of a wait.
                    if call.ending is not None or time.monotonic() > until:
                        break
                    heard = call.answers[-1].text
                    await call.say(ENOUGH if DONE in heard else next(lines))
                    await call.listen()
            finally:
                self._note(call)

    def _note(self, call: RetellCall) -> None:
        self.complaints.extend(f"{one.fault}: {one.detail}" for one in call.findings)
        self.heard.extend(
            Heard(
                call_id=call.phone.call_id,
                response_id=answer.response_id,
                asked_at=answer.asked_at,
                first_ms=answer.first_words_ms,
                complete_ms=answer.complete_ms,
            )
            for answer in call.answers[1:]
            if answer.first_words_ms is not None and answer.complete_ms is not None
        )


def agenda(today: date, chance: random.Random) -> Iterator[str]:
    """What this caller wants to get rid of, before saying yes to whatever is offered."""
    service, name = chance.choice(SERVICES), chance.choice(SURNAMES)
    yield f"Guten Tag, hier ist {name}. Ich hätte gern {service} am {_moment(today, chance)}."
    if chance.random() < CURIOSITY:
        yield chance.choice(QUESTIONS)
    if chance.random() < CHANGE_OF_MIND:
        yield f"Nein, doch lieber am {_moment(today, chance)}."
    while True:
        yield "Ja, bitte."
        yield "Das Erste, bitte."


def _moment(today: date, chance: random.Random) -> str:
    day = today + timedelta(days=chance.randrange(1, HORIZON_DAYS))
    while day.weekday() in CLOSED:
        day += timedelta(days=1)
    return f"{day.day}. {MONTHS[day.month - 1]} um {chance.choice(HOURS)} Uhr"
