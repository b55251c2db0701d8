"""The search on bits against trying everything, on random salons.

A bounded number of salons in every run; `SLOT_SEARCH_SALONS=10000` for the long one.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_core.domain.case import open_case
from booking_core.domain.catalogue import LeadChange
from booking_core.domain.interval import Span
from booking_core.domain.masks import cells
from booking_core.domain.plan import ClaimKind, VisitRequest
from booking_core.domain.search import answer
from booking_core.domain.slots import Reason, SlotQuery, SlotsFound, TimeWish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from booking_core.domain.case import Case
    from booking_core.domain.plan import Plan, PlannedSegment
    from booking_core.domain.slots import SlotAnswer

ZONE = ZoneInfo("Europe/Berlin")
LONG_AGO = datetime(2027, 1, 1, tzinfo=UTC)
SALONS = int(os.environ.get("SLOT_SEARCH_SALONS", "1500"))

pytestmark = pytest.mark.timeout(3600)  # ten thousand salons take minutes

World = Any  # these two are of the conftest beside this file
MakeWorld = Any

some_bytes = st.binary(min_size=100, max_size=200)


def salons(count: int) -> settings:
    return settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def no_holidays(_: date) -> None:
    return None


def whole_day(world: World) -> Span:
    start = datetime.combine(world.day, time(), ZONE)
    return Span(start, start + timedelta(days=1))  # wall time: the local date


def query(world: World, at: datetime | None = None) -> SlotQuery:
    wish = TimeWish(window=whole_day(world))
    return SlotQuery(
        branch_id=world.salon.branch.id,
        visit=VisitRequest(services=world.services, staff=world.staff),
        owner="call:property",
        wishes=(replace(wish, at=at) if at else wish,),
        limit=1000,
        strict=True,
    )


def case_of(world: World) -> Case:
    return open_case(query(world), world.salon, world.busy, LONG_AGO, no_holidays, whole_day(world))


def ask(world: World, at: datetime | None = None) -> SlotAnswer:
    day = whole_day(world)
    return answer(query(world, at), world.salon, world.busy, LONG_AGO, no_holidays, reach=day)


@salons(SALONS)
@given(some_bytes)
def test_the_search_on_bits_finds_what_trying_everything_finds(
    random_world: MakeWorld, brute_force: Any, data: bytes
) -> None:
    world = random_world(data)
    case, slow = case_of(world), brute_force(world)
    epoch = int(case.board.grid.origin.timestamp()) // 60
    changes = world.salon.branch.lead_change is LeadChange.IF_NO_OTHER

    assert list(case.able) == slow.leads
    for lead in [*case.able, *([None] if changes else [])]:
        found = {epoch + cell * 5 for cell in cells(case.search.starts(lead))}
        best = slow.starts(lead)
        assert found == set(best)
        for minute, (handovers, waited, rank, total) in best.items():
            draft = case.search.draft(lead, (minute - epoch) // 5)
            assert draft is not None
            assert draft.cost == (handovers, waited // 5, rank, total // 5)


@salons(SALONS // 3)
@given(some_bytes, st.binary(min_size=12, max_size=24))
def test_on_purpose_work_is_found_in_the_rests_of_others_and_nowhere_else(
    random_world: MakeWorld, brute_force: Any, with_rests: Any, data: bytes, rests: bytes
) -> None:
    world = with_rests(random_world(data), rests)
    slow, day = brute_force(world), whole_day(world)
    case = open_case(
        query(world), world.salon, world.busy, LONG_AGO, no_holidays, day, given_up=world.rests
    )
    epoch = int(case.board.grid.origin.timestamp()) // 60

    for lead in case.able:
        best = slow.starts(lead)
        assert {epoch + cell * 5 for cell in cells(case.search.starts(lead))} == set(best)
    found = answer(
        query(world), world.salon, world.busy, LONG_AGO, no_holidays,
        reach=day, given_up=world.rests,
    )  # fmt: skip
    for offer in found.offers if isinstance(found, SlotsFound) else ():
        assert list(conflicts(world, slow, offer.plan)) == []
        for segment in offer.plan.segments:
            its_rests = map(on_the_raster, world.rests[segment.staff_id])
            clashing = any(rest.overlaps(segment.calendar_span) for rest in its_rests)
            assert segment.local == clashing
        for claim in offer.plan.claims:
            resting = claim.kind in {ClaimKind.REST, ClaimKind.GUARD}
            its_rests = world.rests.get(claim.resource_id, []) if resting else []
            assert not any(rest.overlaps(claim.span) for rest in its_rests)


def possible(world: World, slow: Any) -> dict[int, tuple[int, int]]:
    """Each start as it was wished, with the fewest hand-overs and the shortest waits."""
    own = [lead for lead in slow.leads if world.staff in {None, lead.id}]
    costs: dict[int, list[Any]] = defaultdict(list)
    for lead in own:
        for minute, cost in slow.starts(lead).items():
            costs[minute].append(cost)
    if world.staff is None and world.salon.branch.lead_change is LeadChange.IF_NO_OTHER:
        for minute, cost in slow.starts(None).items():
            costs[minute].append(cost)
    return {minute: min(cost[:2] for cost in those) for minute, those in costs.items()}


@salons(SALONS // 3)
@given(some_bytes)
def test_offers_are_exactly_the_possible_starts_each_with_a_plan_that_wastes_least(
    random_world: MakeWorld, brute_force: Any, data: bytes
) -> None:
    world = random_world(data)
    slow, found = brute_force(world), ask(world)
    plans = [o.plan for o in found.offers] if isinstance(found, SlotsFound) else []
    step = world.salon.branch.step_minutes
    best = possible(world, slow)

    offered = {minute_of(plan.start) for plan in plans}
    assert offered == {minute for minute in best if wall_minute(minute) % step == 0}
    for plan in plans:
        assert list(conflicts(world, slow, plan)) == []
        leads = [s.staff_id for s, led in zip(plan.segments, slow.led, strict=True) if led]
        handovers = sum(a != b for a, b in pairwise(leads))
        waited = sum(
            segment.pause.span.minutes
            for segment, piece in zip(plan.segments, slow.pieces, strict=True)
            if segment.pause and not piece.binds
        )
        assert (handovers, waited) == best[minute_of(plan.start)]
        assert world.staff is None or set(leads) == {world.staff}


@salons(SALONS // 3)
@given(some_bytes, st.integers(0, 65))
def test_the_reason_names_what_has_to_go_for_the_start_to_be_possible(
    random_world: MakeWorld, brute_force: Any, data: bytes, cell: int
) -> None:
    world = random_world(data)
    midnight = datetime.combine(world.day, time(), ZONE).astimezone(UTC)
    start = midnight + timedelta(minutes=cell * 5)
    people = {member.id for member in world.salon.staff}

    def fits(busy: dict[Any, list[Span]]) -> bool:
        slow = brute_force(replace(world, busy={key: [] for key in world.busy} | busy))
        own = [lead for lead in slow.leads if world.staff in {None, lead.id}]
        if world.staff is None and world.salon.branch.lead_change is LeadChange.IF_NO_OTHER:
            own.append(None)
        return any(slow.fits(minute_of(start), lead) for lead in own)

    found = ask(world, start)

    if isinstance(found, SlotsFound):
        assert found.offers[0].plan.start == start
        assert fits(world.busy)
        return
    assert not fits(world.busy)
    match found.obstacle.reason:
        case Reason.RESOURCE_FULL:
            assert fits({key: spans for key, spans in world.busy.items() if key in people})
        case Reason.TAKEN:
            assert fits({})
            assert not fits({key: spans for key, spans in world.busy.items() if key in people})
        case _:
            assert not fits({})


def on_the_raster(span: Span) -> Span:
    """The cells of five minutes that it touches."""
    start, end = minute_of(span.start) // 5 * 300, -(-minute_of(span.end) // 5) * 300
    return Span(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))


def minute_of(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def wall_minute(minute: int) -> int:
    local = datetime.fromtimestamp(minute * 60, ZONE)
    return local.hour * 60 + local.minute


def conflicts(world: World, slow: Any, plan: Plan) -> Iterator[str]:
    """Whatever is wrong with a plan: overlaps, gaps, work without a claim, a person or a chair."""
    taken: dict[Any, list[Span]] = defaultdict(list)
    for claim in plan.claims:
        others = (*taken[claim.resource_id], *world.busy[claim.resource_id])
        if any(span.overlaps(claim.span) for span in others):
            yield f"{claim} overlaps"
        taken[claim.resource_id].append(claim.span)
    if list(plan.claims) != sorted(plan.claims, key=lambda c: (c.resource_id, c.span)):
        yield "claims are not sorted"
    for segment in plan.segments:
        span = segment.span
        if not slow.at_work[segment.staff_id] >= set(
            range(*map(minute_of, (span.start, span.end)))
        ):
            yield f"{segment} outside of working hours"
        if not any(
            c.resource_id == segment.staff_id
            and c.kind is ClaimKind.WORK
            and c.span.covers(segment.span)
            for c in plan.claims
        ):
            yield f"{segment} is not claimed"
        yield from homeless(world, slow, plan, segment)
    for before, after in pairwise(plan.segments):
        waits = before.pause.span.end if before.pause else before.span.end
        if waits != after.span.start:
            yield f"{after} does not follow {before}"


def homeless(world: World, slow: Any, plan: Plan, segment: PlannedSegment) -> Iterator[str]:
    """Whatever needs a chair or basin without having one, the pause after it included."""
    piece = slow.pieces[segment.index - 1]
    for kind in piece.segment.resources:
        seats = [
            claim.span
            for claim in plan.claims
            if claim.resource_id in {unit.id for unit in world.salon.units(kind)}
        ]
        if not any(seat.covers(segment.span) for seat in seats):
            yield f"{segment} without a {kind}"
        kept = kind in {"chair", "room"} and piece.keeps
        if segment.pause and kept and not any(s.covers(segment.pause.span) for s in seats):
            yield f"the {kind} is gone in the pause after {segment}"
