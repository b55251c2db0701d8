"""Watch the external calendar: offers are verified there, and what changes there is noticed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import structlog

from booking_core.domain.errors import CalendarError
from booking_core.domain.slots import SlotsFound
from booking_core.workflows.patience import reason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import date
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import SlotAnswer, SlotQuery
    from booking_core.ports import Salons
    from booking_core.workflows.mirror_calendar import MirrorCalendar
    from booking_core.workflows.reconcile import Reconcile
    from booking_core.workflows.tell_salon import TellSalon

log = structlog.get_logger()

OLD_AFTER_S = 300.0
"""What is older is read anew before it is offered; near days are that old when Cal.com is away."""
FRESH_S = 5.0
"""What is younger is not verified again."""
BUDGET_S = 0.7
"""So long an offer may wait for it, behind the first filler."""
SEEN_WITHIN_S = 180.0
"""A reading this young refuses a booking before anything is sent; older ones may have changed."""
SEARCHES = 2


class Subscriptions(Protocol):
    """How the calendar tells us that something has changed."""

    async def ensure(self, salon: Salon) -> int:
        """Make it so for everybody who works there; how many were not."""
        ...


class Lookout:
    """Looks at the external calendar whenever there is reason to, never longer than one may wait.

    Offers come from the mirror. Each is verified right after it was made, beside the conversation:
    by the time the caller says yes, it is known whether the time is still free there. `book` has
    the last word.
    """

    def __init__(
        self,
        *,
        salons: Salons,
        mirror: MirrorCalendar,
        reconcile: Reconcile,
        tell: TellSalon,
        beside: Callable[[Awaitable[object]], None],
        subscriptions: Subscriptions | None = None,
        budget_s: float = BUDGET_S,
    ) -> None:
        """`beside` runs something that nobody waits for.

        Without subscriptions, which need a public address, only looking tells what has changed.
        """
        self._salons = salons
        self._mirror = mirror
        self._reconcile = reconcile
        self._tell = tell
        self._beside = beside
        self._subscriptions = subscriptions
        self._budget_s = budget_s

    async def verified(
        self, query: SlotQuery, search: Callable[[SlotQuery], Awaitable[SlotAnswer]]
    ) -> SlotAnswer:
        """What a search finds, looked up where it was not looked at for long.

        When the calendar does not answer in time, the answer says that nobody has looked.
        """
        answer = await search(query)
        for _ in range(SEARCHES):
            plans = _plans(answer)
            if not plans or not await self._is_unseen(query.branch_id, plans):
                self._verify_beside(query.branch_id, plans)
                return answer
            if not await self._seen(query.branch_id, plans, older_than_s=OLD_AFTER_S):
                log.warning("offered_unseen", offers=len(plans))
                return _unseen(answer)
            if not await self._collides(plans):
                return answer
            answer = await search(query)
        return answer

    async def look_again(self, branch_id: UUID, plan: Plan) -> None:
        """The calendar has refused this plan as taken: see why, as far as there is time."""
        await self._seen(branch_id, [plan], older_than_s=0.0)

    async def mirror(self) -> None:
        """Read what has become too old."""
        await self._mirror.refresh()

    async def look(self, branch_id: UUID, user: str, day: date | None) -> None:
        """Read a day of somebody's, or all days; CalendarError when nobody answers."""
        await self._mirror.look(branch_id, user, day)

    async def compare(self, branch_id: UUID) -> None:
        """Compare a branch's visits with the calendar, and tell the salon what is news."""
        await self._reconcile.branch(branch_id)
        await self._tell(branch_id)

    async def compare_all(self) -> None:
        """The same of every branch, as far as the calendars answer."""
        await self._reconcile.all()
        for branch_id in await self._reconcile.branches():
            with suppress(OSError):  # the next round tries again
                await self._tell(branch_id)

    async def subscribe(self, branch_id: UUID) -> None:
        """See to it that the calendar tells what changes; CalendarError when it does not answer."""
        if self._subscriptions:
            await self._subscriptions.ensure(await self._salons.by_id(branch_id))

    async def subscribe_all(self) -> None:
        """The same for every branch; one whose calendar does not answer holds up no other."""
        for branch_id in await self._reconcile.branches():
            try:
                await self.subscribe(branch_id)
            except CalendarError as error:
                log.warning("not_subscribed", branch=str(branch_id), error=reason(error))

    async def age_s(self) -> float | None:
        """How old the oldest of what is known of today is; None = there is nobody to be read."""
        return await self._mirror.near_age_s()

    async def _is_unseen(self, branch_id: UUID, plans: Sequence[Plan]) -> bool:
        salon = await self._salons.known(branch_id)  # the search has just read it
        return await self._mirror.is_unseen(salon, plans, older_than_s=OLD_AFTER_S)

    async def _seen(self, branch_id: UUID, plans: Sequence[Plan], *, older_than_s: float) -> bool:
        salon = await self._salons.by_id(branch_id)
        try:
            async with asyncio.timeout(self._budget_s):
                return await self._mirror.verify(salon, plans, older_than_s=older_than_s)
        except TimeoutError:
            return False

    async def _collides(self, plans: Sequence[Plan]) -> bool:
        found = [await self._mirror.collides(plan, within_s=SEEN_WITHIN_S) for plan in plans]
        return any(found)

    def _verify_beside(self, branch_id: UUID, plans: Sequence[Plan]) -> None:
        if plans:
            self._beside(self._verify(branch_id, plans))

    async def _verify(self, branch_id: UUID, plans: Sequence[Plan]) -> None:
        salon = await self._salons.by_id(branch_id)
        await self._mirror.verify(salon, plans, older_than_s=FRESH_S)
        if await self._collides(plans):
            log.info("offer_taken_there", salon=salon.branch.key)


def _plans(answer: SlotAnswer) -> list[Plan]:
    offers = answer.offers if isinstance(answer, SlotsFound) else ()
    return [plan for offer in offers for plan in offer.plans]


def _unseen(answer: SlotAnswer) -> SlotAnswer:
    return replace(answer, unseen=True) if isinstance(answer, SlotsFound) else answer
