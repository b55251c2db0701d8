"""Keys, versions, error shapes, limits: how the sandbox says no before it looks at anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox

DAY = "2026-11-26"
TEN = f"{DAY}T09:00:00Z"
LIMITED = "cal_localtest_limited_0004"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("cal_never_heard_of", "CustomThrottlerGuard - Invalid API Key"),
        ("something else", "Invalid Access Token."),
        ("cal_localtest_expired_0003", "ApiAuthStrategy - api key - Your api key is expired"),
    ],
)
async def test_a_wrong_key_is_refused_even_where_none_is_needed(
    api: Any, key: str, message: str
) -> None:
    closed = await api("GET", "/v2/me", key=key)
    open_to_all = await api("GET", f"/v2/slots?eventTypeId=1&start={DAY}&end={DAY}", key=key)

    assert (closed.status, closed.message) == (401, message)
    assert (open_to_all.status, open_to_all.message) == (401, message)


async def test_a_missing_version_silently_selects_the_old_api(api: Any) -> None:
    cut = await api.event_type("schnitt")
    uid = (await api.book(cut, TEN)).data["uid"]

    listed = await api("GET", "/v2/bookings", version=None)
    unrouted = await api("GET", "/v2/slots?eventTypeId=1", version="2099-01-01")
    cancelled = await api("POST", f"/v2/bookings/{uid}/cancel", {}, key=None, version=None)

    assert set(listed.data) == {"bookings", "recurringInfo", "totalCount", "nextCursor"}
    assert "start" not in listed.data["bookings"][0]
    assert (unrouted.status, unrouted.message) == (404, "Cannot GET /v2/slots?eventTypeId=1")
    assert cancelled.status == 201
    assert "uid" not in cancelled.data
    assert (await api("GET", f"/v2/bookings/{uid}")).data["status"] == "cancelled"


async def test_the_limit_of_a_key_is_told_in_headers_and_enforced_without_retry_after(
    api: Any,
) -> None:
    answers = [await api("GET", "/v2/me", key=LIMITED) for _ in range(4)]

    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining-tiny"] for answer in answers] == list("2100")
    assert "Retry-After" not in answers[-1].headers
    assert answers[-1].body["error"]["details"] == answers[-1].message


async def test_both_prefixes_lead_to_the_same_place(api: Any) -> None:
    assert (await api("GET", "/api/v2/me", version=None)).data["username"] == "anna"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"start": ',
        b"\x00\xff",
        b"[]",
        b'"x"',
        b'{"start": NaN}',
        b"{" * 5000,
        b'{"metadata": {"\\u0000": "x"}}',
    ],
)
async def test_nonsense_in_the_body_is_refused_not_fatal(api: Any, raw: bytes) -> None:
    headers = {"cal-api-version": "2024-08-13", "Content-Type": "application/json"}

    answer = await api.http.post("/v2/bookings", content=raw, headers=headers)

    assert answer.status_code == 400
    assert (await api("GET", "/v2/me")).status == 200


async def test_a_validation_error_of_the_global_pipe_echoes_the_whole_input(api: Any) -> None:
    wish = {"lengthInMinutes": "30", "slug": "s", "title": "T"}

    refused = await api("POST", "/v2/event-types", wish)

    (finding,) = refused.body["error"]["details"]["errors"]
    assert finding["target"] == wish
    assert finding["value"] == "30"
    assert set(finding["constraints"]) == {"min", "isInt"}


async def test_an_unknown_field_of_an_event_type_is_dropped_without_a_word(api: Any) -> None:
    event_type = await api.event_type(
        "anfrage", confirmationPolicy={"type": "always", "blockEverything": True}, nonsense=1
    )

    shown = (await api("GET", f"/v2/event-types/{event_type}")).data
    assert shown["confirmationPolicy"] == {
        "type": "always",
        "blockUnconfirmedBookingsInBooker": False,
    }
    assert "nonsense" not in shown


async def test_somebody_elses_event_type_is_not_found_and_not_deleted(api: Any) -> None:
    foreign = await api.event_type("bens", key="cal_localtest_ben_0002")

    read = await api("GET", f"/v2/event-types/{foreign}")
    deleted = await api("DELETE", f"/v2/event-types/{foreign}")

    assert (read.status, read.message) == (404, f"Event type with id {foreign} not found")
    assert (deleted.status, deleted.message) == (
        403,
        f"User with ID=1 does not own event type with ID={foreign}",
    )


async def test_a_slug_is_taken_once_for_each_user(api: Any) -> None:
    await api.event_type("schnitt")
    await api.event_type("schnitt", key="cal_localtest_ben_0002")

    wish = {"title": "X", "slug": "schnitt", "lengthInMinutes": 5}
    again = await api("POST", "/v2/event-types", wish)

    assert (again.status, again.message) == (400, "User already has an event type with this slug.")


async def test_hidden_event_types_are_listed_for_their_owner_only_but_bookable_by_all(
    api: Any,
) -> None:
    hidden = await api.event_type("segment", hidden=True)

    own = await api("GET", "/v2/event-types")
    public = await api("GET", "/v2/event-types?username=anna", key=None)
    booked = await api.book(hidden, TEN, key=None)

    assert [one["slug"] for one in own.data] == ["segment"]
    assert public.data == []
    assert booked.status == 201


async def test_a_database_that_is_down_fails_everything_but_the_health_check(
    api: Any, sandbox: Sandbox
) -> None:
    sandbox.control("fault_database", on=True)

    me = await api("GET", "/v2/me")
    health = await api.http.get("/health")

    assert (me.status, me.body["error"]["code"]) == (500, "INTERNAL_SERVER_ERROR")
    assert "details" not in me.body["error"]
    assert (health.status_code, health.text) == (200, "OK")


async def test_every_answer_has_a_number_of_its_own(api: Any) -> None:
    answers = [await api(*call) for call in (("GET", "/v2/me"), ("GET", "/v2/nothing"))]

    numbers = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(numbers)) == 2


@pytest.mark.parametrize(
    ("key", "limit"),
    [
        (None, "100000"),
        ("cal_localtest_anna_0001", "100000"),
        ("cal_localtest_expired_0003", "100000"),
        ("no key of calcoms", "500"),
        ("cal_never_heard_of", None),
    ],
)
async def test_limits_are_told_to_everybody_whose_limit_is_known(
    api: Any, key: str | None, limit: str | None
) -> None:
    answer = await api("GET", "/v2/me", key=key)

    assert answer.headers.get("X-RateLimit-Limit-Default") == limit


async def test_the_health_check_counts_like_everything_anonymous(api: Any) -> None:
    first = await api("GET", "/v2/event-types", key=None)
    health = await api.http.get("/health")
    second = await api("GET", "/v2/event-types", key=None)

    left = [
        int(answer.headers["X-RateLimit-Remaining-Default"]) for answer in (first, health, second)
    ]
    assert left == [left[0], left[0] - 1, left[0] - 2]


async def test_limits_are_told_even_while_the_database_is_away(api: Any, sandbox: Sandbox) -> None:
    sandbox.control("fault_database", on=True)

    assert "X-RateLimit-Reset-Default" in (await api("GET", "/v2/me")).headers


async def test_whoever_only_wants_the_head_gets_that_of_the_whole_answer(api: Any) -> None:
    headers = {"Authorization": "Bearer cal_localtest_anna_0001"}

    head = await api.http.head("/v2/me", headers=headers)
    whole = await api.http.get("/v2/me", headers=headers)
    nobody = await api.http.head("/v2/me")

    assert (head.status_code, head.content, nobody.status_code) == (200, b"", 401)
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]
    assert head.headers["X-RateLimit-Limit-Default"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v2/bookings"),
        ("DELETE", "/v2/bookings/nope"),
        ("GET", "/v2/bookings/nope/cancel"),
        ("POST", "/v2/slots"),
        ("POST", "/v2/me"),
        ("PATCH", "/v2/schedules"),
    ],
)
async def test_a_method_that_a_path_does_not_know_is_a_path_that_leads_nowhere(
    api: Any, method: str, path: str
) -> None:
    refused = await api(method, path, {})

    assert refused.said == (404, f"Cannot {method} {path}")
    assert "X-RateLimit-Limit-Default" not in refused.headers


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v2/nothing"), ("PUT", "/v2/me"), ("GET", "/v2/teams")]
)
async def test_a_path_that_leads_nowhere_is_named(api: Any, method: str, path: str) -> None:
    answer = await api(method, path)

    assert answer.said == (404, f"Cannot {method} {path}")
    assert answer.body["path"] == path
    assert answer.body["error"]["code"] == "NotFoundException"


async def test_a_slash_at_the_end_changes_nothing(api: Any) -> None:
    assert (await api("GET", "/v2/me/")).data == (await api("GET", "/v2/me")).data


async def test_old_slots_have_an_endpoint_and_a_shape_of_their_own(api: Any) -> None:
    cut = await api.event_type("schnitt", slotInterval=30)
    window = f"startTime={DAY}T09:00:00Z&endTime={DAY}T10:00:00Z"

    answer = await api("GET", f"/v2/slots/available?eventTypeId={cut}&{window}", version=None)

    starts = [f"{DAY}T09:00:00.000Z", f"{DAY}T09:30:00.000Z"]
    assert answer.data == {"slots": {DAY: [{"time": start} for start in starts]}}


async def test_errors_come_in_an_envelope_or_bare_and_never_in_a_third_shape(
    api: Any, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")
    uid = (await api.book(cut, TEN)).data["uid"]

    wrapped = await api.book(cut, TEN)
    bare = await api("POST", f"/v2/bookings/{uid}/cancel", {})
    sandbox.control("fault", on="POST /v2/bookings", do="error_after")
    broken = await api.book(cut, f"{DAY}T12:00:00Z")

    assert set(wrapped.body) == {"status", "timestamp", "path", "error"}
    assert set(wrapped.body["error"]) == {"code", "message", "details"}
    assert set(bare.body) == {"statusCode", "message"}
    assert broken.body == {"statusCode": 500, "message": "Internal server error"}


@pytest.mark.parametrize("path", ["/v2/bookings", "/api/v2/slots", "/v2/nowhere"])
async def test_a_browser_may_speak_to_it_from_any_page_and_asks_first_for_nothing(
    api: Any, path: str
) -> None:
    origin = {"Origin": "https://salon.example", "Access-Control-Request-Method": "POST"}

    asked = await api.http.options(path, headers=origin)
    refused = await api("GET", "/v2/me", key=None)

    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "cal-api-version" in asked.headers["Access-Control-Allow-Headers"]
    assert "X-RateLimit-Limit-Default" not in asked.headers
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


async def test_the_back_door_is_not_open_to_pages_of_others(api: Any) -> None:
    origin = {"Origin": "https://salon.example", "Access-Control-Request-Method": "POST"}

    asked = await api.http.options("/_control", headers=origin)
    told = await api.http.get("/_control", headers=origin)

    assert "Access-Control-Allow-Origin" not in {**asked.headers, **told.headers}
