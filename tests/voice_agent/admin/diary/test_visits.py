"""The page of a visit, and what can be done there."""

from __future__ import annotations

import json
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from booking_core.adapters.postgres.admin_tables import audit_entry
from booking_core.adapters.postgres.appointments import PostgresAppointments

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from booking_core.domain.appointment import Appointment

DAY = "2026-11-27"  # a Friday; the visit is far enough away to be changed
JSON = {"headers": {"Accept": "application/json"}}


def local(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("Europe/Berlin")).strftime("%Y-%m-%d %H:%M")


@pytest.fixture
def now_is(house: Any) -> Callable[[Appointment], Awaitable[Appointment]]:
    """The visit as it is stored now."""

    async def read(visit: Appointment) -> Appointment:
        found: Appointment = await house.do(
            PostgresAppointments(house.runtime.engine).by_id(visit.id)
        )
        return found

    return read


async def drag(
    owner: Any, visit: Appointment, minutes: int, **more: Any
) -> tuple[int, dict[str, Any]]:
    form = {"minutes": minutes, "index": 1, "version": visit.version, "key": str(uuid4())} | more
    status, text = await owner.send(f"/admin/visits/{visit.id}/move", form, **JSON)
    return status, json.loads(text)


async def test_a_visit_shows_its_course_its_history_and_who_comes(
    owner: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(177, f"{DAY}T14:00", phone="+491719990001", email="petra@example.com")

    status, text = await owner.get(f"/admin/visits/{visit.id}")

    assert status == 200
    for words in (
        "Petra Sommer",
        "Freitag, 27. November 2026, 14:00 bis 16:30",
        "Auswaschen",
        "Pause, hier ist Zeit für andere (30 Minuten)",
        "+491719990001",
        visit.code,
        "85,00 €",
        "Bestätigung",
        "Buchung über Telefon, erledigt",
    ):
        assert words in text


async def test_the_uid_of_a_calendar_booking_is_not_given_away(
    owner: Any, house: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")
    query = "SELECT calendar_uid FROM appointment_segment WHERE appointment_id = %(id)s"

    async def uids() -> list[str]:
        async with house.runtime.engine.connect() as connection:
            rows = await connection.exec_driver_sql(query, {"id": visit.id})
            return [row.calendar_uid for row in rows]

    _, text = await owner.get(f"/admin/visits/{visit.id}")

    known = await house.do(uids())
    assert known
    assert all(uid not in text for uid in known if uid)


async def test_a_visit_of_nobody_here_is_not_found(owner: Any) -> None:
    for path in (f"/admin/visits/{uuid4()}", "/admin/visits/one"):
        status, _ = await owner.get(path)
        assert status == 404
    status, _ = await owner.send(f"/admin/visits/{uuid4()}/cancel", {"key": str(uuid4())})
    assert status == 404


async def test_dragging_moves_the_whole_visit_and_is_written_down(
    owner: Any,
    house: Any,
    book: Callable[..., Awaitable[Any]],
    now_is: Callable[..., Awaitable[Any]],
) -> None:
    visit = await book(177, f"{DAY}T14:00")

    status, answer = await drag(owner, visit, -30)

    assert status == 200, answer
    assert answer["message"] == "Petra Sommer: verlegt auf Fr 27.11., 13:30, Emma."
    moved = await now_is(visit)
    assert (moved.version, len(moved.plan.segments)) == (2, 4)
    assert local(moved.plan.start) == f"{DAY} 13:30"

    async def trail() -> list[Any]:
        async with house.runtime.engine.connect() as connection:
            query = select(audit_entry).where(audit_entry.c.subject_id == str(visit.id))
            return list(await connection.execute(query))

    [entry] = await house.do(trail())
    assert entry.action == "visit.moved"
    assert entry.before["start"] == f"{DAY} 14:00"


async def test_a_move_is_undone_to_the_very_plan_it_had(
    owner: Any, book: Callable[..., Awaitable[Any]], now_is: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(177, f"{DAY}T14:00")
    _, answer = await drag(owner, visit, 30)

    status, text = await owner.send(
        answer["undo"], {"version": answer["version"], "key": str(uuid4())}, **JSON
    )

    assert status == 200, text
    assert "wieder Fr 27.11., 14:00" in json.loads(text)["message"]
    assert (await now_is(visit)).plan == visit.plan


async def test_a_collision_is_refused_with_the_reason_and_nothing_moves(
    owner: Any, book: Callable[..., Awaitable[Any]], now_is: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")
    await book(42, f"{DAY}T15:00", staff="oliver", name="Jan Ohlsen")

    status, answer = await drag(owner, visit, 60)

    assert status == 409
    assert answer["message"].startswith("Oliver hat bis 15:")
    assert (await now_is(visit)).plan == visit.plan


async def test_another_column_is_another_person_if_that_one_can(
    owner: Any,
    house: Any,
    book: Callable[..., Awaitable[Any]],
    now_is: Callable[..., Awaitable[Any]],
) -> None:
    visit = await book(177, f"{DAY}T14:00")
    ids = {member.key: str(member.id) for member in house.salon.staff}

    refused, why = await drag(owner, visit, 0, staff=ids["fabian"])
    done, _ = await drag(owner, visit, 0, staff=ids["dilara"])

    assert refused == 409
    assert why["message"].startswith("Fabian macht das nicht.")
    assert done == 200
    assert str((await now_is(visit)).plan.segments[0].staff_id) == ids["dilara"]


async def test_a_place_is_looked_at_without_holding_or_moving_anything(
    owner: Any, book: Callable[..., Awaitable[Any]], now_is: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")
    await book(42, f"{DAY}T15:00", staff="oliver", name="Jan Ohlsen")

    async def told(**wish: object) -> dict[str, Any]:
        query = "&".join(f"{name}={value}" for name, value in wish.items())
        status, text = await owner.get(f"/admin/visits/{visit.id}/look?index=1&{query}")
        assert status == 200
        found: dict[str, Any] = json.loads(text)
        return found

    taken, free = await told(minutes=60), await told(minutes=-60)
    closed = await told(minutes=2 * 24 * 60)
    odd, _ = await owner.get(f"/admin/visits/{visit.id}/look?minutes=soon")

    assert (taken["free"], free["free"], closed["free"]) == (False, True, False)
    assert taken["message"].startswith("Oliver hat bis 15:")
    assert closed["message"] == "An diesem Tag ist geschlossen."
    assert odd == 422
    assert (await now_is(visit)).plan == visit.plan
    _, events = await owner.get(f"/admin/day/events?date={DAY}")
    assert '"hold"' not in events


async def test_whom_the_desk_tells_itself_gets_no_mail_and_that_is_shown(
    owner: Any, house: Any, settings: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver", email="petra@example.com")

    _, moved = await drag(owner, visit, 30, quiet="1")
    back = {"version": moved["version"], "key": str(uuid4()), "quiet": "1"}
    await owner.send(moved["undo"], back, **JSON)
    _, page = await owner.send(
        f"/admin/visits/{visit.id}/cancel", {"reason": "", "key": str(uuid4()), "quiet": "1"}
    )
    await house.do(house.runtime.core.notify())
    _, health = await owner.get("/admin/health")

    assert moved["message"] == "Petra Sommer: verlegt auf Fr 27.11., 14:30, Oliver."
    assert "Der Termin ist abgesagt." in page
    assert "bekommt eine E-Mail" not in page
    assert page.count("nicht verschickt (der Salon sagt selbst Bescheid)") == 3
    assert "no_mail True" in page
    assert "0 nicht zugestellt" in health
    assert len(list(Path(settings.mail_dir).glob("*.eml"))) == 1  # the confirmation


async def test_a_mail_that_was_held_back_can_be_sent_after_all(
    owner: Any, house: Any, settings: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver", email="petra@example.com")
    await house.do(house.runtime.core.notify())
    await drag(owner, visit, 30, quiet="1")

    status, page = await owner.send(
        f"/admin/visits/{visit.id}/mail", {"version": 2, "kind": "change"}
    )

    assert status == 200
    assert "noch einmal unterwegs" in page
    assert len(list(Path(settings.mail_dir).glob("*.eml"))) == 2


async def test_a_helper_is_not_moved_alone(
    owner: Any, house: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(177, f"{DAY}T14:00")
    other = next(str(member.id) for member in house.salon.staff if member.key == "oliver")

    status, answer = await drag(owner, visit, 0, index=2, staff=other)

    assert status == 409
    assert answer["message"].startswith("Wer hier hilft")


async def test_the_limit_is_asked_about_and_waived_on_purpose(
    owner: Any, book: Callable[..., Awaitable[Any]], now_is: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, "2026-11-24T15:00", staff="oliver")

    asked, answer = await drag(owner, visit, 30)
    done, _ = await drag(owner, visit, 30, waive="1")

    assert (asked, answer["ask"]) == (409, "waive")
    assert "24 Stunden" in answer["message"]
    assert done == 200
    assert local((await now_is(visit)).plan.start) == "2026-11-24 15:30"


async def test_dragging_onto_another_visit_of_the_customer_is_asked_about(
    owner: Any, book: Callable[..., Awaitable[Any]], now_is: Callable[..., Awaitable[Any]]
) -> None:
    await book(431, f"{DAY}T10:00", staff="emma", phone="+491719990002")
    visit = await book(42, f"{DAY}T14:00", staff="oliver", phone="+491719990002")

    asked, answer = await drag(owner, visit, -4 * 60)
    before = (await now_is(visit)).plan.start
    done, moved = await drag(owner, visit, -4 * 60, twice="1")

    assert (asked, answer["ask"]) == (409, "twice")
    assert "Petra Sommer hat schon einen anderen Termin" in answer["message"]
    assert "10:00" in answer["message"]
    assert local(before) == f"{DAY} 14:00"
    assert done == 200, moved
    assert local((await now_is(visit)).plan.start) == f"{DAY} 10:00"


async def test_the_form_has_a_box_to_tick_where_the_customer_has_another_visit(
    owner: Any, book: Callable[..., Awaitable[Any]], now_is: Callable[..., Awaitable[Any]]
) -> None:
    await book(431, f"{DAY}T10:00", staff="emma", phone="+491719990002")
    visit = await book(42, f"{DAY}T14:00", staff="oliver", phone="+491719990002")
    path = f"/admin/visits/{visit.id}/move"
    form = {"date": DAY, "time": "10:00", "staff": "", "version": 1}

    _, page = await owner.get(f"/admin/visits/{visit.id}")
    refused, asking = await owner.send(path, form | {"key": str(uuid4())})
    done, _ = await owner.send(path, form | {"key": str(uuid4()), "twice": "1"})

    assert 'name="twice"' not in page
    assert refused == 409
    assert 'name="twice"' in asking
    assert "ankreuzen" in asking
    assert 'value="10:00"' in asking
    assert done == 200
    assert local((await now_is(visit)).plan.start) == f"{DAY} 10:00"


async def test_an_old_page_moves_nothing(owner: Any, book: Callable[..., Awaitable[Any]]) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")
    await drag(owner, visit, 30)

    status, answer = await drag(owner, visit, 60)

    assert status == 409
    assert "inzwischen geändert" in answer["message"]


async def test_the_form_moves_a_visit_without_any_script(
    owner: Any, book: Callable[..., Awaitable[Any]], now_is: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")
    form = {"date": "2026-11-26", "time": "10:30", "staff": "", "version": 1, "key": str(uuid4())}

    status, text = await owner.send(f"/admin/visits/{visit.id}/move", form)

    assert status == 200
    assert "verlegt auf Do 26.11., 10:30, Oliver" in text
    assert local((await now_is(visit)).plan.start) == "2026-11-26 10:30"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"date": "", "time": "10:00"}, "date"),
        ({"date": "2030-01-01", "time": "10:00"}, "date"),
        ({"date": DAY, "time": "halb drei"}, "time"),
        ({"date": DAY, "time": "10:03"}, "time"),
    ],
)
async def test_a_wrong_field_of_the_form_is_told_beside_it_and_keeps_what_was_typed(
    owner: Any, book: Callable[..., Awaitable[Any]], wrong: dict[str, str], field: str
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")

    status, page = await owner.send(f"/admin/visits/{visit.id}/move", wrong | {"staff": "anyone"})

    assert status == 422
    kept = f'value="{wrong[field]}" required aria-invalid="true" aria-describedby="wrong-{field}"'
    assert kept in page
    assert f'id="wrong-{field}"' in page
    assert '<option value="anyone" selected>' in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": "soon"},
        {"minutes": "30", "index": "9"},
        {"minutes": "30", "staff": "nobody"},
        {"date": "soon", "time": "10:00"},
        {"date": DAY, "time": "10:00", "version": "first"},
        {"date": "9999-12-31", "time": "10:00"},
    ],
)
async def test_fields_that_no_page_sends_change_nothing(
    owner: Any, book: Callable[..., Awaitable[Any]], wrong: dict[str, str]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")

    status, _ = await owner.send(f"/admin/visits/{visit.id}/move", wrong, **JSON)

    assert status == 422


async def test_a_visit_is_cancelled_with_a_reason(
    owner: Any, book: Callable[..., Awaitable[Any]], now_is: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")
    form = {"reason": "Kundin ist krank", "key": str(uuid4())}

    status, text = await owner.send(f"/admin/visits/{visit.id}/cancel", form)

    assert status == 200
    assert "Der Termin ist abgesagt." in text
    assert "Kundin ist krank" in text
    assert (await now_is(visit)).state.value == "cancelled"


async def test_too_late_to_cancel_needs_a_tick_and_is_written_down(
    owner: Any, book: Callable[..., Awaitable[Any]], now_is: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, "2026-11-24T15:00", staff="oliver")
    path, form = f"/admin/visits/{visit.id}/cancel", {"reason": "", "key": str(uuid4())}

    refused, why = await owner.send(path, form)
    done, text = await owner.send(path, form | {"waive": "1", "key": str(uuid4())})

    assert refused == 409
    assert "Trotz der Frist" in why
    assert done == 200
    assert "visit.cancelled: limit_waived True" in text
    assert (await now_is(visit)).state.value == "cancelled"


async def test_lateness_and_notes_stand_on_the_visit(
    owner: Any, book: Callable[..., Awaitable[Any]], now_is: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")
    path = f"/admin/visits/{visit.id}/note"

    nothing, _ = await owner.send(path, {"text": " ", "late": ""})
    wrong, kept = await owner.send(path, {"text": "Bringt Hund mit", "late": "500"})
    status, text = await owner.send(path, {"text": "Bringt Hund mit", "late": "15"})

    assert (nothing, wrong, status) == (422, 422, 200)
    assert 'value="Bringt Hund mit"' in kept
    assert 'value="500" aria-invalid="true" aria-describedby="wrong-late"' in kept
    assert "Notiert." in text
    assert (await now_is(visit)).note.splitlines() == ["+15 min", "Bringt Hund mit"]


async def test_a_mail_is_sent_again_byte_for_byte(
    owner: Any, house: Any, settings: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(177, f"{DAY}T14:00", email="petra@example.com")
    await house.do(house.runtime.core.notify())
    [first] = [file.read_bytes() for file in Path(settings.mail_dir).glob("*.eml")]

    form = {"version": 1, "kind": "confirmation"}
    status, text = await owner.send(f"/admin/visits/{visit.id}/mail", form)

    assert status == 200
    assert "noch einmal unterwegs" in text
    found = [file.read_bytes() for file in Path(settings.mail_dir).glob("*.eml")]
    assert set(found) == {first}
    assert "petra@example.com" in message_from_bytes(first)["To"]
    assert "visit.mail_again" in text


async def test_a_mail_that_never_was_is_not_sent_again(
    owner: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")

    status, _ = await owner.send(
        f"/admin/visits/{visit.id}/mail", {"version": 7, "kind": "confirmation"}
    )

    assert status == 409


async def test_a_longer_history_is_no_more_questions_to_the_database(
    owner: Any, book: Callable[..., Awaitable[Any]], statements: Callable[..., Any]
) -> None:
    visit = await book(177, f"{DAY}T14:00")

    async def asked() -> int:
        with statements() as found:
            await owner.get(f"/admin/visits/{visit.id}")
        return len(found)

    before = await asked()
    for version, minutes in enumerate((30, -30, 30), start=1):
        form = {"minutes": minutes, "index": 1, "version": version, "key": str(uuid4())}
        status, _ = await owner.send(f"/admin/visits/{visit.id}/move", form, **JSON)
        assert status == 200

    assert await asked() == before <= 14
