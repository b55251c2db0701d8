"""Let processes full of callers want the same day, take Redis away meanwhile, and look at the end.

Redis is up for a third of the time, forgets everything again and again, goes down, hangs, and comes
back. Nothing may be sold twice, no promise may be lost, and somebody must always get on.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from booking_core.domain.appointment import AppointmentState
from voice_agent.bench.arena import MORNING, Arena, open_arena
from voice_agent.bench.bad_luck import LANDINGS_S, strike_often
from voice_agent.bench.oracle import calendar_complaints, visit_complaints
from voice_agent.bench.redis_gate import Door, RedisGate
from voice_agent.bench.wishes import open_days

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voice_agent.bench.children import Child
    from voice_agent.config import Settings

ANSWER_MS = 10
FLUSH_EVERY_S = 0.2
LOOK_EVERY_S = 1.0
CALM_WITHIN_S = 90.0
TELL_S = 10.0  # so much earlier a process that is stuck says where
PHASES = (
    ("up", 1 / 3),
    ("flushed", 1 / 6),
    ("down", 1 / 6),
    ("silent", 1 / 12),
    ("up again", 1 / 4),
)
"""What becomes of Redis, and for which share of the time."""
DEADLOCK, SERIALIZATION, OVERLAP = "40P01", "40001", "23P01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How hard a contest is."""

    processes: int = 8
    seconds: float = 60.0
    faults: float = 0.0
    """Share of requests that meet each kind of bad luck at Cal.com."""
    longest_gap_s: float = 1.0
    """Nobody may have to wait longer for anybody at all to get done."""
    seed: int = 0


@dataclass(slots=True, kw_only=True)
class ContendReport:
    """What a contest came to."""

    terms: Terms
    did: Counter[str] = field(default_factory=Counter)
    """Attempts by what came of them."""
    accepted_by_phase: Counter[str] = field(default_factory=Counter)
    ms: dict[str, list[float]] = field(default_factory=dict)
    """How long attempts took, by what came of them."""
    sqlstates: Counter[str] = field(default_factory=Counter)
    """What the database refused; deadlocks and serialization failures were repeated."""
    longest_gap_s: float = 0.0
    seconds: float = 0.0
    complaints: list[str] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        """Whether something was accepted, and nothing was wrong."""
        return self.did["accepted"] > 0 and not self.complaints

    @property
    def repeated(self) -> int:
        """Transactions that had to run again."""
        return self.sqlstates[DEADLOCK] + self.sqlstates[SERIALIZATION]


async def contend(
    settings: Settings, terms: Terms, *, progress: Callable[[str], None] = lambda _: None
) -> ContendReport:
    """Hold a contest."""
    gate = RedisGate()
    async with open_arena(settings, gate=gate) as arena:
        await arena.calcom.control("latency", ms=ANSWER_MS)
        await strike_often(arena.calcom, terms.faults, seed=terms.seed)
        contest = _Contest(arena, gate, terms, progress)
        await contest.hold()
        progress("looking whether everything is in order")
        await contest.calm_down()
        await contest.look()
    return contest.report


class _Contest:
    """One contest."""

    def __init__(
        self, arena: Arena, gate: RedisGate, terms: Terms, progress: Callable[[str], None]
    ) -> None:
        self._arena = arena
        self._gate = gate
        self._terms = terms
        self._progress = progress
        self._children: list[Child] = []
        self._phases: list[tuple[float, str]] = []
        self.report = ContendReport(terms=terms)

    async def hold(self) -> None:
        """Let everybody call, and Redis come and go."""
        self._phases.append((time.time(), PHASES[0][0]))
        self._children = [await self._caller(name) for name in range(self._terms.processes)]
        began = time.time()
        watching = asyncio.create_task(self._watch())
        await self._trouble_redis()
        for child in self._children:
            await child.ends(within_s=CALM_WITHIN_S)
        watching.cancel()
        self.report.seconds = round(time.time() - began, 2)
        self._count()

    async def calm_down(self) -> None:
        """Cal.com is itself again, and what was left undone is worked off."""
        await self._arena.calcom.control("clear_faults")
        core, books = self._arena.desk.core, self._arena.books
        try:
            async with asyncio.timeout(CALM_WITHIN_S):
                while await books.open_sagas():
                    await books.let_time_pass()
                    await core.recover()
        except TimeoutError:
            self.report.complaints.append("V-7 some sagas do not end")
        await asyncio.sleep(max(LANDINGS_S) if self._terms.faults else 0)
        await core.chores().night_round()

    async def look(self) -> None:
        """Compare what was told with what is stored, and both with what is at Cal.com."""
        arena = self._arena
        live, states = await arena.calcom.live(), await arena.books.states()
        told, gone = self._visits("accepted"), self._visits("cancelled")
        booked = {visit for visit, state in states.items() if state is AppointmentState.BOOKED}
        self.report.complaints += [
            *_overlaps(await arena.books.overlaps()),
            *calendar_complaints(live, states),
            *(f"V-2 visit {visit} was accepted, and is lost" for visit in told - gone - booked),
            *(f"V-3 visit {visit} was cancelled, and stands" for visit in gone & booked),
            *(f"visit {visit} is booked, and nobody was told" for visit in booked - told),
        ]
        for visit in await arena.books.visits():
            group = str(visit.appointment.id)
            own = [booking for booking in live if booking.group == group]
            self.report.complaints += visit_complaints(visit, own, arena.desk.salon)

    async def _caller(self, name: int) -> Child:
        terms = self._terms
        child = await self._arena.nursery.begin(
            "contend",
            site=self._arena.site.to_json(),
            name=f"caller-{name}",
            seed=f"{terms.seed}-{name}",
            day=open_days(MORNING)[0],
            seconds=terms.seconds,
            limit_s=terms.seconds + CALM_WITHIN_S - TELL_S,
        )
        await child.tells("begins")
        return child

    async def _trouble_redis(self) -> None:
        for name, share in PHASES:
            self._progress(f"Redis is {name}")
            self._phases.append((time.time(), name))
            until = time.monotonic() + share * self._terms.seconds
            doors = {"down": Door.SHUT, "silent": Door.SILENT}
            self._gate.turn(doors.get(name, Door.OPEN))
            while (left_s := until - time.monotonic()) > 0:
                if name == "flushed":
                    await self._gate.flush()
                await asyncio.sleep(min(left_s, FLUSH_EVERY_S))

    async def _watch(self) -> None:
        """The claims are looked at all the time, not only at the end."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.report.complaints += _overlaps(await self._arena.books.overlaps())

    def _count(self) -> None:
        report, attempts = self.report, self._facts("did")
        report.did = Counter(fact["did"] for fact in attempts)
        report.sqlstates = Counter(fact["sqlstate"] for fact in self._facts("sqlstate"))
        for fact in attempts:
            report.ms.setdefault(fact["did"], []).append(fact["ms"])
            if fact["did"] == "accepted":
                report.accepted_by_phase[self._phase(fact["at"])] += 1
        report.longest_gap_s = self._longest_gap([fact["at"] for fact in attempts])
        if report.longest_gap_s > self._terms.longest_gap_s:
            report.complaints.append(f"nobody got anything done for {report.longest_gap_s} s")

    def _longest_gap(self, finished: Sequence[float]) -> float:
        """Between two attempts that ended one after the other, while all were calling."""
        begins = max(float(fact["begins"]) for fact in self._facts("begins"))
        over = min(float(fact["over"]) for fact in self._facts("over"))
        instants = sorted([begins, *(at for at in finished if begins < at < over), over])
        return round(max(later - earlier for earlier, later in pairwise(instants)), 3)

    def _phase(self, at: float) -> str:
        return next((name for began, name in reversed(self._phases) if began <= at), "before")

    def _visits(self, did: str) -> set[str]:
        return {fact["visit"] for fact in self._facts("did") if fact["did"] == did}

    def _facts(self, name: str) -> list[dict[str, Any]]:
        return [fact for child in self._children for fact in child.facts if name in fact]


def _overlaps(number: int) -> list[str]:
    return [f"V-1 {number} pairs of claims overlap"] if number else []
