"""How a sandbox is set up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

Seed = Literal["empty", "scenario"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be chosen when a sandbox starts."""

    seed: Seed = "empty"
    """`scenario`: two users whose keys the contract's recordings use."""
    now: datetime | None = None
    """Where its clock starts; None = the real time."""
    state_file: str | Path | None = None
    """Kept up to date after every change, and read at the start when it exists."""
    mail_file: str | Path | None = None
    """Every delivered mail is appended here, one JSON object a line."""
    race_window_s: float | None = None
    """Between checking that a time is free and writing the booking, everybody else gets a turn,
    as the real one's 300 ms of mails and webhooks give it. None = as the seed needs it."""
    requests_per_minute: int = 100_000
    """Of each key and of each anonymous address; the hosted service allows 120."""
    hosted: bool = False
    """Also speak the newer versions that only the hosted service is documented to have."""
    web_url: str = "http://localhost:3000"
    """Where booking pages would be; only written into answers."""

    @property
    def turn_s(self) -> float:
        """How long that turn is; the scenario's racers may be slow to start."""
        if self.race_window_s is not None:
            return self.race_window_s
        return 0.25 if self.seed == "scenario" else 0.02
