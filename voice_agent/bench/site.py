"""Where a run of real processes takes place: every address that one of them needs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a process is told before it begins; plain values, so that they can be sent."""

    database_url: str
    redis_url: str
    calcom_url: str
    calcom_keys: str
    """As in the setting: user=key,user=key."""
    smtp_url: str
    salon: str
    """Key of its file."""
    starts_at: str
    """Where every clock begins, in ISO form with a zone."""
    lease_s: float = 1.0
    """How long a silent process keeps a booking; short, because so many die."""
    mail_lease_s: float = 8.0
    """Longer than a living process takes to hand over a mail, however busy the machine."""
    answer_s: float = 1.0
    """How long Cal.com may take to answer; lost answers are many, too."""

    @property
    def now(self) -> datetime:
        """Where every clock begins."""
        return datetime.fromisoformat(self.starts_at)

    def to_json(self) -> dict[str, Any]:
        """As it is sent."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Self:
        """As it was sent."""
        return cls(**given)
