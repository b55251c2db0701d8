"""Deletes, every night, what a branch does not want to keep any longer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.privacy import Retention
    from booking_core.ports import Clock

log = structlog.get_logger()


class Archive(Protocol):
    """Where everything is kept."""

    async def rules(self) -> Sequence[tuple[UUID, Retention]]:
        """Every branch, and how long it keeps what."""
        ...

    async def delete_old(
        self, branch_id: UUID, rules: Retention, *, now: datetime
    ) -> Mapping[str, int]:
        """Delete what is too old; how much that was, by kind."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepNoLonger:
    """The nightly round; one branch that fails does not spare the others."""

    archive: Archive
    clock: Clock

    async def __call__(self) -> int:
        """How many branches were gone through."""
        done = 0
        for branch_id, rules in await self.archive.rules():
            try:
                gone = await self.archive.delete_old(branch_id, rules, now=self.clock.now())
            except Exception:
                log.exception("retention_failed", branch=str(branch_id))
                continue
            log.info("retention_done", branch=str(branch_id), **gone)
            done += 1
        return done
