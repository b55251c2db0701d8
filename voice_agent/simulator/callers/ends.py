"""Whether each request has ended as its caller wanted, by what the call has left in the books."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from voice_agent.dialogue import visit
from voice_agent.simulator.callers.goals import BOOKINGS, Errand
from voice_agent.simulator.callers.judgement import alike

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from voice_agent.simulator.callers.memory import Memory
    from voice_agent.simulator.callers.verdict import Left
    from voice_agent.simulator.grading import LeftWish

BOOKED, CANCELLED = "booked", "cancelled"


def failures(
    memories: Sequence[Memory],
    left: Left,
    salon: Salon,
    *,
    broke_off: bool,
    said_yes: bool,
) -> Iterator[str]:
    """Why this is not what the caller wanted; the last request is the one that was broken off."""
    for place, memory in enumerate(memories, 1):
        last = place == len(memories)
        end = _End(memory, left, salon, off=broke_off and last, said_yes=said_yes and last)
        yield from end.failures()
    if not broke_off and not memories[-1].gave_up and memories[-1].goal.then:
        yield "they could not say what else they wanted"
    changed = {m.goal.errand for m in memories} & {Errand.CANCEL, Errand.MOVE}
    if not changed:
        yield from ("a visit that was changed" for one in left.own if not _untouched(one))
    if not {m.goal.errand for m in memories} & {*BOOKINGS, Errand.WAIT}:
        yield from ("an appointment nobody wanted" for _ in _booked(left))


class _End:
    """One request, and what became of it."""

    def __init__(
        self, memory: Memory, left: Left, salon: Salon, *, off: bool, said_yes: bool
    ) -> None:
        self.memory = memory
        self.goal = memory.goal
        self.left = left
        self.salon = salon
        self.off = off
        self.said_yes = off and said_yes

    def failures(self) -> Iterator[str]:  # noqa: PLR0911 - one row an errand
        """What is not as it was wanted."""
        match self.goal.errand:
            case Errand.CANCEL:
                return self._cancel()
            case Errand.MOVE:
                return self._move()
            case Errand.LOOK_UP:
                return self._look_up()
            case Errand.LATE:
                return self._late()
            case Errand.CALLBACK:
                return self._callback(wanted=True)
            case Errand.WAIT:
                return self._wait()
            case Errand.ASK:
                return self._answered()
            case Errand.WRONG_NUMBER:
                return iter(())
            case _:
                return self._book()

    # -- a new visit ------------------------------------------------------------------------

    def _book(self) -> Iterator[str]:
        memory, booked = self.memory, _booked(self.left)
        wanted = memory.booked or self.said_yes or not (self.off or memory.gave_up)
        if not wanted:
            yield from ("an appointment although the caller had given up" for _ in booked)
            if memory.gave_up and not (memory.failed or self.off):
                yield "the caller gave up"
            return
        if not booked:
            if not (memory.failed or self.said_yes):
                yield "nothing is booked"
            return
        yield from self._differences(booked[0])

    def _differences(self, found: Appointment) -> Iterator[str]:
        goal, memory = self.goal, self.memory
        numbers = sorted(self.salon.service(one).number for one in found.plan.services)
        if numbers != sorted(goal.services):
            yield f"services {numbers} instead of {sorted(goal.services)}"
        yield from self._as_agreed(found)
        if not alike(found.customer.name, goal.name):
            yield f"for {found.customer.name} instead of {goal.name}"
        if found.customer.phone != goal.phone:
            yield f"phone {found.customer.phone} instead of {goal.phone}"
        if found.customer.email and found.customer.email != goal.email:
            yield f"mail to {found.customer.email} instead of {goal.email}"
        if goal.errand is Errand.AS_USUAL and goal.known and not memory.changed:
            staff = visit.lead(found.plan, self.salon).first_name
            if goal.visit and goal.staff == goal.visit.staff != staff:
                yield f"with {staff}, last time it was {goal.visit.staff}"

    def _as_agreed(self, found: Appointment) -> Iterator[str]:
        memory = self.memory
        start = local(found.plan.start, self.salon)
        if memory.agreed and start != memory.agreed:
            yield f"starts {start}, agreed was {memory.agreed}"
        staff = visit.lead(found.plan, self.salon).first_name
        if memory.agreed_staff and staff != memory.agreed_staff:
            yield f"with {staff}, agreed was {memory.agreed_staff}"

    # -- a visit that stands ------------------------------------------------------------------

    def _cancel(self) -> Iterator[str]:
        found = self._own()
        if self.off and self.said_yes:
            return
        if self._must_stay():
            yield from self._untouched(found)
            yield from self._way_out()
        elif found.state != CANCELLED and not self.memory.failed:
            yield f"{found.state.value}, and not called off"

    def _move(self) -> Iterator[str]:
        found, memory = self._own(), self.memory
        if self.off and self.said_yes:
            return
        if self._must_stay():
            yield from self._untouched(found)
            yield from self._way_out()
            return
        if not memory.done:
            if not memory.failed:
                yield "not moved"
            return
        if found.state != BOOKED or found.version == 1:
            yield f"{found.state.value} in version {found.version}, and not moved"
        yield from self._as_agreed(found)

    def _must_stay(self) -> bool:
        memory = self.memory
        # What stood before the day began is too near to be changed, whether that was heard or not.
        forbidden = memory.too_late or memory.unproven or self.goal.standing
        broken_off = self.off and not memory.done
        return broken_off or memory.kept or memory.gave_up or forbidden

    def _way_out(self) -> Iterator[str]:
        """Whoever could not be served was told why, and is called if they want to be."""
        memory, goal = self.memory, self.goal
        assert goal.visit is not None
        if self.off:
            return
        if memory.gave_up and not memory.failed:
            yield "the caller gave up"
        if memory.unproven and goal.known:
            yield "was not recognised"
        if memory.calls_back:
            yield from self._callback(wanted=True)

    def _look_up(self) -> Iterator[str]:
        memory, goal = self.memory, self.goal
        assert goal.visit is not None
        if memory.unproven and not self.off:
            if goal.known:
                yield "was not recognised"
            yield from self._callback(wanted=memory.calls_back)
        elif goal.visit.start not in memory.heard_starts and not self.off:
            yield "was not told when it is"

    def _late(self) -> Iterator[str]:
        note, minutes = self._own().note, self.goal.minutes
        if self.off or self.memory.failed:
            return
        if not note:
            yield "nothing is noted on the visit"
        elif minutes and f"+{minutes} " not in note:
            yield f"noted is {note}, and not {minutes} minutes"

    # -- what the salon is to do --------------------------------------------------------------

    def _callback(self, *, wanted: bool) -> Iterator[str]:
        if self.off or not wanted or self.memory.failed:
            return
        yield from self._noted(self.left.callbacks, "callback")

    def _wait(self) -> Iterator[str]:
        if self.off:
            return
        yield from ("an appointment although nothing is free" for _ in _booked(self.left))
        kind = self.left.callbacks if self.memory.calls_back else self.left.waiting
        yield from self._noted(kind, "callback" if self.memory.calls_back else "waiting list entry")

    def _noted(self, wishes: Sequence[LeftWish], kind: str) -> Iterator[str]:
        goal = self.goal
        number = goal.mobile if goal.phone is None else goal.phone
        mine = [one for one in wishes if one.phone == number]
        if not mine:
            yield f"no {kind} with the number {number}"
        elif mine[0].name and not alike(mine[0].name, goal.name):
            yield f"a {kind} for {mine[0].name} instead of {goal.name}"

    def _answered(self) -> Iterator[str]:
        if not (self.memory.answered or self.off):
            yield "the question was not answered"

    # -- the books ----------------------------------------------------------------------------

    def _own(self) -> Appointment:
        """Their visit; a move keeps its id, so its start is not what tells it."""
        goal = self.goal
        assert goal.visit is not None
        then = [a for a in self.left.own if local(a.plan.start, self.salon) == goal.visit.start]
        services = set(goal.visit.services)
        same = [
            a
            for a in self.left.own
            if {self.salon.service(s).number for s in a.plan.services} == services
        ]
        return (then or same or list(self.left.own))[0]

    def _untouched(self, found: Appointment) -> Iterator[str]:
        if not _untouched(found):
            yield f"{found.state.value} in version {found.version}, and it should have been left"


def _untouched(found: Appointment) -> bool:
    return found.state == BOOKED and found.version == 1


def _booked(left: Left) -> list[Appointment]:
    return [found for found in left.appointments if found.state == BOOKED]


def local(moment: datetime, salon: Salon) -> datetime:
    """The salon's wall clock."""
    return moment.astimezone(ZoneInfo(salon.branch.timezone)).replace(tzinfo=None)
