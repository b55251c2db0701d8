"""What a sandbox starts with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox.records import ApiKey, Limit, Records, User

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.options import Seed


def rows(seed: Seed) -> Records:
    """Fresh rows."""
    return _scenario() if seed == "scenario" else Records()


def add_user(records: Records, *, username: str, name: str, email: str) -> User:
    """A new user without a schedule."""
    user = User(id=records.next_id("user"), username=username, name=name, email=email)
    records.users[user.id] = user
    return user


def _scenario() -> Records:
    """The two users and four keys that the recorded exchanges name."""
    records = Records()
    anna = add_user(records, username="anna", name="Anna Becker", email="anna@salon.test")
    ben = add_user(records, username="ben", name="Ben Krause", email="ben@salon.test")
    tiny = Limit(name="tiny", requests=3)
    records.keys = {
        name: ApiKey(token=name, user_id=user.id, expired=expired, limit=limit)
        for name, user, expired, limit in (
            ("cal_localtest_anna_0001", anna, False, None),
            ("cal_localtest_ben_0002", ben, False, None),
            ("cal_localtest_expired_0003", anna, True, None),
            ("cal_localtest_limited_0004", ben, False, tiny),
        )
    }
    return records
