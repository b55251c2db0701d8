"""Back door: what a test may want to know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox.dump import dump

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.adapters.calcom.sandbox.records import Json, Mail
    from booking_core.adapters.calcom.sandbox.state import State


def _dump(state: State, _: Json) -> Json:
    """All bookings and mails; how many requests came, how many at once, how long they took."""
    return dump(state)


def _mails(state: State, given: Json) -> Json:
    """When, to whom and about what mails were sent, with their ICS; `to` one address only."""
    wanted = given.get("to")
    return {"mails": [_mail(m) for m in state.records.mails if wanted is None or wanted in m.to]}


def _deliveries(state: State, _: Json) -> Json:
    """What became of each webhook: the status that came back, the error, or that it was dropped."""
    return {"deliveries": list(state.courier.log)}


def _requests(state: State, _: Json) -> Json:
    """The latest requests: route, path, status, milliseconds."""
    return {"requests": state.meter.heard()}


def _keys(state: State, _: Json) -> Json:
    """Every API key and whose it is."""
    records = state.records
    return {
        "keys": [
            {
                "key": key.token,
                "username": records.users[key.user_id].username,
                "expired": key.expired,
                "requests": key.limit.requests if key.limit else state.limiter.default.requests,
            }
            for key in records.keys.values()
        ]
    }


def _mail(mail: Mail) -> Json:
    at = datetime.fromtimestamp(mail.at, UTC).isoformat()
    return {"at": at, "to": mail.to, "subject": mail.subject, "ics": mail.ics}


ACTIONS: dict[str, Callable[[State, Json], Json]] = {
    "dump": _dump,
    "mails": _mails,
    "deliveries": _deliveries,
    "requests": _requests,
    "keys": _keys,
}
