"""Whatever is offered keeps the salon's gap rules, judged from the plan alone in random salons."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_core.domain.catalogue import Role
from booking_core.domain.gap_rules import Beside, EmptyDay, GapBlocks, GapRules, GapScope, Raster
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.search import answer
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.plan import Plan

ZONE = ZoneInfo("Europe/Berlin")
LONG_AGO = datetime(2027, 1, 1, tzinfo=UTC)
MakeWorld = Callable[[bytes], Any]

pytestmark = pytest.mark.timeout(3600)  # a long run takes minutes
Piece = tuple[int, int]

minutes = st.sampled_from([5, 10, 20, 30, 60])
rules = st.builds(
    GapRules,
    flush=st.booleans(),
    shift_start=st.booleans(),
    shift_end=st.booleans(),
    idle_minutes=st.none() | minutes,
    idle_before_minutes=st.just(0) | minutes,
    empty_day=st.sampled_from([EmptyDay.BY_RULE, EmptyDay.EVERYTHING]),
    scope=st.sampled_from(GapScope),
    blocks=st.sampled_from(GapBlocks),
    raster=st.sampled_from(Raster),
    beside=st.sampled_from(Beside),
)


def no_holidays(_: date) -> None:
    return None


def offers(world: Any, gaps: GapRules) -> list[Plan]:
    salon = replace(world.salon, branch=replace(world.salon.branch, gaps=gaps))
    midnight = datetime.combine(world.day, time(), ZONE)
    day = Span(midnight, midnight + timedelta(days=1))
    query = SlotQuery(
        branch_id=salon.branch.id,
        visit=VisitRequest(services=world.services, staff=world.staff),
        owner="call:property",
        wishes=(TimeWish(window=day),),
        limit=1000,
        strict=True,
    )
    found = answer(query, salon, world.busy, LONG_AGO, no_holidays, reach=day)
    return [offer.plan for offer in found.offers] if isinstance(found, SlotsFound) else []


class Judge:
    """One person's day in fives of minutes, and what a plan does to it."""

    def __init__(self, world: Any, slow: Any, plan: Plan, staff: UUID) -> None:
        self.step = world.salon.branch.step_minutes
        self.plan = plan
        first = min(slow.open) // 5 * 5
        fives = [range(m, m + 5) for m in range(first, max(slow.open) + 6, 5)]
        at_work = slow.at_work[staff]
        self.work = {five[0] for five in fives if at_work.issuperset(five)}
        taken = slow.taken.get(staff, set())
        self.free = {
            minute for minute in self.work if not taken.intersection(range(minute, minute + 5))
        }
        self.booked = self.free != self.work
        self.pieces = pieces_of(plan, staff)

    def keeps(self, gaps: GapRules) -> bool:
        before = self.idle(self.pieces[0][0], -5)
        if 0 < before < gaps.idle_before_minutes:
            return False
        if gaps.empty_day is EmptyDay.EVERYTHING and not self.booked:
            return self.is_on_raster(gaps)
        if self.has_an_edge(gaps):
            return True
        if gaps.idle_minutes:
            after = self.idle(self.pieces[-1][1], 5)
            return min(before, after) >= gaps.idle_minutes and self.is_on_raster(gaps)
        ruled = gaps.flush or gaps.shift_start or gaps.shift_end
        return not ruled and self.is_on_raster(gaps)

    def has_an_edge(self, gaps: GapRules) -> bool:
        looked_at = self.pieces[:1] if gaps.blocks is GapBlocks.FIRST else self.pieces
        first, last = min(self.work), max(self.work) + 5
        return any(
            (gaps.flush and self.touches(start, stop))
            or (gaps.shift_start and start == first)
            or (gaps.shift_end and stop == last)
            for start, stop in looked_at
        )

    def touches(self, start: int, stop: int) -> bool:
        """A booking or break, not the end of the shift."""
        before = start - 5 not in self.free and any(minute < start for minute in self.work)
        after = stop not in self.free and any(minute >= stop for minute in self.work)
        return before or after

    def idle(self, minute: int, direction: int) -> int:
        cursor = minute if direction > 0 else minute - 5
        count = 0
        while cursor in self.free:
            count, cursor = count + 5, cursor + direction
        return count

    def is_on_raster(self, gaps: GapRules) -> bool:
        start, stop = self.pieces[0][0], self.pieces[-1][1]
        begins = start - 5 not in self.free and any(minute < start for minute in self.work)
        ends = stop not in self.free and any(minute >= stop for minute in self.work)
        if (gaps.beside is not Beside.NO and begins) or (gaps.beside is Beside.BOTH and ends):
            return True
        if gaps.raster is Raster.CLOCK:
            local = self.plan.start.astimezone(ZONE)
            return (local.hour * 60 + local.minute) % self.step == 0
        step = self.plan.total_minutes if gaps.raster is Raster.VISIT else self.step
        return self.idle(start, -5) % step == 0


def pieces_of(plan: Plan, staff: UUID) -> list[Piece]:
    pieces: list[Piece] = []
    for segment in plan.segments:
        if segment.staff_id != staff:
            continue
        start, stop = (int(m.timestamp()) // 60 for m in (
            segment.calendar_span.start, segment.calendar_span.end,
        ))  # fmt: skip
        if pieces and pieces[-1][1] == start:
            pieces[-1] = (pieces[-1][0], stop)
        else:
            pieces.append((start, stop))
    return pieces


@settings(
    max_examples=int(os.environ.get("SLOT_SEARCH_SALONS", "200")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.binary(min_size=100, max_size=200), rules)
def test_every_offer_keeps_the_rules_and_no_simple_visit_that_keeps_them_is_missing(
    random_world: MakeWorld, brute_force: Any, data: bytes, gaps: GapRules
) -> None:
    world = random_world(data)
    slow, plans = brute_force(world), offers(world, gaps)

    for plan in plans:
        everybody = {segment.staff_id for segment in plan.segments}
        led = {
            segment.staff_id
            for segment, piece in zip(plan.segments, slow.pieces, strict=True)
            if piece.segment.role is Role.LEAD
        }
        judged = (gaps.scope is GapScope.LEAD and led) or everybody
        assert all(Judge(world, slow, plan, staff).keeps(gaps) for staff in judged)
    if len(slow.pieces) == 1:
        offered = {plan.start for plan in plans}
        for plan in offers(world, GapRules(raster=Raster.RESTART, beside=Beside.BOTH)):
            (segment,) = plan.segments
            if Judge(world, slow, plan, segment.staff_id).keeps(gaps):
                assert plan.start in offered
