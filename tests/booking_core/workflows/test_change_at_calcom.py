"""Cancellations and moves at a Cal.com that answers as the recorded one does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from booking_core.domain.appointment import AppointmentState
from booking_core.domain.booking import Booked, Failed, Taken
from booking_core.domain.event_type import calendar_user
from booking_core.domain.orders import Cancelled, Cancelling, Moved
from booking_core.workflows.book import Pace, book
from booking_core.workflows.cancel import cancel
from booking_core.workflows.recover import recover_all, sweep
from booking_core.workflows.reschedule import reschedule

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.workflows.saga import Parts

BOOK = "POST /v2/bookings"
SHIFT = "POST /v2/bookings/{uid}/reschedule"
CANCEL = "POST /v2/bookings/{uid}/cancel"
LOOK = "GET /v2/bookings/{uid}"
GOODBYES = "SELECT count(*) FROM email_log WHERE kind = 'cancellation'"
UNDER_WAY = "SELECT count(*) FROM saga WHERE ended_at IS NULL"
PATIENT = Pace(deadline_s=30)
NEXT_DAY = 24 * 60

MOVES = [
    pytest.param({"start": 600}, id="to a time far away"),
    pytest.param({"start": 15}, id="by a quarter of an hour"),
    pytest.param({"start": -30}, id="half an hour forward"),
    pytest.param({"start": 0, "staff": "ben"}, id="to another person at the same time"),
    pytest.param({"start": 75, "service": 12}, id="to a shorter service in its own place"),
]


@dataclass
class Stage:
    """A visit that is booked at a Cal.com, and what may be done with it."""

    calcom: Sandbox
    world: Any
    visits: Any
    visit: Any
    parts: Parts
    cancel_order: Callable[..., Any]
    move_order: Callable[..., Any]

    def plan(self, *, start: int = 0, **changes: Any) -> Any:
        """A plan that begins so many minutes after the visit does."""
        return self.visits.plan(NEXT_DAY + start, **changes)

    async def move(self, plan: Any, pace: Pace = PATIENT) -> Any:
        return await self._done(partial(reschedule, self.move_order(self.visit, plan)), pace)

    async def cancel(self, order: Any = None, pace: Pace = PATIENT, **changes: Any) -> Any:
        order = order or self.cancel_order(self.visit, **changes)
        return await self._done(partial(cancel, order), pace)

    async def recover(self) -> None:
        await self.world.write(
            "UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL"
        )
        await recover_all(self.parts)

    def bookings(self, status: str = "accepted") -> list[dict[str, Any]]:
        every = self.calcom.control("dump")["bookings"]
        return [one for one in every if one["status"] == status]

    def live(self) -> list[tuple[str, str, int]]:
        """Who is booked when, and for how long."""
        return sorted((one["host"], one["start"], one["minutes"]) for one in self.bookings())

    def of(self, plan: Any) -> list[tuple[str, str, int]]:
        """The same of a plan."""
        salon = self.visits.salon
        return sorted(
            (
                calendar_user(salon, salon.member(segment.staff_id)),
                segment.calendar_span.start.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                segment.calendar_span.minutes,
            )
            for segment in plan.segments
        )

    async def _done(self, change: Callable[..., Awaitable[Any]], pace: Pace) -> Any:
        return await change(self.parts, appointments=self.world.stores.appointments, pace=pace)


@pytest.fixture
def calcom_read_s() -> float:
    return 1.0


@pytest.fixture
async def stage(
    calcom: Sandbox,
    world: Any,
    visits: Any,
    calcom_parts: Parts,
    cancel_order: Any,
    move_order: Any,
) -> Stage:
    result = await book(visits.order(visits.plan(NEXT_DAY)), calcom_parts, pace=PATIENT)
    assert isinstance(result, Booked)
    return Stage(calcom, world, visits, result.appointment, calcom_parts, cancel_order, move_order)


async def test_a_cancelled_visit_is_cancelled_at_calcom_with_the_reason(stage: Stage) -> None:
    result = await stage.cancel(reason="Urlaub")

    assert isinstance(result, Cancelled)
    assert stage.live() == []
    gone = stage.bookings("cancelled")
    assert [one["cancellation_reason"] for one in gone] == ["Urlaub"] * 4


@pytest.mark.parametrize("where", MOVES)
async def test_a_moved_visit_stands_at_its_new_place_and_nowhere_else(
    stage: Stage, where: dict[str, Any]
) -> None:
    plan = stage.plan(**where)

    result = await stage.move(plan)

    assert isinstance(result, Moved)
    assert stage.live() == stage.of(plan)


@pytest.mark.parametrize("where", MOVES)
async def test_a_moved_visit_can_be_moved_back_and_cancelled(
    stage: Stage, where: dict[str, Any]
) -> None:
    await stage.move(stage.plan(**where))

    back = await stage.move(stage.visit.plan)
    stood = stage.live()
    gone = await stage.cancel()

    assert (type(back), type(gone)) == (Moved, Cancelled)
    assert stood == stage.of(stage.visit.plan)
    assert stage.live() == []


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize(
    ("deed", "ends"),
    [
        ("conflict", Taken),
        ("timeout_before", Moved),
        ("timeout_after", Moved),
        ("error_after", Moved),
        ("error", Moved),
    ],
)
async def test_a_bad_answer_to_a_shift_ends_with_the_old_plan_or_the_new_one(
    stage: Stage, nth: int, deed: str, ends: type
) -> None:
    stage.calcom.control("fault", on=SHIFT, nth=nth, do=deed)

    result = await stage.move(stage.plan(start=15))

    assert isinstance(result, ends)
    assert stage.live() == stage.of(stage.plan(start=15) if ends is Moved else stage.visit.plan)


async def test_a_shift_that_lands_after_the_move_was_taken_back_moves_nothing(
    stage: Stage,
) -> None:
    """The late request names a uid that was used up by putting the booking where it was."""
    stage.calcom.control("fault", on=SHIFT, nth=2, do="timeout_before", land_after_s=2.5)
    stage.calcom.control("fault", on=SHIFT, nth=3, do="conflict")

    result = await stage.move(stage.plan(start=15))
    await asyncio.sleep(3)

    assert isinstance(result, Taken)
    assert stage.live() == stage.of(stage.visit.plan)


async def test_while_calcom_is_down_a_cancellation_is_accepted_and_later_carried_through(
    stage: Stage,
) -> None:
    order = stage.cancel_order(stage.visit)
    for request in (CANCEL, LOOK):
        stage.calcom.control("fault", on=request, nth=1, do="error", down=True)

    first = await stage.cancel(order, Pace(deadline_s=3))
    during = stage.live()
    stage.calcom.control("clear_faults")
    await stage.recover()

    assert isinstance(first, Cancelling)
    assert during == stage.of(stage.visit.plan)
    assert stage.live() == []
    assert isinstance(await stage.cancel(order), Cancelled)


@pytest.mark.parametrize("nth", [1, 2, 4])
@pytest.mark.parametrize("deed", ["error", "timeout_after"])
async def test_a_cancellation_that_is_stopped_half_way_is_carried_through_and_told_once(
    stage: Stage, nth: int, deed: str
) -> None:
    order = stage.cancel_order(stage.visit)
    stage.calcom.control("fault", on=CANCEL, nth=nth, do=deed, down=True)
    stage.calcom.control("fault", on=LOOK, nth=1, do="error", down=True)

    first = await stage.cancel(order, Pace(deadline_s=3))
    during = await stage.world.stores.appointments.by_id(stage.visit.id)
    told = await stage.world.value(GOODBYES)
    stage.calcom.control("clear_faults")
    async with asyncio.timeout(60):
        while await stage.world.value(UNDER_WAY):
            await stage.recover()  # who got no answer leaves Cal.com alone for a while
            await asyncio.sleep(0.2)

    assert isinstance(first, Cancelling)
    assert during.state is AppointmentState.CANCELLING
    assert told == 0
    assert stage.live() == []
    assert await stage.world.value("SELECT count(*) FROM claim WHERE state <> 'quarantine'") == 0
    assert await stage.world.value(GOODBYES) == 1
    assert isinstance(await stage.cancel(order), Cancelled)


async def test_while_calcom_is_down_a_move_leaves_the_visit_where_it_is(stage: Stage) -> None:
    for request in (BOOK, SHIFT):
        stage.calcom.control("fault", on=request, nth=1, do="error", down=True)

    result = await stage.move(stage.plan(start=15), Pace(deadline_s=5))
    stage.calcom.control("clear_faults")
    await stage.recover()

    assert isinstance(result, Failed)
    assert stage.live() == stage.of(stage.visit.plan)
    assert await stage.world.stores.appointments.by_id(stage.visit.id) == stage.visit


async def test_what_the_salon_has_cancelled_there_is_booked_where_the_visit_moves_to(
    stage: Stage,
) -> None:
    await salon_cancels(stage, 3)

    result = await stage.move(stage.plan(start=15))

    assert isinstance(result, Moved)
    assert stage.live() == stage.of(stage.plan(start=15))


async def test_a_move_over_a_cancelled_segment_that_fails_leaves_what_there_was(
    stage: Stage,
) -> None:
    await salon_cancels(stage, 3)
    before = stage.live()
    stage.calcom.control("fault", on=SHIFT, nth=3, do="conflict")

    result = await stage.move(stage.plan(start=15))

    assert isinstance(result, Taken)
    assert len(before) == 3
    assert stage.live() == before


@pytest.mark.parametrize("deed", ["timeout_after", "error_after"])
async def test_a_booking_in_place_of_a_cancelled_one_is_made_once_also_without_its_answer(
    stage: Stage, deed: str
) -> None:
    await salon_cancels(stage, 3)
    stage.calcom.control("fault", on=BOOK, nth=1, do=deed)

    result = await stage.move(stage.plan(start=15))

    assert isinstance(result, Moved)
    assert stage.live() == stage.of(stage.plan(start=15))


async def salon_cancels(stage: Stage, index: int) -> None:
    """One segment, at Cal.com itself."""
    uid = await uid_of(stage, index)
    async with httpx.AsyncClient(base_url=stage.calcom.url) as desk:
        answer = await desk.post(
            f"/v2/bookings/{uid}/cancel",
            json={"cancellationReason": "versehentlich"},
            headers={"cal-api-version": "2024-08-13"},
        )
    assert answer.is_success


async def salon_moves(stage: Stage, index: int) -> None:
    """At Cal.com itself, to another day."""
    uid = await uid_of(stage, index)
    elsewhere = stage.plan(start=NEXT_DAY).start.strftime("%Y-%m-%dT%H:%M:%SZ")
    async with httpx.AsyncClient(base_url=stage.calcom.url) as desk:
        answer = await desk.post(
            f"/v2/bookings/{uid}/reschedule",
            json={"start": elsewhere},
            headers={"cal-api-version": "2024-08-13"},
        )
    assert answer.is_success


async def test_what_the_salon_has_moved_at_calcom_stays_there_when_a_move_fails(
    stage: Stage,
) -> None:
    await salon_moves(stage, 2)
    before = stage.live()

    result = await stage.move(stage.plan(start=-30))

    assert isinstance(result, Failed)
    assert stage.live() == before


async def test_what_the_salon_has_moved_at_calcom_is_cancelled_with_its_visit(
    stage: Stage,
) -> None:
    await salon_moves(stage, 4)
    assert len(stage.live()) == 4

    assert isinstance(await stage.cancel(), Cancelled)

    assert stage.live() == []


async def test_the_sweep_after_a_failed_move_takes_nothing_of_the_move_that_followed(
    stage: Stage,
) -> None:
    """Both moves lead to version 2, each to a time of its own."""
    for nth in (1, 2):
        stage.calcom.control("fault", on=BOOK, nth=nth, do="timeout_before")
    failed = await stage.move(stage.plan(start=600))
    doubtful = await stage.world.value("SELECT id FROM saga WHERE kind = 'move'")
    stage.calcom.control("clear_faults")
    moved = await stage.move(stage.plan(start=660))

    assert await sweep(doubtful, stage.parts) == 0

    assert (type(failed), type(moved)) == (Failed, Moved)
    assert stage.live() == stage.of(stage.plan(start=660))


async def uid_of(stage: Stage, index: int) -> str:
    """Of a segment, as it was booked."""
    uid = await stage.world.value(
        "SELECT calendar_uid FROM appointment_segment WHERE index = :index", index=index
    )
    return str(uid)
