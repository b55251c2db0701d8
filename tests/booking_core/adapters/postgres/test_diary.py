from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from booking_core.domain.appointment import Appointment, AppointmentState
from booking_core.domain.change import steps_to_book
from booking_core.domain.errors import SalonOutdated, SlotTaken
from booking_core.domain.interval import Span
from booking_core.domain.saga import SagaKind
from booking_core.ports import SagaDraft

CLAIM = (
    "INSERT INTO claim (branch_id, resource_id, during, owner, holder, kind, state, expires_at)"
    " SELECT :branch, :resource, tstzrange(:start, :end, '[)'), :owner, :owner, 'work', 'held',"
    " clock_timestamp() + make_interval(secs => :ttl)"
)
TWO_MINUTES_PASS = "UPDATE claim SET expires_at = expires_at - interval '120s'"


@pytest.fixture
def branch_id(salons: Any, visits: Any) -> Any:  # noqa: ARG001 - its row must exist
    return visits.salon.branch.id


async def spans_of(diary: Any, visits: Any, **asked: Any) -> list[Span]:
    """When Ada is taken on that Monday."""
    monday = Span(visits.plan(-60).start, visits.plan(1200).start)
    busy = await diary.busy(visits.salon.branch.id, monday, **asked)
    return list(busy.get(visits.salon.staff[0].id, []))


async def test_others_see_a_hold_and_its_owner_does_not(
    stores: Any, visits: Any, branch_id: Any
) -> None:
    plan = visits.plan()

    await stores.diary.hold(branch_id, "call:a", [plan], ttl_s=60)

    work = [segment.span for segment in plan.segments]
    assert await spans_of(stores.diary, visits, except_owner="call:b") == work
    assert await spans_of(stores.diary, visits, except_owner="call:a") == []


async def test_only_what_touches_the_window_and_the_branch_is_busy(
    stores: Any, visits: Any, branch_id: Any, new_id: Any
) -> None:
    plan = visits.plan()
    await stores.diary.hold(branch_id, "call:a", [plan], ttl_s=60)

    later = Span(plan.end, visits.plan(1200).start)
    assert await stores.diary.busy(branch_id, later, except_owner="") == {}
    assert await stores.diary.busy(new_id(), plan.span, except_owner="") == {}


async def test_who_knows_another_salon_than_there_is_now_is_told_instead_of_an_answer(
    stores: Any, visits: Any, branch_id: Any, salons: Any, new_id: Any
) -> None:
    version, plan = (await salons.by_id(branch_id)).version, visits.plan()
    asked = {"window": plan.span, "except_owner": ""}

    assert await stores.diary.busy(branch_id, **asked, salon_version=version) == {}
    with pytest.raises(SalonOutdated):
        await stores.diary.busy(branch_id, **asked, salon_version=version + 1)
    with pytest.raises(SalonOutdated):
        await stores.diary.busy(new_id(), **asked, salon_version=version)


async def test_an_expired_hold_is_not_busy_and_gives_way(
    stores: Any, visits: Any, branch_id: Any
) -> None:
    plan = visits.plan()
    await stores.diary.hold(branch_id, "call:a", [plan], ttl_s=0)
    assert await spans_of(stores.diary, visits, except_owner="") == []

    await stores.diary.hold(branch_id, "call:b", [plan], ttl_s=60)

    assert len(await spans_of(stores.diary, visits, except_owner="call:a")) == 4


async def test_a_hold_that_is_not_possible_leaves_the_earlier_ones(
    stores: Any, visits: Any, branch_id: Any
) -> None:
    await stores.diary.hold(branch_id, "call:a", [visits.plan(0)], ttl_s=60)
    await stores.diary.hold(branch_id, "call:b", [visits.plan(300)], ttl_s=60)

    with pytest.raises(SlotTaken):
        await stores.diary.hold(branch_id, "call:b", [visits.plan(15)], ttl_s=60)

    kept = await spans_of(stores.diary, visits, except_owner="call:a")
    assert kept == [segment.span for segment in visits.plan(300).segments]


@pytest.mark.inc(54)
async def test_only_the_hold_itself_does_not_wait_for_the_disk(
    stores: Any, visits: Any, branch_id: Any
) -> None:
    def waits() -> Any:
        return text("SHOW synchronous_commit")

    async with stores.engine.connect() as connection:
        before = await connection.scalar(waits())

    await stores.diary.hold(branch_id, "call:a", [visits.plan()], ttl_s=60)

    # The pool hands out first what came back last: the connection of the hold.
    async with stores.engine.connect() as connection:
        assert await connection.scalar(waits()) == before


async def test_alternatives_of_one_caller_may_overlap(
    stores: Any, visits: Any, branch_id: Any
) -> None:
    await stores.diary.hold(branch_id, "call:a", [visits.plan(0), visits.plan(15)], ttl_s=60)

    assert len(await spans_of(stores.diary, visits, except_owner="")) == 8


async def test_holds_that_only_touch_do_not_collide(
    stores: Any, visits: Any, branch_id: Any
) -> None:
    first = visits.plan(0, service=12)
    await stores.diary.hold(branch_id, "call:a", [first], ttl_s=60)

    await stores.diary.hold(branch_id, "call:b", [visits.plan(30, service=12)], ttl_s=60)

    assert len(await spans_of(stores.diary, visits, except_owner="")) == 2


async def test_renewing_prolongs_live_holds_and_revives_no_dead_ones(
    stores: Any, visits: Any, branch_id: Any
) -> None:
    await stores.diary.hold(branch_id, "call:a", [visits.plan(0)], ttl_s=60)
    await stores.diary.hold(branch_id, "call:b", [visits.plan(300)], ttl_s=0)
    await stores.diary.renew("call:a", ttl_s=180)
    await stores.diary.renew("call:b", ttl_s=180)
    async with stores.engine.begin() as connection:
        await connection.execute(text(TWO_MINUTES_PASS))

    kept = await spans_of(stores.diary, visits, except_owner="")

    assert kept == [segment.span for segment in visits.plan(0).segments]


async def test_releasing_drops_the_holds_of_that_owner_only(
    stores: Any, visits: Any, branch_id: Any
) -> None:
    await stores.diary.hold(branch_id, "call:a", [visits.plan(0)], ttl_s=60)
    await stores.diary.hold(branch_id, "call:b", [visits.plan(300)], ttl_s=60)

    await stores.diary.release("call:a")
    await stores.diary.release("call:nobody")

    kept = await spans_of(stores.diary, visits, except_owner="")
    assert kept == [segment.span for segment in visits.plan(300).segments]


async def test_tidying_deletes_what_has_expired(stores: Any, visits: Any, branch_id: Any) -> None:
    await stores.diary.hold(branch_id, "call:a", [visits.plan(0)], ttl_s=0)
    await stores.diary.hold(branch_id, "call:b", [visits.plan(300)], ttl_s=60)

    assert await stores.diary.tidy() == len(visits.plan().claims)
    assert await stores.diary.tidy() == 0


@pytest.mark.parametrize(
    ("owner", "start", "refused"),
    [
        ("call:b", 15, True),
        ("call:b", 30, False),
        ("call:a", 15, False),
    ],
)
async def test_the_database_itself_refuses_overlapping_claims_of_two_owners(
    stores: Any, visits: Any, branch_id: Any, owner: str, start: int, *, refused: bool
) -> None:
    first, second = visits.plan(0, service=12), visits.plan(start, service=12)
    rows = [
        {
            "branch": branch_id,
            "resource": plan.segments[0].staff_id,
            "start": plan.start,
            "end": plan.end,
            "owner": by,
            "ttl": 60.0,
        }
        for plan, by in ((first, "call:a"), (second, owner))
    ]

    states = []
    for row in rows:
        try:
            async with stores.engine.begin() as connection:
                await connection.execute(text(CLAIM), row)
        except Exception as error:  # noqa: BLE001 - the kind of error is what is looked at
            states.append(getattr(error, "orig", error).sqlstate)

    assert states == (["23P01"] if refused else [])


async def test_many_callers_hold_crosswise_without_a_deadlock_that_shows(
    stores: Any, visits: Any, branch_id: Any
) -> None:
    ada, ben = visits.plan(0), visits.plan(0, staff="ben")

    async def one(caller: int) -> bool:
        plans = [ada, ben] if caller % 2 else [ben, ada]
        try:
            await stores.diary.hold(branch_id, f"call:{caller}", plans, ttl_s=60)
        except SlotTaken:
            return False
        return True

    won = await asyncio.gather(*(one(caller) for caller in range(12)))

    assert sum(won) == 1


async def test_connections_that_were_closed_while_nobody_used_them_cost_no_search_and_no_hold(
    stores: Any, visits: Any, branch_id: Any, hang_up_the_database: Any
) -> None:
    diary, plan = stores.diary, visits.plan()
    await hang_up_the_database()

    assert await diary.busy(branch_id, plan.span, except_owner="call:1") == {}

    await hang_up_the_database()
    await diary.hold(branch_id, "call:1", [plan], ttl_s=60)

    assert await diary.busy(branch_id, plan.span, except_owner="call:2")


@pytest.fixture
async def moving(stores: Any, visits: Any, branch_id: Any, new_id: Any) -> Any:
    """An appointment that stands from the first minute on."""
    visit = Appointment(
        id=new_id(), branch_id=branch_id, code="ACDEFH", state=AppointmentState.BOOKING, version=1,
        plan=visits.plan(0), service_names=("Farbe und Schnitt",), price_cents=9800,
        customer=visits.order().customer,
    )  # fmt: skip
    draft = SagaDraft(
        kind=SagaKind.BOOK, key="k", fingerprint="", owner="call:a", appointment=visit,
        steps=steps_to_book(visit.plan), worker="w", ordered_by="phone",
    )  # fmt: skip
    saga = await stores.sagas.start(draft)
    await stores.sagas.pivot(saga, at=visits.plan(0).start)
    return visit.id


async def test_what_a_visit_has_is_not_busy_for_whoever_moves_it_and_for_all_others_it_is(
    stores: Any, visits: Any, moving: Any, new_id: Any
) -> None:
    assert await spans_of(stores.diary, visits, except_owner="call:b", moving=moving) == []
    assert len(await spans_of(stores.diary, visits, except_owner="call:b")) == 4
    assert len(await spans_of(stores.diary, visits, except_owner="call:b", moving=new_id())) == 4


async def test_time_held_to_move_a_visit_may_overlap_the_visit_and_nothing_else(
    stores: Any, visits: Any, branch_id: Any, moving: Any
) -> None:
    hold = stores.diary.hold
    await hold(branch_id, "call:c", [visits.plan(300)], ttl_s=60)

    await hold(branch_id, "call:b", [visits.plan(15)], ttl_s=60, moving=moving)

    with pytest.raises(SlotTaken):
        await hold(branch_id, "call:b", [visits.plan(15)], ttl_s=60)
    with pytest.raises(SlotTaken):
        await hold(branch_id, "call:b", [visits.plan(315)], ttl_s=60, moving=moving)
    with pytest.raises(SlotTaken):
        await hold(branch_id, "call:c", [visits.plan(30)], ttl_s=60)


async def test_time_held_to_move_a_visit_is_renewed_and_released_by_its_caller(
    stores: Any, visits: Any, branch_id: Any, moving: Any
) -> None:
    await stores.diary.hold(branch_id, "call:b", [visits.plan(600)], ttl_s=60, moving=moving)
    assert len(await spans_of(stores.diary, visits, except_owner="call:b")) == 4
    assert len(await spans_of(stores.diary, visits, except_owner="call:c")) == 8

    await stores.diary.release(f"appointment:{moving}")
    assert len(await spans_of(stores.diary, visits, except_owner="call:c")) == 8
    await stores.diary.renew("call:b", ttl_s=0)
    assert len(await spans_of(stores.diary, visits, except_owner="call:c")) == 4


async def test_the_claims_of_a_visit_itself_never_overlap_one_another(
    stores: Any, visits: Any, branch_id: Any, moving: Any
) -> None:
    """Only what is about to leave makes room for what comes."""
    claim = (
        "INSERT INTO claim (branch_id, resource_id, during, owner, holder, kind, state,"
        " appointment_id) SELECT :branch, :resource, tstzrange(:start, :end, '[)'), :owner, :owner,"
        " 'work', 'final', :visit"
    )
    first = visits.plan(0).segments[0]
    row = {
        "branch": branch_id, "resource": first.staff_id, "start": first.span.start,
        "end": first.span.end, "owner": f"appointment:{moving}", "visit": moving,
    }  # fmt: skip

    with pytest.raises(IntegrityError, match="ex_claim_overlap_final"):
        async with stores.engine.begin() as connection:
            await connection.execute(text(claim), row)

    async with stores.engine.begin() as connection:
        await connection.execute(text("UPDATE claim SET state = 'leaving'"))
        await connection.execute(text(claim), row)
