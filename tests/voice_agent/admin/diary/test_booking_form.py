"""Booking at the desk."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from booking_core.adapters.postgres.appointments import PostgresAppointments
from booking_core.ports import Search

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

DAY = "2026-11-27"


def fields(house: Any, service: int, at: str, **more: str) -> dict[str, str]:
    number = house.salon.service_numbered(service)
    return {
        "service": str(number.id),
        "second": "",
        "staff": "",
        "date": DAY,
        "time": at,
        "name": "Petra Sommer",
        "phone": "",
        "email": "",
        "key": str(uuid4()),
    } | more


def staff(house: Any, key: str) -> str:
    return next(str(member.id) for member in house.salon.staff if member.key == key)


async def booked(house: Any) -> list[Any]:
    search = Search(branch_id=house.salon.branch.id)
    found: list[Any] = await house.do(PostgresAppointments(house.runtime.engine).find(search))
    return found


async def test_a_free_place_that_is_clicked_fills_the_form(owner: Any, house: Any) -> None:
    emma = staff(house, "emma")

    status, text = await owner.get(f"/admin/book?date={DAY}&time=14:30&staff={emma}")

    assert status == 200
    assert f'value="{DAY}"' in text
    assert 'value="14:30"' in text
    assert f'<option value="{emma}" selected>' in text


async def test_a_visit_is_booked_and_shown_without_any_script(owner: Any, house: Any) -> None:
    form = fields(house, 177, "14:00", staff=staff(house, "emma"), phone="0171 9990001")

    status, text = await owner.send("/admin/book", form)

    assert status == 200
    assert "Freitag, 27. November 2026, 14:00 bis 16:30" in text
    assert "Gebucht über" in text
    [visit] = await booked(house)
    assert (visit.source, visit.customer.phone) == ("desk", "+491719990001")
    assert "visit.booked" in text


async def test_a_form_sent_twice_books_once(owner: Any, house: Any) -> None:
    form = fields(house, 42, "14:00", staff=staff(house, "oliver"))

    await owner.send("/admin/book", form)
    status, _ = await owner.send("/admin/book", form)

    assert status == 200
    assert len(await booked(house)) == 1


async def test_two_services_are_one_visit(owner: Any, house: Any) -> None:
    second = str(house.salon.service_numbered(432).id)

    status, _ = await owner.send("/admin/book", fields(house, 42, "10:00", second=second))

    [visit] = await booked(house)
    assert status == 200
    assert len(visit.service_names) == 2


async def test_the_desk_books_at_shorter_notice_than_the_phone(
    owner: Any, house: Any, offer: Callable[..., Awaitable[Any]]
) -> None:
    told = await offer(42, "2026-11-24T09:30", staff="oliver")

    status, _ = await owner.send(
        "/admin/book",
        fields(house, 42, "09:30", date="2026-11-24", staff=staff(house, "oliver")),
    )

    assert told.obstacle.reason == "lead_time"
    assert status == 200
    assert len(await booked(house)) == 1


async def test_a_time_that_is_taken_is_refused_with_the_reason_and_other_times(
    owner: Any, house: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    await book(42, f"{DAY}T14:00", staff="oliver", name="Jan Ohlsen")

    status, text = await owner.send(
        "/admin/book", fields(house, 42, "14:15", staff=staff(house, "oliver"))
    )

    assert status == 409
    assert "Oliver hat bis" in text
    assert text.count("data-offer") >= 2
    assert 'value="Petra Sommer"' in text


async def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(
    owner: Any, house: Any
) -> None:
    wrong = fields(house, 42, "14:03", phone="12", email="petra", name=" ") | {"service": "x"}

    status, text = await owner.send("/admin/book", wrong)

    assert status == 422
    for name in ("service", "time", "name", "phone", "email"):
        assert f'id="wrong-{name}"' in text
    assert 'value="petra"' in text
    assert await booked(house) == []


async def test_the_same_customer_twice_is_asked_about(
    owner: Any, house: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    await book(42, f"{DAY}T15:00", staff="oliver", phone="+491719990001")
    form = fields(house, 42, "15:00", staff=staff(house, "fabian"), phone="+491719990001")

    asked, text = await owner.send("/admin/book", form)
    done, _ = await owner.send("/admin/book", form | {"twice": "1", "key": str(uuid4())})

    assert asked == 409
    assert "hat um 15:00 schon einen Termin" in text
    assert 'name="twice"' in text
    assert done == 200
    assert len(await booked(house)) == 2


async def test_customers_on_file_are_found_by_name_and_number(
    owner: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    await book(42, f"{DAY}T14:00", staff="oliver", phone="+491719990001", email="p@example.com")

    for asked in ("somm", "0171999"):
        _, text = await owner.get(f"/admin/customers/known?name={asked}")
        assert re.findall(r'data-name="([^"]+)"', unescape(text)) == ["Petra Sommer"]
    for asked in ("s", "%25%25", "Ohlsen"):
        _, text = await owner.get(f"/admin/customers/known?name={asked}")
        assert "data-name" not in text


async def test_an_open_calendar_is_told_and_stays_where_it_is(owner: Any, house: Any) -> None:
    form = fields(house, 42, "14:00", staff=staff(house, "oliver"))
    token = await owner.csrf()

    async with owner.http.post(
        owner.url + "/admin/book", data=form | {"csrf": token}, headers={"HX-Request": "true"}
    ) as answer:
        assert answer.status == 200
        assert "visit-booked" in answer.headers["HX-Trigger"]
        assert await answer.text() == ""
