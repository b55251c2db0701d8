"""A caller who says nothing: reminded so many times, and given up on in the end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_agent.simulator.habits import Timers


class Then(Enum):
    """What Retell does when it has been silent long enough."""

    REMIND = auto()
    GIVE_UP = auto()


@dataclass(slots=True)
class Silence:
    """How long nobody has spoken, and how often the agent was asked to."""

    quiet_s: float = 0.0
    """Since the last word of either side."""
    waited_s: float = 0.0
    """Since then, or since the last reminder."""
    reminders: int = 0

    def caller_spoke(self) -> None:
        """All begins anew."""
        self.quiet_s, self.waited_s, self.reminders = 0.0, 0.0, 0

    def agent_spoke(self) -> None:
        """It is silent from now on; a reminder that was given stays given."""
        self.quiet_s, self.waited_s = 0.0, 0.0

    def goes_on(self, seconds: float) -> None:
        """Nobody has spoken for so much longer."""
        self.quiet_s += seconds
        self.waited_s += seconds

    def reminded(self) -> None:
        """The agent was asked to say something."""
        self.waited_s = 0.0
        self.reminders += 1

    def next(self, timers: Timers) -> tuple[float, Then]:
        """Seconds until Retell does something about it, and what."""
        given_up_s = max(timers.end_call_after_silence_ms / 1000 - self.quiet_s, 0.0)
        reminded_s = max(timers.reminder_trigger_ms / 1000 - self.waited_s, 0.0)
        if self.reminders < timers.reminder_max_count and reminded_s < given_up_s:
            return reminded_s, Then.REMIND
        return given_up_s, Then.GIVE_UP
