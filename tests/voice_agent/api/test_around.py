"""Mails, calendar files, sagas, callbacks, calls, lists, limits, and how errors are told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import icalendar
import pytest
from sqlalchemy import insert

from booking_core.adapters.postgres.call_tables import call, call_report, call_turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import ClientSession
    from sqlalchemy.ext.asyncio import AsyncEngine

    from voice_agent.config import Settings


async def booked_with_mail(api: Any) -> Any:
    option = await api.offer()
    customer = {"name": "Vera Sommer", "email": "vera@example.com", "phone": "+4917139200017"}
    made = await api(
        "POST", "/bookings", {"offer": {"token": option["token"]}, "customer": customer}
    )
    return made.json


async def test_a_confirmation_is_sent_once_more_when_asked_for(
    api: Any, house: Any, settings: Settings
) -> None:
    assert settings.mail_dir
    made = await booked_with_mail(api)
    await house.work()
    first = list(settings.mail_dir.glob("*.eml"))
    for mail in first:
        mail.unlink()
    again = await api("POST", f"/bookings/{made['id']}/confirmation")
    await house.work()

    assert again.status == 202, again.raw
    assert again.json == {
        "kind": "confirmation",
        "version": 1,
        "mail_to": "vera@example.com",
    }
    assert len(first) == 1
    assert len(list(settings.mail_dir.glob("*.eml"))) == 1


async def test_without_an_address_nothing_can_be_sent(api: Any) -> None:
    made = (await api.book()).json
    refused = await api("POST", f"/bookings/{made['id']}/confirmation")

    assert refused.code == "no_email"


@pytest.mark.parametrize("has_mail", [True, False])
async def test_a_booking_is_one_entry_in_a_calendar(api: Any, has_mail: bool) -> None:  # noqa: FBT001 - a parameter of the test
    made = await booked_with_mail(api) if has_mail else (await api.book()).json
    found = await api("GET", f"/bookings/{made['id']}/calendar.ics")
    events: list[Any] = icalendar.Calendar.from_ical(found.raw).walk("VEVENT")

    assert found.headers["Content-Type"].startswith("text/calendar")
    assert len(events) == 1
    assert events[0]["UID"] == made["id"]
    assert events[0]["DTSTART"].dt.isoformat() == made["plan"]["start"]
    assert events[0]["DTEND"].dt.isoformat() == made["plan"]["end"]


async def test_the_saga_tells_each_step_and_nothing_of_the_calendar(api: Any) -> None:
    made = (await api.book()).json
    found = await api("GET", f"/bookings/{made['id']}/saga")

    (saga,) = found.json["items"]
    assert (saga["kind"], saga["state"], saga["ordered_by"]) == ("book", "done", "api")
    assert [step["segment"] for step in saga["steps"]] == [4, 3, 2, 1]
    assert b"uid" not in found.raw


async def test_somebody_to_call_back_is_on_the_list(api: Any) -> None:
    made = await api(
        "POST", "/callbacks", {"phone": "+4917139200017", "topic": "Farbe"}, key="call-me"
    )
    again = await api(
        "POST", "/callbacks", {"phone": "+4917139200017", "topic": "Farbe"}, key="call-me"
    )
    listed = await api("GET", "/callbacks", state="open")

    assert made.status == 201, made.raw
    assert again.raw == made.raw
    assert listed.json["items"] == [made.json]


async def test_bookings_are_filtered_and_come_in_pages(api: Any) -> None:
    starts = [f"2026-11-2{day}T1{hour}:00:00+01:00" for day in (5, 6) for hour in (0, 4)]
    made = [(await api.book(431, start=start)).json for start in starts]
    pages: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await api("GET", "/bookings", limit=3, **cursor)).json
        pages.append([one["id"] for one in page["items"]])
        if not page["next_cursor"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    on_friday = await api("GET", "/bookings", starts_from="2026-11-26T00:00:00+01:00")
    by_code = await api("GET", "/bookings", code=made[0]["code"].lower())
    nobody = await api("GET", "/bookings", phone="+4917139200099")

    ids = [one["id"] for one in made]
    assert pages == [ids[:3], ids[3:]]
    assert [one["id"] for one in on_friday.json["items"]] == ids[2:]
    assert [one["id"] for one in by_code.json["items"]] == ids[:1]
    assert nobody.json["items"] == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/bookings", {"limit": "0"}),
        ("/bookings", {"limit": "1.0"}),
        ("/bookings", {"colour": "red"}),
        ("/bookings", {"cursor": "nonsense"}),
        ("/bookings", {"starts_from": "2026-11-26T00:00:00"}),
        ("/bookings", {"starts_from": "1700000000"}),
        ("/callbacks", {"cursor": "WyJ4IiwieSJd"}),
        ("/services", {"branch_id": "one"}),
    ],
)
async def test_a_query_that_means_nothing_is_refused(
    api: Any, path: str, query: dict[str, str]
) -> None:
    refused = await api("GET", path, **query)

    assert refused.status == 422
    assert refused.json["errors"]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"start": "2026-11-25T14:00:00"}, "body.start"),
        ({"start": 1700000000}, "body.start"),
        ({"from_day": "2026-11-28", "to_day": "2026-11-25"}, "body.to_day"),
        ({"from_day": "2026-11-28", "start": "2026-11-25T14:00:00+01:00"}, "body.start"),
        ({"limit": True}, "body.limit"),
        ({"colour": "red"}, "body.colour"),
        ({"service_ids": []}, "body.service_ids"),
    ],
)
async def test_a_wish_that_cannot_be_meant_names_the_field(
    api: Any, wish: dict[str, Any], field: str
) -> None:
    refused = await api("POST", "/availability", {"service_ids": [api.service(177)], **wish})

    assert refused.status == 422
    assert [one["field"] for one in refused.json["errors"]] == [field]


async def test_days_and_parts_of_a_day_are_kept(api: Any) -> None:
    found = await api(
        "POST",
        "/availability",
        {
            "service_ids": [api.service(431)],
            "from_day": "2026-11-25",
            "to_day": "2026-11-27",
            "day_part": "afternoon",
            "limit": 12,
        },
    )
    starts = [one["plan"]["start"] for one in found.json["options"]]

    assert len(starts) == 12
    assert all("2026-11-25" <= start[:10] <= "2026-11-27" for start in starts)
    assert all("12:00" <= start[11:16] < "18:00" for start in starts)


async def test_several_services_are_one_visit_and_several_people_may_do_it(api: Any) -> None:
    found = await api(
        "POST",
        "/availability",
        {
            "service_ids": [api.service(432), api.service(436)],
            "staff_ids": [api.staff("oliver"), api.staff("dilara")],
            "from_day": "2026-11-25",
            "limit": 4,
        },
    )
    plans = [one["plan"] for one in found.json["options"]]

    assert {one["staff"]["name"] for plan in plans for one in plan["segments"]} >= {
        "Oliver Petersen",
        "Dilara Yıldız",
    }
    assert all(len(plan["service_ids"]) == 2 for plan in plans)


async def test_a_body_that_is_no_json_or_too_long_is_refused(api: Any, http: ClientSession) -> None:
    url = f"{api.url}/api/v2/availability"
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"}
    statuses = []
    for body in (b"{", b"\xff", b'{"a": "' + b"x" * 70_000 + b'"}'):
        async with http.post(url, data=body, headers=headers) as answer:
            statuses.append((answer.status, answer.content_type))
    async with http.post(url, data=b"{}", headers=headers | {"Content-Type": "text/plain"}) as told:
        statuses.append((told.status, told.content_type))

    problem = "application/problem+json"
    assert statuses == [(400, problem), (400, problem), (413, problem), (415, problem)]


async def test_whatever_is_not_there_is_told_as_a_problem_with_the_id_of_the_request(
    api: Any,
) -> None:
    nowhere = await api("GET", "/nowhere", headers={"X-Request-Id": "my-own-id"})
    method = await api("PUT", "/bookings", {})
    strange = await api("GET", "/services", headers={"X-Request-Id": "not an id"})

    assert nowhere.code == "not_found"
    assert nowhere.json["request_id"] == nowhere.headers["X-Request-Id"] == "my-own-id"
    assert method.status == 405
    assert set(method.headers["Allow"].replace(" ", "").split(",")) == {"GET", "POST"}
    assert strange.headers["X-Request-Id"] != "not an id"


async def test_who_asks_too_often_is_told_when_to_come_back(
    open_house: Callable[..., Any], client: Callable[..., Any]
) -> None:
    async with open_house(api_requests_per_minute=3) as small:
        one, other = await client(url=small.url), await client(url=small.url)
        found = await asyncio.gather(*(one("GET", "/branches") for _ in range(8)))
        neighbour = await other("GET", "/branches")

    refused = [reply for reply in found if reply.status == 429]
    assert refused  # eight in a row are more than two minutes allow
    assert len(found) - len(refused) <= 6
    assert all(0 < int(reply.headers["Retry-After"]) <= 60 for reply in refused)
    assert neighbour.status == 200


async def test_the_documentation_is_one_page_that_needs_nothing_else(
    api: Any, http: ClientSession
) -> None:
    async with http.get(f"{api.url}/api/docs") as answer:
        page, policy = await answer.text(), answer.headers["Content-Security-Policy"]

    assert answer.status == 200
    assert "default-src 'none'" in policy
    assert "<script" not in page
    assert "http://" not in page.replace("http://localhost", "").replace("http://127.", "")
    assert "/api/v2/bookings/{booking_id}/reschedule" in page


async def test_a_call_is_told_with_its_words_and_what_was_reported_about_it(
    api: Any, engine: AsyncEngine
) -> None:
    began = datetime(2026, 11, 24, 8, tzinfo=UTC)
    rows: dict[Any, dict[str, Any]] = {
        call: {
            "id": "call_42",
            "branch_id": api.salon.branch.id,
            "caller_number": "+4917139200017",
            "started_at": began,
            "ended_at": began + timedelta(seconds=61),
            "outcome": "booked",
        },
        call_turn: {
            "call_id": "call_42",
            "turn": 1,
            "at": began,
            "response_id": 1,
            "kind": "speech",
            "ended": "answered",
            "caller_text": "Guten Tag",
            "agent_text": "Guten Tag!",
            "understanding": {},
            "actions": [],
            "first_ms": 12.5,
            "total_ms": 14.0,
        },
        call_report: {
            "call_id": "call_42",
            "events": ["call_ended", "call_analyzed"],
            "status": "ended",
            "duration_ms": 61_000,
            "disconnection_reason": "user_hangup",
            "latency": {"e2e": {"p50": 800, "min": 0, "num": 3, "odd": "x"}, "llm": "slow"},
            "cost": {"combined_cost": 12, "product_costs": []},
            "analysis": {"call_summary": "Buchte.", "call_successful": "yes"},
        },
    }
    async with engine.begin() as connection:
        for table, values in rows.items():
            await connection.execute(insert(table).values(values))

    found = (await api("GET", "/calls/call_42")).json

    assert (found["outcome"], found["turns"][0]["first_ms"]) == ("booked", 12.5)
    report = found["report"]
    assert report["latency_ms"] == {"e2e": {"p50": 800, "min": 0, "num": 3}}
    assert report["cost_cents"] == 12
    assert (report["disconnection_reason"], report["duration_ms"]) == ("user_hangup", 61_000)
    assert (report["summary"], report["successful"], report["sentiment"]) == ("Buchte.", None, None)
    assert report["recording_url"] is None


async def test_a_call_that_nobody_reported_has_no_report(api: Any, engine: AsyncEngine) -> None:
    values = {
        "id": "call_43",
        "branch_id": api.salon.branch.id,
        "started_at": datetime(2026, 11, 24, 8, tzinfo=UTC),
    }
    async with engine.begin() as connection:
        await connection.execute(insert(call).values(values))

    found = (await api("GET", "/calls/call_43")).json

    assert (found["report"], found["turns"]) == (None, [])


async def test_the_call_with_which_a_deployment_tries_the_line_is_not_listed(
    api: Any, engine: AsyncEngine
) -> None:
    began = datetime(2026, 11, 24, 8, tzinfo=UTC)
    ids = ("call_probe_1f", "callXprobeX2f")
    async with engine.begin() as connection:
        for call_id in ids:
            values = {"id": call_id, "branch_id": api.salon.branch.id, "started_at": began}
            await connection.execute(insert(call).values(values))

    found = (await api("GET", "/calls")).json

    assert [one["id"] for one in found["items"]] == ["callXprobeX2f"]
