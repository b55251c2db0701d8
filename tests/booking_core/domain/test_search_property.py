"""The search on bits against a slow one that tries everybody, everywhere, for every pause.

A few hundred random salons in every run; `SLOT_SEARCH_SALONS=10000` for the long one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_core.domain.case import open_case
from booking_core.domain.catalogue import (
    Absence,
    Branch,
    Company,
    Delegate,
    Gender,
    Level,
    Pause,
    PausePolicy,
    Resource,
    Role,
    Salon,
    Segment,
    Service,
    Staff,
    WorkingHours,
)
from booking_core.domain.interval import Span
from booking_core.domain.masks import cells
from booking_core.domain.plan import ClaimKind, VisitRequest
from booking_core.domain.search import answer
from booking_core.domain.slots import Reason, SlotQuery, SlotsFound, TimeWish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from booking_core.domain.plan import Plan, PlannedSegment
    from booking_core.domain.slots import SlotAnswer

ZONE = ZoneInfo("Europe/Berlin")
DAYS = (date(2027, 3, 28), date(2027, 10, 31), date(2027, 5, 12))
RANK = {"treat": 0, "color": 1, "cut": 2, "style": 3, "wash": 9}
LONG_AGO = datetime(2027, 1, 1, tzinfo=UTC)

Minutes = tuple[int, int]


def ident(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"property:{name}")


# --- random salons ------------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    salon: Salon
    day: date
    busy: dict[UUID, list[Span]]
    services: tuple[UUID, ...]


def clock(minute: int) -> time:
    return time(minute // 60, minute % 60)


@st.composite
def stretches(draw: st.DrawFn, most: int = 2) -> list[Minutes]:
    """One or two stretches between 0:30 and 5:00, mostly on the raster."""
    bounds = st.integers(6, 60).map(lambda cell: cell * 5) | st.integers(30, 300)
    count = draw(st.integers(1, most))
    marks = sorted(draw(st.lists(bounds, min_size=2 * count, max_size=2 * count, unique=True)))
    return list(zip(marks[::2], marks[1::2], strict=True))


@st.composite
def services(draw: st.DrawFn, number: int) -> Service:
    policy = draw(st.sampled_from(PausePolicy))
    length = draw(st.integers(1, 4))
    made = []
    for index in range(length):
        skill = draw(st.sampled_from(["color", "cut", "wash", "wash", "style"]))
        pause = draw(st.none() | pauses()) if index + 1 < length else None
        made.append(
            Segment(
                key="ABCD"[index],
                name=f"{number} {index}",
                minutes=draw(st.integers(1, 6)) * 5,
                skill=skill,
                role=draw(st.sampled_from(Role)) if skill == "wash" else Role.LEAD,
                resources=draw(st.sampled_from([("chair",), ("basin",), (), ("basin", "chair")])),
                pause_after=pause,
            )
        )
    return Service(
        id=ident(f"service {number}"),
        number=number,
        code="S",
        name="Leistung",
        spoken_name="Leistung",
        gender=Gender.FEMININE,
        price_cents=0,
        segments=tuple(made),
        pause_policy=policy,
        pause_free_from_minutes=draw(st.sampled_from([10, 20])),
    )


@st.composite
def pauses(draw: st.DrawFn) -> Pause:
    shortest = draw(st.integers(1, 5)) * 5
    return Pause(
        min_minutes=shortest,
        max_minutes=shortest + draw(st.sampled_from([0, 5, 15])),
        bookable=draw(st.sampled_from([None, True, False])),
        keeps_chair=draw(st.booleans()),
    )


@st.composite
def spans(draw: st.DrawFn, day: date) -> Span:
    """Something in the way, on the raster or off it."""
    start = draw(st.integers(0, 60).map(lambda cell: cell * 5) | st.integers(0, 330))
    length = draw(st.sampled_from([5, 15, 30, 7]))
    midnight = datetime.combine(day, time(), ZONE).astimezone(UTC)
    begins = midnight + timedelta(minutes=start)
    return Span(begins, begins + timedelta(minutes=length))


@st.composite
def people(draw: st.DrawFn, number: int, day: date) -> Staff:
    skills = draw(st.frozensets(st.sampled_from(["color", "cut", "wash", "style"]), min_size=2))
    extra = draw(st.dictionaries(st.sampled_from(sorted(RANK)), st.sampled_from([-10, 5, 10])))
    return Staff(
        id=ident(f"staff {number}"),
        key=f"staff{number}",
        first_name="A",
        last_name="B",
        skills=frozenset(RANK) if number == 0 else skills,
        hours=tuple(
            WorkingHours(weekday=day.weekday(), start=clock(start), end=clock(end))
            for start, end in draw(stretches() | st.just([(0, 330)]))
        ),
        level=draw(st.sampled_from(Level)),
        extra_minutes=extra,
        absences=tuple(Absence(span=span) for span in draw(st.lists(spans(day), max_size=1))),
        active=draw(st.integers(0, 9)) > 0,
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    day = draw(st.sampled_from(DAYS))
    offered = tuple(draw(services(number)) for number in range(draw(st.integers(1, 2))))
    staff = tuple(draw(people(number, day)) for number in range(draw(st.integers(1, 3))))
    units = [("chair", n) for n in range(draw(st.integers(1, 2)))] + [("basin", 0)]
    resources = tuple(
        Resource(id=ident(f"{kind} {n}"), key=f"{kind}{n}", kind=kind, name=kind)
        for kind, n in units
    )
    branch = Branch(
        id=ident("branch"),
        key="random",
        code="X",
        name="Salon",
        address="",
        timezone="Europe/Berlin",
        land="BE",
        language="de",
        opening_hours=tuple(
            WorkingHours(weekday=day.weekday(), start=clock(start), end=clock(end))
            for start, end in draw(st.just([(0, 330)]) | stretches())
        ),
        horizon_days=400,
        step_minutes=draw(st.sampled_from([5, 15, 20])),
        delegate=draw(st.sampled_from(Delegate)),
        elastic_pauses=draw(st.booleans()),
    )
    salon = Salon(
        company=Company(id=ident("company"), key="c", code="C", name="C"),
        branch=branch,
        staff=staff,
        resources=resources,
        services=offered,
    )
    busy = {owner.id: draw(st.lists(spans(day), max_size=2)) for owner in (*staff, *resources)}
    asked = tuple(service.id for service in offered)
    return World(salon=salon, day=day, busy=busy, services=asked)


# --- the slow search: whole minutes, lists of intervals, everything is tried ---------------------


@dataclass(frozen=True)
class Piece:
    segment: Segment
    service: Service


class SlowSearch:
    def __init__(self, world: World) -> None:
        self.world, self.branch = world, world.salon.branch
        self.chairs, self.basins = (world.salon.units(kind) for kind in ("chair", "basin"))
        self.pieces = self.order()
        self.all_lead = all(piece.segment.role is Role.ASSIST for piece in self.pieces)
        self.open = self.walls(self.branch.opening_hours)
        self.hours = {member.id: self.walls(member.hours) for member in world.salon.staff}
        self.busy = {key: minutes(spans) for key, spans in world.busy.items()}
        for member in world.salon.staff:
            self.busy[member.id, "away"] = minutes(absence.span for absence in member.absences)
        self.people = [member for member in world.salon.staff if member.active]

    def order(self) -> list[Piece]:
        chosen = [self.world.salon.service(service_id) for service_id in self.world.services]
        chosen.sort(key=lambda service: min(RANK[s.skill] for s in service.segments))
        pieces: list[Piece] = []
        for service in chosen:
            for index, segment in enumerate(service.segments):
                piece = Piece(segment, service)
                if index == 0 and pieces and pieces[-1].segment.skill == segment.skill:
                    piece = self.merge(pieces.pop(), piece)
                pieces.append(piece)
        return pieces

    @staticmethod
    def merge(first: Piece, second: Piece) -> Piece:
        kept = second if second.segment.minutes > first.segment.minutes else first
        roles = {first.segment.role, second.segment.role}
        segment = replace(
            kept.segment,
            role=Role.LEAD if Role.LEAD in roles else Role.ASSIST,
            pause_after=second.segment.pause_after,
        )
        # The pause keeps the policy of the service it comes from.
        return Piece(segment, second.service)

    def walls(self, hours: Iterable[WorkingHours]) -> list[Minutes]:
        """Stretches on the clock of the day; those that touch when it changes are one."""
        joined: list[Minutes] = []
        for start, end in sorted((self.wall(h.start), self.wall(h.end)) for h in hours):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            elif start < end:
                joined.append((start, end))
        return joined

    def wall(self, clock: time) -> int:
        return int(datetime.combine(self.world.day, clock, ZONE).timestamp() // 60)

    def starts(self, lead: Staff) -> set[int]:
        raster = (m for start, end in self.open for m in range(start + -start % 5, end, 5))
        return {m for m in raster if self.fits(0, m, lead, place=None, bound=None)}

    def fits(
        self, index: int, at: int, lead: Staff, place: Resource | None, bound: Staff | None
    ) -> bool:
        """Whether the pieces from `index` on can follow each other from this minute on."""
        if place is None and self.needs_chair(index):
            return any(self.fits(index, at, lead, chair, bound) for chair in self.chairs)
        piece = self.pieces[index]
        for member in self.crew(piece, lead, bound):
            end = at + self.length(piece, member)
            if self.can_work(piece, member, at, end, place) and (
                index + 1 == len(self.pieces)
                or any(
                    self.goes_on(index, member, end, end + gap, lead, place)
                    for gap in self.gaps(piece)
                )
            ):
                return True
        return False

    def needs_chair(self, index: int) -> bool:
        for piece in self.pieces[index:]:
            if "chair" in piece.segment.resources:
                return True
            if piece.segment.pause_after and not self.keeps(piece):
                return False
        return False

    @staticmethod
    def keeps(piece: Piece) -> bool:
        pause = piece.segment.pause_after
        if pause is None:
            return True
        return pause.keeps_chair or piece.service.pause_policy is PausePolicy.BLOCKED

    def crew(self, piece: Piece, lead: Staff, bound: Staff | None) -> list[Staff]:
        helped = self.branch.delegate is not Delegate.NEVER and not self.all_lead
        able = self.people if helped and piece.segment.role is Role.ASSIST else [lead]
        able = [member for member in able if bound is None or member.id == bound.id]
        return [member for member in able if piece.segment.skill in member.skills]

    @staticmethod
    def length(piece: Piece, member: Staff) -> int:
        return max(5, piece.segment.minutes + member.extra_minutes.get(piece.segment.skill, 0))

    def gaps(self, piece: Piece) -> list[int]:
        pause, policy = piece.segment.pause_after, piece.service.pause_policy
        if pause is None:
            return [0]
        elastic = policy is PausePolicy.FLEXIBLE or (
            self.branch.elastic_pauses and policy is PausePolicy.FREE
        )
        longest = pause.max_minutes if elastic else pause.min_minutes
        return list(range(pause.min_minutes, longest + 1, 5))

    def can_work(
        self, piece: Piece, member: Staff, at: int, end: int, place: Resource | None
    ) -> bool:
        basin_needed = "basin" in piece.segment.resources
        return (
            self.is_open(at, end)
            and self.at_work(member, at, end)
            and not self.claimed(member.id, at, end)
            and (place is None or not self.claimed(place.id, at, end))
            and (not basin_needed or any(not self.claimed(b.id, at, end) for b in self.basins))
        )

    def goes_on(
        self, index: int, member: Staff, end: int, after: int, lead: Staff, place: Resource | None
    ) -> bool:
        piece = self.pieces[index]
        if after > end and not self.can_wait(piece, member, end, after, place):
            return False
        bound = (
            member if after > end and piece.service.pause_policy is PausePolicy.BLOCKED else None
        )
        kept = place if self.keeps(piece) else None
        return self.fits(index + 1, after, lead, kept, bound)

    def can_wait(
        self, piece: Piece, member: Staff, at: int, end: int, place: Resource | None
    ) -> bool:
        if not self.is_open(at, end):
            return False
        if place is not None and self.keeps(piece) and self.claimed(place.id, at, end):
            return False
        pause = piece.segment.pause_after
        assert pause is not None
        match piece.service.pause_policy:
            case PausePolicy.NEVER:
                return not self.claimed(member.id, at, end)
            case PausePolicy.FLEXIBLE if not piece.service.occupies(pause):
                return not self.claimed(member.id, end - 5, end)
            case PausePolicy.BLOCKED | PausePolicy.FLEXIBLE:
                return self.at_work(member, at, end) and not self.claimed(member.id, at, end)
            case _:
                return True

    def is_open(self, at: int, end: int) -> bool:
        return any(start <= at and end <= stop for start, stop in self.open)

    def at_work(self, member: Staff, at: int, end: int) -> bool:
        worked = any(start <= at and end <= stop for start, stop in self.hours[member.id])
        return worked and not self.claimed((member.id, "away"), at, end)

    def claimed(self, key: object, at: int, end: int) -> bool:
        return any(start < end and at < stop for start, stop in self.busy.get(key, ()))


def minutes(spans: Iterable[Span]) -> list[Minutes]:
    return [(int(s.start.timestamp()) // 60, int(s.end.timestamp()) // 60) for s in spans]


# --- the laws -----------------------------------------------------------------------------------

many_salons = settings(
    max_examples=int(os.environ.get("SLOT_SEARCH_SALONS", "200")),
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
        visit=VisitRequest(services=world.services),
        owner="call:property",
        wishes=(replace(wish, at=at) if at else wish,),
        limit=1000,
        strict=True,
    )


def ask(world: World, at: datetime | None = None) -> SlotAnswer:
    day = whole_day(world)
    return answer(query(world, at), world.salon, world.busy, LONG_AGO, no_holidays, reach=day)


@many_salons
@given(worlds())
def test_the_search_on_bits_finds_what_trying_everything_finds(world: World) -> None:
    case = open_case(query(world), world.salon, world.busy, LONG_AGO, no_holidays, whole_day(world))
    slow = SlowSearch(world)

    for lead in case.able:
        found = {
            int(case.board.grid.moment(c).timestamp()) // 60
            for c in cells(case.search.starts(lead))
        }
        assert found == slow.starts(lead)


@many_salons
@given(worlds())
def test_every_offered_start_is_planned_without_a_conflict(world: World) -> None:
    found = ask(world)

    if isinstance(found, SlotsFound):
        for offer in found.offers:
            assert list(conflicts(world, offer.plan)) == []


@many_salons
@given(worlds())
def test_offers_are_exactly_the_possible_starts_on_the_raster(world: World) -> None:
    found = ask(world)
    offered = {o.plan.start for o in found.offers} if isinstance(found, SlotsFound) else set()

    case = open_case(query(world), world.salon, world.busy, LONG_AGO, no_holidays, whole_day(world))
    possible = {
        datetime.fromtimestamp(minute * 60, UTC)
        for lead in case.able
        for minute in SlowSearch(world).starts(lead)
    }
    step = world.salon.branch.step_minutes
    assert offered == {m for m in possible if wall_minute(m) % step == 0}


@many_salons
@given(worlds(), st.integers(0, 65))
def test_the_reason_names_what_has_to_go_for_the_start_to_be_possible(
    world: World, cell: int
) -> None:
    midnight = datetime.combine(world.day, time(), ZONE).astimezone(UTC)
    start = midnight + timedelta(minutes=cell * 5)
    people = {member.id for member in world.salon.staff}
    without_seats = {key: spans for key, spans in world.busy.items() if key in people}

    found = ask(world, start)

    if isinstance(found, SlotsFound):
        assert found.offers[0].plan.start == start
        assert possible(world, start)
        return
    assert not possible(world, start)
    with_seats = possible(replace(world, busy=without_seats), start)
    deserted = possible(replace(world, busy={}), start)
    match found.obstacle.reason:
        case Reason.RESOURCE_FULL:
            assert with_seats
        case Reason.TAKEN:
            assert deserted
            assert not with_seats
        case _:
            assert not deserted


def possible(world: World, start: datetime) -> bool:
    """Whether anybody could do the visit then, as the slow search sees it."""
    slow, minute = SlowSearch(world), int(start.timestamp()) // 60
    case = open_case(query(world), world.salon, world.busy, LONG_AGO, no_holidays, whole_day(world))
    return any(slow.fits(0, minute, lead, place=None, bound=None) for lead in case.able)


def wall_minute(moment: datetime) -> int:
    local = moment.astimezone(ZONE)
    return local.hour * 60 + local.minute


def conflicts(world: World, plan: Plan) -> Iterator[str]:
    slow = SlowSearch(world)
    taken: dict[UUID, list[Span]] = {}
    for claim in plan.claims:
        mine = taken.setdefault(claim.resource_id, [])
        if any(span.overlaps(claim.span) for span in (*mine, *world.busy[claim.resource_id])):
            yield f"{claim} overlaps"
        mine.append(claim.span)
    for segment in plan.segments:
        start, end = (int(m.timestamp()) // 60 for m in (segment.span.start, segment.span.end))
        member = world.salon.member(segment.staff_id)
        if not slow.at_work(member, start, end):
            yield f"{segment} outside of working hours"
        if not any(
            c.resource_id == member.id and c.kind is ClaimKind.WORK and c.span.covers(segment.span)
            for c in plan.claims
        ):
            yield f"{segment} is not claimed"
        yield from homeless(world, plan, segment)
    for before, after in zip(plan.segments, plan.segments[1:], strict=False):
        waits = before.pause.span.end if before.pause else before.span.end
        if waits != after.span.start:
            yield f"{after} does not follow {before}"
    if list(plan.claims) != sorted(plan.claims, key=lambda c: (c.resource_id, c.span)):
        yield "claims are not sorted"


def homeless(world: World, plan: Plan, segment: PlannedSegment) -> Iterator[str]:
    """Whatever needs a chair or basin without having one, the pause after it included."""
    service = world.salon.service(segment.service_id)
    wanted = next(s for s in service.segments if s.key == segment.key)
    for kind in wanted.resources:
        units = {unit.id for unit in world.salon.units(kind)}
        seats = [c.span for c in plan.claims if c.resource_id in units]
        if not any(seat.covers(segment.span) for seat in seats):
            yield f"{segment} without a {kind}"
        # The pause after a merged segment is another service's.
        own_pause = kind == "chair" and len(world.services) == 1
        kept = own_pause and SlowSearch.keeps(Piece(wanted, service))
        if segment.pause and kept and not any(s.covers(segment.pause.span) for s in seats):
            yield f"the chair is gone in the pause after {segment}"
