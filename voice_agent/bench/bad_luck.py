"""Bad luck at the Cal.com of a run: how often each kind strikes, for as long as the run lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_agent.bench.books import Calcom

BOOK, CANCEL, LIST = "POST /v2/bookings", "POST /v2/bookings/*/cancel", "GET /v2/bookings"
LANDINGS_S = (0.4, 1.5, 3.0)
"""How late requests land whose senders have given up: before and after the end of a saga."""


async def strike_often(calcom: Calcom, chance: float) -> None:
    """Each kind of fault meets this share of the requests to book and to cancel."""
    for fault in _faults(chance):
        await calcom.control("fault", **fault)


def _faults(chance: float) -> Iterator[dict[str, object]]:
    for route in (BOOK, CANCEL):
        for deed in ("timeout_before", "timeout_after", "error_after", "rate_limit"):
            yield {"on": route, "do": deed, "chance": chance}
    for landing in LANDINGS_S:
        late = {"do": "timeout_before", "land_after_s": landing}
        yield {"on": BOOK, "chance": chance / len(LANDINGS_S), **late}
    yield {"on": BOOK, "do": "conflict", "chance": chance / 2}
    for deed in ("error", "rate_limit"):
        yield {"on": LIST, "do": deed, "chance": chance / 2}
