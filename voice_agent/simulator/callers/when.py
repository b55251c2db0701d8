"""When somebody would like to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

NOON = time(12)
WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """One wish for a time; what is None does not matter."""

    day: date | None = None
    until: date | None = None
    """The last of several days, when more than one would do."""
    at: time | None = None
    after: time | None = None
    before: time | None = None
    soonest: bool = False

    def fits(self, start: datetime) -> bool:
        """Whether this start is what is meant."""
        if self.day and not self.day <= start.date() <= (self.until or self.day):
            return False
        if self.at:
            return start.time().replace(second=0) == self.at
        late = self.after is not None and start.time() < self.after
        early = self.before is not None and start.time() >= self.before
        return not (late or early)

    @property
    def exact(self) -> bool:
        """Whether only one start fits."""
        return self.day is not None and self.at is not None and self.until is None


def weeks_ahead(day: date, today: date) -> int:
    """How many Mondays there are between."""

    def monday(of: date) -> date:
        return of - timedelta(days=of.weekday())

    return (monday(day) - monday(today)).days // WEEK
