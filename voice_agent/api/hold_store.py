"""What is held for whom: rows that say what a hold's id means; the claims themselves expire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, text

from booking_core.adapters.postgres.api_tables import api_hold
from booking_core.domain.snapshot import dump_plan, load_plan
from booking_core.workflows.hold import HOLD_TTL_S

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Delete
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.plan import Plan


MOST_FORGOTTEN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Plans that are held together for one choice."""

    id: UUID
    branch_id: UUID
    plans: tuple[Plan, ...]
    moving: UUID | None
    anyone: bool
    """Nobody was asked for by name."""
    seconds_left: float

    @property
    def is_over(self) -> bool:
        """Whether somebody else may have the time by now."""
        return self.seconds_left <= 0

    @property
    def owner(self) -> str:
        """Under which name the claims are held."""
        return owner_of(self.id)


def owner_of(hold_id: UUID) -> str:
    """Under which name the claims of a hold are held."""
    return f"api:{hold_id}"


class Holds:
    """Implements what `/holds` remembers."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self,
        hold_id: UUID,
        company_id: UUID,
        branch_id: UUID,
        plans: Sequence[Plan],
        *,
        moving: UUID | None,
        anyone: bool,
    ) -> Hold:
        """Note what is held from now on."""
        values = {
            "id": hold_id,
            "company_id": company_id,
            "branch_id": branch_id,
            "plans": [dump_plan(plan) for plan in plans],
            "moving": moving,
            "anyone": anyone,
            "expires_at": func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, HOLD_TTL_S),
        }
        async with self._engine.begin() as connection:
            await connection.execute(insert(api_hold).values(values))
            await connection.execute(_forgetting_old())
        return Hold(
            id=hold_id,
            branch_id=branch_id,
            plans=tuple(plans),
            moving=moving,
            anyone=anyone,
            seconds_left=HOLD_TTL_S,
        )

    async def get(self, company_id: UUID, hold_id: UUID) -> Hold | None:
        """One hold of this company, also one that is over."""
        left = func.extract("epoch", api_hold.c.expires_at - func.clock_timestamp())
        query = select(api_hold, left.label("seconds_left")).where(*_is(company_id, hold_id))
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return Hold(
            id=row.id,
            branch_id=row.branch_id,
            plans=tuple(load_plan(plan) for plan in row.plans),
            moving=row.moving,
            anyone=row.anyone,
            seconds_left=float(row.seconds_left),
        )

    async def forget(self, company_id: UUID, hold_id: UUID) -> bool:
        """Whether there was such a hold."""
        async with self._engine.begin() as connection:
            gone = await connection.execute(delete(api_hold).where(*_is(company_id, hold_id)))
        return bool(gone.rowcount)


def _is(company_id: UUID, hold_id: UUID) -> tuple[Any, ...]:
    return api_hold.c.company_id == company_id, api_hold.c.id == hold_id


def _forgetting_old() -> Delete:
    """A few holds that were over two days ago go with every new one."""
    old = (
        select(api_hold.c.id)
        .where(api_hold.c.expires_at < func.now() - text("interval '48 hours'"))
        .limit(MOST_FORGOTTEN)
        .with_for_update(skip_locked=True)
    )
    return delete(api_hold).where(api_hold.c.id.in_(old))
