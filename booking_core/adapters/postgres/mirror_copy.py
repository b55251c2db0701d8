"""A process's own copy of the mirror: who is busy elsewhere is answered without parsing it again.

Each branch's mirror has a version, which the database changes with every change of what is busy. A
search reads the version with the claims, in the same statement: a copy of that version is what the
mirror says at that very moment, whichever process has written it. Otherwise the copy is read anew.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncEngine

# Whole seconds: numbers are read in a tenth of the time that instants take.
_READ = text("""
    WITH seen AS (
      SELECT staff_id,
        array_agg(extract(epoch FROM lower(part))::bigint ORDER BY part) AS starts,
        array_agg(extract(epoch FROM upper(part))::bigint ORDER BY part) AS ends
      FROM calendar_day, unnest(busy) AS part
      WHERE branch_id = :branch_id GROUP BY staff_id
    )
    SELECT
      (SELECT version FROM calendar_version WHERE branch_id = :branch_id) AS version, seen.*
    FROM (SELECT) AS one LEFT JOIN seen ON true
""")


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody's busy time elsewhere, in order and apart from each other."""

    spans: Sequence[Span]
    starts: Sequence[datetime]
    ends: Sequence[datetime]

    def within(self, window: Span) -> Sequence[Span]:
        """Those that touch the window."""
        first = bisect_right(self.ends, window.start)
        return self.spans[first : bisect_left(self.starts, window.end, lo=first)]

    def is_free(self, span: Span) -> bool:
        """Whether nothing touches it."""
        return bisect_right(self.ends, span.start) == bisect_left(self.starts, span.end)


NOTHING = Busy((), (), ())


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the mirror of a branch says at one version."""

    version: UUID | None = None
    """None = nobody was ever busy."""
    busy: Mapping[UUID, Busy] = field(default_factory=dict)

    def of(self, staff_id: UUID) -> Busy:
        """Of one person."""
        return self.busy.get(staff_id, NOTHING)

    def within(self, window: Span) -> dict[UUID, Sequence[Span]]:
        """Who is busy when, of those that are at all."""
        found = ((who, busy.within(window)) for who, busy in self.busy.items())
        return {who: spans for who, spans in found if spans}


class MirrorCopy:
    """The copies of all branches that were asked about."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._glance = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._known: dict[UUID, Elsewhere] = {}
        self._reading: dict[tuple[UUID, UUID], asyncio.Task[Elsewhere]] = {}
        self.reads = 0
        """How often the database was asked for more than a version."""

    async def at(self, branch_id: UUID, version: UUID | None) -> Elsewhere:
        """What the mirror says at this version, or at a later one."""
        if version is None:
            return Elsewhere()
        known = self._known.get(branch_id)
        if known is not None and known.version == version:
            return known
        # All who ask for the same wait for one answer; it is begun after the version was seen.
        this = (branch_id, version)
        if this not in self._reading:
            task = asyncio.create_task(self._read(branch_id), name="mirror-copy")
            self._reading[this] = task
            task.add_done_callback(lambda _: self._reading.pop(this))
        return await asyncio.shield(self._reading[this])

    async def _read(self, branch_id: UUID) -> Elsewhere:
        self.reads += 1
        async with self._glance.connect() as connection:
            rows = (await connection.execute(_READ, {"branch_id": branch_id})).all()
        read = Elsewhere(
            rows[0].version, {row.staff_id: _busy(row) for row in rows if row.staff_id}
        )
        self._known[branch_id] = read
        return read


def _busy(row: Row[tuple[UUID, Sequence[int], Sequence[int]]]) -> Busy:
    starts = [datetime.fromtimestamp(second, UTC) for second in row.starts]
    ends = [datetime.fromtimestamp(second, UTC) for second in row.ends]
    return Busy(list(map(Span, starts, ends)), starts, ends)
