"""Bad luck on demand: what shall happen to which request.

A fault waits for its request: the n-th on a route, or the one whose metadata name a segment. Once
it has struck it is spent, unless it is `down`: then everything that follows meets it too. One with
a `share` strikes that part of the requests on its route, for good.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, Literal

from pydantic import TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Iterable

Deed = Literal[
    "conflict",
    "timeout_before",
    "timeout_after",
    "reset_before",
    "reset_after",
    "error_after",
    "error",
    "rate_limit",
    "wrong_key",
    "old_version",
    "altered",
    "malformed",
    "half",
    "slow",
]
ONE_ROUTE: frozenset[Deed] = frozenset(
    {"conflict", "altered", "wrong_key", "old_version", "malformed", "half", "slow"}
)
"""A server that is down is so everywhere; these stay on their own route."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One piece of bad luck that waits."""

    on: str
    do: Deed
    nth: int = 1
    segment: str | None = None
    down: bool = False
    share: float | None = None
    """Of all requests on the route, so many are struck: 0.1 is one in ten."""
    seed: int = 0
    """Which ones; the same seed strikes the same ones again."""
    users: tuple[str, ...] = ()
    """Only requests with a key of one of these are met; none named = everybody's."""
    land_after_s: float | None = None
    """`timeout_before`: the request is carried out after all, so much later."""
    ms: float = 0.0
    """`slow`: how much longer the answer takes."""
    change: dict[str, Any] = field(default_factory=dict)
    """`altered`: these fields of the answer are other than they should be."""
    seen: int = 0
    struck: bool = False
    _dice: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.share is not None and not 0 < self.share <= 1:
            raise ValueError(f"a share is more than 0 and at most 1, not {self.share}")
        self._dice = Random(self.seed)  # noqa: S311 - repeatable on purpose, nothing is secret

    @property
    def still_strikes(self) -> bool:
        """Whether it is not spent yet."""
        return self.share is not None or self.down or not self.struck

    def strikes(self, request: str, segment: str | None, user: str | None = None) -> bool:
        """Whether this request is the one; counts it."""
        if self.users and user not in self.users:
            return False
        if self.share is not None:
            return self._fits(request, segment) and self._dice.random() < self.share
        if self.struck:
            return self.down and (self.do not in ONE_ROUTE or fits(self.on, request))
        if not self._fits(request, segment):
            return False
        self.seen += 1
        self.struck = self.seen == (1 if self.segment else self.nth)
        return self.struck

    def _fits(self, request: str, segment: str | None) -> bool:
        return fits(self.on, request) and (self.segment is None or segment == self.segment)


def fits(route: str, request: str) -> bool:
    """`{...}` and `*` in a route stand for any one part of a path."""
    parts = re.split(r"\{[^}]*\}|\*", route)
    return bool(re.fullmatch("[^/]+".join(map(re.escape, parts)), request))


ARGUMENTS = frozenset(
    {"on", "do", "nth", "segment", "down", "share", "seed", "users", "land_after_s", "ms", "change"}
)


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
        self.latencies_s: dict[str, float] = {}
        """On top of that, of single routes."""
        self.database_down = False

    def add(self, fault: Fault) -> None:
        """Let one more wait."""
        self.waiting.append(fault)

    def spare(self, users: Iterable[str]) -> None:
        """Good luck from now on for these, where bad luck waits for them alone."""
        spared = set(users)
        self.waiting = [one for one in self.waiting if not spared & set(one.users)]

    def clear(self) -> None:
        """Good luck from now on."""
        self.waiting.clear()
        self.latency_s = 0.0
        self.latencies_s.clear()
        self.database_down = False

    def summary(self) -> list[str]:
        """What is wrong at the moment, for people."""
        waits = [f"{one.do} on {one.on}" for one in self.waiting if one.still_strikes]
        slow = [f"{route} {s:g} s slower" for route, s in self.latencies_s.items()]
        everything = [f"everything {self.latency_s:g} s slower"] if self.latency_s else []
        return [*waits, *everything, *slow, *(["no database"] if self.database_down else [])]

    def latency_of(self, request: str) -> float:
        """How long this request waits before anything happens, in seconds."""
        own = [seconds for route, seconds in self.latencies_s.items() if fits(route, request)]
        return self.latency_s + sum(own)

    def meets(self, request: str, segment: str | None, user: str | None = None) -> Fault | None:
        """What happens to this request, if anything; every waiting fault counts it."""
        hits = [fault for fault in self.waiting if fault.strikes(request, segment, user)]
        return hits[0] if hits else None
