"""Bad luck on demand: what shall happen to which request.

A fault waits for its request: the n-th on a route, or the one whose metadata name a segment. Once
it has struck it is spent, unless it is `down`: then everything that follows meets it too. One
with a `chance` waits for no particular request and strikes again and again.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter

Deed = Literal[
    "conflict",
    "timeout_before",
    "timeout_after",
    "error_after",
    "error",
    "rate_limit",
    "altered",
]
ONE_ROUTE: frozenset[Deed] = frozenset({"conflict", "altered"})
"""These make sense for one kind of request only, also when down."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One piece of bad luck that waits."""

    on: str
    do: Deed
    nth: int = 1
    segment: str | None = None
    down: bool = False
    chance: float | None = None
    """Strikes every fitting request with this probability, and is never spent."""
    land_after_s: float | None = None
    """`timeout_before`: the request is carried out after all, so much later."""
    change: dict[str, Any] = field(default_factory=dict)
    """`altered`: these fields of the answer are other than they should be."""
    seen: int = 0
    struck: bool = False

    def strikes(self, request: str, segment: str | None) -> bool:
        """Whether this request is the one; counts it."""
        if self.chance is not None:
            lucky = random.random() >= self.chance  # noqa: S311 - bad luck, not a secret
            return not lucky and self._fits(request)
        if self.struck:
            return self.down and (self.do not in ONE_ROUTE or self._fits(request))
        if not self._fits(request) or (self.segment and segment != self.segment):
            return False
        self.seen += 1
        self.struck = self.seen == (1 if self.segment else self.nth)
        return self.struck

    def _fits(self, request: str) -> bool:
        """`{...}` and `*` in the fault's route stand for any one part of a path."""
        parts = re.split(r"\{[^}]*\}|\*", self.on)
        return bool(re.fullmatch("[^/]+".join(map(re.escape, parts)), request))


ARGUMENTS = frozenset({"on", "do", "nth", "segment", "down", "land_after_s", "change", "chance"})


def parsed(given: dict[str, Any]) -> Fault:
    """A fault as a test describes it; ValueError tells what is wrong with the description."""
    if strange := sorted(set(given) - ARGUMENTS):
        raise ValueError(f"a fault has no {', '.join(strange)}")
    return TypeAdapter(Fault).validate_python(given)


class Faults:
    """All bad luck that waits, and how slow every answer is."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self.latency_s = 0.0
        self.database_down = False

    def add(self, fault: Fault) -> None:
        """Let one more wait."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Good luck from now on."""
        self.waiting.clear()
        self.latency_s = 0.0
        self.database_down = False

    def meets(self, request: str, segment: str | None) -> Fault | None:
        """What happens to this request, if anything; every waiting fault counts it."""
        hits = [fault for fault in self.waiting if fault.strikes(request, segment)]
        return hits[0] if hits else None
