"""A day on the terminal: pauses can be seen, and who is served inside them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from io import StringIO
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from booking_core.domain.appointment import Appointment, AppointmentState, Customer
from booking_core.domain.catalogue import PausePolicy
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.search import answer
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish
from voice_agent.simulator.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon

    Visiting = Callable[..., Appointment]

DAY = date(2026, 4, 15)
NOW = datetime(2026, 4, 14, 7, tzinfo=UTC)


@pytest.fixture
def visiting(demo_salon: Salon) -> Visiting:
    """Makes a visit with Emma on that Wednesday, around whatever visits there are."""

    def visit(
        number: int,
        start: str,
        customer: str,
        *,
        beside: Sequence[Appointment] = (),
        salon: Salon = demo_salon,
    ) -> Appointment:
        at = datetime.fromisoformat(f"2026-04-15T{start}").replace(tzinfo=ZoneInfo("Europe/Berlin"))
        emma = next(member for member in salon.staff if member.key == "emma")
        busy: dict[UUID, list[Span]] = defaultdict(list)
        for other in beside:
            for claim in other.plan.claims:
                busy[claim.resource_id].append(claim.span)
        query = SlotQuery(
            branch_id=salon.branch.id,
            visit=VisitRequest(services=(salon.service_numbered(number).id,), staff=emma.id),
            owner="test",
            wishes=(TimeWish(window=Span.of_minutes(at, 5), at=at),),
            strict=True,
        )
        found = answer(query, salon, busy, NOW, lambda _: None)
        assert isinstance(found, SlotsFound)
        return Appointment(
            id=uuid4(),
            branch_id=salon.branch.id,
            code="ABC234",
            state=AppointmentState.BOOKED,
            version=1,
            plan=found.offers[0].plan,
            service_names=(salon.service_numbered(number).name,),
            price_cents=0,
            customer=Customer(name=customer),
        )

    return visit


def printed(salon: Salon, visits: Sequence[Appointment], day: date = DAY) -> list[str]:
    emma = next(member for member in salon.staff if member.key == "emma")
    console = Console(file=StringIO(), width=80, color_system=None)
    console.print(timeline(salon, emma, day, visits))
    file = console.file
    assert isinstance(file, StringIO)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_a_second_visit_stands_inside_the_pause_of_the_first(
    demo_salon: Salon, visiting: Visiting
) -> None:
    colour = visiting(177, "14:00", "Vossberg")
    cut = visiting(435, "14:30", "Quast", beside=[colour])

    lines = printed(demo_salon, [cut, colour])

    assert lines[:6] == [
        "Emma Lindner, Wednesday, 15 April 2026",
        "                      14          15          16",
        "  Vossberg            A█████░░░░░░B██C█████░░░D█████",
        "  Quast                     A█████",
        "  Emma                █████████████████████   ██████",
        "",
    ]
    assert lines[6:9] == [
        "  14:00      A  Ansatzfärbung auftragen (1 von 4)  Vossberg",
        "  14:30      -  30 min pause, Emma is free",
        "      14:30  A  Trockenschnitt                     Quast, in that pause",
    ]


def test_a_blocked_pause_looks_different_and_keeps_the_person(
    demo_salon: Salon, visiting: Visiting
) -> None:
    colour = demo_salon.service_numbered(177)
    blocked = replace(colour, pause_policy=PausePolicy.BLOCKED)
    services = tuple(blocked if s.id == colour.id else s for s in demo_salon.services)
    salon = replace(demo_salon, services=services)

    lines = printed(salon, [visiting(177, "14:00", "Vossberg", salon=salon)])

    assert lines[2:4] == [
        "  Vossberg            A█████▒▒▒▒▒▒B██C█████▒▒▒D█████",
        "  Emma                ██████████████████████████████",
    ]
    assert "30 min pause, Emma stays" in "\n".join(lines)


def test_work_somebody_else_does_leaves_the_person_free(
    demo_salon: Salon, visiting: Visiting
) -> None:
    lunch_in_between = visiting(177, "12:15", "Harms")

    lines = printed(demo_salon, [lunch_in_between])

    assert lines[2:4] == [
        "  Harms                  A█████░░░░░░░░░C█████░░░D█████",
        "  Emma                   ██████         ██████   ██████",
    ]
    assert "  13:15  B  Auswaschen (2 von 4)               Harms, with Jule" in lines


def test_a_day_without_visits_says_so(demo_salon: Salon, visiting: Visiting) -> None:
    colour = visiting(177, "14:00", "Vossberg")

    lines = printed(demo_salon, [colour], date(2026, 4, 16))

    assert lines == ["Emma Lindner, Thursday, 16 April 2026", "  nothing booked"]


def test_a_long_day_fits_eighty_columns(demo_salon: Salon, visiting: Visiting) -> None:
    early = visiting(435, "09:00", "Eine Kundin mit einem sehr langen Namen")
    late = visiting(431, "17:00", "Quast", beside=[early])

    lines = printed(demo_salon, [early, late])

    assert max(len(line) for line in lines) <= 80
    assert lines[2].startswith("  Eine Kundin mit ei…")
