"""Back door: what shall go wrong, and the end of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from booking_core.adapters.calcom.sandbox.courier import Mischief
from booking_core.adapters.calcom.sandbox.faults import parsed

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.adapters.calcom.sandbox.records import Json
    from booking_core.adapters.calcom.sandbox.state import State


def _fault(state: State, given: Json) -> Json:
    """Let something go wrong: on ("POST /v2/bookings"), nth or segment or share, down, and do:

    conflict, rate_limit, wrong_key, error, timeout_before, timeout_after, reset_before,
    reset_after, error_after, slow, half, malformed, old_version, altered.
    """
    state.faults.add(parsed(given))
    return {"waiting": len(state.faults.waiting)}


def _latency(state: State, given: Json) -> Json:
    """Answer everything `ms` later, or only the requests `on` one route."""
    seconds = float(given["ms"]) / 1000
    if "on" in given:
        state.faults.latencies_s[str(given["on"])] = seconds
    else:
        state.faults.latency_s = seconds
    return {"ms": given["ms"]}


def _slots_cache(state: State, given: Json) -> Json:
    """Let slot lists be as old as `seconds`: 2 is what was recorded, 0 never lies."""
    state.slots_cache_ttl_s = float(given["seconds"])
    return {"seconds": state.slots_cache_ttl_s}


def _webhooks(state: State, given: Json) -> Json:
    """Deliver webhooks badly: drop or duplicate the next so many, delay_ms, hold."""
    if strange := sorted(set(given) - {"drop", "duplicate", "delay_ms", "hold"}):
        raise ValueError(f"webhooks cannot be told to {', '.join(strange)}")
    state.courier.mischief = TypeAdapter(Mischief).validate_python(given)
    return given


def _release_webhooks(state: State, given: Json) -> Json:
    """Send those that were held, `backwards` or not; later ones go out as usual."""
    state.courier.mischief.hold = False
    return {"released": state.courier.release(backwards=bool(given.get("backwards")))}


def _fault_database(state: State, given: Json) -> Json:
    """Take the database away (`on`), or bring it back."""
    state.faults.database_down = bool(given["on"])
    return {"on": state.faults.database_down}


def _clear_faults(state: State, _: Json) -> Json:
    """No more bad luck, no latency, reliable webhooks."""
    state.faults.clear()
    state.courier.clear()
    return {}


def _reset(state: State, _: Json) -> Json:
    """Back to the seed."""
    state.reset()
    return {}


ACTIONS: dict[str, Callable[[State, Json], Json]] = {
    "fault": _fault,
    "latency": _latency,
    "slots_cache": _slots_cache,
    "webhooks": _webhooks,
    "release_webhooks": _release_webhooks,
    "fault_database": _fault_database,
    "clear_faults": _clear_faults,
    "reset": _reset,
}
