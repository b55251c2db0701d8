"""Connections of the pool that stand by for the next exchange instead of being given back.

To hand one out and to take it back the pool and the driver's greenlets do more work than there is
in an exchange of a few statements, and a booking makes five of those.
"""

from __future__ import annotations

import select
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy.util import greenlet_spawn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlalchemy.pool import PoolProxiedConnection

    Raw = psycopg.AsyncConnection[tuple[Any, ...]]

OPTION = "standby"
"""Under which an engine keeps what stands by for it."""


class Standby:
    """Some connections of one engine, each of whose statements is a transaction by itself."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._idle: list[PoolProxiedConnection] = []

    @classmethod
    def of(cls, engine: AsyncEngine) -> Standby:
        """The engine's own; where it has none, every connection is given back."""
        standby = engine.sync_engine.get_execution_options().get(OPTION)
        return standby if isinstance(standby, Standby) else cls(0)

    @asynccontextmanager
    async def borrowed(self, engine: AsyncEngine) -> AsyncIterator[Raw]:
        """A connection; one that is over, or in the middle of work, is dropped afterwards."""
        idle = self._idle
        lent = await _one_at_rest(idle) or await _taken(engine)
        try:
            yield _raw(lent)
        except psycopg.Error:
            await self._back(lent, idle)
            raise
        except BaseException:
            await _drop(lent)
            raise
        await self._back(lent, idle)

    def dismiss(self, *_: object) -> None:
        """Close all; those that are out do not stand by any more when they come back."""
        dismissed, self._idle = self._idle, []
        for lent in dismissed:
            lent.invalidate()
            lent.close()

    async def _back(self, lent: PoolProxiedConnection, idle: list[PoolProxiedConnection]) -> None:
        raw = _raw(lent)
        at_rest = not raw.closed and raw.pgconn.transaction_status == TransactionStatus.IDLE
        if not at_rest or idle is not self._idle:
            await _drop(lent)
        elif len(idle) < self._places:
            idle.append(lent)
        else:
            await raw.set_autocommit(False)
            await greenlet_spawn(lent.close)


def is_over(raw: Raw) -> bool:
    """Whether nothing can be asked over it any more, told without a round trip.

    Whatever a server has to say to a connection at rest is a farewell, or makes it no worse to
    connect anew.
    """
    return raw.closed or _is_readable(raw.fileno())


async def _one_at_rest(idle: list[PoolProxiedConnection]) -> PoolProxiedConnection | None:
    while idle:
        lent = idle.pop()
        if not is_over(_raw(lent)):
            return lent
        await _drop(lent)
    return None


async def _taken(engine: AsyncEngine) -> PoolProxiedConnection:
    lent = await engine.raw_connection()
    await _raw(lent).set_autocommit(True)
    return lent


async def _drop(lent: PoolProxiedConnection) -> None:
    await greenlet_spawn(lent.invalidate)
    await greenlet_spawn(lent.close)


def _raw(lent: PoolProxiedConnection) -> Raw:
    return cast("Raw", lent.driver_connection)


def _is_readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
