"""Kill processes while they book, let others clean up, and look whether the world is in order.

Each round a process searches, holds, books at Cal.com and sends the mail, or moves or cancels what
stands, and dies somewhere on the way: killed, or stopped until another has taken over and then
woken up. One or two others carry on what it left, and may be killed as well. Meanwhile Cal.com
loses answers, lands requests late and answers with errors, and the mail server hangs up. After
each round an oracle looks.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from booking_core.domain.appointment import AppointmentState
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.orders import Cancelled, Moved
from booking_core.domain.saga import SagaKind, SagaState
from voice_agent.bench.arena import MORNING, Arena, open_arena
from voice_agent.bench.bad_luck import LANDINGS_S, strike_often
from voice_agent.bench.children import ChildBroke
from voice_agent.bench.errands import is_quiet
from voice_agent.bench.oracle import (
    calendar_complaints,
    duplicates,
    mail_complaints,
    visit_complaints,
)
from voice_agent.bench.wishes import cancel_order, move_order, open_days

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from booking_core.bootstrap import BookingCore
    from booking_core.domain.saga import Saga
    from voice_agent.bench.children import Child
    from voice_agent.bench.oracle import StoredMail, StoredSaga
    from voice_agent.config import Settings

KILLED, STOPPED = 0.72, 0.14
"""How many processes are killed, and how many only stopped; the rest lives."""
MOVED, CANCELLED = 0.3, 0.15
"""How many rounds change a visit that stands; the others book a new one."""
EARLY = 0.1
"""How many are struck from their very beginning on, the others once they know what they want."""
TWO_AT_ONCE, RECOVERY_KILLED = 0.3, 0.3
MAIL_DROPS = 0.04
ANSWER_MS = 25
LANDED_S = max(LANDINGS_S) + 0.4
BREATH_S = 0.3
FULL_AFTER = 25  # so many searches in a row without anything free


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long a run is, and how hard."""

    rounds: int = 300
    lanes: int = 6
    """So many rounds at once."""
    faults: float = 0.05
    """Share of requests that meet each kind of bad luck at Cal.com."""
    seed: int = 0


@dataclass(slots=True, kw_only=True)
class CrashReport:
    """What a run came to."""

    rounds: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    """Where processes were when they were killed or stopped."""
    ends: Counter[str] = field(default_factory=Counter)
    """States of the visits; `none` where nothing had begun."""
    recoveries: int = 0
    recoveries_killed: int = 0
    zombies: int = 0
    swept: int = 0
    mails: int = 0
    duplicates: int = 0
    drops: int = 0
    seconds: float = 0.0
    complaints: list[str] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        """Whether something was tried, and nothing was wrong."""
        return self.rounds > 0 and not self.complaints


async def crash(
    settings: Settings, terms: Terms, *, progress: Callable[[CrashReport], None] = lambda _: None
) -> CrashReport:
    """Run the rounds, some at once, each lane on days of its own."""
    began = time.monotonic()
    async with open_arena(settings, mail_drops=MAIL_DROPS) as arena:
        await arena.calcom.control("latency", ms=ANSWER_MS)
        await strike_often(arena.calcom, terms.faults, seed=terms.seed, conflicts=terms.faults)
        run = _Run(arena, terms, progress)
        await run.all_lanes()
        await run.look_at_everything()
    run.report.seconds = round(time.monotonic() - began, 1)
    return run.report


def stage(saga: StoredSaga | None, mails: Sequence[StoredMail]) -> str:
    """How far a process had come that books, cancels or moves."""
    if saga is None:
        return "before the first transaction"
    if not saga.over:
        asked = ", one asked for" if "intent" in saga.steps else ""
        return f"{saga.kind} {saga.state}: {saga.steps.count('done')} of {len(saga.steps)}{asked}"
    mail = f"mail {mails[-1].state}" if mails else "no mail"
    return f"{saga.kind} {saga.state}: {mail}"


class _Run:
    """The rounds of one run."""

    def __init__(self, arena: Arena, terms: Terms, progress: Callable[[CrashReport], None]) -> None:
        self._arena = arena
        self._lanes = terms.lanes
        self._left = terms.rounds
        self._chance = random.Random(terms.seed)  # noqa: S311 - a schedule, no secret
        self._progress = progress
        self._usual_s = 1.0
        self._serial = 0
        self.report = CrashReport()

    async def all_lanes(self) -> None:
        """Every round there is to be."""
        days, lanes = open_days(MORNING), self._lanes
        async with asyncio.TaskGroup() as group:
            hurry = group.create_task(self._hurry())
            running = [group.create_task(self._lane(days[lane::lanes])) for lane in range(lanes)]
            await asyncio.gather(*running)
            hurry.cancel()

    async def _lane(self, days: list[str]) -> None:
        """One round after the other, until there are enough."""
        standing: list[UUID] = []
        vain = 0
        while self._left > 0 and vain < FULL_AFTER:
            self._left -= 1
            self._serial += 1
            key = f"bench-{self._serial}"
            try:
                found = await self._round(key, self._chance.choice(days), standing)
            except (ChildBroke, TimeoutError) as error:
                self._complain(f"the round of {key} broke: {type(error).__name__}: {error}")
                continue
            vain = 0 if found else vain + 1
            self._left += not found
        if vain:
            self._complain("the salon is full: fewer rounds, please")

    async def _hurry(self) -> None:
        """Let nobody sit out the waits between two attempts."""
        while True:
            await asyncio.sleep(BREATH_S)
            await self._arena.books.let_time_pass()

    async def look_at_everything(self) -> None:
        """What only shows when all is over."""
        arena, report = self._arena, self.report
        await arena.desk.core.chores().patrol()
        deliveries = arena.deliveries()
        overlaps, still_open = await arena.books.overlaps(), await arena.books.open_sagas()
        expired = await arena.books.expired()
        report.complaints += [
            *([f"V-1 {overlaps} pairs of claims overlap"] if overlaps else []),
            *([f"V-7 {still_open} sagas are still open"] if still_open else []),
            *([f"V-5 {expired} claims have outlived their time"] if expired else []),
            *calendar_complaints(await arena.calcom.live(), await arena.books.states()),
            *mail_complaints(deliveries, await arena.books.sent(), arena.deaths_while_sending()),
        ]
        report.mails, report.duplicates = len(deliveries), duplicates(deliveries)
        report.drops = sum(not delivery.heard for delivery in deliveries)

    async def _round(self, key: str, day: str, standing: list[UUID]) -> bool:
        """Do something, die, recover, look; False when there was no time free."""
        child, subject = await self._begin_something(key, day, standing)
        await child.tells("begins")
        if self._chance.random() >= EARLY and not await child.tells("wants"):
            return False
        stopped = await self._strike(child, key)
        if child.told("wants") is False:
            return False
        await self._recover(key)
        if stopped:
            self.report.zombies += 1
            await child.send(signal.SIGCONT)
            await child.ends()
            await self._recover(key)
        await self._sweep(key)
        await self._look(key, subject, standing)
        self.report.rounds += 1
        self._progress(self.report)
        return True

    async def _begin_something(
        self, key: str, day: str, standing: list[UUID]
    ) -> tuple[Child, UUID | None]:
        """A process that books; or one that moves or cancels a visit that stands, and which."""
        luck = self._chance.random()
        if not standing or luck >= MOVED + CANCELLED:
            return await self._begin("book", key=key, day=day), None
        subject = self._chance.choice(standing)
        do = "move" if luck < MOVED else "cancel"
        return await self._begin(do, key=key, day=day, visit=str(subject)), subject

    async def _strike(self, child: Child, key: str) -> bool:
        """Whatever happens to this process; whether it is stopped and not dead."""
        began, luck = time.monotonic(), self._chance.random()
        if luck >= KILLED + STOPPED:
            await child.ends()
            self._usual_s += 0.3 * (time.monotonic() - began - self._usual_s)
            return False
        await asyncio.sleep(self._chance.uniform(0, 1.2 * self._usual_s))
        if luck >= KILLED:
            await child.send(signal.SIGSTOP)
        elif not await child.kill():
            return False
        self.report.struck[await self._stage(key)] += 1
        return luck >= KILLED

    async def _stage(self, key: str) -> str:
        visit = await self._arena.books.visit_of(key)
        if visit is None:
            return stage(None, ())
        return stage(next(saga for saga in visit.sagas if saga.key == key), visit.mails)

    async def _recover(self, key: str) -> None:
        """Others carry it on, until one of them has lived to the end of it."""
        while not await is_quiet(self._arena.desk.engine, key):
            number = 2 if self._chance.random() < TWO_AT_ONCE else 1
            others = [await self._begin("recover", key=key) for _ in range(number)]
            for other in others:
                await other.tells("begins")
                if self._chance.random() < RECOVERY_KILLED:
                    await asyncio.sleep(self._chance.uniform(0, self._usual_s))
                    self.report.recoveries_killed += await other.kill()
            for other in others:
                await self._end_of(other, key)
            self.report.recoveries += number

    async def _end_of(self, other: Child, key: str) -> None:
        try:
            await other.ends()
        except (ChildBroke, TimeoutError) as error:
            stage = await self._stage(key)
            self._complain(f"V-7 {key} is not recovered in time: {stage}: {error}")
            await other.kill()

    async def _sweep(self, key: str) -> None:
        """What the sweeping jobs will do in minutes is done as soon as everything has landed."""
        visit = await self._arena.books.visit_of(key)
        for saga in visit.sagas if visit else ():
            if saga.key != key or not saga.uncertain:
                continue
            if not await self._arena.books.sweeps_to_come(saga.id):
                self._complain(f"V-4 nobody will sweep after the saga of {key}")
            await asyncio.sleep(LANDED_S)
            sweeper = await self._begin("sweep", saga=str(saga.id))
            self.report.swept += await sweeper.tells("swept")
            await sweeper.ends()

    async def _look(self, key: str, subject: UUID | None, standing: list[UUID]) -> None:
        """Whether the visit of this round is as it should be, whatever became of the round."""
        visit = await self._arena.books.visit_of(key)
        begun = visit is not None
        if visit is None and subject is not None:
            visit = await self._arena.books.visit(subject)
        if visit is None:
            self.report.ends["none"] += 1
            return
        appointment = visit.appointment
        self.report.ends[appointment.state.value] += 1
        group = str(appointment.id)
        live = [booking for booking in await self._arena.calcom.live() if booking.group == group]
        self.report.complaints += visit_complaints(visit, live, self._arena.desk.salon)
        if begun:
            await self._ask_again(key)
        standing[:] = [one for one in standing if one != appointment.id]
        if appointment.state is AppointmentState.BOOKED:
            standing.append(appointment.id)

    async def _ask_again(self, key: str) -> None:
        """The same order under the same key gets the truth for an answer."""
        desk = self._arena.desk
        saga = await desk.sagas.by_key(desk.salon.branch.id, key)
        assert saga is not None, "it was begun"
        told = await _told_again(desk.core, saga)
        if isinstance(told, Booked | Moved | Cancelled) != (saga.state is SagaState.DONE):
            self._complain(f"{saga.kind} {key} is {saga.state}, and told as {type(told).__name__}")

    def _complain(self, complaint: str) -> None:
        self.report.complaints.append(complaint)

    async def _begin(self, do: str, **errand: object) -> Child:
        by_job = self._chance.random() < 0.5  # noqa: PLR2004 - a coin
        site = self._arena.site.to_json()
        return await self._arena.nursery.begin(do, site=site, by_job=by_job, **errand)


async def _told_again(core: BookingCore, saga: Saga) -> object:
    visit = saga.appointment
    match saga.kind:
        case SagaKind.CANCEL:
            return await core.cancel(cancel_order(saga.key, visit))
        case SagaKind.MOVE:
            return await core.reschedule(move_order(saga.key, visit, visit.plan))
    return await core.book(
        BookAppointment(
            key=saga.key,
            owner=f"call:{saga.key}",
            branch_id=visit.branch_id,
            plan=visit.plan,
            customer=visit.customer,
            on_purpose=True,
        )
    )
