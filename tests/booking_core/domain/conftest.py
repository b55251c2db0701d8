"""The demo salon in plain Python, and a short way to ask it for starts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import pytest

from booking_core.domain.catalogue import (
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
    SpecialDay,
    Staff,
    WorkingHours,
)
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.search import answer
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish

if TYPE_CHECKING:
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import SlotAnswer

BERLIN = ZoneInfo("Europe/Berlin")
WEDNESDAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 24, 10, tzinfo=BERLIN)


def ident(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"test:{name}")


def hours(weekdays: str, start: str, end: str) -> tuple[WorkingHours, ...]:
    return tuple(
        WorkingHours(weekday=int(day), start=time.fromisoformat(start), end=time.fromisoformat(end))
        for day in weekdays
    )


def with_break(
    weekdays: str, start: str, pause: str, resume: str, end: str
) -> tuple[WorkingHours, ...]:
    return hours(weekdays, start, pause) + hours(weekdays, resume, end)


def member(
    key: str, last_name: str, skills: str, level: Level, *plans: tuple[WorkingHours, ...]
) -> Staff:
    return Staff(
        id=ident(key),
        key=key,
        first_name=key.capitalize(),
        last_name=last_name,
        skills=frozenset(skills.split()),
        hours=tuple(stretch for plan in plans for stretch in plan),
        level=level,
    )


STAFF = (
    member(
        "emma", "Lindner", "wash cut_w style color balayage bleach treat", Level.SENIOR,
        with_break("124", "09:00", "13:00", "13:30", "17:30"),
        with_break("3", "11:00", "15:30", "16:00", "20:00"),
        hours("5", "09:00", "14:00"),
    ),
    member(
        "fabian", "Kröger", "wash cut_w cut_m cut_k style", Level.REGULAR,
        with_break("124", "10:00", "14:00", "14:30", "18:00"),
        with_break("3", "11:00", "16:00", "16:30", "20:00"),
        hours("5", "09:00", "14:00"),
    ),
    member(
        "oliver", "Petersen", "wash cut_w cut_m style color bleach perm treat", Level.MASTER,
        with_break("1234", "09:00", "12:30", "13:00", "18:00"),
    ),
    member(
        "dilara", "Yıldız", "wash cut_w cut_m cut_k style color balayage treat", Level.REGULAR,
        with_break("234", "09:00", "12:00", "12:30", "18:00"),
        hours("5", "09:00", "14:00"),
    ),
    member(
        "jule", "Brandt", "wash", Level.APPRENTICE,
        with_break("123", "09:00", "12:00", "12:30", "17:00"),
        hours("5", "09:00", "14:00"),
    ),
)  # fmt: skip


def segments(*parts: str) -> tuple[Segment, ...]:
    """`30 color` or `15 wash assist`; `P30` or `P15-20 free` for the pause before the next."""
    made: list[Segment] = []
    for part in parts:
        if part.startswith("P"):
            length, *rest = part[1:].split()
            low, _, high = length.partition("-")
            bookable = True if "free" in rest else None
            pause = Pause(min_minutes=int(low), max_minutes=int(high or low), bookable=bookable)
            made[-1] = replace(made[-1], pause_after=pause)
            continue
        minutes, skill, *rest = part.split()
        role = Role.ASSIST if "assist" in rest else Role.LEAD
        kind = "basin" if skill == "wash" or "basin" in rest else "chair"
        made.append(
            Segment(
                key="ABCDEFGHIJ"[len(made)], name=f"{skill} {len(made)}", minutes=int(minutes),
                skill=skill, role=role, resources=(kind,),
            )
        )  # fmt: skip
    return tuple(made)


def service(number: int, policy: PausePolicy | None, *parts: str) -> Service:
    return Service(
        id=ident(f"service {number}"), number=number, code=f"S{number}", name=f"Leistung {number}",
        spoken_name=f"Leistung {number}", gender=Gender.FEMININE, price_cents=1000,
        segments=segments(*parts), pause_policy=policy,
    )  # fmt: skip


FREE, BLOCKED, FLEXIBLE, NEVER = (
    PausePolicy.FREE, PausePolicy.BLOCKED, PausePolicy.FLEXIBLE, PausePolicy.NEVER,
)  # fmt: skip
SERVICES = (
    service(42, BLOCKED, "10 wash", "P5", "25 cut_m", "P5", "10 style"),
    service(434, None, "30 cut_k"),
    service(435, None, "30 cut_w"),
    service(436, None, "10 wash assist", "35 cut_w"),
    service(439, None, "10 wash assist", "30 cut_w", "20 style"),
    service(437, None, "10 wash assist", "30 style"),
    service(430, None, "20 style"),
    service(431, None, "30 style"),
    service(177, FREE, "30 color", "P30-45", "15 wash assist", "30 cut_w", "P15-30", "30 style"),
    service(178, FREE, "40 color", "P30-45", "15 wash assist", "40 cut_w", "P15-30", "30 style"),
    service(
        441,
        FLEXIBLE,
        "45 perm",
        "P15-20 free",
        "10 perm",
        "P10-15 free",
        "15 wash assist",
        "40 cut_w",
    ),
    service(443, FREE, "60 balayage", "P40", "20 wash assist", "P10", "30 cut_w", "35 style"),
    service(41, NEVER, "15 treat basin", "P10", "5 wash assist"),
    service(43, NEVER, "10 treat", "P20", "15 wash assist"),
    service(44, NEVER, "10 treat", "P15", "10 wash assist"),
)

BRANCH = Branch(
    id=ident("branch"), key="test", code="BER", name="Salon Morgenrot",
    address="Hauptstraße 1, Berlin", timezone="Europe/Berlin", land="BE", language="de",
    opening_hours=hours("124", "09:00", "18:00") + hours("3", "09:00", "20:00")
    + hours("5", "09:00", "14:00"),
    special_days=(
        SpecialDay(month=12, day=24, opens=time(9), closes=time(13)),
        SpecialDay(month=12, day=25),
        SpecialDay(month=12, day=31, opens=time(9), closes=time(13)),
    ),
)  # fmt: skip

RESOURCES = tuple(
    Resource(id=ident(name), key=name.replace(" ", ""), kind=name.split()[0], name=name)
    for name in ("chair 1", "chair 2", "chair 3", "chair 4", "basin 1", "basin 2")
)  # fmt: skip

HOLIDAYS = {date(2026, 12, 26): "Zweiter Weihnachtstag", date(2027, 1, 1): "Neujahr"}


@dataclass
class Desk:
    """The salon with its claims; asks the search as the phone agent does."""

    salon: Salon
    now: datetime = NOW
    busy: dict[UUID, list[Span]] = field(default_factory=dict)

    def at(self, clock: str, day: date = WEDNESDAY) -> datetime:
        return datetime.combine(day, time.fromisoformat(clock), BERLIN)

    def span(self, start: str, end: str, day: date = WEDNESDAY) -> Span:
        return Span(self.at(start, day), self.at(end, day))

    def branch(self, **changes: object) -> None:
        self.salon = replace(self.salon, branch=replace(self.salon.branch, **changes))  # type: ignore[arg-type]  # names of fields

    def edit(self, number: int, **changes: object) -> None:
        self.salon = replace(
            self.salon,
            services=tuple(
                replace(s, **changes) if s.number == number else s  # type: ignore[arg-type]  # names of fields
                for s in self.salon.services
            ),
        )

    def edit_staff(self, key: str, **changes: object) -> None:
        self.salon = replace(
            self.salon,
            staff=tuple(
                replace(s, **changes) if s.key == key else s  # type: ignore[arg-type]  # names of fields
                for s in self.salon.staff
            ),
        )

    def take(self, name: str, start: str, end: str, day: date = WEDNESDAY) -> None:
        self.busy.setdefault(ident(name), []).append(self.span(start, end, day))

    def take_plan(self, plan: Plan) -> None:
        for claim in plan.claims:
            self.busy.setdefault(claim.resource_id, []).append(claim.span)

    def visit(self, *numbers: int, staff: str | None = None) -> VisitRequest:
        return VisitRequest(
            services=tuple(ident(f"service {number}") for number in numbers),
            staff=ident(staff) if staff else None,
        )

    def ask(
        self,
        *numbers: int,
        staff: str | None = None,
        wishes: tuple[TimeWish, ...] = (),
        rejected: tuple[Span, ...] = (),
        limit: int = 2,
        strict: bool = False,
        moving: UUID | None = None,
    ) -> SlotAnswer:
        query = SlotQuery(
            branch_id=self.salon.branch.id, visit=self.visit(*numbers, staff=staff), owner="call:1",
            wishes=wishes, rejected=rejected, limit=limit, strict=strict, moving=moving,
        )  # fmt: skip
        return answer(query, self.salon, self.busy, self.now, HOLIDAYS.get)

    def wish(self, clock: str, day: date = WEDNESDAY) -> TimeWish:
        at = self.at(clock, day)
        return TimeWish(window=Span.of_minutes(at, 5), at=at)

    def window(self, start: str, end: str, day: date = WEDNESDAY) -> TimeWish:
        return TimeWish(window=self.span(start, end, day))

    def starts(self, *numbers: int, staff: str | None = None, day: date = WEDNESDAY) -> list[str]:
        """Every start of the day that is offered on the branch's raster, as local clock times."""
        whole = Span(self.at("00:00", day), self.at("00:00", day + timedelta(days=1)))
        found = self.ask(
            *numbers, staff=staff, wishes=(TimeWish(window=whole),), limit=300, strict=True
        )
        if not isinstance(found, SlotsFound):
            return []
        return [f"{offer.plan.start.astimezone(BERLIN):%H:%M}" for offer in found.offers]

    def book(self, *numbers: int, staff: str | None, at: str, day: date = WEDNESDAY) -> Plan:
        """The plan of an exact wish, which from now on is taken."""
        found = self.ask(*numbers, staff=staff, wishes=(self.wish(at, day),))
        assert isinstance(found, SlotsFound)
        assert found.offers[0].plan.start == self.at(at, day).astimezone(UTC)
        self.take_plan(found.offers[0].plan)
        return found.offers[0].plan


@pytest.fixture
def desk() -> Desk:
    salon = Salon(
        company=Company(id=ident("company"), key="test", code="MORG", name="Salon Morgenrot"),
        branch=BRANCH, staff=STAFF, resources=RESOURCES, services=SERVICES,
    )  # fmt: skip
    return Desk(salon=salon)


@pytest.fixture
def vectors(desk: Desk) -> Desk:
    """The setting of the search vectors: no lead-time limit, nobody else washes."""
    desk.branch(lead_minutes=0, delegate=Delegate.NEVER)
    return desk


@pytest.fixture
def quarter_hours() -> QuarterHours:
    return QuarterHours()


class QuarterHours:
    """Clock times from one to another, both included."""

    def __call__(self, *stretches: str) -> list[str]:
        times = []
        for stretch in stretches:
            start, _, end = stretch.partition("-")
            moment = datetime.fromisoformat(f"2026-11-25T{start}")
            last = datetime.fromisoformat(f"2026-11-25T{end or start}")
            while moment <= last:
                times.append(f"{moment:%H:%M}")
                moment += timedelta(minutes=15)
        return times
