"""Back door: users, their keys, the time, and when somebody is away."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from booking_core.adapters.calcom.sandbox import seeds
from booking_core.adapters.calcom.sandbox.hooks import fire_absence
from booking_core.adapters.calcom.sandbox.records import ApiKey, Away, Json, Limit, User
from booking_core.adapters.calcom.sandbox.times import instant, start_of_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.adapters.calcom.sandbox.state import State


def _ensure_user(state: State, given: Json) -> Json:
    """Make a user with a key, or find them: username, name, email, time_zone, locale."""
    records, username = state.records, str(given["username"])
    user = records.user_named(username)
    if user is None:
        user = seeds.add_user(
            records,
            username=username,
            name=given.get("name") or username,
            email=given.get("email") or f"{username}@calcom.invalid",
        )
        user.time_zone = given.get("time_zone") or user.time_zone
        user.locale = given.get("locale") or user.locale
    keys = (key.token for key in records.keys.values() if key.user_id == user.id)
    token = next(keys, None) or f"cal_sandbox_{username}"
    records.keys.setdefault(token, ApiKey(token=token, user_id=user.id))
    return {"key": token, "id": user.id, "username": username}


def _set_key(state: State, given: Json) -> Json:
    """Let a `key` be `expired`, or have a rate limit of its own: requests, window_s, block_s."""
    key = state.records.keys[given["key"]]
    key.expired = bool(given.get("expired", key.expired))
    if "requests" in given:
        key.limit = _limit(given, name="own") if given["requests"] else None
    return {"key": key.token, "expired": key.expired}


def _rate_limit(state: State, given: Json) -> Json:
    """The limit of everybody else: requests (null = as at the start), window_s, block_s."""
    requests = given.get("requests") or state.options.requests_per_minute
    limit = _limit({**given, "requests": requests}, name="Default")
    state.limiter.set_default(limit)
    return {"requests": limit.requests, "window_s": limit.window_s, "block_s": limit.block_s}


def _set_clock(state: State, given: Json) -> Json:
    """Go on from `now` (ISO with zone; null = the real time)."""
    now = datetime.fromisoformat(given["now"]) if given.get("now") else None
    if now is not None and now.tzinfo is None:
        raise ValueError(f"a clock needs a time with a zone, not {now}")
    _go_to(state, now)
    return {"now": state.now.isoformat()}


def _advance_clock(state: State, given: Json) -> Json:
    """Let so many `days`, `hours`, `minutes` and `seconds` pass."""
    units = {name: float(given[name]) for name in ("days", "hours", "minutes", "seconds")
             if name in given}  # fmt: skip
    _go_to(state, state.now + timedelta(**units))
    return {"now": state.now.isoformat()}


def _busy(state: State, given: Json) -> Json:
    """Put an appointment into the connected calendar of `username`: start, end, title."""
    user = _user(state, given)
    start, end = instant(given["start"]), instant(given["end"])
    if start is None or end is None or end <= start:
        raise ValueError(f"from {given['start']} to {given['end']} is no stretch of time")
    user.away.append(Away(start=start, end=end, title=str(given.get("title") or "busy")))
    return {"username": user.username, "away": len(user.away)}


def _out_of_office(state: State, given: Json) -> Json:
    """Let `username` be away on the days from `start` to `end`, both included."""
    user = _user(state, given)
    first, last = date.fromisoformat(given["start"]), date.fromisoformat(given["end"])
    if last < first:
        raise ValueError(f"{last} is before {first}")
    zone = ZoneInfo(user.time_zone)
    start, end = start_of_day(first, zone), start_of_day(last + timedelta(days=1), zone)
    away = Away(start=start, end=end, title="Out of office", absence=True)
    user.away.append(away)
    fire_absence(state, user, away)
    return {"username": user.username, "away": len(user.away)}


def _back(state: State, given: Json) -> Json:
    """Forget every absence and every outside appointment of `username`."""
    user = _user(state, given)
    user.away.clear()
    return {"username": user.username, "away": 0}


def _go_to(state: State, now: datetime | None) -> None:
    """Slot lists of another time are no answer."""
    state.clock.set(now)
    state.slots_cache.clear()


def _user(state: State, given: Json) -> User:
    user = state.records.user_named(str(given["username"]))
    if user is None:
        raise ValueError(f"there is no user {given['username']}")
    return user


def _limit(given: Json, *, name: str) -> Limit:
    requests = int(given["requests"])
    if requests < 1:
        raise ValueError(f"a limit allows at least one request, not {requests}")
    window_s = float(given.get("window_s", 60))
    block_s = float(given.get("block_s", window_s))
    return Limit(name=name, requests=requests, window_s=window_s, block_s=block_s)


ACTIONS: dict[str, Callable[[State, Json], Json]] = {
    "ensure_user": _ensure_user,
    "set_key": _set_key,
    "rate_limit": _rate_limit,
    "set_clock": _set_clock,
    "advance_clock": _advance_clock,
    "busy": _busy,
    "out_of_office": _out_of_office,
    "back": _back,
}
