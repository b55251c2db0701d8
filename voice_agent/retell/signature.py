"""Retell's signature: whoever has the key wrote these very bytes, within the last five minutes."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER = "X-Retell-Signature"
WINDOW_MS = 5 * 60 * 1000
_SIGNED = re.compile(r"v=([0-9]{1,16}),d=([0-9a-f]{64})")


def sign(raw: bytes, key: str, *, at_ms: int) -> str:
    """The header that goes with these bytes.

    >>> sign(b"{}", "a key", at_ms=1)[:6]
    'v=1,d='
    """
    return f"v={at_ms},d={_digest(raw, key, str(at_ms))}"


def is_signed(raw: bytes, header: str | None, keys: Sequence[str], *, now_ms: int) -> bool:
    """Whether one of the keys has signed these bytes just now; never an exception.

    All keys are tried, so that the time it takes tells nothing about which one is right.
    """
    found = _SIGNED.fullmatch(header or "")
    if found is None or abs(now_ms - int(found[1])) > WINDOW_MS:
        return False
    right = [hmac.compare_digest(_digest(raw, key, found[1]), found[2]) for key in keys]
    return any(right)


def _digest(raw: bytes, key: str, stamp: str) -> str:
    return hmac.new(key.encode(), raw + stamp.encode(), hashlib.sha256).hexdigest()
