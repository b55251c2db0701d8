"""What the policy may look at besides the call itself: the salon, and what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import date, datetime

    from booking_core.domain.catalogue import Salon


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The moment an event is handled in."""

    salon: Salon
    now: datetime
    """Aware; the turn engine reads the clock, the policy never does."""
    call_id: str
    caller_number: str | None = None
    """E.164; None when withheld."""
    language: str = "de"
    """What the caller speaks."""

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError(f"a scene needs an aware time, not {self.now}")

    @property
    def zone(self) -> ZoneInfo:
        """The salon's zone: every wall time of the call is meant in it."""
        return _zone(self.salon.branch.timezone)

    @property
    def is_served(self) -> bool:
        """Whether callers are served in this language here."""
        branch = self.salon.branch
        return self.language in {branch.language, *branch.other_languages}

    @property
    def local_now(self) -> datetime:
        """Now, on the salon's wall clock."""
        return self.now.astimezone(self.zone)

    @property
    def today(self) -> date:
        """The salon's date."""
        return self.local_now.date()

    def local(self, moment: datetime) -> datetime:
        """The moment on the salon's wall clock."""
        return moment.astimezone(self.zone)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
