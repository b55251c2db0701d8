"""Bad luck at the Cal.com of a run: how often each kind strikes, for as long as the run lasts."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_agent.bench.books import Calcom

BOOK, LIST = "POST /v2/bookings", "GET /v2/bookings"
CHANGES = (BOOK, "POST /v2/bookings/*/cancel", "POST /v2/bookings/*/reschedule")
LANDINGS_S = (0.4, 1.5, 3.0)
"""How late requests land whose senders have given up: before and after the end of a saga."""


async def strike_often(calcom: Calcom, share: float, *, seed: int, conflicts: float = 0.0) -> None:
    """Of all requests that change something, meet this share: 429, 500 after all, silence; each.

    Of those to book, the share of `conflicts` is refused as taken although the time is free.
    """
    seeds = count(1000 * seed)  # of its own for each fault: with a common one they strike together
    faults = [*_faults(share), {"on": BOOK, "do": "conflict", "share": conflicts}]
    for fault in faults:
        if fault["share"]:
            await calcom.control("fault", seed=next(seeds), **fault)


def _faults(share: float) -> Iterator[dict[str, object]]:
    rarely = share / 4
    for route in CHANGES:
        yield {"on": route, "do": "rate_limit", "share": share}
        yield {"on": route, "do": "error_after", "share": share}
        yield {"on": route, "do": "timeout_after", "share": share / 2}
        yield {"on": route, "do": "reset_after", "share": rarely}
        for landing in LANDINGS_S:
            late = {"do": "timeout_before", "land_after_s": landing}
            yield {"on": route, "share": share / 2 / len(LANDINGS_S), **late}
    for deed in ("error", "rate_limit"):
        yield {"on": LIST, "do": deed, "share": rarely}
