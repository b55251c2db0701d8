"""So many requests a minute for each key and each anonymous address."""

from __future__ import annotations

import time
from dataclasses import dataclass

from booking_core.adapters.calcom.sandbox.records import Limit


@dataclass(slots=True)
class _Window:
    """What one caller did lately."""

    began: float
    used: int = 0
    blocked_until: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Whether a request may pass, and what the headers say about it."""

    allowed: bool
    headers: dict[str, str]


class Limiter:
    """Counts requests; real seconds, whatever the sandbox's clock says."""

    def __init__(self, requests_per_minute: int) -> None:
        self.default = Limit(name="Default", requests=requests_per_minute)
        self._windows: dict[str, _Window] = {}

    def set_default(self, limit: Limit) -> None:
        """Count everybody without a limit of their own against this one, from zero."""
        self.default = limit
        self._windows.clear()

    def admit(self, caller: str, limit: Limit | None) -> Allowance:
        """Count one request of this caller."""
        limit, now = limit or self.default, time.monotonic()
        window = self._windows.get(caller)
        if window is None or now >= (window.blocked_until or window.began + limit.window_s):
            window = self._windows[caller] = _Window(began=now)
        window.used += 1
        if window.used > limit.requests and not window.blocked_until:
            window.blocked_until = now + limit.block_s
        return self._allowance(window, limit, now)

    def exhausted(self, limit: Limit | None, *, reset_s: int) -> dict[str, str]:
        """The headers of a refusal, whatever was counted."""
        limit = limit or self.default
        return _headers(limit, remaining=0, reset_s=reset_s)

    @staticmethod
    def _allowance(window: _Window, limit: Limit, now: float) -> Allowance:
        until = window.blocked_until or window.began + limit.window_s
        headers = _headers(
            limit,
            remaining=max(0, limit.requests - window.used),
            reset_s=max(1, round(until - now)),
        )
        return Allowance(allowed=window.used <= limit.requests, headers=headers)


def _headers(limit: Limit, *, remaining: int, reset_s: int) -> dict[str, str]:
    return {
        f"X-RateLimit-Limit-{limit.name}": str(limit.requests),
        f"X-RateLimit-Remaining-{limit.name}": str(remaining),
        f"X-RateLimit-Reset-{limit.name}": str(reset_s),
    }
