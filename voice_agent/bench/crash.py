"""Kill processes while they book, let others clean up, and look whether the world is in order.

Each round a process searches, holds, books at Cal.com and sends the mail, and dies somewhere on the
way: killed, or stopped until another has taken over and then woken up. One or two others carry on
what it left, and may be killed as well. Meanwhile Cal.com loses answers, lands requests late,
answers with errors, and the mail server hangs up. After each round an oracle looks.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from booking_core.domain.appointment import AppointmentState
from booking_core.domain.booking import BookAppointment, Booked
from voice_agent.bench.arena import MORNING, Arena, open_arena
from voice_agent.bench.bad_luck import LANDINGS_S, strike_often
from voice_agent.bench.errands import is_quiet
from voice_agent.bench.oracle import (
    calendar_complaints,
    duplicates,
    mail_complaints,
    visit_complaints,
)
from voice_agent.bench.wishes import open_days

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_agent.bench.oracle import Visit
    from voice_agent.config import Settings

KILLED, STOPPED = 0.72, 0.14
"""How many processes are killed, and how many only stopped; the rest lives."""
EARLY = 0.1
"""How many are struck from their very beginning on, the others once they know what they want."""
TWO_AT_ONCE, RECOVERY_KILLED = 0.3, 0.3
MAIL_DROPS = 0.04
ANSWER_MS = 25
LANDED_S = max(LANDINGS_S) + 0.4
BREATH_S = 0.3
FULL_AFTER = 25  # so many searches in a row without anything free


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

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        names = self.__slots__
        return {"fine": self.fine} | {name: getattr(self, name) for name in names}


async def crash(
    settings: Settings,
    *,
    rounds: int,
    lanes: int,
    faults: float,
    seed: int,
    progress: Callable[[CrashReport], None] = lambda _: None,
) -> CrashReport:
    """Run so many rounds, some at once, each lane on days of its own."""
    began = time.monotonic()
    async with open_arena(settings, mail_drops=MAIL_DROPS) as arena:
        await arena.calcom.control("latency", ms=ANSWER_MS)
        await strike_often(arena.calcom, faults)
        run = _Run(arena, rounds, random.Random(seed), progress)  # noqa: S311 - a schedule, no secret
        await run.all_lanes(lanes)
        await run.look_at_everything()
    run.report.seconds = round(time.monotonic() - began, 1)
    return run.report


def stage(visit: Visit | None) -> str:
    """How far a booking had come."""
    if visit is None:
        return "before the first transaction"
    saga = visit.sagas[-1]
    if not saga.over:
        done = f"{saga.steps.count('done')} of {len(saga.steps)} done"
        asked = ", one asked for" if "intent" in saga.steps else ""
        return f"{saga.state}: {done}{asked}"
    mails = {mail.state for mail in visit.mails}
    return f"{saga.state}: mail {mails.pop()}" if mails else f"{saga.state}: no mail"


class _Run:
    """The rounds of one run."""

    def __init__(
        self,
        arena: Arena,
        rounds: int,
        chance: random.Random,
        progress: Callable[[CrashReport], None],
    ) -> None:
        self._arena = arena
        self._left = rounds
        self._chance = chance
        self._progress = progress
        self._usual_s = 1.0
        self._serial = 0
        self.report = CrashReport()

    async def all_lanes(self, lanes: int) -> None:
        """Every round there is to be."""
        days = open_days(MORNING)
        async with asyncio.TaskGroup() as group:
            hurry = group.create_task(self._hurry())
            running = [group.create_task(self._lane(days[lane::lanes])) for lane in range(lanes)]
            await asyncio.gather(*running)
            hurry.cancel()

    async def _lane(self, days: list[str]) -> None:
        """One round after the other, until there are enough."""
        for _ in range(FULL_AFTER):
            while self._left > 0:
                self._left -= 1
                if not await self._round(self._chance.choice(days)):
                    self._left += 1
                    break
            else:
                return
        self.report.complaints.append("the salon is full: fewer rounds, please")

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

    async def _round(self, day: str) -> bool:
        """Book, die, recover, look; False when there was no time free."""
        self._serial += 1
        key = f"bench-{self._serial}"
        child = await self._begin("book", key=key, day=day)
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
        await self._look(key)
        self.report.rounds += 1
        self._progress(self.report)
        return True

    async def _strike(self, child: Any, key: str) -> bool:  # noqa: ANN401 - see children
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
        self.report.struck[stage(await self._arena.books.visit_of(key))] += 1
        return luck >= KILLED

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
            try:
                for other in others:
                    await other.ends()
            except TimeoutError:
                at = stage(await self._arena.books.visit_of(key))
                self.report.complaints.append(f"V-7 {key} is not recovered in time: {at}")
                return
            self.report.recoveries += number

    async def _sweep(self, key: str) -> None:
        """What the sweeping jobs will do in minutes is done as soon as everything has landed."""
        visit = await self._arena.books.visit_of(key)
        for saga in visit.sagas if visit else ():
            if not saga.uncertain:
                continue
            if not await self._arena.books.sweeps_to_come(saga.id):
                self.report.complaints.append(f"V-4 nobody will sweep after the saga of {key}")
            await asyncio.sleep(LANDED_S)
            sweeper = await self._begin("sweep", saga=str(saga.id))
            self.report.swept += await sweeper.tells("swept")
            await sweeper.ends()

    async def _look(self, key: str) -> None:
        visit = await self._arena.books.visit_of(key)
        self.report.ends[visit.appointment.state.value if visit else "none"] += 1
        if visit is None:
            return
        group = str(visit.appointment.id)
        live = [booking for booking in await self._arena.calcom.live() if booking.group == group]
        self.report.complaints += visit_complaints(visit, live, self._arena.desk.salon)
        await self._ask_again(key, visit)

    async def _ask_again(self, key: str, visit: Visit) -> None:
        """The same key again gets the truth for an answer."""
        appointment = visit.appointment
        order = BookAppointment(
            key=key,
            owner=f"call:{key}",
            branch_id=appointment.branch_id,
            plan=appointment.plan,
            customer=appointment.customer,
        )
        told = isinstance(await self._arena.desk.core.book(order), Booked)
        if told != (appointment.state is AppointmentState.BOOKED):
            self.report.complaints.append(f"visit {appointment.id}: asked again, told {told}")

    async def _begin(self, do: str, **errand: object) -> Any:  # noqa: ANN401 - see children
        by_job = self._chance.random() < 0.5  # noqa: PLR2004 - a coin
        site = self._arena.site.to_json()
        return await self._arena.nursery.begin(do, site=site, by_job=by_job, **errand)
