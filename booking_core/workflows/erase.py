"""Erases everything about one person, and leaves their visits as blocks without a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from uuid import UUID

    from booking_core.domain.privacy import Person, Traces


class People(Protocol):
    """Everything that is kept about people, by branch."""

    async def search(self, branch_id: UUID, words: str) -> Sequence[tuple[Person, int]]:
        """Who is on file under a name or number like this, and with how many visits."""
        ...

    async def traces(self, branch_id: UUID, person: Person) -> Traces:
        """What would be erased."""
        ...

    async def export(self, branch_id: UUID, person: Person) -> Mapping[str, Any]:
        """All of it, for the person to read."""
        ...

    async def erase(
        self,
        branch_id: UUID,
        person: Person,
        *,
        beside: Callable[[Any, Traces], Awaitable[None]] | None = None,
    ) -> Traces:
        """Erase it in one transaction, in which `beside` may write; what it was."""
        ...


async def erase(
    branch_id: UUID,
    person: Person,
    *,
    people: People,
    beside: Callable[[Any, Traces], Awaitable[None]] | None = None,
) -> Traces | None:
    """Erase somebody; None when there is nobody of this name and number."""
    if not (await people.traces(branch_id, person)).total:
        return None
    return await people.erase(branch_id, person, beside=beside)
