"""A caller's mind: what they remember, how they talk, what mood they are in, and their luck."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from voice_agent.simulator.callers.goals import Slot

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from booking_core.domain.catalogue import Salon
    from voice_agent.simulator.callers.ears import Heard
    from voice_agent.simulator.callers.goals import Goal
    from voice_agent.simulator.callers.memory import Memory
    from voice_agent.simulator.callers.moods import Manner
    from voice_agent.simulator.callers.voice import Voice
    from voice_agent.simulator.callers.when import When

PATIENCE = 3
"""Turns that lead nowhere, before somebody gives up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What the caller does."""

    words: str = ""
    tells: frozenset[Slot] = frozenset()
    consents: bool = False
    """The yes after which it is to be done."""
    ends: bool = False
    """Nothing more to say: the phone is put down after this, or after the farewell."""


@dataclass(slots=True, kw_only=True)
class Mind:
    """Shared by everything a caller may want; one request is on it at a time."""

    memory: Memory
    voice: Voice
    manner: Manner
    chance: Random
    salon: Salon
    now: datetime
    past: list[Memory] = field(default_factory=list)
    """Requests that are settled."""
    last: Act = field(default_factory=Act)

    @property
    def goal(self) -> Goal:
        """What they want right now."""
        return self.memory.goal

    @property
    def when(self) -> When:
        """The wish for a time they are at."""
        return self.goal.whens[self.memory.wish]

    def luck(self, share: float) -> bool:
        """Whether it happens this time."""
        return self.chance.random() < share

    def opens(self, weight: float = 1.0) -> bool:
        """Whether this is said in the first sentence."""
        return self.luck(self.manner.opens_with * weight) or self.manner.opens_with >= 1

    # -- saying it --------------------------------------------------------------------------

    def say(self, rule: str, *slots: Slot) -> Act:
        """A sentence by this rule, which tells these things."""
        when = self.when if Slot.WHEN in slots else None
        words = self.voice.say(rule, self.goal, when=when)
        return Act(words=words, tells=frozenset(slots))

    def part(self, rule: str, when: When | None = None) -> str:
        """A piece of a sentence."""
        return self.voice.part(rule, self.goal, when=when)

    def yes(self) -> Act:
        """A plain yes."""
        return self.say("say_yes")

    def no(self) -> Act:
        """A plain no."""
        return self.say("say_no")

    def fix(self, slot: Slot) -> Act:
        """That was wrong: once more, and right."""
        self.memory.lost += 1
        if self.memory.lost > PATIENCE + 1:
            return self.leave()
        rules = {
            Slot.WHEN: "fix_when",
            Slot.SERVICE: "fix_service",
            Slot.STAFF: "fix_staff",
            Slot.NAME: "fix_name",
            Slot.NUMBER: "fix_number",
        }
        when = self.when if slot is Slot.WHEN else None
        words = self.voice.say(rules[slot], self.goal, when=when, dated=True)
        return Act(words=words, tells=frozenset({slot}))

    def leave(self) -> Act:
        """They give up."""
        self.memory.gave_up = True
        return replace(self.say("leave"), ends=True)

    def bye(self, rule: str = "bye") -> Act:
        """The last words."""
        return replace(self.say(rule), ends=True)

    def note_repetition(self, slot: Slot, heard: Heard) -> None:
        """Asked for something they have said already; not being understood is another matter."""
        if slot in self.memory.told and not heard.is_said("pardon"):
            self.memory.asked_again.append(f"{slot}: {heard.text}")
