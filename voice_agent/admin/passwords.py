"""Passwords: argon2, in threads of their own, so that no caller waits for somebody signing in."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SHORTEST = 10
LONGEST = 256

_hasher: Final = PasswordHasher()
_lanes: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


async def hashed(password: str) -> str:
    """What is stored of a password."""
    return await _in_lane(_hasher.hash, password)


async def is_right(password: str, stored: str | None) -> bool:
    """Whether it is the password; takes as long when there is nobody to compare with."""
    verified = await _in_lane(_verified, stored, password)
    return verified and stored is not None


def complaint_about(password: str) -> str | None:
    """Key of the sentence that says why this cannot be a password; None when it can."""
    if len(password) < SHORTEST:
        return "password_too_short"
    return "password_too_long" if len(password) > LONGEST else None


async def _in_lane(work: Callable[..., T], *args: str | None) -> T:
    return await asyncio.get_running_loop().run_in_executor(_lanes, work, *args)


def _verified(stored: str | None, password: str) -> bool:
    nobodys = _nobodys()  # made by the first who signs in, whoever it is: that it is tells nothing
    try:
        return _hasher.verify(stored or nobodys, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash("a password that nobody has")
