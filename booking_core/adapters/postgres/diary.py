"""Who is taken when: claims, holds of callers, and the mirror of the external calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.types import NullType

from booking_core.adapters.postgres.booking_tables import appointment, claim
from booking_core.adapters.postgres.claims import (
    CALL,
    FINAL,
    HELD,
    Terms,
    forget_expired,
    holding,
    owner_of,
    range_of,
)
from booking_core.adapters.postgres.mirror_copy import MirrorCopy
from booking_core.adapters.postgres.overrides import overridden
from booking_core.adapters.postgres.pipeline import Statement, send
from booking_core.adapters.postgres.transactions import transact, transact_at_once
from booking_core.domain.appointment import AppointmentState
from booking_core.domain.errors import SalonOutdated
from booking_core.domain.interval import Span
from booking_core.domain.plan import ClaimKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.override import Overridden
    from booking_core.domain.plan import Plan

# As text: every search asks this, and putting it together took longer than the database's answer.
# One row for each resource, not for each claim: a month has thousands.
_BUSY = """
    SELECT resource_id,
      array_agg(lower(during) ORDER BY during), array_agg(upper(during) ORDER BY during), false
    FROM claim
    WHERE branch_id = %(branch_id)s AND during && %(during)s AND holder <> %(holder)s
      AND (expires_at IS NULL OR expires_at > clock_timestamp())
      AND (%(moving)s::text IS NULL OR owner <> %(moving)s::text OR state = 'quarantine')
      AND NOT (%(but_rests)s AND kind = 'rest' AND state = 'final')
    GROUP BY resource_id
    UNION ALL
    SELECT version, NULL, NULL, true FROM calendar_version WHERE branch_id = %(branch_id)s
    UNION ALL
    SELECT id, NULL, NULL, NULL FROM branch
    WHERE id = %(branch_id)s AND version = %(salon_version)s::integer
"""
# A search would wait for the disk as long as for everything else. A database that loses its power
# forgets the holds of its last moment, and whoever books one claims that time anew all the same.
_FORGETTABLE = Statement("SELECT set_config('synchronous_commit', 'off', true)", {})
_RENEW = """
    UPDATE claim SET expires_at =
      clock_timestamp() + make_interval(secs => %(ttl_s)s::double precision)
    WHERE holder = %(holder)s AND state = 'held' AND expires_at > clock_timestamp()
"""
_RELEASE = "DELETE FROM claim WHERE holder = %(holder)s AND state = 'held'"


class PostgresDiary:
    """Implements `ports.Diary` over the tables `claim` and `calendar_day`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._glance = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._mirror = MirrorCopy(engine)

    async def busy(
        self,
        branch_id: UUID,
        window: Span,
        *,
        except_owner: str,
        moving: UUID | None = None,
        but_rests: bool = False,
        salon_version: int | None = None,
    ) -> Mapping[UUID, Sequence[Span]]:
        """Live claims of others that touch the window, per staff member and unit, in order.

        So is what the external calendar said when it was last read, claims of ours excepted.
        SalonOutdated when the salon has another version at that moment.
        """
        asked = {
            "branch_id": branch_id,
            "during": range_of(window),
            "holder": except_owner,
            "moving": None if moving is None else owner_of(moving),
            "but_rests": but_rests,
            "salon_version": salon_version,
        }
        seen = await self._read_at(asked)
        if salon_version is not None and not seen.salon_is_known:
            raise SalonOutdated
        elsewhere = await self._mirror.at(branch_id, seen.version)
        return _joined(seen.taken, elsewhere.within(window))

    async def rests(
        self, branch_id: UUID, window: Span, *, moving: UUID | None = None
    ) -> Mapping[UUID, Sequence[Span]]:
        """Rests of appointments that touch the window, per staff member, in order."""
        claims = _live(branch_id, window).where(_is_rest())
        if moving is not None:
            claims = claims.where(claim.c.owner != owner_of(moving))
        return await self._read(claims)

    async def overridden(self, branch_id: UUID, window: Span) -> Sequence[Overridden]:
        """Who has put which visit of the window into such a rest, and why."""
        async with self._glance.connect() as connection:
            return await overridden(connection, branch_id, window)

    async def remains(
        self, branch_id: UUID, window: Span, *, owner: str
    ) -> Mapping[UUID, Sequence[Span]]:
        """Live claims of appointments of the owner's call that are not booked, in order."""
        claims = (
            _live(branch_id, window)
            .join(appointment, appointment.c.id == claim.c.appointment_id)
            .where(
                appointment.c.call_id == owner.removeprefix(CALL),
                appointment.c.state.in_([AppointmentState.BOOKING, AppointmentState.FAILED]),
            )
        )
        return await self._read(claims)

    async def hold(
        self,
        branch_id: UUID,
        owner: str,
        plans: Sequence[Plan],
        *,
        ttl_s: float,
        moving: UUID | None = None,
        overrides: bool = False,
        holder: str | None = None,
    ) -> None:
        """Make these plans the only holds of the owner, or of a holder on the owner's behalf.

        SlotTaken leaves the earlier ones.

        Held for an appointment that is to be moved, they belong to that appointment: they exclude
        everybody but itself. A hold outlives every process, but not the fall of the database.
        """
        claims = [wanted for plan in plans for wanted in plan.claims]
        party = owner if moving is None else owner_of(moving)
        terms = Terms(
            branch_id=branch_id,
            owner=party,
            holder=holder or owner,
            state=HELD,
            ttl_s=ttl_s,
            overrides=overrides,
        )
        statements = holding(terms.holder, claims, terms).statements
        await transact_at_once(self._engine, _FORGETTABLE, *statements)

    async def renew(self, owner: str, *, ttl_s: float) -> None:
        """Let live holds expire later; one that has expired may be somebody else's by now."""
        renewed = Statement(_RENEW, {"holder": owner, "ttl_s": ttl_s})
        await transact_at_once(self._engine, renewed)

    async def release(self, owner: str) -> None:
        """Drop all holds of this owner."""
        await transact_at_once(self._engine, Statement(_RELEASE, {"holder": owner}))

    async def tidy(self) -> int:
        """Delete holds nobody has renewed; how many there were."""
        return await transact(self._engine, forget_expired)

    async def _read(self, taken: Select[Any]) -> dict[UUID, Sequence[Span]]:
        async with self._glance.connect() as connection:
            rows = (await connection.execute(_by_resource(taken))).all()
        return {one: list(map(Span, starts, ends)) for one, starts, ends in rows}

    async def _read_at(self, asked: Mapping[str, Any]) -> _Seen:
        [found] = await send(self._engine, [Statement(_BUSY, asked)])
        seen = _Seen()
        for one, starts, ends, is_version in found.rows:
            if is_version is None:
                seen.salon_is_known = True
            elif is_version:
                seen.version = one
            else:
                seen.taken[one] = list(map(Span, starts, ends))
        return seen


@dataclass(slots=True)
class _Seen:
    """What one statement has told, of one moment."""

    taken: dict[UUID, Sequence[Span]] = field(default_factory=dict)
    version: UUID | None = None
    """Of the mirror."""
    salon_is_known: bool = False
    """Whether the salon has the version that was asked about."""


def _is_rest() -> ColumnElement[bool]:
    """Whether it is a rest that the desk may give up; one that is held may not come about."""
    return and_(claim.c.kind == ClaimKind.REST, claim.c.state == FINAL)


def _live(branch_id: UUID, window: Span) -> Select[Any]:
    """Claims that touch the window and have not expired."""
    return select(claim.c.resource_id, claim.c.during).where(
        claim.c.branch_id == branch_id,
        claim.c.during.op("&&")(range_of(window)),
        or_(claim.c.expires_at.is_(None), claim.c.expires_at > func.clock_timestamp()),
    )


def _by_resource(taken: Select[Any]) -> Select[Any]:
    # One row for each resource, not for each claim: a month has thousands.
    spans = taken.subquery()
    resource, during = spans.c
    starts, ends = func.lower(during), func.upper(during)
    return select(resource, _in_order(starts, starts), _in_order(ends, starts)).group_by(resource)


def _in_order(values: ColumnElement[Any], order: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.array_agg(aggregate_order_by(values, order), type_=NullType())


def _joined(
    here: dict[UUID, Sequence[Span]], there: Mapping[UUID, Sequence[Span]]
) -> Mapping[UUID, Sequence[Span]]:
    """Both, each person's in order."""
    for one, spans in there.items():
        here[one] = sorted((*here[one], *spans)) if one in here else spans
    return here
