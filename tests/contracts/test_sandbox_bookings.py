"""Booking, cancelling and moving: what the recorded server did, and what a client must survive."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox

TAKEN = "User either already has booking at this time or is not available"
DAY = "2026-11-26"  # a Thursday, inside the default office hours
TEN = f"{DAY}T09:00:00Z"  # 10:00 in Berlin
BEN = "cal_localtest_ben_0002"


async def test_a_booking_comes_back_with_everything_it_was_given(api: Any) -> None:
    cut = await api.event_type("schnitt")

    made = await api.book(cut, TEN, metadata={"group": "g-1"}, location={"type": "address"})
    read = await api("GET", f"/v2/bookings/{made.data['uid']}", key=None)

    assert made.status == 201
    assert made.data["title"] == "Schnitt zwischen Anna Becker und Marlene Vogt"
    assert (made.data["start"], made.data["end"]) == (
        "2026-11-26T09:00:00.000Z",
        "2026-11-26T09:30:00.000Z",
    )
    assert made.data["hosts"][0]["username"] == "anna"
    assert made.data["metadata"] == {"group": "g-1"}
    assert made.data["location"] == "Hauptstraße 1, Berlin"
    assert len(made.data["uid"]) == 22
    assert read.data == {k: v for k, v in made.data.items() if k != "isPlatformManagedUserBooking"}


async def test_a_start_without_a_zone_is_utc_and_one_off_the_grid_is_fine(api: Any) -> None:
    cut = await api.event_type("schnitt")

    bare = await api.book(cut, f"{DAY}T09:00:00")
    offset = await api.book(cut, f"{DAY}T12:07:00+01:00")

    assert bare.data["start"] == "2026-11-26T09:00:00.000Z"
    assert offset.data["start"] == "2026-11-26T11:07:00.000Z"


async def test_taken_overlapping_closed_and_over_closing_time_sound_all_the_same(api: Any) -> None:
    cut, colour = await api.event_type("schnitt"), await api.event_type("farbe")
    await api.book(cut, TEN)

    refusals = [
        await api.book(cut, TEN),
        await api.book(colour, f"{DAY}T09:15:00Z"),
        await api.book(cut, f"{DAY}T06:00:00Z"),
        await api.book(cut, f"{DAY}T15:45:00Z"),  # until 17:15, the default ends at 17:00
        await api.book(cut, "2026-11-28T10:00:00Z"),  # a Saturday
    ]

    assert {(refusal.status, refusal.message) for refusal in refusals} == {(400, TAKEN)}


async def test_neighbours_touch_without_colliding(api: Any) -> None:
    cut = await api.event_type("schnitt")

    statuses = [(await api.book(cut, f"{DAY}T09:{minute}:00Z")).status for minute in ("00", "30")]

    assert statuses == [201, 201]


def take_long(sandbox: Sandbox) -> None:
    """Requests at the same time meet, even where the machine stands still between them."""
    sandbox.state.options = replace(sandbox.state.options, race_window_s=1.5)


async def test_parallel_requests_for_the_same_interval_have_one_winner_and_bare_409s(
    api: Any, sandbox: Sandbox
) -> None:
    cut, colour = await api.event_type("schnitt"), await api.event_type("farbe")
    take_long(sandbox)

    answers = await asyncio.gather(*(api.book(kind, TEN) for kind in (cut, colour, cut, colour)))

    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    losers = [answer.body for answer in answers if answer.status == 409]
    assert losers == [{"statusCode": 409, "message": "booking_conflict_error"}] * 3


async def test_parallel_requests_for_overlapping_intervals_all_win(
    api: Any, sandbox: Sandbox
) -> None:
    cut, colour = await api.event_type("schnitt"), await api.event_type("farbe")
    take_long(sandbox)

    answers = await asyncio.gather(
        api.book(cut, TEN), api.book(colour, f"{DAY}T09:15:00Z"), api.book(cut, f"{DAY}T09:10:00Z")
    )

    assert [answer.status for answer in answers] == [201, 201, 201]
    assert len(sandbox.control("dump")["bookings"]) == 3


async def test_the_same_body_again_is_not_recognised_but_refused(api: Any) -> None:
    cut = await api.event_type("schnitt")
    await api.book(cut, TEN, metadata={"group": "g-1"})

    again = await api.book(cut, TEN, metadata={"group": "g-1"})

    assert (again.status, again.message) == (400, TAKEN)


FIXED_LENGTH = (
    "Can't specify 'lengthInMinutes' because event type does not have multiple possible lengths. "
    "Please, remove the 'lengthInMinutes' field from the request."
)
WRONG_START = "start property is wrong,start must be a valid ISO 8601 date string "
NO_ATTENDEE = "attendee property is wrong,attendee should not be null or undefined "
WRONG_ID = "eventTypeId property is wrong,eventTypeId must be an integer number "


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": "morgen"}, WRONG_START),
        ({"attendee": None}, NO_ATTENDEE),
        ({"eventTypeId": "1"}, WRONG_ID),
        ({"colour": "red"}, "colour property is wrong,property colour should not exist "),
        ({"metadata": {"segment": 2}}, "metadata.segment - Expected string, received number, "),
        ({"lengthInMinutes": 45}, FIXED_LENGTH),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_a_wrong_body_is_refused_in_calcoms_own_words(
    api: Any, change: dict[str, Any], message: str
) -> None:
    cut = await api.event_type("schnitt")

    refused = await api.book(cut, TEN, **change)

    assert (refused.status, refused.message) == (400, message)
    assert refused.body["status"] == "error"


async def test_a_booking_limit_answers_401_although_the_key_is_fine(api: Any) -> None:
    rare = await api.event_type("selten", bookingLimitsCount={"day": 1})
    await api.book(rare, TEN)

    refused = await api.book(rare, f"{DAY}T11:00:00Z")

    assert refused.status == 401
    assert refused.body == {"statusCode": 401, "message": "booking_limit_reached"}


async def test_whoever_hosts_a_booking_needs_a_reason_to_cancel_it_others_do_not(api: Any) -> None:
    cut = await api.event_type("schnitt")
    uid = (await api.book(cut, TEN)).data["uid"]
    path = f"/v2/bookings/{uid}/cancel"

    refused = await api("POST", path, {"cancellationReason": " "})
    cancelled = await api("POST", path, {}, key=None)

    assert refused.body == {"statusCode": 400, "message": "Cancellation reason is required"}
    assert (cancelled.status, cancelled.data["status"]) == (200, "cancelled")


async def test_cancelling_twice_is_refused_but_in_parallel_it_always_works(
    api: Any, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")
    take_long(sandbox)
    uid = (await api.book(cut, TEN)).data["uid"]

    parallel = await asyncio.gather(*(api.cancel(uid) for _ in range(3)))
    later = await api.cancel(uid)

    assert [answer.status for answer in parallel] == [200, 200, 200]
    assert later.status == 400
    assert "has been cancelled already" in later.message


async def test_a_cancelled_time_can_be_booked_again_at_once(api: Any) -> None:
    cut = await api.event_type("schnitt")
    uid = (await api.book(cut, TEN)).data["uid"]
    await api.cancel(uid)

    assert (await api.book(cut, TEN)).status == 201


async def test_moving_makes_a_new_booking_and_may_overlap_the_old_time(api: Any) -> None:
    cut = await api.event_type("schnitt")
    old = (await api.book(cut, TEN, metadata={"group": "g-1"})).data

    moved = await api(
        "POST", f"/v2/bookings/{old['uid']}/reschedule", {"start": f"{DAY}T09:15:00Z"}
    )
    left = await api("GET", f"/v2/bookings/{old['uid']}")

    assert moved.status == 201
    assert moved.data["uid"] != old["uid"]
    assert moved.data["rescheduledFromUid"] == old["uid"]
    assert moved.data["metadata"] == {"group": "g-1"}
    assert moved.data["icsUid"] == old["icsUid"]
    assert (left.data["status"], left.data["rescheduledToUid"]) == ("cancelled", moved.data["uid"])


async def test_a_request_blocks_nothing_and_its_confirmation_is_not_checked(api: Any) -> None:
    asked = await api.event_type("anfrage", confirmationPolicy={"type": "always"})
    cut = await api.event_type("schnitt")
    pending = (await api.book(asked, TEN)).data

    over_it = await api.book(cut, TEN)
    confirmed = await api("POST", f"/v2/bookings/{pending['uid']}/confirm")

    assert pending["status"] == "pending"
    assert over_it.status == 201
    assert confirmed.data["status"] == "accepted"


async def test_the_same_person_gets_a_pending_booking_back_instead_of_a_new_one(api: Any) -> None:
    asked = await api.event_type("anfrage", confirmationPolicy={"type": "always"})

    first, second = await api.book(asked, TEN), await api.book(asked, TEN)

    assert second.status == 201
    assert second.data["uid"] == first.data["uid"]


async def test_the_list_filters_by_address_and_time_and_ignores_what_it_does_not_know(
    api: Any,
) -> None:
    cut = await api.event_type("schnitt")
    attendee = {"name": "Ida", "email": "ida@kunde.test", "timeZone": "Europe/Berlin"}
    hers = (await api.book(cut, TEN, attendee=attendee)).data["uid"]
    await api.book(cut, f"{DAY}T12:00:00Z")

    by_address = await api("GET", "/v2/bookings?attendeeEmail=ida@kunde.test")
    by_time = await api("GET", f"/v2/bookings?afterStart={TEN}&beforeEnd={DAY}T10:00:00Z")
    by_nothing = await api("GET", "/v2/bookings?metadata=g-1")

    assert [booking["uid"] for booking in by_address.data] == [hers]
    assert [booking["uid"] for booking in by_time.data] == [hers]
    assert by_nothing.body["pagination"]["totalItems"] == 2


async def test_a_booking_without_a_place_becomes_a_video_call_and_only_the_host_hears_of_it(
    api: Any, sandbox: Sandbox
) -> None:
    nowhere = await api.event_type("nirgends", locations=[])

    booked = await api.book(nowhere, TEN)

    assert booked.data["location"] == "integrations:daily"
    assert [mail["to"] for mail in sandbox.control("dump")["mails"]] == [["anna@salon.test"]]


async def test_every_booking_and_every_cancellation_sends_two_mails(
    api: Any, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")
    uid = (await api.book(cut, TEN)).data["uid"]
    after_booking = len(sandbox.control("dump")["mails"])

    await api.cancel(uid)

    assert (after_booking, len(sandbox.control("dump")["mails"])) == (2, 4)


async def test_a_booking_outlives_its_event_type(api: Any) -> None:
    cut = await api.event_type("schnitt")
    uid = (await api.book(cut, TEN)).data["uid"]
    await api("DELETE", f"/v2/event-types/{cut}")

    moved = await api("POST", f"/v2/bookings/{uid}/reschedule", {"start": f"{DAY}T12:00:00Z"})
    cancelled = await api.cancel(uid)

    assert (moved.status, cancelled.status) == (404, 200)


async def test_anybody_who_knows_the_uid_may_read_and_cancel(api: Any) -> None:
    cut = await api.event_type("schnitt")
    uid = (await api.book(cut, TEN)).data["uid"]

    assert (await api("GET", f"/v2/bookings/{uid}", key=None)).status == 200
    assert (await api.cancel(uid, key=BEN)).status == 200
