"""Do one step of a saga at the calendar, and take it back; the undoing is next to the doing.

Each request is on disk before it is sent, so that whoever comes after a crash knows what may have
happened. An unknown outcome is looked up before it is believed.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from booking_core.domain.errors import (
    CalendarDown,
    CalendarRefused,
    CalendarSilent,
    CalendarTaken,
)
from booking_core.domain.saga import Action, Step, StepState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.workflows.worker import Worker

REQUESTS = 2  # one more when the first left nothing behind; a third has never helped
LOOK_UP_S = 10.0
LOOK_UP_WAIT_S = 0.25
DOWN_LOOK_UP_S = 1.0  # where nobody is at all a caller hears so within 2 s; the undoing goes on


@dataclass(frozen=True, slots=True)
class _Effect:
    """What a step was to do is the case."""

    uid: str | None = None
    """Of what it made; None when it cancels."""


async def carry_out(worker: Worker, step: Step) -> None:
    """Do the step; CalendarError when it is not done, or nobody knows."""
    if step.state is StepState.DONE:
        return
    is_sent = step.state is StepState.INTENT and not worker.is_prepared(step)
    effect = await _look_up(worker, step) if is_sent else None
    effect = effect or await _request(worker, step)
    worker.done(step, effect.uid)


async def clear_away(worker: Worker, step: Step) -> None:
    """Cancel an old booking that nobody needs any more; repeating it does no harm.

    Nobody who comes after a crash has to know how far this got: what was cancelled stays so. Only
    who has to look for it must still be who may.
    """
    if step.state is StepState.DONE:
        return
    worker.need_time()
    if step.old_uid is None:
        await worker.settled()
    await _cancel_former(worker, step)
    worker.done(step, None)


async def take_back(worker: Worker, step: Step) -> None:
    """Make it as if the step had never been; CalendarError when that is not known."""
    if step.state not in {StepState.INTENT, StepState.DONE}:
        return
    worker.need_time()
    match step.action:
        case Action.BOOK:
            await _cancel_new(worker, step)
            await worker.undone(step)
        case Action.SHIFT:
            await worker.undone(replace(step, uid=await _shift_back(worker, step)))
        case Action.CANCEL:
            await worker.undone(replace(step, uid=await _restore(worker, step)))
        case Action.KEEP:
            return
        case _:
            assert_never(step.action)


async def make_room(worker: Worker) -> int:
    """Cancel what of this visit nobody knows: requests that were given up, and landed; how many.

    They may lie where an old booking has to stand again, and no sweep looks at a visit that is
    being changed.
    """
    known = {uid for step in worker.saga.steps for uid in await _known(worker, step)}
    landed = sorted(set(await worker.find_all()) - known)
    for uid in landed:
        await worker.cancel(uid)
    return len(landed)


async def _known(worker: Worker, step: Step) -> set[str]:
    """What this step has made, and where the booking is by now that it began with."""
    made = {step.uid} if step.uid else set()
    return made if step.former is None else made | set(await _standing(worker, step))


async def _request(worker: Worker, step: Step) -> _Effect:
    for _ in range(REQUESTS):
        step = await worker.intend(step)
        try:
            return await _send(worker, step)
        except (CalendarTaken, CalendarRefused):
            # Refused because of our own earlier request, whose answer was lost? A look tells.
            effect = await _look_up(worker, step) if step.uncertain else None
            if effect is None:
                raise
            return effect
        except CalendarSilent:
            step = await worker.doubt(step)
            effect = await _look_up(worker, step)
            if effect is not None:
                return effect
    raise CalendarSilent


async def _send(worker: Worker, step: Step) -> _Effect:
    match step.action:
        case Action.BOOK:
            async with worker.preparing_next(step):
                return _Effect(await worker.book(worker.booking(step)))
        case Action.SHIFT:
            return _Effect(await _shift(worker, step))
        case Action.CANCEL:
            await _cancel_former(worker, step)
            return _Effect()
        case Action.KEEP:
            return _Effect(step.old_uid)
        case _:
            assert_never(step.action)


async def _shift(worker: Worker, step: Step) -> str:
    if step.old_uid is None:
        raise CalendarRefused(reason="nobody knows the booking that is to be moved")
    try:
        return await worker.shift(worker.booking(step), step.old_uid)
    except CalendarRefused:
        if await worker.trace(step.old_uid) is not None:
            raise
        # Somebody has cancelled it in the calendar itself: the customer comes all the same.
        return await worker.book(worker.booking(step))


async def _look_up(worker: Worker, step: Step) -> _Effect | None:
    """What came of a step; CalendarSilent or CalendarDown when nobody says in time."""
    give_up = time.monotonic() + min(worker.left_s(), LOOK_UP_S)
    known_down = False
    while True:
        try:
            return await _seen(worker, step)
        except (CalendarSilent, CalendarDown) as error:
            if isinstance(error, CalendarDown) and not known_down:
                known_down, give_up = True, min(give_up, time.monotonic() + DOWN_LOOK_UP_S)
            if time.monotonic() + LOOK_UP_WAIT_S >= give_up:
                raise
            await asyncio.sleep(LOOK_UP_WAIT_S)


async def _seen(worker: Worker, step: Step) -> _Effect | None:
    match step.action:
        case Action.BOOK:
            found = await worker.find(worker.booking(step))
            return _Effect(min(found)) if found else None
        case Action.SHIFT:
            return await _shifted(worker, step)
        case Action.CANCEL:
            return None if await _standing(worker, step) else _Effect()
        case Action.KEEP:
            return _Effect(step.old_uid)
        case _:
            assert_never(step.action)


async def _shifted(worker: Worker, step: Step) -> _Effect | None:
    where = await worker.trace(step.old_uid) if step.old_uid else None
    booking = worker.booking(step)
    if where is None:
        instead = await worker.find(booking)
        return _Effect(min(instead)) if instead else None
    there = where.uid != step.old_uid and where.start == booking.segment.calendar_span.start
    return _Effect(where.uid) if there else None


async def _cancel_new(worker: Worker, step: Step) -> None:
    uids = {step.uid} if step.uid else set()
    if step.uncertain:
        uids |= set(await worker.find(worker.booking(step)))
    for uid in sorted(uids):
        await worker.cancel(uid)


async def _shift_back(worker: Worker, step: Step) -> str | None:
    """The uid of the booking at its old place; None when it never left, or somebody cancelled it.

    A request that may still land names the old uid. Shifting the booking to where it is uses that
    uid up, and the late request is refused: nothing can move it any more.
    """
    if step.state is StepState.INTENT and not step.uncertain:
        return None  # refused: where it is instead, the salon has put it
    if step.old_uid is None:
        return None
    if (where := await worker.trace(step.old_uid)) is None:
        await _cancel_new(worker, step)
        return None
    home = worker.former_booking(step)
    touched = where.uid != step.old_uid
    at_home = where.start == home.segment.calendar_span.start
    if at_home and (touched or not step.uncertain):
        return where.uid if touched else None
    return await worker.shift(home, where.uid)


async def _restore(worker: Worker, step: Step) -> str | None:
    """The uid of a booking that was cancelled and stands again; None when it always stood."""
    home = worker.former_booking(step)
    if step.old_uid and (where := await worker.trace(step.old_uid)) is not None:
        if where.uid != step.old_uid:
            return where.uid
        # As in `_shift_back`: a cancellation that lands late finds its uid used up.
        return await worker.shift(home, where.uid) if step.uncertain else None
    found = await worker.find(home)
    if found:
        return min(found)
    step = await worker.intend(step)
    try:
        return await worker.book(worker.former_booking(step))
    except CalendarSilent:
        await worker.doubt(step)
        raise


async def _cancel_former(worker: Worker, step: Step) -> None:
    for uid in await _standing(worker, step) if step.old_uid is None else [step.old_uid]:
        await worker.cancel(uid)


async def _standing(worker: Worker, step: Step) -> Sequence[str]:
    """What stands of the old booking; one whose uid nobody has noted is found by what it is."""
    if step.old_uid is None:
        return await worker.find(worker.former_booking(step))
    where = await worker.trace(step.old_uid)
    return [where.uid] if where else []
