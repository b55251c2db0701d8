"""Who came, for whom anybody will do, and what of it statistics count."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from booking_core.adapters.postgres.admin_tables import audit_entry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TODAY = "2026-11-24"
LATER = datetime(2026, 11, 24, 15, 20, tzinfo=ZoneInfo("Europe/Berlin"))
TEXT = re.compile(r"<[^>]+>")


async def mark(visitor: Any, visit: Any, what: str, **more: str) -> tuple[int, str]:
    form = {"mark": f"{what} {visit.version}", **more}
    answer: tuple[int, str] = await visitor.send(f"/admin/visits/{visit.id}/mark", form)
    return answer


@pytest.fixture
async def afternoon(house: Any, open_house: Callable[..., Any], owner: Any) -> Any:
    """The owner at the same salon, twenty minutes past three."""
    async with open_house(now=LATER) as later:
        visiting = type(owner)(owner.http, later.url)
        await visiting.sign_in()
        yield visiting
    del house


async def test_who_is_here_is_marked_on_the_list_and_taken_back(
    owner: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{TODAY}T15:00", staff="oliver")
    _, before = await owner.get(f"/admin/day?date={TODAY}")

    _, page = await mark(owner, visit, "arrived", back="day")
    _, again = await mark(owner, visit, "none", back="day")

    assert f'value="arrived {visit.version}"' in before
    assert "missed" not in before.partition('id="marks"')[2].partition('id="board"')[0]
    assert '<span class="states">ist da</span>' in page
    assert "Petra Sommer: Zurücknehmen" in page
    assert '<span class="states">gebucht</span>' in again


async def test_nobody_has_stayed_away_before_the_visit_begins(
    owner: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{TODAY}T15:00", staff="oliver")
    tomorrow = await book(42, "2026-11-25T15:00", staff="oliver")

    too_early, why = await mark(owner, visit, "missed")
    next_day, _ = await mark(owner, tomorrow, "arrived")

    assert (too_early, next_day) == (409, 409)
    assert "erst nach dem Beginn" in why


async def test_who_did_not_come_is_shown_written_down_and_counted(
    afternoon: Any, owner: Any, house: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{TODAY}T15:00", staff="oliver")
    await book(42, f"{TODAY}T15:00", staff="fabian", name="Jan Ohlsen")
    await book(42, f"{TODAY}T16:30", staff="oliver", name="Ole Falk")

    status, page = await mark(afternoon, visit, "missed")
    _, figures = await afternoon.get("/admin/statistics?days=7")
    _, events = await afternoon.get(f"/admin/day/events?date={TODAY}")
    _, week = await owner.get(f"/admin/week?date={TODAY}")

    assert status == 200
    assert "Petra Sommer ist nicht gekommen." in page
    assert "1 (50 %)" in TEXT.sub(" ", figures).partition("Nicht gekommen")[2][:40]
    block = next(one for one in json.loads(events)["events"] if one["title"] == "Petra Sommer")
    assert "is-missed" in block["classNames"]
    assert block["extendedProps"]["states"] == ["nicht gekommen"]
    assert "<em>nicht gekommen</em>" in week

    async def trail() -> list[Any]:
        async with house.runtime.engine.connect() as connection:
            query = select(audit_entry).where(audit_entry.c.subject_id == str(visit.id))
            return list(await connection.execute(query))

    [entry] = await house.do(trail())
    assert (entry.action, entry.after) == ("visit.marked", {"mark": "missed"})


async def test_an_old_page_and_odd_fields_mark_nothing(
    owner: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{TODAY}T15:00", staff="oliver")
    path = f"/admin/visits/{visit.id}/mark"

    old, why = await owner.send(path, {"mark": "arrived 7"})
    odd = [(await owner.send(path, {"mark": text}))[0] for text in ("", "arrived", "gone 1")]

    assert old == 409
    assert "inzwischen geändert" in why
    assert odd == [422] * 3


async def test_it_is_seen_for_whom_anybody_will_do(owner: Any, house: Any) -> None:
    form = {
        "service": str(house.salon.service_numbered(42).id),
        "date": "2026-11-27",
        "time": "10:00",
        "name": "Petra Sommer",
    }
    await owner.send("/admin/book", form | {"staff": ""})
    oliver = next(str(one.id) for one in house.salon.staff if one.key == "oliver")
    await owner.send("/admin/book", form | {"time": "14:00", "name": "Jan", "staff": oliver})

    _, events = await owner.get("/admin/day/events?date=2026-11-27")
    _, page = await owner.get("/admin/day?date=2026-11-27")

    said = {
        one["title"]: one["extendedProps"]["states"]
        for one in json.loads(events)["events"]
        if one["extendedProps"]["kind"] == "segment"
    }
    assert said == {"Petra Sommer": ["gebucht", "egal wer"], "Jan": ["gebucht"]}
    assert '<span class="states">gebucht, egal wer</span>' in page


async def test_a_caller_who_names_nobody_is_free_to_be_moved(
    owner: Any, house: Any, say_on_the_phone: Callable[..., Awaitable[None]]
) -> None:
    await say_on_the_phone(
        "Ich möchte einen Herrenhaarschnitt, am Donnerstag um 14 Uhr", "Peter Sommer", "Ja, gern"
    )

    _, page = await owner.get("/admin/day?date=2026-11-26")

    assert "Peter Sommer" in page
    assert '<span class="states">gebucht, egal wer</span>' in page
    del house
