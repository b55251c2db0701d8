"""What a call should have left, in the words of a replay file."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from voice_agent.simulator.callers.goals import BOOKINGS, Errand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_agent.simulator.callers.memory import Memory


def wanted_end(memories: Sequence[Memory]) -> dict[str, Any]:
    """The appointments that are made or changed, and what the salon is to do."""
    found: dict[str, Any] = {"appointments": []}
    for memory in memories:
        if (visit := _visit(memory)) is not None:
            found["appointments"].append(visit)
        if not _knows_start(memory):
            found.pop("appointments")
            return found
    if any(m.calls_back or m.goal.errand is Errand.CALLBACK for m in memories):
        goal = memories[-1].goal
        found["callbacks"] = [{"phone": goal.mobile if goal.phone is None else goal.phone}]
    elif any(m.goal.errand is Errand.WAIT for m in memories):
        found["waiting_list"] = 1
    return found


def _visit(memory: Memory) -> dict[str, Any] | None:
    goal = memory.goal
    if goal.errand in BOOKINGS and not memory.gave_up and (start := _start(memory)):
        return _entry(goal.services, start)
    if goal.visit is None:
        return None
    if goal.errand is Errand.LATE:
        note = {"note": str(goal.minutes)} if goal.minutes else {}
        return _entry(goal.visit.services, goal.visit.start) | note
    stays = memory.kept or memory.gave_up or memory.too_late or memory.unproven
    if stays or goal.errand not in {Errand.CANCEL, Errand.MOVE}:
        return None
    if goal.errand is Errand.CANCEL:
        return _entry(goal.visit.services, goal.visit.start) | {"status": "cancelled"}
    start = _start(memory)
    return _entry(goal.visit.services, start) | {"version": 2} if start else None


def _knows_start(memory: Memory) -> bool:
    """Whether it was ever clear when they would come."""
    wants = memory.goal.errand in {*BOOKINGS, Errand.MOVE} and not memory.gave_up
    leaves = memory.kept or memory.too_late or memory.unproven
    return not wants or leaves or _start(memory) is not None


def _start(memory: Memory) -> datetime | None:
    exact = (datetime.combine(w.day, w.at) for w in memory.goal.whens if w.day and w.at)
    return memory.agreed or next(exact, None)


def _entry(services: Sequence[int], start: datetime) -> dict[str, Any]:
    service = services[0] if len(services) == 1 else list(services)
    return {"service": service, "start": f"{start:%Y-%m-%dT%H:%M}"}
