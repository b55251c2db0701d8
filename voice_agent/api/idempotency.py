"""The same key and the same request have the same answer, whatever happened in between.

An answer is kept from the moment it is known. Until then the row says who is working on it: whoever
asks meanwhile waits. A process that dies leaves the row without an answer: the next request with
that key does the work again under the same key of the booking core, which knows what was begun.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from booking_core.adapters.postgres.api_tables import api_answer
from voice_agent.api.problems import Code, Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlalchemy import Delete
    from sqlalchemy.ext.asyncio import AsyncEngine

LEASE_S: Final = 60.0  # longer than any request takes: a booking gives up after 40 s at most
WAIT_S: Final = 10.0
POLL_S: Final = 0.1
KEPT: Final = frozenset(
    {
        Code.TAKEN,
        Code.ALREADY_THERE,
        Code.TOO_LATE,
        Code.NOT_BOOKED,
        Code.NO_EMAIL,
        Code.TOKEN_EXPIRED,
        Code.HOLD_EXPIRED,
        Code.CALENDAR_UNAVAILABLE,
    }
)
"""Problems that are answers. All others leave the key unused: nothing was tried."""
KEEP_HOURS: Final = 48
"""At least a day is promised."""
MOST_FORGOTTEN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    replayed: bool = False


class Answers:
    """Gives every keyed request one answer."""

    def __init__(self, engine: AsyncEngine, *, wait_s: float = WAIT_S) -> None:
        self._engine = engine
        self._wait_s = wait_s

    async def once(
        self,
        company_id: UUID,
        key: str,
        fingerprint: str,
        work: Callable[[bool], Awaitable[Kept]],
    ) -> Kept:
        """The answer of `work`, done once; it is told whether it was begun before.

        `work` raises Problem for what does not use up the key.
        """
        run = uuid4()
        found = await self._claimed(company_id, key, fingerprint, run)
        if isinstance(found, Kept):
            return found
        try:
            answer = await work(found)
        except Problem:
            await self._forget(company_id, key, run)
            raise
        except BaseException:
            await self._give_up(company_id, key, run)
            raise
        await self._keep(company_id, key, run, answer)
        return answer

    async def _claimed(
        self, company_id: UUID, key: str, fingerprint: str, run: UUID
    ) -> Kept | bool:
        """The answer if there is one; else it is ours to find, True = it was begun before."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._wait_s
        while True:
            if await self._begin(company_id, key, fingerprint, run):
                return False
            row = await self._row(company_id, key)
            if row is None:
                continue
            if row["fingerprint"] != fingerprint:
                raise Problem(Code.KEY_REUSED)
            if row["status"] is not None:
                return _kept(row)
            if row["is_over"] and await self._take_over(company_id, key, row["run"], run):
                return True
            if loop.time() > until:
                raise Problem(Code.IN_PROGRESS, headers={"Retry-After": "1"})
            await asyncio.sleep(POLL_S)

    async def _begin(self, company_id: UUID, key: str, fingerprint: str, run: UUID) -> bool:
        values = {"company_id": company_id, "key": key, "fingerprint": fingerprint, "run": run}
        statement = insert(api_answer).values(**values, lease_until=_lease())
        async with self._engine.begin() as connection:
            made = await connection.execute(
                statement.on_conflict_do_nothing().returning(api_answer.c.key)
            )
            is_new = made.one_or_none() is not None
            await connection.execute(_forgetting_old())
        return is_new

    async def _row(self, company_id: UUID, key: str) -> Mapping[str, Any] | None:
        is_over = (api_answer.c.lease_until < func.clock_timestamp()).label("is_over")
        query = select(api_answer, is_over).where(*_is(company_id, key))
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return row._asdict() if row else None

    async def _take_over(self, company_id: UUID, key: str, former: UUID, run: UUID) -> bool:
        change = update(api_answer).where(*_is(company_id, key), api_answer.c.run == former)
        values = {"run": run, "lease_until": _lease()}
        async with self._engine.begin() as connection:
            return (await connection.execute(change.values(values))).rowcount == 1

    async def _keep(self, company_id: UUID, key: str, run: UUID, answer: Kept) -> None:
        values = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
        change = update(api_answer).where(*_is(company_id, key), api_answer.c.run == run)
        async with self._engine.begin() as connection:
            await connection.execute(change.values(values))

    async def _forget(self, company_id: UUID, key: str, run: UUID) -> None:
        ours = (*_is(company_id, key), api_answer.c.run == run)
        async with self._engine.begin() as connection:
            await connection.execute(delete(api_answer).where(*ours))

    async def _give_up(self, company_id: UUID, key: str, run: UUID) -> None:
        """Nobody knows how far it got: whoever asks again carries on at once."""
        change = update(api_answer).where(*_is(company_id, key), api_answer.c.run == run)
        async with self._engine.begin() as connection:
            await connection.execute(change.values(lease_until=func.clock_timestamp()))


def fingerprint(method: str, path: str, *parts: str) -> str:
    """Equal for two requests that ask for the same thing."""
    return hashlib.sha256(json.dumps([method, path, *parts]).encode()).hexdigest()


def _is(company_id: UUID, key: str) -> tuple[Any, ...]:
    return api_answer.c.company_id == company_id, api_answer.c.key == key


def _forgetting_old() -> Delete:
    """A few answers that nobody may ask for any more go with every new one."""
    columns = api_answer.c
    old = (
        select(columns.company_id, columns.key)
        .where(columns.created_at < func.now() - text(f"interval '{KEEP_HOURS} hours'"))
        .limit(MOST_FORGOTTEN)
        .with_for_update(skip_locked=True)
    )
    return delete(api_answer).where(tuple_(columns.company_id, columns.key).in_(old))


def _lease() -> Any:  # noqa: ANN401 - an SQL expression; its class is generic
    return func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, LEASE_S)


def _kept(row: Mapping[str, Any]) -> Kept:
    return Kept(status=row["status"], headers=row["headers"], body=row["body"], replayed=True)
