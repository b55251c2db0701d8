"""Who is waiting for the work that is being done: a caller on the line, or nobody."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    """How much the work may take of what is scarce, and how long it can wait for it."""

    background: bool
    """Leaves callers a reserve."""
    patience_s: float
    """Longest wait for a turn; then it is better to come back later."""


CALLER = Urgency(background=False, patience_s=1.0)  # a second of silence is all a caller has spare
WORKER_PATIENCE_S = 8.0  # less than a saga waits for an answer: "later" must not become "unknown"

_urgency: ContextVar[Urgency] = ContextVar("urgency", default=CALLER)


def urgency() -> Urgency:
    """Of the work that is being done right now; a caller's unless somebody said otherwise."""
    return _urgency.get()


@contextmanager
def in_background(*, patience_s: float = WORKER_PATIENCE_S) -> Iterator[None]:
    """Nobody waits for what is done in here, nor for the tasks that are begun in here."""
    token = _urgency.set(Urgency(background=True, patience_s=patience_s))
    try:
        yield
    finally:
        _urgency.reset(token)
