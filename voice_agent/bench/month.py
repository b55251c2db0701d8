"""A made-up salon and a month in it, as large as wanted: what the slot searches are measured on.

Everybody can do everything, and two thirds of everybody's time are taken.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from booking_core.domain.catalogue import (
    Branch,
    Company,
    Gender,
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
from booking_core.domain.interval import Span, merge

if TYPE_CHECKING:
    from collections.abc import Mapping

DAYS: Final = 30
LOAD: Final = 0.65
FIRST: Final = date(2026, 3, 2)
LAST: Final = FIRST + timedelta(days=DAYS - 1)
OPENS, CLOSES = time(9), time(19)
SKILLS: Final = ("color", "wash", "cut", "style")


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A salon, and who is taken when."""

    salon: Salon
    busy: Mapping[UUID, tuple[Span, ...]]

    @property
    def claims(self) -> int:
        """How many stretches are taken."""
        return sum(len(spans) for spans in self.busy.values())


def month(people: int) -> Month:
    """The same month each time; chairs and basins for so many people."""
    salon = _salon(people)
    dice = random.Random(7)  # noqa: S311 - a reproducible month, no secret
    owners = [(member.id, LOAD) for member in salon.staff]
    owners += [(unit.id, LOAD / 2) for unit in salon.resources]
    return Month(salon=salon, busy={owner: _booked(dice, load) for owner, load in owners})


def no_holidays(_: date) -> None:
    """Nothing is closed."""
    return


def _salon(people: int) -> Salon:
    kinds = ["chair"] * (people * 4 // 5) + ["basin"] * max(people * 3 // 10, 1)
    return Salon(
        company=Company(id=UUID(int=1), key="bench", code="B", name="Bench"),
        branch=Branch(
            id=UUID(int=2),
            key="bench",
            code="B",
            name="Bench",
            address="Bench",
            timezone="UTC",
            land="BE",
            language="de",
            opening_hours=_hours(),
        ),
        staff=tuple(_member(number) for number in range(people)),
        resources=tuple(
            Resource(id=UUID(int=5_000_000 + number), key=f"unit{number}", kind=kind, name=kind)
            for number, kind in enumerate(kinds)
        ),
        services=(_service(),),
    )


def _member(number: int) -> Staff:
    return Staff(
        id=UUID(int=1_000_000 + number),
        key=f"staff{number}",
        first_name="Staff",
        last_name=str(number),
        skills=frozenset(SKILLS),
        hours=_hours(),
    )


def _hours() -> tuple[WorkingHours, ...]:
    return tuple(WorkingHours(weekday=day, start=OPENS, end=CLOSES) for day in range(7))


def _service() -> Service:
    return Service(
        id=UUID(int=3),
        number=1,
        code="COL",
        name="Colour",
        spoken_name="Colour",
        gender=Gender.FEMININE,
        price_cents=0,
        pause_policy=PausePolicy.FREE,
        segments=(
            _segment("A", 30, "color", (30, 45)),
            _segment("B", 15, "wash", None),
            _segment("C", 30, "cut", (15, 30)),
            _segment("D", 30, "style", None),
        ),
    )


def _segment(key: str, minutes: int, skill: str, pause: tuple[int, int] | None) -> Segment:
    return Segment(
        key=key,
        name=skill,
        minutes=minutes,
        skill=skill,
        role=Role.ASSIST if skill == "wash" else Role.LEAD,
        resources=("basin" if skill == "wash" else "chair",),
        pause_after=Pause(min_minutes=pause[0], max_minutes=pause[1]) if pause else None,
    )


def _booked(dice: random.Random, load: float) -> tuple[Span, ...]:
    spans = []
    for day in range(DAYS):
        moment = datetime.combine(FIRST + timedelta(days=day), OPENS, UTC)
        closes = datetime.combine(moment.date(), CLOSES, UTC)
        while moment < closes:
            length = timedelta(minutes=dice.choice((30, 45, 60, 90)))
            if dice.random() < load:
                spans.append(Span(moment, min(moment + length, closes)))
            moment += length
    return merge(spans)
