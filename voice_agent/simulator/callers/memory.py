"""What somebody keeps in mind during a call: what they have said, and what was agreed on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from voice_agent.simulator.callers.goals import Goal, Slot


@dataclass(slots=True, kw_only=True)
class Memory:
    """Of one request; the goal changes when they change their mind."""

    goal: Goal
    told: set[Slot] = field(default_factory=set)
    """What the agent has been told, and has not refused."""
    wish: int = 0
    """Which of their wishes for a time they are at."""
    accepted: datetime | None = None
    """The offered start they have chosen."""
    agreed: datetime | None = None
    """The start they have said yes to."""
    agreed_staff: str | None = None
    booked: bool = False
    """They were told that it is booked."""
    done: bool = False
    """They were told that what they wanted is so: called off, moved, noted, on the list."""
    failed: bool = False
    """They were told that it did not work."""
    too_late: bool = False
    """They were told that it is too late for that."""
    unproven: bool = False
    """They were told that it is not known for sure who they are."""
    kept: bool = False
    """They let it be after all."""
    calls_back: bool = False
    """They have asked to be called, or have said yes to it."""
    noted: bool = False
    """They were told that they will be called."""
    heard_starts: list[datetime] = field(default_factory=list)
    """When the agent said that their visits are."""
    answered: bool = False
    """Their question was answered."""
    gave_up: bool = False
    refused: int = 0
    """How many offers they did not want."""
    retries: int = 0
    lost: int = 0
    """Turns in a row in which they did not know what was wanted of them."""
    asked: bool = False
    """Their own question was asked."""
    changed: bool = False
    asked_again: list[str] = field(default_factory=list)
    """Questions for what the agent had been told."""
    foreign: list[str] = field(default_factory=list)
    """What they were told in a language that they do not speak."""
    misread: list[str] = field(default_factory=list)
    """Read-backs that were not what they want."""

    @property
    def settled(self) -> bool:
        """Whether there is nothing more to be done about it."""
        return self.booked or self.done or self.noted or self.kept or self.gave_up
