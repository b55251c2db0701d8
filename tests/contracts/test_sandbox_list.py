"""The list of bookings: pages, orders, filters, and what it does not understand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox

DAY = "2026-11-26"
BEN = "cal_localtest_ben_0002"
STATUSES = "upcoming, recurring, past, cancelled, unconfirmed"
HOURS = ("12", "09", "10", "14")


def person(name: str) -> dict[str, str]:
    return {
        "name": name,
        "email": f"{name.lower()}@kunde.test",
        "timeZone": "Europe/Berlin",
    }


@pytest.fixture
async def cut(api: Any) -> int:
    return int(await api.event_type("schnitt"))


@pytest.fixture
async def four(api: Any, cut: int) -> list[str]:
    """Uids of four bookings, not in the order of their starts."""
    answers = [
        await api.book(cut, f"{DAY}T{hour}:00:00Z", attendee=person(f"Ida{hour}")) for hour in HOURS
    ]
    return [answer.data["uid"] for answer in answers]


async def uids(api: Any, query: str, **more: Any) -> list[str]:
    answer = await api("GET", f"/v2/bookings?{query}", **more)
    assert answer.status == 200, answer.body
    return [booking["uid"] for booking in answer.data]


async def test_a_page_tells_where_it_stands(api: Any, four: list[str]) -> None:
    answer = await api("GET", "/v2/bookings?take=3&skip=1&sortCreated=asc")

    assert [booking["uid"] for booking in answer.data] == four[1:]
    assert answer.body["pagination"] == {
        "returnedItems": 3,
        "totalItems": 4,
        "itemsPerPage": 3,
        "remainingItems": 0,
        "currentPage": 1,
        "totalPages": 2,
        "hasNextPage": False,
        "hasPreviousPage": True,
    }


async def test_pages_together_are_the_whole(api: Any, four: list[str]) -> None:
    pages = [await uids(api, f"take=1&skip={skip}&sortStart=asc") for skip in range(5)]

    twelve, nine, ten, fourteen = four
    assert pages == [[nine], [ten], [twelve], [fourteen], []]


async def test_a_page_has_100_places_unless_asked_otherwise(api: Any, four: list[str]) -> None:
    answer = await api("GET", "/v2/bookings")

    assert len(answer.data) == len(four)
    assert answer.body["pagination"]["itemsPerPage"] == 100


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("take=0", "take must not be less than 1"),
        ("take=251", "take must not be greater than 250"),
        ("skip=-1", "skip must not be less than 0"),
        ("status=gone", f"Invalid status. Allowed are {STATUSES}"),
        ("sortStart=up", "sortStart must be one of the following values: asc, desc"),
        (
            "eventTypeId=schnitt",
            "eventTypeId must be a number conforming to the specified constraints",
        ),
        ("afterStart=bald", "afterStart must be a valid ISO 8601 date string"),
    ],
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_refused(api: Any, query: str, rule: str) -> None:
    refused = await api("GET", f"/v2/bookings?{query}")

    (finding,) = refused.body["error"]["details"]["errors"]
    assert refused.said == (400, "Bad Request Exception")
    assert list(finding["constraints"].values()) == [rule]


async def test_the_list_needs_a_key_and_says_so_with_403(api: Any) -> None:
    refused = await api("GET", "/v2/bookings", key=None)

    assert refused.status == 403
    assert refused.message.startswith("PermissionsGuard - no authentication provided.")


@pytest.mark.parametrize("name", ["sortStart", "sortEnd", "sortCreated", "sortUpdatedAt"])
async def test_every_order_goes_both_ways(api: Any, four: list[str], name: str) -> None:
    rising, falling = await uids(api, f"{name}=asc"), await uids(api, f"{name}=desc")

    assert sorted(rising) == sorted(four)
    assert falling == rising[::-1]


async def test_a_cancellation_is_the_latest_change(api: Any, four: list[str]) -> None:
    await api.cancel(four[1])

    assert (await uids(api, "sortUpdatedAt=desc"))[0] == four[1]


async def test_each_status_has_its_own_bookings(
    api: Any, four: list[str], sandbox: Sandbox
) -> None:
    asked = await api.event_type("anfrage", confirmationPolicy={"type": "always"})
    pending, declined = [
        (await api.book(asked, f"2026-11-27T{hour}:00:00Z")).data["uid"] for hour in ("09", "10")
    ]
    await api("POST", f"/v2/bookings/{declined}/decline", {"reason": "voll"})
    await api.cancel(four[0])
    sandbox.control("move_booking_to_past", uid=four[1], startHoursAgo=3, endHoursAgo=2)

    assert await uids(api, "status=upcoming") == [four[2], four[3]]
    assert await uids(api, "status=past") == [four[1]]
    assert set(await uids(api, "status=cancelled")) == {four[0], declined}
    assert await uids(api, "status=unconfirmed") == [pending]
    assert await uids(api, "status=recurring") == []
    assert set(await uids(api, "status=past,unconfirmed")) == {four[1], pending}
    assert set(await uids(api, "status=past&status=unconfirmed")) == {four[1], pending}


async def test_a_window_takes_what_starts_and_ends_inside_of_it(api: Any, four: list[str]) -> None:
    twelve, nine, ten, fourteen = four

    assert await uids(api, f"afterStart={DAY}T10:00:00Z") == [ten, twelve, fourteen]
    assert await uids(api, f"beforeEnd={DAY}T10:30:00Z") == [nine, ten]
    assert await uids(api, f"afterStart={DAY}T09:30:00Z&beforeEnd={DAY}T12:29:00Z") == [ten]
    assert await uids(api, f"afterStart={DAY}T11:00:00%2B01:00&beforeEnd={DAY}T11:00:00Z") == [ten]


async def test_what_was_made_or_changed_since_can_be_asked_for(
    api: Any, cut: int, sandbox: Sandbox
) -> None:
    early = (await api.book(cut, f"{DAY}T09:00:00Z")).data
    sandbox.control("advance_clock", hours=1)
    late = (await api.book(cut, f"{DAY}T12:00:00Z")).data
    since = late["createdAt"]

    assert await uids(api, f"afterCreatedAt={since}") == [late["uid"]]
    assert await uids(api, f"beforeCreatedAt={early['createdAt']}") == [early["uid"]]
    assert await uids(api, f"afterUpdatedAt={since}") == [late["uid"]]
    await api.cancel(early["uid"])
    assert set(await uids(api, f"afterUpdatedAt={since}")) == {early["uid"], late["uid"]}


async def test_filters_by_event_type_person_and_uid(api: Any, cut: int, four: list[str]) -> None:
    colour = await api.event_type("farbe")
    wash = await api.event_type("waschen")
    dyed = (await api.book(colour, f"{DAY}T15:00:00Z")).data["uid"]
    washed = (await api.book(wash, f"{DAY}T15:30:00Z")).data["uid"]

    assert await uids(api, f"eventTypeId={colour}") == [dyed]
    assert await uids(api, f"eventTypeIds={colour},{wash}") == [dyed, washed]
    assert await uids(api, "attendeeName=Ida09") == [four[1]]
    assert await uids(api, "attendeeEmail=ida10@kunde.test") == [four[2]]
    assert await uids(api, "attendeeEmail=nobody@kunde.test") == []
    assert await uids(api, f"bookingUid={dyed}") == [dyed]
    assert await uids(api, f"bookingUid={dyed}&eventTypeId={cut}") == []


async def test_a_filter_that_nobody_knows_is_ignored_and_everything_comes_back(
    api: Any, four: list[str]
) -> None:
    assert set(await uids(api, "metadata=g-1&phone=4930")) == set(four)


async def test_everybody_sees_what_they_host_or_attend(api: Any, cut: int, four: list[str]) -> None:
    bens = await api.event_type("bens", key=BEN)
    as_guest = {"name": "Ben", "email": "ben@salon.test", "timeZone": "Europe/Berlin"}
    hosted = (await api.book(bens, f"{DAY}T09:00:00Z", key=None)).data["uid"]
    attended = (await api.book(cut, f"{DAY}T15:00:00Z", attendee=as_guest)).data["uid"]

    assert await uids(api, "sortStart=asc", key=BEN) == [hosted, attended]
    assert set(await uids(api, "")) == {*four, attended}
