"""A turn that breaks, wherever it does, leaves nobody waiting for what will never come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from voice_agent.dialogue.actions import Book, FindSlots
from voice_agent.dialogue.events import BookingAnswered, SlotsAnswered
from voice_agent.dialogue.salon_script import SalonScript
from voice_agent.simulator.callers.crowd import Lane, Terms
from voice_agent.simulator.callers.goals import Errand

if TYPE_CHECKING:
    from datetime import datetime

    from voice_agent.dialogue.actions import Action
    from voice_agent.dialogue.events import Event
    from voice_agent.dialogue.script import CallFacts
    from voice_agent.dialogue.state import CallState
    from voice_agent.simulator.callers.rooms import Room
    from voice_agent.simulator.callers.verdict import Outcome
    from voice_agent.simulator.stage import Stage

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("simulation")]

AGAIN = "Könnten Sie das bitte noch einmal sagen?"
WAIT = ("noch dabei", "noch dran", "gleich so weit")


@dataclass
class Fragile(SalonScript):
    """The salon's own conversation, but for an error in the middle of it."""

    on: type[Event | Action]
    """What it breaks at: an event that comes in, or an action that is to go out."""
    times: int
    broken: list[str] = field(default_factory=list)

    def step(
        self, state: CallState, event: Event, facts: CallFacts, now: datetime
    ) -> tuple[CallState, tuple[Action, ...]]:
        self._break_at(event)
        return super().step(state, event, facts, now)

    def dump(self, state: CallState) -> str:
        if self.on in {Book, FindSlots} and state.work is not None:
            self._break_at(_begun(state))
        return super().dump(state)

    def _break_at(self, what: object) -> None:
        if (what is self.on or isinstance(what, self.on)) and len(self.broken) < self.times:
            self.broken.append(type(what).__name__)
            raise RuntimeError("broken on purpose")


def _begun(state: CallState) -> type[Action]:
    return Book if state.work is not None and state.work.is_change else FindSlots


async def called(house: tuple[Stage, list[Room]], script: Fragile, seed: int) -> Outcome:
    stage, (room, *_) = house
    terms = Terms(calls=1, seed=seed, goal=Errand.BOOK)
    async with stage.listening(script) as url:
        return await Lane(terms=terms, room=room, base_url=url).call(2)


@pytest.mark.parametrize(
    ("at", "seed"), [(SlotsAnswered, 31), (BookingAnswered, 32), (Book, 33), (FindSlots, 34)]
)
async def test_what_broke_once_is_said_again_and_goes_on(
    open_house: tuple[Stage, list[Room]], at: type[Event | Action], seed: int
) -> None:
    script = Fragile(on=at, times=1)

    outcome = await called(open_house, script, seed)

    assert script.broken
    assert outcome.booked, outcome.lines
    assert not outcome.failures, outcome.lines
    assert not outcome.untrue, outcome.lines
    assert not outcome.orphans
    assert outcome.duplicates == 0


async def test_whoever_can_never_be_told_is_not_kept_waiting_for_ever(
    open_house: tuple[Stage, list[Room]],
) -> None:
    script = Fragile(on=BookingAnswered, times=100)

    outcome = await called(open_house, script, seed=35)

    waits = [line for line in outcome.lines if any(words in line for words in WAIT)]
    assert len(script.broken) > 1
    assert all(AGAIN in line for line in waits), "\n".join(outcome.lines)
    assert not outcome.untrue
    assert outcome.duplicates == 0
