"""What is kept of people, for how long, and what stands where somebody was erased."""

from __future__ import annotations

from dataclasses import dataclass, fields

ERASED_NAME = "–"
"""Instead of a name: the visit stays in the books, and belongs to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Days after which things are deleted; None = never."""

    transcript_days: int | None = 30
    """What was said in calls."""
    call_days: int | None = 90
    """That there were calls."""
    request_days: int | None = 90
    """Callbacks and waiting entries, once they are settled."""
    mail_days: int | None = 365
    """Which mails went out."""
    customer_days: int | None = None
    """People without a visit; visits of theirs stay, without a name."""

    def __post_init__(self) -> None:
        for one in fields(self):
            days = getattr(self, one.name)
            if days is not None and days <= 0:
                raise ValueError(f"{one.name} is at least a day, not {days}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody as they are on file: a number alone may be that of a family."""

    name: str
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """How much there is of somebody."""

    appointments: int = 0
    customers: int = 0
    calls: int = 0
    callbacks: int = 0
    waiting: int = 0
    mails: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return sum(getattr(self, one.name) for one in fields(self))
