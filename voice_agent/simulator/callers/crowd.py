"""Lets a crowd of callers ring, each on their own, and judges every call by what it leaves."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING

from booking_core.adapters.postgres.attention_tables import callback_request
from booking_core.adapters.postgres.waiting_tables import waiting_list_entry
from voice_agent.bench.books import Books
from voice_agent.bench.oracle import calendar_complaints
from voice_agent.simulator.callers.agenda import Agenda
from voice_agent.simulator.callers.bad_luck import a_fault
from voice_agent.simulator.callers.ears import Ears
from voice_agent.simulator.callers.ends import failures
from voice_agent.simulator.callers.goals import Errand
from voice_agent.simulator.callers.landing import sweep_up
from voice_agent.simulator.callers.memory import Memory
from voice_agent.simulator.callers.mind import Mind
from voice_agent.simulator.callers.moods import MANNERS, a_mood
from voice_agent.simulator.callers.person import Person
from voice_agent.simulator.callers.regulars import LONG_AGO
from voice_agent.simulator.callers.rooms import open_rooms
from voice_agent.simulator.callers.saving import save
from voice_agent.simulator.callers.tongues import ENGLISH, GERMAN, TONGUES
from voice_agent.simulator.callers.verdict import (
    SILENCE_MS,
    Left,
    Outcome,
    disorder,
    duplicates,
    orphans,
    too_long,
)
from voice_agent.simulator.callers.voice import Voice
from voice_agent.simulator.callers.wishing import a_goal
from voice_agent.simulator.callers.witness import Witness
from voice_agent.simulator.findings import Fault
from voice_agent.simulator.ground import own_ground
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.replay_before import Before
from voice_agent.simulator.retell import Habits, RetellCall
from voice_agent.simulator.stage import DEMO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

    from voice_agent.config import Settings
    from voice_agent.embedded import Endpoints
    from voice_agent.simulator.callers.goals import Goal
    from voice_agent.simulator.callers.moods import Mood
    from voice_agent.simulator.callers.rooms import Room
    from voice_agent.simulator.callers.tongue import Tongue
    from voice_agent.simulator.stage import Stage

DAYS = tuple(
    map(
        datetime.fromisoformat,
        (
            "2026-11-24T10:00:00+01:00",
            "2026-11-26T17:40:00+01:00",
            "2026-11-29T20:15:00+01:00",
            "2026-12-22T11:20:00+01:00",
            "2027-01-04T09:05:00+01:00",
            "2027-03-26T12:30:00+01:00",
            "2027-05-12T14:00:00+02:00",
            "2027-10-28T18:30:00+02:00",
        ),
    )
)
"""When the telephones ring: weekdays and a Sunday, before Christmas, before the clocks change."""
CALLS_A_DAY = 100
"""In each room, before the next of these days begins."""
SETTLING_S, POLL_S, PATIENCE_S = 20.0, 0.02, 1.0
PARTIALS = 0.25
IN_ENGLISH = 0.15
"""As many as would rather speak English to a salon in Berlin."""
HARMLESS = frozenset({Fault.VOID_RESPONSE, Fault.MISSED_PONG})
"""What a busy machine does, on which callers and server share one loop: the first are thrown away
by Retell unheard, and a loop that stands still misses pings on both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is to be simulated."""

    calls: int = 2000
    seed: int = 1
    noise: float = 0.0
    """Share of the sentences that each kind of recognition error strikes."""
    faults: float = 0.0
    """Share of the calls during which Cal.com has bad luck."""
    rooms: int = 4
    """How many callers talk at once, each in a salon of their own."""
    crowded: bool = False
    """All of them want to come to one and the same salon."""
    goal: Errand | None = None
    """All of them want this; None = what a salon's telephone rings for."""
    first: int = 0
    """Number of the first call; the same number is the same caller."""
    language: str | None = None
    """What all of them speak; None = most of them German, some English."""
    save: Path | None = None
    """Where failing calls go, as replay files."""
    save_all: bool = False
    """And the others with them."""


async def simulate(
    terms: Terms,
    settings: Settings,
    endpoints: Endpoints,
    *,
    done: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Every call, in the order of its number."""
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(own_ground(endpoints))
        opened = await stack.enter_async_context(
            open_rooms(settings, ground, 1 if terms.crowded else terms.rooms)
        )
        return await ring(terms, *opened, done=done)


async def ring(
    terms: Terms,
    stage: Stage,
    rooms: list[Room],
    *,
    done: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """All calls on an open stage, day by day."""
    outcomes: list[Outcome] = []
    whole_day = CALLS_A_DAY * terms.rooms
    for day, first in enumerate(range(terms.first, terms.first + terms.calls, whole_day)):
        last = min(first + whole_day, terms.first + terms.calls)
        numbers = iter(range(first, last))
        await dawn(DAYS[(terms.seed + day) % len(DAYS)], stage, rooms, f"{terms.seed}/{first}")
        async with stage.listening() as base_url:
            lanes = [
                Lane(terms=terms, room=room, base_url=base_url)
                for room in (rooms * terms.rooms if terms.crowded else rooms)
            ]
            await asyncio.gather(*(lane.serve(numbers, outcomes, done) for lane in lanes))
        if terms.crowded and (found := await _at_closing_time(rooms[0])):
            outcomes[-1] = replace(outcomes[-1], disorder=(*outcomes[-1].disorder, *found))
    return sorted(outcomes, key=lambda outcome: outcome.number)


async def dawn(day: datetime, stage: Stage, rooms: Sequence[Room], seed: str) -> None:
    """Another day begins, and all salons have the same books."""
    chances = [Random(seed) for _ in rooms]  # noqa: S311 - nothing secret
    await stage.rewind(day - LONG_AGO)
    await asyncio.gather(*(r.keep_books(day, c) for r, c in zip(rooms, chances, strict=True)))
    stage.set_clocks(day)
    await asyncio.gather(*(r.furnish(c) for r, c in zip(rooms, chances, strict=True)))


async def _at_closing_time(room: Room) -> list[str]:
    """What is wrong with the books of a salon that everybody has called."""
    books = Books(room.engine)
    overlaps = await books.overlaps()
    twice = [f"V-1 {overlaps} claims overlap"] if overlaps else []
    return [*twice, *calendar_complaints(room.live(), await books.states())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One room, and one caller after the other in it."""

    terms: Terms
    room: Room
    base_url: str

    async def serve(
        self, numbers: Iterator[int], outcomes: list[Outcome], done: Callable[[Outcome], None]
    ) -> None:
        """One after the other, as long as somebody rings."""
        for number in numbers:
            outcome = await self.call(number)
            outcomes.append(outcome)
            done(outcome)

    async def call(self, number: int) -> Outcome:
        """The caller of this number, from the ringing to what is left."""
        chance = Random(f"{self.terms.seed}:{number}")  # noqa: S311 - the same call every time
        began, mood = self.room.now, a_mood(chance)
        title = f"Simulated call {self.terms.seed}-{number}"
        tongue = self.tongue(number)
        goal = self._goal(number, chance, tongue)
        goal = await self.room.welcome(goal, chance)
        person = self._person(goal, title, mood, chance, tongue)
        if chance.random() < self.terms.faults:
            person.fault = a_fault(goal, chance)
            self.room.meet(person.fault)
        before = await self._before(goal)
        await person.talk()
        self.room.calm_down()
        left = await self._left(goal, person)
        outcome = self._judged(number, mood, person, left)
        if not self.terms.crowded:
            await self.room.clear_up()
        if self.terms.save and (self.terms.save_all or not outcome.passed):
            save(self.terms.save, title, began, before, person, outcome)
        return outcome

    def tongue(self, number: int) -> Tongue:
        """What this caller speaks; by lots of its own, so that the others stay who they are."""
        if self.terms.language:
            return TONGUES[self.terms.language]
        chance = Random(f"{self.terms.seed}:{number}:language")  # noqa: S311 - nothing secret
        return ENGLISH if chance.random() < IN_ENGLISH else GERMAN

    def _goal(self, number: int, chance: Random, tongue: Tongue) -> Goal:
        """What this caller wants; in one salon for all, nobody's calendar is full for one."""
        room, only = self.room, self.terms.goal
        while True:
            goal = a_goal(
                number,
                room.salon,
                room.now,
                chance,
                regulars=room.regulars,
                only=only,
                language=tongue.language,
            )
            if not (self.terms.crowded and goal.busy):
                return goal
            only = None

    def _person(self, goal: Goal, title: str, mood: Mood, chance: Random, tongue: Tongue) -> Person:
        room = self.room
        phone = PhoneCall(
            base_url=self.base_url,
            to_number=room.dialled,
            from_number=goal.phone,
            call_id=call_id(title),
        )
        ears = Ears(
            today=room.now.date(),
            staff=[member.first_name for member in room.salon.staff],
            services=[service.spoken_name for service in room.salon.services],
            wished=[one.start.date() for one in goal.visits],
            tongue=tongue,
        )
        mind = Mind(
            memory=Memory(goal=goal),
            voice=Voice(chance=chance, today=room.now.date(), tongue=tongue),
            manner=MANNERS[mood],
            chance=chance,
            salon=room.salon,
            now=room.now,
        )
        habits = Habits(partials=chance.random() < PARTIALS, words=chance.random() < PARTIALS)
        return Person(
            call=RetellCall(phone, habits),
            agenda=Agenda(mind=mind),
            ears=ears,
            chance=chance,
            noise=self.terms.noise,
            witness=Witness(
                engine=room.engine,
                salon=room.salon,
                call_id=phone.call_id,
                ears=ears,
                phones=frozenset(one.phone for one in goal.visits if one.phone),
                nothing_free=bool(goal.busy),
                now=room.stage.runtime.services.clock.now,
            ),
        )

    async def _before(self, goal: Goal) -> Before:
        """What the caller finds in the books."""
        if self.terms.crowded and self.terms.save:
            return Before(appointments=tuple(await self.room.standing()))
        own = () if goal.standing else goal.visits
        return Before(appointments=(*self.room.before, *own), busy=goal.busy)

    async def _left(self, goal: Goal, person: Person) -> Left:
        """What the call has left, once everything it has set going has come to rest."""
        room, call_id = self.room, person.call.phone.call_id
        if person.broke_off:
            await self._until_over(call_id)
        own = await room.own(goal, call_id)
        unfinished = await self._at_rest(call_id, [one.id for one in own])
        if person.fault and person.fault.land_after_s:
            theirs = [one.id for one in (*own, *await room.left(call_id))]
            engine, after_s = room.engine, person.fault.land_after_s
            unfinished += await sweep_up(engine, theirs, after_s=after_s)
        books = Books(room.engine)
        found, own = await room.left(call_id), await room.own(goal, call_id)
        mine = {str(one.id) for one in (*found, *own)}
        live = room.live(beside=[one.id for one in own])
        visits = [await books.visit(one.id) for one in (*found, *own)]
        return Left(
            appointments=found,
            own=own,
            callbacks=await room.wishes(callback_request, call_id),
            waiting=await room.wishes(waiting_list_entry, call_id),
            visits=visits,
            live=[one for one in live if one.group in mine] if self.terms.crowded else live,
            unfinished=unfinished,
        )

    async def _until_over(self, call_id: str) -> None:
        """Whoever hangs up leaves the server at work: what it begins yet is to be waited for."""
        for _ in range(int(SETTLING_S / POLL_S)):
            if await self.room.is_over(call_id):
                return
            await asyncio.sleep(POLL_S)

    async def _at_rest(self, call_id: str, visits: Sequence[UUID]) -> int:
        """How much is still under way, when nothing more is to be waited for."""
        books, began = Books(self.room.engine), perf_counter()
        while (
            unfinished := await self.room.unfinished(call_id, visits)
        ) and perf_counter() - began < SETTLING_S:
            if perf_counter() - began > PATIENCE_S:
                await books.let_time_pass()
                await self.room.stage.runtime.core.recover()
            await asyncio.sleep(POLL_S)
        return unfinished

    def _judged(self, number: int, mood: Mood, person: Person, left: Left) -> Outcome:
        memories, salon = person.agenda.memories, self.room.salon
        witness, whole = person.witness, memories[0].goal
        assert isinstance(witness, Witness)
        waits = [a.first_words_ms for a in person.call.answers if a.first_words_ms is not None]
        wrong = failures(
            memories, left, salon, broke_off=person.broke_off, said_yes=person.said_yes_last
        )
        again = [words for memory in memories for words in memory.asked_again]
        two = whole.then is not None
        return Outcome(
            number=number,
            mood=mood,
            errand=Errand.TWO_REQUESTS if two else whole.errand,
            failures=tuple(wrong),
            untrue=tuple(witness.untrue),
            orphans=tuple(orphans(left)),
            duplicates=duplicates(left),
            disorder=tuple(disorder(left, salon)),
            asked_again=tuple(again) if not self.terms.noise else (),
            misread=sum(len(memory.misread) for memory in memories),
            language=person.ears.tongue.language,
            foreign=tuple(words for memory in memories for words in memory.foreign),
            too_long=tuple(too_long([answer.text for answer in person.call.answers])),
            protocol=tuple(str(one) for one in person.call.findings if one.fault not in HARMLESS),
            booked=any(found.state == "booked" for found in left.appointments),
            told_of_failure=any(m.failed and not m.settled for m in memories),
            gave_up=any(memory.gave_up for memory in memories),
            broke_off=person.broke_off,
            turns=len(person.turns),
            turns_to_book=None if two else person.turns_to_book,
            said_at_once=person.said_at_once,
            changed=memories[0].changed,
            waits_ms=tuple(waits),
            lines=tuple(person.lines),
            silences=sum(wait > SILENCE_MS for wait in waits),
        )


def call_id(title: str) -> str:
    """The id a replay of the same call will have: the agent's phrasings follow from it."""
    digest = sha256(f"{DEMO}/{title}/0".encode()).hexdigest()
    return f"call_{digest[:27]}"
