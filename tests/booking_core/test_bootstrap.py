"""The booking core as a whole: from a wish to the mail, over real servers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from booking_core.adapters.clock import SystemClock
from booking_core.adapters.local_calendar import LocalCalendar
from booking_core.adapters.mail.folder import FolderMailer
from booking_core.adapters.mail.render import render_confirmation
from booking_core.adapters.postgres.customers import PostgresCustomers
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.public_holidays import public_holidays
from booking_core.adapters.redis_locks import RedisLocks
from booking_core.bootstrap import BookingCore
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked, Taken
from booking_core.domain.catalogue import Absence
from booking_core.domain.interval import Span
from booking_core.domain.orders import (
    CancelAppointment,
    Cancelled,
    Moved,
    RescheduleAppointment,
)
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import Cause, Reason, SlotQuery, SlotsFound, TimeWish
from booking_core.workflows.book import book
from booking_core.workflows.saga import Parts, renewal_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from redis.asyncio import Redis

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from booking_core.ports import SegmentBooking

MONDAY = datetime.fromisoformat("2031-03-03T10:00:00+01:00")
TUESDAY_AT_TWO = datetime.fromisoformat("2031-03-04T14:00:00+01:00")


class SlowCalendar(LocalCalendar):
    """A calendar that leaves time to hang up."""

    async def book(self, segment: SegmentBooking) -> str:
        await asyncio.sleep(0.1)
        return await super().book(segment)


@pytest.fixture
async def core(
    stores: Any,
    saved_salon: Salon,  # noqa: ARG001 - its rows must exist
    redis: Redis,
    tmp_path: Path,
) -> AsyncIterator[BookingCore]:
    core = BookingCore(
        salons=PostgresSalons(stores.engine),
        customers=PostgresCustomers(stores.engine),
        diary=stores.diary,
        sagas=stores.sagas,
        appointments=stores.appointments,
        mail_log=stores.mail_log,
        calendar=SlowCalendar(),
        locks=RedisLocks(redis),
        clock=SystemClock(MONDAY),
        holidays=public_holidays,
        jobs=stores.jobs,
        mailer=FolderMailer(tmp_path),
        render=render_confirmation,
    )
    yield core
    await core.settle()


@pytest.fixture
async def dying(make_stores: Any, redis: Redis) -> AsyncIterator[Parts]:
    """What a process books with that dies: its lease is over as soon as it is taken."""
    stores = make_stores(lease_s=0.0)
    parts = Parts(
        salons=PostgresSalons(stores.engine),
        sagas=stores.sagas,
        calendar=SlowCalendar(),
        locks=RedisLocks(redis),
        clock=SystemClock(MONDAY),
    )
    yield parts
    await parts.errands.ended()


@pytest.fixture
def query(saved_salon: Salon) -> SlotQuery:
    """Ansatzfärbung on Tuesday at two, with Emma."""
    emma = next(member for member in saved_salon.staff if member.key == "emma")
    service = saved_salon.service_numbered(177)
    day = Span(TUESDAY_AT_TWO - timedelta(hours=5), TUESDAY_AT_TWO + timedelta(hours=6))
    return SlotQuery(
        branch_id=saved_salon.branch.id,
        visit=VisitRequest(services=(service.id,), staff=emma.id),
        owner="call:1",
        wishes=(TimeWish(window=day, at=TUESDAY_AT_TWO),),
    )


def order(query: SlotQuery, plan: Plan) -> BookAppointment:
    return BookAppointment(
        key=f"{query.owner}/1",
        owner=query.owner,
        branch_id=query.branch_id,
        plan=plan,
        customer=Customer(name="Änne Grüber", email="aenne@example.com"),
    )


async def steps_done(stores: Any) -> int:
    async with stores.engine.connect() as connection:
        found = await connection.scalar(text("SELECT count(*) FROM saga_step WHERE state = 'done'"))
    return int(found)


async def offered(core: BookingCore, query: SlotQuery) -> Plan:
    answer = await core.offer_slots(query)
    assert isinstance(answer, SlotsFound)
    return answer.offers[0].plan


async def test_from_the_wish_to_one_mail(
    core: BookingCore, query: SlotQuery, tmp_path: Path
) -> None:
    plan = await offered(core, query)

    result = await core.book(order(query, plan))
    await core.work(until_idle=True)
    await core.work(until_idle=True)

    assert plan.start == TUESDAY_AT_TWO
    assert isinstance(result, Booked)
    (mail,) = tmp_path.glob("*.eml")
    assert result.appointment.code in mail.read_text(encoding="utf-8")


async def test_what_is_held_for_one_caller_is_offered_to_no_other(
    core: BookingCore, query: SlotQuery, saved_salon: Salon
) -> None:
    held = await offered(core, query)
    other = SlotQuery(
        branch_id=saved_salon.branch.id, visit=query.visit, owner="call:2", wishes=query.wishes
    )

    instead = await offered(core, other)
    await core.release_holds(query.owner)
    await core.release_holds(other.owner)
    again = await offered(core, other)

    assert instead.start != held.start
    assert again.start == held.start


async def test_a_caller_who_hangs_up_while_booking_is_booked(
    core: BookingCore, query: SlotQuery
) -> None:
    wish = order(query, await offered(core, query))
    call = asyncio.create_task(core.book(wish))
    await asyncio.sleep(0.05)

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await core.settle()

    assert isinstance(await core.book(wish), Booked)


async def test_a_round_without_anything_left_lying_does_nothing(
    core: BookingCore, query: SlotQuery
) -> None:
    await offered(core, query)
    await core.renew_holds(query.owner)

    assert await core.recover() == 0
    assert await core.notify() == 0
    chores = core.chores()
    assert await chores.patrol() is None
    assert await chores.night_round() is None


async def test_a_process_that_starts_finishes_what_another_one_left(
    core: BookingCore, query: SlotQuery, stores: Any, dying: Parts, tmp_path: Path
) -> None:
    wish = order(query, await offered(core, query))
    process = asyncio.create_task(book(wish, dying))
    while not await steps_done(stores):
        await asyncio.sleep(0.01)
    process.cancel()
    await asyncio.gather(process, return_exceptions=True)

    await core.recover()
    await core.work(until_idle=True)

    assert isinstance(await core.book(wish), Booked)
    assert len(list(tmp_path.glob("*.eml"))) == 1


async def test_the_patrol_sends_what_no_job_has_sent_and_forgets_expired_holds(
    core: BookingCore, query: SlotQuery, stores: Any, tmp_path: Path
) -> None:
    await core.book(order(query, await offered(core, query)))
    other = await offered(core, query)
    await core.release_holds(query.owner)
    await stores.diary.hold(query.branch_id, "call:gone", [other], ttl_s=0)

    await core.chores().patrol()

    assert len(list(tmp_path.glob("*.eml"))) == 1
    assert await stores.diary.tidy() == 0


@pytest.mark.parametrize("lease_s", [3.0, 12.0, 60.0])
def test_a_lease_of_any_length_is_renewed_at_least_twice_before_it_is_over(lease_s: float) -> None:
    assert 2 * renewal_of(lease_s) < lease_s


async def booked(core: BookingCore, query: SlotQuery) -> Appointment:
    result = await core.book(order(query, await offered(core, query)))
    assert isinstance(result, Booked)
    return result.appointment


def later(query: SlotQuery, visit: Appointment, minutes: int) -> SlotQuery:
    """The wish to come so much later with this visit, instead of a visit of one's own."""
    at = TUESDAY_AT_TWO + timedelta(minutes=minutes)
    wish = replace(query.wishes[0], at=at)
    return replace(query, owner="call:2", wishes=(wish,), moving=visit.id)


def move(query: SlotQuery, visit: Appointment, plan: Plan) -> RescheduleAppointment:
    return RescheduleAppointment(
        key=f"{query.owner}/move",
        owner=query.owner,
        branch_id=visit.branch_id,
        appointment_id=visit.id,
        plan=plan,
        version=visit.version,
    )


@pytest.mark.inc(51)
@pytest.mark.parametrize("minutes", [15, 30, 60])
async def test_a_visit_is_offered_a_time_that_overlaps_its_own_and_moves_there(
    core: BookingCore, query: SlotQuery, tmp_path: Path, minutes: int
) -> None:
    visit = await booked(core, query)
    await core.work(until_idle=True)
    wish = later(query, visit, minutes)

    plan = await offered(core, wish)
    result = await core.reschedule(move(wish, visit, plan))
    await core.work(until_idle=True)
    await core.work(until_idle=True)

    assert plan.start == wish.wishes[0].at
    assert isinstance(result, Moved)
    assert len(list(tmp_path.glob("*.eml"))) == 2


async def test_the_same_wish_without_the_visit_finds_its_time_taken(
    core: BookingCore, query: SlotQuery
) -> None:
    visit = await booked(core, query)
    own = replace(later(query, visit, 15), moving=None)

    assert (await offered(core, own)).start != own.wishes[0].at


async def test_a_visit_is_looked_up_and_cancelled_by_whoever_knows_its_code(
    core: BookingCore, query: SlotQuery, tmp_path: Path
) -> None:
    visit = await booked(core, query)

    (found,) = await core.find_appointments(visit.branch_id, code=visit.code)
    result = await core.cancel(
        CancelAppointment(key="call:3/cancel", branch_id=visit.branch_id, appointment_id=found.id)
    )
    await core.work(until_idle=True)
    await core.notify()

    assert found == visit
    assert isinstance(result, Cancelled)
    assert len(list(tmp_path.glob("*.eml"))) == 2
    assert (await offered(core, replace(query, owner="call:4"))).start == TUESDAY_AT_TWO


async def test_a_caller_who_hangs_up_while_moving_is_moved(
    core: BookingCore, query: SlotQuery
) -> None:
    visit = await booked(core, query)
    wish = later(query, visit, 120)
    wanted = move(wish, visit, await offered(core, wish))
    call = asyncio.create_task(core.reschedule(wanted))
    await asyncio.sleep(0.05)

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await core.settle()

    (found,) = await core.find_appointments(visit.branch_id, code=visit.code)
    assert found.plan == wanted.plan


async def test_hours_that_changed_since_the_offer_are_noticed_before_anything_is_booked(
    core: BookingCore, query: SlotQuery, saved_salon: Salon, stores: Any
) -> None:
    plan = await offered(core, query)
    emma = saved_salon.member(plan.segments[0].staff_id)
    away = replace(emma, absences=(*emma.absences, Absence(span=plan.segments[2].span)))
    staff = tuple(away if member.id == emma.id else member for member in saved_salon.staff)
    await PostgresSalons(stores.engine).save(replace(saved_salon, staff=staff))

    result = await core.book(order(query, plan))

    assert isinstance(result, Taken)
    assert result.obstacle is not None
    assert result.obstacle.reason is Reason.STAFF_OFF
    assert (result.obstacle.staff_id, result.obstacle.cause) == (emma.id, Cause.ABSENCE)
    assert result.alternatives
    assert await steps_done(stores) == 0


async def test_hours_that_changed_since_the_offer_are_noticed_before_anything_is_moved(
    core: BookingCore, query: SlotQuery, saved_salon: Salon, stores: Any
) -> None:
    visit = await booked(core, query)
    wish = later(query, visit, 120)
    plan = await offered(core, wish)
    emma = saved_salon.member(plan.segments[0].staff_id)
    away = replace(emma, absences=(*emma.absences, Absence(span=plan.segments[2].span)))
    staff = tuple(away if member.id == emma.id else member for member in saved_salon.staff)
    await PostgresSalons(stores.engine).save(replace(saved_salon, staff=staff))

    result = await core.reschedule(move(wish, visit, plan))

    assert isinstance(result, Taken)
    assert result.obstacle is not None
    assert (result.obstacle.staff_id, result.obstacle.cause) == (emma.id, Cause.ABSENCE)
    (found,) = await core.find_appointments(visit.branch_id, code=visit.code)
    assert found == visit


async def test_a_salon_that_changed_without_touching_the_new_time_is_no_obstacle_to_a_move(
    core: BookingCore, query: SlotQuery, saved_salon: Salon, stores: Any
) -> None:
    visit = await booked(core, query)
    wish = later(query, visit, 120)
    wanted = move(wish, visit, await offered(core, wish))
    branch = replace(saved_salon.branch, step_minutes=5)
    await PostgresSalons(stores.engine).save(replace(saved_salon, branch=branch))

    assert isinstance(await core.reschedule(wanted), Moved)


async def test_a_salon_that_changed_without_touching_the_plan_is_booked_as_it_is_now(
    core: BookingCore, query: SlotQuery, saved_salon: Salon, stores: Any
) -> None:
    plan = await offered(core, query)
    branch = replace(saved_salon.branch, step_minutes=5)
    await PostgresSalons(stores.engine).save(replace(saved_salon, branch=branch))

    assert isinstance(await core.book(order(query, plan)), Booked)


async def test_what_was_booked_stays_so_for_whoever_asks_again_after_the_hours_changed(
    core: BookingCore, query: SlotQuery, saved_salon: Salon, stores: Any
) -> None:
    wanted = order(query, await offered(core, query))
    first = await core.book(wanted)
    branch = replace(saved_salon.branch, opening_hours=())
    await PostgresSalons(stores.engine).save(replace(saved_salon, branch=branch))

    assert await core.book(wanted) == first
