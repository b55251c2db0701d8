"""Signs as Retell does, and as those do who would like to be taken for Retell."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = "X-Retell-Signature"
WINDOW_MS = 300_000
_BEYOND_MS = WINDOW_MS + 60_000


class Flaw(StrEnum):
    """One thing that is wrong with a signature; the value is how a report names it."""

    NONE = "none"
    MISSING = "missing"
    WRONG_KEY = "of another key"
    EXPIRED = "expired"
    AHEAD = "from the future"
    UPPER_CASE = "in upper case"
    OTHER_BODY = "of another body"


def wall_ms() -> int:
    """Now, in milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Makes the header that goes with a body."""

    key: str | None
    """None = nothing is signed."""
    flaw: Flaw = Flaw.NONE
    now_ms: Callable[[], int] = wall_ms

    def headers(self, raw: bytes) -> dict[str, str]:
        """The signature as a header, or none."""
        if self.key is None or self.flaw is Flaw.MISSING:
            return {}
        return {HEADER: self._signed(raw, self.key)}

    def _signed(self, raw: bytes, key: str) -> str:
        now = self.now_ms()
        match self.flaw:
            case Flaw.WRONG_KEY:
                return _header(raw, f"{key}, but another", now)
            case Flaw.EXPIRED:
                return _header(raw, key, now - _BEYOND_MS)
            case Flaw.AHEAD:
                return _header(raw, key, now + _BEYOND_MS)
            case Flaw.OTHER_BODY:
                return _header(raw + b" ", key, now)
            case Flaw.UPPER_CASE:
                stamp, digest = _header(raw, key, now).split(",d=")
                return f"{stamp},d={digest.upper()}"
            case _:
                return _header(raw, key, now)


def _header(raw: bytes, key: str, at_ms: int) -> str:
    digest = hmac.new(key.encode(), raw + str(at_ms).encode(), hashlib.sha256)
    return f"v={at_ms},d={digest.hexdigest()}"
