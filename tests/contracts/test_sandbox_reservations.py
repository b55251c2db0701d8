"""Reservations: a slot that is hidden for a while, and everything they do not look at."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox

DAY = "2026-11-26"
TEN, QUARTER, HALF, NOON = (f"{DAY}T{at}:00Z" for at in ("09:00", "09:15", "09:30", "11:00"))
BEN = "cal_localtest_ben_0002"
PATH = "/v2/slots/reservations"
RESERVED = (
    422,
    "This time slot is already reserved by another user. Please choose a different time.",
)


@pytest.fixture
async def cut(api: Any) -> int:
    return int(await api.event_type("schnitt", slotInterval=30))


async def reserve(api: Any, event_type: int, start: str, **more: Any) -> Any:
    key = more.pop("key", None)
    return await api("POST", PATH, {"eventTypeId": event_type, "slotStart": start, **more}, key=key)


async def test_a_reservation_lasts_five_minutes_unless_somebody_known_says_otherwise(
    api: Any, cut: int
) -> None:
    usual = (await reserve(api, cut, TEN)).data
    longer = (await reserve(api, cut, NOON, reservationDuration=15, key=KEY)).data
    read = (await api("GET", f"{PATH}/{usual['reservationUid']}", key=None)).data

    assert usual["reservationDuration"] == 5
    assert (usual["slotStart"], usual["slotEnd"]) == (
        f"{DAY}T09:00:00.000Z",
        f"{DAY}T09:30:00.000Z",
    )
    assert minutes_until(usual, longer) == pytest.approx(10, abs=0.5)
    assert read == {k: v for k, v in usual.items() if k != "reservationDuration"}


async def test_a_stranger_may_not_say_how_long(api: Any, cut: int) -> None:
    anonymous = await reserve(api, cut, TEN, reservationDuration=15)
    stranger = await reserve(api, cut, TEN, reservationDuration=15, key=BEN)

    assert anonymous.status == 401
    assert anonymous.message.startswith("reservationDuration can only be used for authenticated")
    assert stranger.status == 403
    assert stranger.message.startswith("authenticated user is not owner of event type")


async def test_a_reservation_of_no_minutes_is_over_at_once(api: Any, cut: int) -> None:
    first = await reserve(api, cut, TEN, reservationDuration=0, key=KEY)
    second = await reserve(api, cut, TEN, reservationDuration=0, key=KEY)

    assert (first.status, second.status) == (201, 201)
    assert first.data["reservationDuration"] == 0


async def test_neighbours_coexist_overlaps_do_not(api: Any, cut: int) -> None:
    statuses = [(await reserve(api, cut, start)).status for start in (TEN, HALF, QUARTER)]

    assert statuses == [201, 201, 422]
    assert (await reserve(api, cut, TEN)).said == RESERVED


async def test_only_the_same_event_type_is_looked_at(api: Any, cut: int) -> None:
    colour = await api.event_type("farbe")
    await reserve(api, cut, TEN)
    await api.book(cut, NOON)

    assert (await reserve(api, colour, TEN)).status == 201
    assert (await reserve(api, colour, NOON)).status == 201
    assert (await reserve(api, cut, NOON)).said == (
        422,
        "Can't reserve a slot if the event is already booked.",
    )


@pytest.mark.parametrize("start", [f"{DAY}T02:00:00Z", "2026-11-20T09:00:00Z", f"{DAY}T09:07:00Z"])
async def test_neither_hours_nor_the_past_nor_the_grid_are_looked_at(
    api: Any, cut: int, start: str
) -> None:
    assert (await reserve(api, cut, start)).status == 201


async def test_an_expired_one_blocks_nothing_but_can_be_read(
    api: Any, cut: int, sandbox: Sandbox
) -> None:
    uid = (await reserve(api, cut, TEN)).data["reservationUid"]
    sandbox.control("expire_reservation", uid=uid)

    assert (await reserve(api, cut, TEN)).status == 201
    assert (await api("GET", f"{PATH}/{uid}", key=None)).data["reservationUid"] == uid


async def test_the_clock_ends_a_reservation(api: Any, cut: int, sandbox: Sandbox) -> None:
    await reserve(api, cut, TEN)
    hidden = await api.slots(cut, TEN, NOON)

    sandbox.control("advance_clock", minutes=6)

    assert hidden == ["10:30", "11:00", "11:30"]
    assert await api.slots(cut, TEN, NOON) == ["10:00", *hidden]


async def test_a_reservation_is_in_its_own_way_when_it_is_extended_in_place(
    api: Any, cut: int
) -> None:
    uid = (await reserve(api, cut, TEN)).data["reservationUid"]

    def wish(start: str) -> dict[str, object]:
        return {"eventTypeId": cut, "slotStart": start}

    in_place = await api("PATCH", f"{PATH}/{uid}", wish(TEN), key=None)
    elsewhere = await api("PATCH", f"{PATH}/{uid}", wish(NOON), key=None)
    unknown = await api("PATCH", f"{PATH}/nope", wish(NOON), key=None)

    assert in_place.said == RESERVED
    assert elsewhere.data["slotStart"] == f"{DAY}T11:00:00.000Z"
    assert elsewhere.data["reservationUid"] == uid
    assert unknown.said == (404, "Slot with uid=nope not found")


async def test_letting_go_always_works_and_reading_nothing_gives_nothing(
    api: Any, cut: int
) -> None:
    uid = (await reserve(api, cut, TEN)).data["reservationUid"]

    answers = [await api("DELETE", f"{PATH}/{one}", key=None) for one in (uid, uid, "nope")]

    assert [(answer.status, answer.body) for answer in answers] == [
        (200, {"status": "success"})
    ] * 3
    assert (await api("GET", f"{PATH}/{uid}", key=None)).data is None
    assert (await reserve(api, cut, TEN)).status == 201


async def test_a_length_can_be_chosen_only_where_there_is_a_choice(api: Any, cut: int) -> None:
    free = await api.event_type("frei", lengthInMinutesOptions=[15, 30, 45])

    refused = await reserve(api, cut, TEN, slotDuration=45)
    chosen = await reserve(api, free, TEN, slotDuration=45)

    assert refused.said == (
        400,
        "You passed 'slotDuration' but this event type is not a variable length event type.",
    )
    assert (chosen.data["slotDuration"], chosen.data["slotEnd"]) == (45, f"{DAY}T09:45:00.000Z")


@pytest.mark.parametrize("start", [None, "bald"])
async def test_a_reservation_needs_a_start(api: Any, cut: int, start: str | None) -> None:
    refused = await reserve(api, cut, start)  # type: ignore[arg-type]  # that is the point

    (finding,) = refused.body["error"]["details"]["errors"]
    assert refused.said == (400, "Bad Request Exception")
    assert finding["constraints"] == {
        "isDateString": "slotStart must be a valid ISO 8601 date string"
    }


async def test_an_event_type_that_is_not_there_and_a_version_that_is_not_spoken(
    api: Any, cut: int
) -> None:
    unknown = await reserve(api, 4711, TEN)
    old = await api("POST", PATH, {"eventTypeId": cut, "slotStart": TEN}, version=None)

    assert unknown.said == (404, "Event Type with ID=4711 not found")
    assert old.said == (404, f"Cannot POST {PATH}")


KEY = "cal_localtest_anna_0001"


def minutes_until(first: dict[str, str], second: dict[str, str]) -> float:
    ends = [datetime.fromisoformat(one["reservationUntil"]) for one in (first, second)]
    return (ends[1] - ends[0]).total_seconds() / 60
