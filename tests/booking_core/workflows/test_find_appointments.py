from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from booking_core.adapters.clock import SystemClock
from booking_core.domain.appointment import AppointmentState, Customer
from booking_core.domain.errors import InvalidRequest, UnknownSalon
from booking_core.domain.interval import Span
from booking_core.domain.names import folded_words
from booking_core.workflows.find_appointments import find_appointments, standing_visits

PHONE = "+4915112345678"
MONDAY, TUESDAY = date(2031, 3, 3), date(2031, 3, 4)
NEXT_DAY = 24 * 60


@pytest.fixture
def look_up(world: Any, visits: Any) -> Any:
    """Looks up visits on a day before all of them, or at another time."""

    async def ask(*, branch_id: Any = None, at: Any = None, **asked: Any) -> Any:
        clock = SystemClock(at or visits.plan(-NEXT_DAY).start)
        return await find_appointments(
            branch_id or visits.salon.branch.id,
            salons=world.salons,
            appointments=world.stores.appointments,
            clock=clock,
            **asked,
        )

    return ask


def person(name: str, phone: str | None = None) -> Customer:
    return Customer(name=name, phone=phone)


async def test_a_number_finds_all_visits_under_it_the_next_one_first(
    booked: Any, look_up: Any
) -> None:
    later, sooner = await booked(NEXT_DAY), await booked(0)
    await booked(600, customer=person("Jemand Anders", "+4917600000001"))

    assert await look_up(phone=PHONE) == [sooner, later]


@pytest.mark.inc(104)
async def test_with_a_number_the_name_is_left_to_whoever_heard_it(
    booked: Any, look_up: Any
) -> None:
    visit = await booked()

    assert await look_up(phone=PHONE, name="Thönies") == [visit]


@pytest.mark.inc(110)
async def test_there_is_no_limit_to_how_many_are_found(booked: Any, look_up: Any) -> None:
    every = [await booked(300 * number) for number in range(12)]

    assert await look_up(phone=PHONE) == every


async def test_a_code_finds_its_visit_however_it_is_written(booked: Any, look_up: Any) -> None:
    visit = await booked()

    assert await look_up(code=f" {visit.code.lower()} ") == [visit]


@pytest.mark.parametrize("said", ["Tönnies", "toennies", "Wilma TÖNNIES", "Frau Tonnies", "Wilma"])
async def test_a_name_and_a_day_find_a_visit_in_every_spelling(
    booked: Any, look_up: Any, said: str
) -> None:
    visit = await booked()

    assert await look_up(name=said, day=MONDAY) == [visit]


async def test_another_name_or_another_day_finds_nothing(booked: Any, look_up: Any) -> None:
    await booked()

    assert await look_up(name="Tönnies", day=TUESDAY) == []
    assert await look_up(name="Tönnesmann", day=MONDAY) == []
    assert await look_up(name="???", day=MONDAY) == []
    assert await look_up(phone="+4930000000") == []
    assert await look_up(code="XXXXXX") == []


async def test_a_day_is_a_day_of_the_salon(booked: Any, visits: Any, look_up: Any) -> None:
    """Half past midnight in Berlin is still yesterday in UTC."""
    visit = await booked(visits.plan(15 * 60 + 30))

    assert await look_up(phone=PHONE, day=TUESDAY) == [visit]
    assert await look_up(phone=PHONE, day=MONDAY) == []


async def test_what_is_over_is_found_only_when_it_is_asked_for(booked: Any, look_up: Any) -> None:
    first, second, third = [await booked(300 * number) for number in range(3)]
    between = second.plan.end + timedelta(minutes=1)

    assert await look_up(phone=PHONE, at=between) == [third]
    assert await look_up(phone=PHONE, at=between, include_past=True) == [third, second, first]


async def test_a_visit_that_goes_on_right_now_is_not_over(booked: Any, look_up: Any) -> None:
    visit = await booked()

    assert await look_up(phone=PHONE, at=visit.plan.start + timedelta(minutes=5)) == [visit]


async def test_what_is_cancelled_is_told_by_its_code_only(
    booked: Any, cancel_it: Any, look_up: Any
) -> None:
    visit = await booked()
    await cancel_it(visit)

    (found,) = await look_up(code=visit.code)

    assert found.state is AppointmentState.CANCELLED
    assert await look_up(phone=PHONE) == []
    assert await look_up(name="Tönnies", day=MONDAY) == []


async def test_what_never_came_about_is_never_found(world: Any, booked: Any, look_up: Any) -> None:
    world.calendar.script.append("refused")
    with pytest.raises(AttributeError):
        await booked()
    code = await world.value("SELECT code FROM appointment")

    assert await look_up(code=code) == []


async def test_a_moved_visit_is_found_where_it_is_now(
    booked: Any, move_it: Any, look_up: Any
) -> None:
    visit = await booked()
    moved = await move_it(visit, NEXT_DAY)

    assert await look_up(name="Tönnies", day=TUESDAY) == [moved.appointment]
    assert await look_up(name="Tönnies", day=MONDAY) == []


async def test_visits_of_another_branch_are_nobodys_business(
    booked: Any, look_up: Any, other_branch: Any
) -> None:
    visit = await booked()

    assert await look_up(branch_id=other_branch, phone=PHONE) == []
    assert await look_up(branch_id=other_branch, code=visit.code) == []


@pytest.mark.parametrize(
    "asked",
    [{}, {"name": "Tönnies"}, {"day": MONDAY}, {"phone": ""}, {"code": " "}],
    ids=["nothing", "a name", "a day", "an empty number", "an empty code"],
)
async def test_a_question_that_anybody_could_ask_is_refused(
    booked: Any, look_up: Any, asked: dict[str, Any]
) -> None:
    await booked()

    with pytest.raises(InvalidRequest):
        await look_up(**asked)


async def test_a_branch_nobody_knows_is_an_error(look_up: Any, new_id: Any) -> None:
    with pytest.raises(UnknownSalon):
        await look_up(branch_id=new_id(), phone=PHONE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "MUELLER"),
        ("Groß", "Gross"),
        ("Zoë Çelik", "zoe celik"),
        ("Meyer-Lüdenscheidt", "Luedenscheidt Meyer"),
        ("Jørgensen", "Jorgensen"),
        ("Ayşe Yıldız", "AYSE YILDIZ"),
    ],
)
def test_spellings_of_one_name_fold_to_the_same_words(one: str, other: str) -> None:
    assert folded_words(one) == folded_words(other)


def test_different_names_stay_different() -> None:
    assert not folded_words("Maier") & folded_words("Mayr")


@pytest.fixture
def who_stands(world: Any, visits: Any) -> Any:
    """Booked visits on a number, as known the day before."""

    async def ask(phone: str, within: Span | None = None, *, at: Any = None) -> Any:
        return await standing_visits(
            visits.salon.branch.id,
            appointments=world.stores.appointments,
            clock=SystemClock(at or visits.plan(-NEXT_DAY).start),
            phone=phone,
            within=within,
        )

    return ask


async def test_visits_of_a_number_that_touch_a_time_are_told_pauses_included(
    booked: Any, who_stands: Any, visits: Any
) -> None:
    visit, later = await booked(0), await booked(300)
    await booked(600, customer=person("Jemand Anders", "+4917600000001"))
    pause = visit.plan.segments[0].pause.span

    assert await who_stands(PHONE, pause) == [visit]
    assert await who_stands(PHONE, Span(visit.plan.end, later.plan.start)) == []
    assert await who_stands(PHONE) == [visit, later]
    assert await who_stands(PHONE, at=visits.plan(200).start) == [later]


async def test_whoever_withholds_the_number_has_no_visit_on_it(
    booked: Any, who_stands: Any
) -> None:
    await booked(0, customer=person("Ohne Nummer"))

    assert await who_stands("  ") == []


async def test_a_cancelled_visit_does_not_stand(
    booked: Any, cancel_it: Any, who_stands: Any
) -> None:
    await cancel_it(await booked(0))

    assert await who_stands(PHONE) == []
