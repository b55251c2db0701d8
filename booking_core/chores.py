"""What background jobs do: put together from whoever is there to do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from booking_core.adapters.jobs import Chores
from booking_core.workflows.recover import recover, sweep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from booking_core.workflows.keep_calendar import KeepCalendar
    from booking_core.workflows.lookout import Lookout
    from booking_core.workflows.notify import Notify
    from booking_core.workflows.saga import Parts


def chores_of(
    parts: Parts,
    *,
    notify: Notify,
    patrol: Callable[[], Awaitable[object]],
    night_round: Callable[[], Awaitable[object]],
    keeper: KeepCalendar | None,
    lookout: Lookout | None,
    deliver: Callable[[int], Awaitable[object]] | None,
) -> Chores:
    """Without an external calendar nobody keeps or reads one; without subscribers nobody is told.

    A calendar that is kept and read is subscribed to as well, after whoever keeps it.
    """
    others: dict[str, Any] = {}
    if lookout:
        others |= _looking(lookout)
    if keeper:
        others |= _keeping(keeper, lookout)
    if deliver:
        others["deliver"] = deliver
    return Chores(
        recover=lambda saga_id: recover(saga_id, parts),
        sweep=lambda saga_id: sweep(saga_id, parts),
        notify=notify,
        patrol=patrol,
        night_round=night_round,
        **others,
    )


def _looking(lookout: Lookout) -> dict[str, Any]:
    return {
        "mirror_calendar": lookout.mirror,
        "look_at_day": lookout.look,
        "reconcile": lookout.compare,
        "reconcile_all": lookout.compare_all,
    }


def _keeping(keeper: KeepCalendar, lookout: Lookout | None) -> dict[str, Any]:
    if lookout is None:
        return {"keep_calendar": keeper.after_save, "calendar_night": keeper.nightly}

    async def after_save(branch_id: UUID) -> None:
        await keeper.after_save(branch_id)
        await lookout.subscribe(branch_id)

    async def nightly() -> None:
        await keeper.nightly()
        await lookout.subscribe_all()

    return {"keep_calendar": after_save, "calendar_night": nightly}
