"""Random salons, and the slow way to search them: every minute, everybody, every chair and pause.

Hypothesis draws a string of bytes, and each byte decides one thing about a salon, 0 being the
simplest: that is quick to draw, and a failing salon still shrinks to a simple one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import pytest

from booking_core.domain.catalogue import (
    Absence,
    Branch,
    Company,
    Delegate,
    Gender,
    LeadChange,
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ZONE = ZoneInfo("Europe/Berlin")
DAYS = (date(2027, 5, 12), date(2027, 3, 28), date(2027, 10, 31))
"""An ordinary one, and those on which the clock changes: visits are in the small hours."""
RANK = {"treat": 0, "color": 1, "cut": 2, "style": 3, "wash": 9}
LEVELS = list(Level)
KEPT = {"chair", "room"}
NEEDS = (("chair",), ("basin",), (), ("basin", "chair"), ("chair", "room"), ("device",))

Cost = tuple[int, int, int, int]
"""Hand-overs, minutes waited, rank of the assistants, minutes altogether."""


def ident(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"property:{name}")


# --- random salons ------------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """A salon, one of its days, who is taken, and what a customer wants."""

    salon: Salon
    day: date
    busy: dict[UUID, list[Span]]
    services: tuple[UUID, ...]
    staff: UUID | None
    rests: dict[UUID, list[Span]] = field(default_factory=dict)
    """Of other visits, given up by the desk: no obstacle to work."""


class Dice:
    """Decides by bytes, one after the other; when they run out, for the simplest."""

    def __init__(self, data: bytes) -> None:
        self._data = iter(data)

    def pick(self, *options: Any) -> Any:
        return options[next(self._data, 0) % len(options)]

    def number(self, low: int, high: int) -> int:
        return low + next(self._data, 0) % (high - low + 1)

    def minute(self) -> int:
        """Minutes after midnight, mostly on the raster."""
        cell = self.number(0, 66)
        return cell * 5 + self.pick(0, 0, 0, 0, 0, 0, 3)


def world_of(data: bytes) -> World:
    """The salon that these bytes describe."""
    dice = Dice(data)
    day = dice.pick(*DAYS)
    branch = branch_of(dice, day)
    offered = tuple(service_of(dice, number) for number in range(dice.pick(1, 1, 2, 3)))
    staff = tuple(member_of(dice, number, day) for number in range(dice.number(1, 4)))
    kinds = ["chair"] * dice.number(1, 3) + ["basin"] * dice.number(1, 2) + ["room", "device"]
    resources = tuple(
        Resource(id=ident(f"unit {n}"), key=f"unit{n}", kind=kind, name=kind)
        for n, kind in enumerate(kinds)
    )
    salon = Salon(
        company=Company(id=ident("company"), key="c", code="C", name="C"),
        branch=branch,
        staff=staff,
        resources=resources,
        services=offered,
    )
    busy = {
        owner.id: spans_of(dice, day, dice.pick(0, 0, 1, 2, 3)) for owner in (*staff, *resources)
    }
    return World(
        salon=salon,
        day=day,
        busy=busy,
        services=tuple(service.id for service in offered),
        staff=dice.pick(None, staff[0].id, staff[-1].id),
    )


def branch_of(dice: Dice, day: date) -> Branch:
    return Branch(
        id=ident("branch"),
        key="random",
        code="X",
        name="Salon",
        address="",
        timezone="Europe/Berlin",
        land="BE",
        language="de",
        opening_hours=hours_of(dice, day),
        horizon_days=400,
        step_minutes=dice.pick(15, 5, 20),
        delegate=dice.pick(*Delegate),
        lead_change=dice.pick(*LeadChange),
        elastic_pauses=dice.pick(False, True),  # noqa: FBT003 - options of a dice
    )


def hours_of(dice: Dice, day: date) -> tuple[WorkingHours, ...]:
    """The whole stretch, a part of it, or two parts with a break between."""
    marks: set[int] = {0, 330}
    match dice.pick("whole", "whole", "break", "whole", "part", "break"):
        case "part":
            marks = {dice.minute(), dice.minute()}
        case "break":
            marks |= {dice.minute(), dice.minute()}
    ordered = sorted(marks)
    pairs = zip(ordered[::2], ordered[1::2], strict=False)
    return tuple(
        WorkingHours(weekday=day.weekday(), start=clock(start), end=clock(end))
        for start, end in pairs
    )


def clock(minute: int) -> time:
    return time(minute // 60, minute % 60)


def service_of(dice: Dice, number: int) -> Service:
    count = dice.number(1, 4)
    policy = dice.pick(*PausePolicy)
    segments = []
    for index in range(count):
        skill = dice.pick("cut", "wash", "color", "style", "treat", "wash")
        segments.append(
            Segment(
                key="ABCD"[index],
                name=f"{number} {index}",
                minutes=dice.number(1, 5) * 5,
                skill=skill,
                role=dice.pick(Role.ASSIST, Role.LEAD) if skill == "wash" else Role.LEAD,
                resources=dice.pick(*NEEDS),
                pause_after=pause_of(dice) if index + 1 < count and dice.pick(0, 1) else None,
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
        segments=tuple(segments),
        pause_policy=policy if any(s.pause_after for s in segments) else None,
        pause_free_from_minutes=dice.pick(20, 10),
    )


def pause_of(dice: Dice) -> Pause:
    shortest = dice.number(1, 5) * 5
    return Pause(
        min_minutes=shortest,
        max_minutes=shortest + dice.pick(0, 5, 15),
        bookable=dice.pick(None, True, False),  # noqa: FBT003 - options of a dice
        keeps_chair=dice.pick(True, False),  # noqa: FBT003 - options of a dice
    )


def member_of(dice: Dice, number: int, day: date) -> Staff:
    skills = set(RANK)
    for skill in RANK:
        if dice.pick(0, 0, 0, 0, 1):
            skills.discard(skill)
    return Staff(
        id=ident(f"staff {number}"),
        key=f"staff{number}",
        first_name="A",
        last_name="B",
        skills=frozenset(skills),
        hours=hours_of(dice, day),
        level=dice.pick(*LEVELS),
        extra_minutes={
            skill: extra for skill in ("color", "wash") if (extra := dice.pick(0, 0, 5, -5, 10))
        },
        extra_from_minutes={"color": dice.pick(0, 15)},
        absences=tuple(Absence(span=span) for span in spans_of(dice, day, dice.pick(0, 0, 0, 1))),
        active=dice.number(0, 9) < 9,
    )


def spans_of(dice: Dice, day: date, count: int) -> list[Span]:
    """Something in the way, on the raster or off it."""
    midnight = datetime.combine(day, time(), ZONE).astimezone(UTC)
    spans = []
    for _ in range(count):
        begins = midnight + timedelta(minutes=dice.minute())
        spans.append(Span(begins, begins + timedelta(minutes=dice.pick(5, 15, 30, 7, 60))))
    return spans


# --- the slow search ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    segment: Segment
    service: Service
    """Whose pause it is that follows."""

    @property
    def binds(self) -> bool:
        """Whether whoever did this stays, and does the next one too."""
        return self.segment.pause_after is not None and (
            self.service.pause_policy is PausePolicy.BLOCKED
        )

    @property
    def keeps(self) -> bool:
        """Whether the customer keeps the place until the next one."""
        pause = self.segment.pause_after
        return pause is None or pause.keeps_chair or self.binds


class BruteForce:
    """Tries everything, minute by minute; time is sets of minutes since the epoch."""

    def __init__(self, world: World) -> None:
        self.world, self.branch = world, world.salon.branch
        self.people = [member for member in world.salon.staff if member.active]
        self.open = self._worked(self.branch.opening_hours)
        self.taken = {key: minutes_in(spans) for key, spans in world.busy.items()}
        self.asleep = {
            key: minutes | minutes_in(world.rests.get(key, ()))
            for key, minutes in self.taken.items()
        }
        """Minutes in which nobody may be made to rest."""
        self.at_work = {
            m.id: (self._worked(m.hours) & self.open) - minutes_in(a.span for a in m.absences)
            for m in world.salon.staff
        }
        self.pieces = self._in_order()
        self.led = self._led()

    # - what is asked

    @property
    def leads(self) -> list[Staff]:
        """Everybody who can do all the lead's own work."""
        needed = {p.segment.skill for p, led in zip(self.pieces, self.led, strict=True) if led}
        return [member for member in self.people if needed <= member.skills]

    def starts(self, lead: Staff | None) -> dict[int, Cost]:
        """Every minute of the raster at which the visit fits, and the least it costs then."""
        walk = Walk(self, lead)
        found = ((m, walk.best(0, m, None, None, lead)) for m in sorted(self.open) if m % 5 == 0)
        return {minute: cost for minute, cost in found if cost is not None}

    def fits(self, minute: int, lead: Staff | None) -> bool:
        """Whether the visit can start then."""
        return Walk(self, lead).best(0, minute, None, None, lead) is not None

    # - what the salon is like

    def _worked(self, hours: Iterable[WorkingHours]) -> set[int]:
        stretches = (range(self._minute(h.start), self._minute(h.end)) for h in hours)
        return {minute for stretch in stretches for minute in stretch}

    def _minute(self, wall: time) -> int:
        return int(datetime.combine(self.world.day, wall, ZONE).timestamp() // 60)

    def _in_order(self) -> list[Piece]:
        chosen = [self.world.salon.service(service_id) for service_id in self.world.services]
        chosen.sort(key=lambda service: min(RANK[s.skill] for s in service.segments))
        pieces: list[Piece] = []
        for service in chosen:
            for index, segment in enumerate(service.segments):
                piece = Piece(segment, service)
                if index == 0 and pieces and pieces[-1].segment.skill == segment.skill:
                    piece = merge(pieces.pop(), piece)
                pieces.append(piece)
        return pieces

    def _led(self) -> list[bool]:
        """Which pieces are the lead's own: all of a run without leaving, if one of it is."""
        roles = [piece.segment.role for piece in self.pieces]
        if self.branch.delegate is Delegate.NEVER or Role.LEAD not in roles:
            return [True] * len(roles)
        led = [role is Role.LEAD for role in roles]
        for _ in led:  # until nothing changes any more
            for index, piece in enumerate(self.pieces[:-1]):
                if piece.binds:
                    led[index] = led[index + 1] = led[index] or led[index + 1]
        return led


class Walk:
    """One lead, or None for one that may change, tried from every state."""

    def __init__(self, brute: BruteForce, lead: Staff | None) -> None:
        self.brute, self.lead = brute, lead
        self.known: dict[object, Cost | None] = {}

    def best(
        self,
        index: int,
        at: int,
        place: tuple[Resource, ...] | None,
        bound: Staff | None,
        current: Staff | None,
    ) -> Cost | None:
        """The least that the pieces from `index` on cost from this minute on."""
        if index == len(self.brute.pieces):
            return (0, 0, 0, 0)
        key = (index, at, place and tuple(u.key for u in place), bound and bound.key,
               current and current.key)  # fmt: skip
        if key not in self.known:
            if place is None:
                tried = [self.best(index, at, p, bound, current) for p in self.places(index)]
            else:
                tried = self.costs(index, at, place, bound, current)
            self.known[key] = min((cost for cost in tried if cost is not None), default=None)
        return self.known[key]

    def costs(
        self,
        index: int,
        at: int,
        place: tuple[Resource, ...],
        bound: Staff | None,
        current: Staff | None,
    ) -> list[Cost]:
        piece, led, found = self.brute.pieces[index], self.brute.led[index], []
        for member in self.crew(index, bound):
            length = minutes_taken(piece.segment, member)
            if not self.can_work(piece, member, at, at + length, place):
                continue
            leads = member if led else current
            handed_over = int(current is not None and leads is not current)
            rank = 0 if led or bound else self.rank(member, current)
            for gap in self.gaps(piece):
                after = at + length + gap
                if gap and not self.can_wait(piece, member, at + length, after, place):
                    continue
                kept, stays = place if piece.keeps else None, member if piece.binds else None
                rest = self.best(index + 1, after, kept, stays, leads)
                if rest is not None:
                    waited = 0 if piece.binds else gap
                    own = (handed_over, waited, rank, length + gap)
                    found.append(tuple(a + b for a, b in zip(own, rest, strict=True)))
        return found  # type: ignore[return-value]  # tuples of four

    def places(self, index: int) -> list[tuple[Resource, ...]]:
        """Every combination of units that the customer could keep from here on."""
        kinds: set[str] = set()
        for piece in self.brute.pieces[index:]:
            kinds |= KEPT & set(piece.segment.resources)
            if not piece.keeps:
                break
        return list(product(*(self.brute.world.salon.units(kind) for kind in sorted(kinds))))

    def crew(self, index: int, bound: Staff | None) -> Sequence[Staff]:
        brute, skill = self.brute, self.brute.pieces[index].segment.skill
        own = brute.led[index] and self.lead is not None
        able = [self.lead] if own and self.lead else brute.people
        return [m for m in able if skill in m.skills and (bound is None or m is bound)]

    def rank(self, member: Staff, current: Staff | None) -> int:
        if self.brute.branch.delegate is Delegate.PREFER:
            return LEVELS.index(member.level)
        return 0 if member is current else 1 + LEVELS.index(member.level)

    def gaps(self, piece: Piece) -> Sequence[int]:
        pause, policy = piece.segment.pause_after, piece.service.pause_policy
        if pause is None:
            return [0]
        elastic = policy is PausePolicy.FLEXIBLE or (
            self.brute.branch.elastic_pauses and policy is PausePolicy.FREE
        )
        return range(
            pause.min_minutes, (pause.max_minutes if elastic else pause.min_minutes) + 1, 5
        )

    def can_work(
        self, piece: Piece, member: Staff, at: int, end: int, place: tuple[Resource, ...]
    ) -> bool:
        brute, needed = self.brute, range(at, end)
        passing = set(piece.segment.resources) - KEPT
        return (
            brute.at_work[member.id].issuperset(needed)
            and brute.taken[member.id].isdisjoint(needed)
            and all(brute.taken[unit.id].isdisjoint(needed) for unit in place)
            and all(
                any(brute.taken[u.id].isdisjoint(needed) for u in brute.world.salon.units(kind))
                for kind in passing
            )
        )

    def can_wait(
        self, piece: Piece, member: Staff, at: int, end: int, place: tuple[Resource, ...]
    ) -> bool:
        brute, waited = self.brute, range(at, end)
        pause, taken = piece.segment.pause_after, brute.taken[member.id]
        not_to_rest = brute.asleep[member.id]
        assert pause is not None
        if not brute.open.issuperset(waited):
            return False
        if piece.keeps and not all(brute.taken[unit.id].isdisjoint(waited) for unit in place):
            return False
        match piece.service.pause_policy:
            case PausePolicy.NEVER:
                return not_to_rest.isdisjoint(waited)
            case PausePolicy.FLEXIBLE if is_free(pause, piece.service):
                return not_to_rest.isdisjoint(range(end - 5, end))
            case PausePolicy.BLOCKED | PausePolicy.FLEXIBLE:
                return taken.isdisjoint(waited) and brute.at_work[member.id].issuperset(waited)
            case _:
                return True


def minutes_taken(segment: Segment, member: Staff) -> int:
    """How long this person takes for it: deviations may count for long segments only."""
    deviates = segment.minutes >= member.extra_from_minutes.get(segment.skill, 0)
    extra = member.extra_minutes.get(segment.skill, 0) if deviates else 0
    return max(5, segment.minutes + extra)


def is_free(pause: Pause, service: Service) -> bool:
    """Policy `flexible`: its own setting, otherwise by its length."""
    if pause.bookable is not None:
        return pause.bookable
    return pause.min_minutes >= service.pause_free_from_minutes


def merge(first: Piece, second: Piece) -> Piece:
    """The longer of two equal neighbours, with the pause of the second."""
    kept = second if second.segment.minutes > first.segment.minutes else first
    roles = {first.segment.role, second.segment.role}
    segment = replace(
        kept.segment,
        role=Role.LEAD if Role.LEAD in roles else Role.ASSIST,
        pause_after=second.segment.pause_after,
    )
    return Piece(segment, second.service)


def minutes_in(spans: Iterable[Span]) -> set[int]:
    """Every minute of these spans."""
    return {
        minute
        for span in spans
        for minute in range(int(span.start.timestamp()) // 60, int(span.end.timestamp()) // 60)
    }


@pytest.fixture(scope="session")
def random_world() -> Callable[[bytes], World]:
    return world_of


def rests_of(world: World, data: bytes) -> World:
    """The same salon with rests of other visits, which these bytes describe."""
    dice = Dice(data)
    rests = {m.id: spans_of(dice, world.day, dice.pick(1, 2, 0)) for m in world.salon.staff}
    return replace(world, rests=rests)


@pytest.fixture(scope="session")
def with_rests() -> Callable[[World, bytes], World]:
    return rests_of


@pytest.fixture(scope="session")
def brute_force() -> type[BruteForce]:
    return BruteForce
