"""What the calls to Cal.com cost: how many of each kind, how long, how often again, what came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from structlog.typing import FilteringBoundLogger

log = structlog.get_logger()

FIRST_REFUSAL = 400
PLACES = frozenset(
    {
        *("me", "event-types", "schedules", "default", "slots", "reservations", "bookings"),
        *("cancel", "reschedule", "webhooks"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request and what came of it."""

    kind: str
    """`POST /bookings/*/cancel`: method and path without ids."""
    outcome: str
    """The status, or the name of what went wrong instead."""
    seconds: float
    attempt: int = 1

    @property
    def failed(self) -> bool:
        """Whether it was no success."""
        return not self.outcome.isdigit() or int(self.outcome) >= FIRST_REFUSAL


@dataclass(slots=True, kw_only=True)
class Tally:
    """The calls of one kind so far."""

    calls: int = 0
    repeats: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    outcomes: dict[str, int] = field(default_factory=dict)


class Figures:
    """Counts calls by kind and logs each: a success quietly, anything else for all to see."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self._log: FilteringBoundLogger | None = None

    @property
    def by_kind(self) -> Mapping[str, Tally]:
        """What there was so far."""
        return self._tallies

    def note(self, call: Call) -> None:
        """One more."""
        tally = self._tallies.setdefault(call.kind, Tally())
        tally.calls += 1
        tally.repeats += call.attempt > 1
        tally.seconds += call.seconds
        tally.slowest_s = max(tally.slowest_s, call.seconds)
        tally.outcomes[call.outcome] = tally.outcomes.get(call.outcome, 0) + 1
        if self._log is None:  # once: it costs as much as all else here
            self._log = log.bind()
        report = self._log.info if call.failed else self._log.debug
        report(
            "calcom_called",
            call=call.kind,
            outcome=call.outcome,
            ms=round(call.seconds * 1000, 1),
            attempt=call.attempt,
        )


def kind_of(method: str, path: str) -> str:
    """What kind of call this is.

    >>> kind_of("POST", "/bookings/t6BBCMp85FyXsX51qYAseG/cancel")
    'POST /bookings/*/cancel'
    """
    parts = (part if part in PLACES else "*" for part in path.strip("/").split("/"))
    return f"{method} /{'/'.join(parts)}"
