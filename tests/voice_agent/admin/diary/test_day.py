"""The day page: columns, blocks, list; the week."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

DAY = "2026-11-25"  # a Wednesday


async def board(owner: Any, query: str = f"date={DAY}") -> dict[str, Any]:
    status, text = await owner.get(f"/admin/day/events?{query}")
    assert status == 200
    found: dict[str, Any] = json.loads(text)
    return found


def of_kind(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in found["events"] if one["extendedProps"]["kind"] == kind]


async def test_a_visit_is_drawn_as_its_segments_with_free_pauses_and_a_thread(
    owner: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(177, f"{DAY}T14:00")

    found = await board(owner)

    segments = of_kind(found, "segment")
    assert [one["start"][11:16] for one in segments] == ["14:00", "15:00", "15:15", "16:00"]
    assert {one["extendedProps"]["visit"] for one in segments} == {str(visit.id)}
    assert segments[1]["extendedProps"]["doing"].endswith("(2 von 4)")
    assert all(one["startEditable"] for one in segments)
    pauses = of_kind(found, "pause")
    assert [(one["start"][11:16], one["end"][11:16]) for one in pauses] == [
        ("14:30", "15:00"),
        ("15:45", "16:00"),
    ]
    assert {one["display"] for one in pauses} == {"background"}
    assert of_kind(found, "thread")


async def test_columns_are_people_and_on_demand_places(
    owner: Any, house: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    await book(42, f"{DAY}T10:00", staff="fabian")

    people, places = await board(owner), await board(owner, f"date={DAY}&columns=places")

    assert [one["title"] for one in people["columns"]][:2] == ["Emma", "Fabian"]
    assert [one["title"] for one in places["columns"]] == [
        unit.name for unit in house.salon.resources
    ]
    assert {one["title"] for one in of_kind(places, "segment")} == {"Petra Sommer"}
    assert not any(one["startEditable"] for one in of_kind(places, "segment"))


async def test_what_the_phone_agent_holds_is_drawn_and_expires_by_itself(
    owner: Any, offer: Callable[..., Awaitable[Any]]
) -> None:
    await offer(42, f"{DAY}T10:00", staff="fabian")

    found = await board(owner)

    held = of_kind(found, "hold")
    assert {one["title"] for one in held} == {"am Telefon"}
    assert 0 < found["again_in_s"] <= 181


async def test_hours_off_and_the_line_of_now_are_drawn(owner: Any) -> None:
    found = await board(owner, "date=2026-11-24")

    assert of_kind(found, "off")
    assert (found["from"], found["to"]) == ("09:00", "18:00")
    [now] = of_kind(found, "now")
    assert now["start"].startswith("2026-11-24 09:")
    assert len(now["resourceIds"]) == len(found["columns"])


async def test_the_list_names_visits_without_any_script(
    owner: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(177, f"{DAY}T14:00", name="Änne <b>Groß</b>")

    status, text = await owner.get(f"/admin/day?date={DAY}")

    assert status == 200
    assert "Mittwoch, 25. November 2026" in text
    assert f"/admin/visits/{visit.id}" in text
    assert "Änne &lt;b&gt;Groß&lt;/b&gt;" in text
    assert "<b>Groß" not in text
    assert "14:00–16:30" in text


@pytest.mark.parametrize("wrong", ["gestern", "2026-13-01", "0001-01-01", "9999-12-31"])
async def test_a_date_that_is_none_is_not_found(owner: Any, wrong: str) -> None:
    for page in ("day", "day/events", "day/list", "week"):
        status, _ = await owner.get(f"/admin/{page}?date={wrong}")
        assert status == 404


async def test_a_public_holiday_is_named(owner: Any) -> None:
    _, text = await owner.get("/admin/day?date=2026-12-25")

    assert "Feiertag: Erster Weihnachtstag" in text


async def test_the_week_shows_each_day_with_its_visits(
    owner: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    await book(177, f"{DAY}T14:00", name="Petra Sommer")
    await book(42, "2026-11-28T10:00", staff="fabian", name="Jan Ohlsen")

    status, text = await owner.get(f"/admin/week?date={DAY}")

    assert status == 200
    assert "Woche vom Mo 23.11. bis So 29.11." in text
    assert text.index("Petra Sommer") < text.index("Sa 28.11.") < text.index("Jan Ohlsen")


async def test_more_visits_are_no_more_questions_to_the_database(
    owner: Any, book: Callable[..., Awaitable[Any]], statements: Callable[..., Any]
) -> None:
    async def asked(path: str) -> int:
        with statements() as found:
            await owner.get(path)
        return len(found)

    paths = (f"/admin/day?date={DAY}", f"/admin/week?date={DAY}")
    before = [await asked(path) for path in paths]
    for hour in (9, 10, 15):
        await book(42, f"{DAY}T{hour:02}:30", staff=None, name=f"Gast {hour}")
    await book(177, f"{DAY}T14:00")

    assert [await asked(path) for path in paths] == before
    assert max(before) <= 12


async def test_the_page_and_a_later_look_say_the_same_byte_for_byte(
    owner: Any, book: Callable[..., Awaitable[Any]]
) -> None:
    await book(177, f"{DAY}T14:00")

    _, page = await owner.get(f"/admin/day?date={DAY}")
    found = await board(owner)

    embedded = page.partition('id="board">')[2].partition("</script>")[0]
    assert json.dumps(json.loads(embedded)["events"]) == json.dumps(found["events"])
