"""Cancelling and moving: the rules, the errors, and what stays of the old booking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox

DAY = "2026-11-26"
TEN, QUARTER, NOON, TWO = (f"{DAY}T{at}:00Z" for at in ("09:00", "09:15", "11:00", "13:00"))
BEN = "cal_localtest_ben_0002"
TAKEN = (400, "User either already has booking at this time or is not available")
UNKNOWN = "22ofthesebutnobodyhasit"


@pytest.fixture
async def cut(api: Any) -> int:
    return int(await api.event_type("schnitt"))


@pytest.fixture
async def uid(api: Any, cut: int) -> str:
    return str((await api.book(cut, TEN, metadata={"group": "g-1"})).data["uid"])


async def read(api: Any, uid: str) -> Any:
    return (await api("GET", f"/v2/bookings/{uid}")).data


async def test_a_move_keeps_who_comes_and_what_was_noted_and_says_why(api: Any, uid: str) -> None:
    old = await read(api, uid)

    reasons = {"reschedulingReason": "Zug verpasst", "rescheduledBy": "anna@salon.test"}
    new = (await api.move(uid, NOON, **reasons)).data

    assert new["uid"] != uid
    assert new["id"] > old["id"]
    for same in ("title", "metadata", "attendees", "icsUid", "duration", "location", "hosts"):
        assert new[same] == old[same]
    assert new["rescheduledFromUid"] == uid
    assert new["reschedulingReason"] == "Zug verpasst"
    assert new["bookingFieldsResponses"]["rescheduledReason"] == "Zug verpasst"
    left = await read(api, uid)
    assert (left["status"], left["rescheduledToUid"]) == ("cancelled", new["uid"])
    assert (left["cancellationReason"], left["rescheduledByEmail"]) == ("", "anna@salon.test")


async def test_the_uid_of_the_calendar_entry_stays_that_of_the_first_booking(
    api: Any, uid: str
) -> None:
    second = (await api.move(uid, NOON)).data
    third = (await api.move(second["uid"], TWO)).data

    assert second["icsUid"] == third["icsUid"]
    assert third["icsUid"].startswith(uid)


async def test_a_move_may_overlap_its_own_time_or_not_move_at_all(api: Any, uid: str) -> None:
    overlapping = (await api.move(uid, QUARTER)).data
    same = await api.move(overlapping["uid"], QUARTER)

    assert overlapping["start"] == f"{DAY}T09:15:00.000Z"
    assert same.status == 201
    assert same.data["uid"] != overlapping["uid"]


async def test_a_move_frees_the_old_time_and_takes_the_new_one(
    api: Any, cut: int, uid: str
) -> None:
    await api.move(uid, NOON)

    assert (await api.book(cut, NOON)).said == TAKEN
    assert (await api.book(cut, TEN)).status == 201


@pytest.mark.parametrize("start", [NOON, f"{DAY}T03:00:00Z", "2026-11-28T10:00:00Z"])
async def test_a_move_that_does_not_fit_leaves_the_old_booking_as_it_was(
    api: Any, cut: int, uid: str, start: str
) -> None:
    await api.book(cut, NOON)
    before = await read(api, uid)

    refused = await api.move(uid, start)

    assert refused.said == TAKEN
    assert await read(api, uid) == before


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"start": "2026-11-23T09:00:00Z"}, "Attempting to book a meeting in the past."),
        ({}, "start property is wrong,start must be a valid ISO 8601 date string "),
        ({"start": NOON, "end": TWO}, "end property is wrong,property end should not exist "),
    ],
    ids=str,
)
async def test_a_move_into_the_past_or_nowhere_is_refused(
    api: Any, uid: str, body: dict[str, str], message: str
) -> None:
    refused = await api("POST", f"/v2/bookings/{uid}/reschedule", body)

    assert refused.said == (400, message)


async def test_what_was_moved_names_where_it_went(api: Any, uid: str) -> None:
    new = (await api.move(uid, NOON)).data["uid"]

    refused, cancelled = await api.move(uid, TWO), await api.cancel(uid)

    assert refused.said == (
        400,
        (
            f"Can't reschedule booking with uid={uid} because it has been cancelled and "
            f"rescheduled already to booking with uid={new}. You probably want to "
            f"reschedule {new} instead by passing it within the request URL."
        ),
    )
    assert cancelled.said == (
        400,
        (
            f"Can't cancel booking with uid={uid} because it has been cancelled already. Please "
            "provide uid of a booking that is not cancelled."
        ),
    )


async def test_what_was_cancelled_cannot_be_moved_unless_its_kind_allows_it(
    api: Any, cut: int, uid: str
) -> None:
    await api.cancel(uid)

    refused = await api.move(uid, NOON)
    await api("PATCH", f"/v2/event-types/{cut}", {"allowReschedulingCancelledBookings": True})
    allowed = await api.move(uid, NOON)

    assert refused.said == (
        400,
        (
            f"Can't reschedule booking with uid={uid} because it has been cancelled. Please "
            "provide uid of a booking that is not cancelled."
        ),
    )
    assert allowed.data["status"] == "accepted"


async def test_what_is_over_can_neither_be_moved_nor_cancelled(
    api: Any, uid: str, sandbox: Sandbox
) -> None:
    sandbox.control("move_booking_to_past", uid=uid, startHoursAgo=3, endHoursAgo=2)

    moved, cancelled = await api.move(uid, NOON), await api.cancel(uid)

    assert moved.body == {"statusCode": 400, "message": "Invalid event length"}
    assert cancelled.body == {
        "statusCode": 400,
        "message": "Cannot cancel a booking that has already ended",
    }


async def test_what_is_not_there_is_told_differently_by_every_endpoint(api: Any) -> None:
    found = await api("GET", f"/v2/bookings/{UNKNOWN}")
    moved, cancelled = await api.move(UNKNOWN, NOON), await api.cancel(UNKNOWN)

    missing = f"Booking with uid={UNKNOWN} was not found in the database"
    assert found.said == moved.said == (404, missing)
    assert cancelled.said == (404, f"Booking with uid={UNKNOWN} not found")


async def test_some_event_types_allow_no_cancellations_or_moves(api: Any) -> None:
    fixed = await api.event_type("fest", disableCancelling={"disabled": True})
    stays = await api.event_type("bleibt", disableRescheduling={"disabled": True})
    kept = (await api.book(fixed, TEN)).data["uid"]
    still = (await api.book(stays, NOON)).data["uid"]

    cancelled, moved = await api.cancel(kept), await api.move(still, TWO)

    assert cancelled.body == {
        "statusCode": 400,
        "message": "This event type does not allow cancellations",
    }
    assert moved.status == 400
    assert (await read(api, still))["status"] == "accepted"


@pytest.mark.parametrize("body", [None, {}, {"cancellationReason": "  "}])
async def test_the_host_must_say_why(api: Any, uid: str, body: Any) -> None:
    refused = await api("POST", f"/v2/bookings/{uid}/cancel", body)

    assert refused.body == {"statusCode": 400, "message": "Cancellation reason is required"}
    assert (await read(api, uid))["status"] == "accepted"


@pytest.mark.parametrize("key", [None, BEN])
async def test_everybody_else_need_not_say_why(api: Any, uid: str, key: str | None) -> None:
    cancelled = await api("POST", f"/v2/bookings/{uid}/cancel", {}, key=key)

    assert cancelled.status == 200
    assert (cancelled.data["cancellationReason"], cancelled.data["cancelledByEmail"]) == ("", "")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"reason": "x"}, "reason property is wrong,property reason should not exist "),
        (
            {"cancellationReason": 5},
            "cancellationReason property is wrong,cancellationReason must be a string ",
        ),
    ],
    ids=str,
)
async def test_a_cancellation_takes_one_field_and_a_text(
    api: Any, uid: str, body: dict[str, object], message: str
) -> None:
    refused = await api("POST", f"/v2/bookings/{uid}/cancel", body)

    assert refused.said == (400, message)


async def test_a_move_is_mailed_to_both_with_the_same_entry_and_a_higher_number(
    api: Any, uid: str, sandbox: Sandbox
) -> None:
    await api.move(uid, NOON)

    mails = sandbox.control("mails")["mails"][2:]
    assert sorted(mail["to"][0] for mail in mails) == ["anna@salon.test", "m.vogt@kunde.test"]
    assert all(f"UID:{uid}@Cal.diy" in mail["ics"] for mail in mails)
    assert all("SEQUENCE:1" in mail["ics"] for mail in mails)
    assert sandbox.control("mails", to="anna@salon.test")["mails"][-1] in mails


async def test_guests_who_come_to_the_new_booking_do_not_come_to_the_old_one(
    api: Any, uid: str
) -> None:
    new = (await api.move(uid, NOON)).data["uid"]

    guest = {"name": "Ute", "email": "ute@kunde.test"}
    added = await api("POST", f"/v2/bookings/{new}/guests", {"guests": [guest]})

    assert added.status == 200
    assert len((await read(api, new))["attendees"]) == 2
    assert len((await read(api, uid))["attendees"]) == 1
