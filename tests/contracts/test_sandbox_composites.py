"""What appointments of several segments meet at Cal.com: pauses, people, requests, teams."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox

DAY = "2026-11-26"
BEN = "cal_localtest_ben_0002"
TAKEN = (400, "User either already has booking at this time or is not available")
TEAM_TAKEN = (
    400,
    "One of the hosts either already has booking at this time or is not available",
)
PARTS = [("colour", 30, "09:00"), ("wash", 15, "10:00"), ("cut", 30, "10:15"), ("dry", 30, "11:00")]
ASKED = {"type": "always", "blockUnconfirmedBookingsInBooker": True}


async def book_parts(api: Any) -> list[str]:
    uids = []
    for name, minutes, at in PARTS:
        kind = await api.event_type(name, minutes, hidden=True)
        answer = await api.book(kind, f"{DAY}T{at}:00Z", metadata={"group": "g-1", "segment": name})
        uids.append(answer.data["uid"])
    return uids


async def test_four_segments_are_eight_mails_and_four_of_them_go_to_the_customer(
    api: Any, sandbox: Sandbox
) -> None:
    await book_parts(api)

    recipients = [mail["to"][0] for mail in sandbox.control("mails")["mails"]]
    assert recipients.count("m.vogt@kunde.test") == 4
    assert recipients.count("anna@salon.test") == 4
    assert all("METHOD:REQUEST" in mail["ics"] for mail in sandbox.control("mails")["mails"])


async def test_the_pause_of_a_composite_stays_sellable(api: Any) -> None:
    await book_parts(api)
    short = await api.event_type("pony", 15)

    assert (await api.book(short, f"{DAY}T09:30:00Z")).status == 201
    assert (await api.book(short, f"{DAY}T09:50:00Z")).said == TAKEN


async def test_one_address_finds_the_whole_group_and_metadata_come_back(api: Any) -> None:
    uids = await book_parts(api)

    found = (await api("GET", "/v2/bookings?attendeeEmail=m.vogt@kunde.test&sortStart=asc")).data

    assert [one["uid"] for one in found] == uids
    assert [one["metadata"]["segment"] for one in found] == [name for name, *_ in PARTS]


async def test_compensation_in_reverse_frees_everything(api: Any, sandbox: Sandbox) -> None:
    uids = await book_parts(api)

    statuses = [(await api.cancel(uid)).status for uid in reversed(uids)]

    assert statuses == [200] * 4
    assert {one["status"] for one in sandbox.control("dump")["bookings"]} == {"cancelled"}
    assert len(sandbox.control("mails")["mails"]) == 16
    again = await api.book(1, f"{DAY}T09:00:00Z", metadata={"group": "g-2"})
    assert again.status == 201


async def test_one_key_books_at_two_hosts_but_only_the_host_must_give_reasons(api: Any) -> None:
    hers = await api.event_type("schnitt")
    his = await api.event_type("waschen", key=BEN)

    first = await api.book(hers, f"{DAY}T09:00:00Z")
    second = await api.book(his, f"{DAY}T09:00:00Z")
    silent = await api("POST", f"/v2/bookings/{second.data['uid']}/cancel", {})

    assert (first.status, second.status, silent.status) == (201, 201, 200)
    assert second.data["hosts"][0]["username"] == "ben"


async def test_a_customer_who_is_also_a_host_is_busy_in_both_calendars(api: Any) -> None:
    hers = await api.event_type("schnitt")
    his = await api.event_type("waschen", key=BEN)
    anna = {"name": "Anna Becker", "email": "anna@salon.test", "timeZone": "Europe/Berlin"}

    await api.book(his, f"{DAY}T09:00:00Z", attendee=anna)

    assert (await api.book(hers, f"{DAY}T09:15:00Z")).said == TAKEN


@pytest.mark.parametrize("rounds", range(3))
async def test_moves_onto_the_same_interval_have_one_winner_and_leave_the_loser_as_it_was(
    api: Any, sandbox: Sandbox, rounds: int
) -> None:
    cut = await api.event_type(f"schnitt-{rounds}")
    uids = [(await api.book(cut, f"{DAY}T{at}:00:00Z")).data["uid"] for at in ("09", "10")]
    sandbox.state.options = replace(sandbox.state.options, race_window_s=1.5)  # they shall meet

    answers = await asyncio.gather(*(api.move(uid, f"{DAY}T12:00:00Z") for uid in uids))

    assert sorted(answer.status for answer in answers) == [201, 409]
    loser = uids[[answer.status for answer in answers].index(409)]
    assert (await api("GET", f"/v2/bookings/{loser}")).data["status"] == "accepted"


async def test_a_request_blocks_its_own_event_type_where_that_is_set_and_no_other(
    api: Any,
) -> None:
    asked = await api.event_type("anfrage", slotInterval=30, confirmationPolicy=ASKED)
    cut = await api.event_type("schnitt")
    other = {"name": "Ute", "email": "ute@kunde.test", "timeZone": "Europe/Berlin"}
    pending = (await api.book(asked, f"{DAY}T09:00:00Z")).data

    refused = await api.book(asked, f"{DAY}T09:00:00Z", attendee=other)
    slots = await api.slots(asked, f"{DAY}T09:00:00Z", f"{DAY}T10:00:00Z")
    over_it = await api.book(cut, f"{DAY}T09:00:00Z")
    confirmed = await api("POST", f"/v2/bookings/{pending['uid']}/confirm")

    assert pending["status"] == "pending"
    assert refused.said == TAKEN
    assert slots == ["10:30"]
    assert (over_it.status, confirmed.data["status"]) == (201, "accepted")


async def test_a_decision_is_made_once(api: Any) -> None:
    asked = await api.event_type("anfrage", confirmationPolicy={"type": "always"})
    uid = (await api.book(asked, f"{DAY}T09:00:00Z")).data["uid"]

    first, second = [await api("POST", f"/v2/bookings/{uid}/confirm") for _ in range(2)]

    assert first.data["status"] == "accepted"
    assert second.said == (400, "Booking already confirmed")
    assert second.body["error"]["code"] == "TRPCError"


async def test_a_declined_request_frees_nothing_because_it_took_nothing(
    api: Any, sandbox: Sandbox
) -> None:
    asked = await api.event_type("anfrage", confirmationPolicy={"type": "always"})
    uid = (await api.book(asked, f"{DAY}T09:00:00Z")).data["uid"]

    declined = await api("POST", f"/v2/bookings/{uid}/decline", {"reason": "voll"})

    assert declined.data["status"] == "rejected"
    assert sandbox.control("mails")["mails"] == []


async def test_nobody_is_absent_before_the_start(api: Any, sandbox: Sandbox) -> None:
    cut = await api.event_type("schnitt")
    uid = (await api.book(cut, f"{DAY}T09:00:00Z")).data["uid"]
    body = {"attendees": [{"email": "m.vogt@kunde.test", "absent": True}]}

    early = await api("POST", f"/v2/bookings/{uid}/mark-absent", body)
    sandbox.control("set_clock", now=f"{DAY}T09:05:00Z")
    late = await api("POST", f"/v2/bookings/{uid}/mark-absent", body)
    wrong = await api("POST", f"/v2/bookings/{uid}/mark-absent", {"attendees": [{"email": "x"}]})

    assert early.status == 400
    assert early.message.startswith(
        "Bookings can only be marked as absent after their scheduled start time. Current time in "
    )
    assert late.data["attendees"][0]["absent"] is True
    assert late.data["absentHost"] is False
    assert wrong.status == 400


async def test_round_robin_gives_each_host_once_and_then_nobody(api: Any, sandbox: Sandbox) -> None:
    sandbox.control("create_team_fixture")
    people = [
        {"name": name, "email": f"{name.lower()}@kunde.test", "timeZone": "Europe/Berlin"}
        for name in ("Ida", "Ute", "Eva")
    ]

    answers = [await api.book(100, f"{DAY}T09:00:00Z", attendee=person) for person in people]
    again = await api.book(100, f"{DAY}T09:00:00Z", attendee=people[0])

    hosts = {answer.data["hosts"][0]["username"] for answer in answers[:2]}
    assert hosts == {"anna", "ben"}
    assert answers[2].said == TEAM_TAKEN
    assert again.data["uid"] == answers[0].data["uid"]


async def test_a_collective_booking_shows_the_other_hosts_among_the_attendees(
    api: Any, sandbox: Sandbox
) -> None:
    sandbox.control("create_team_fixture")

    together = (await api.book(101, f"{DAY}T09:00:00Z")).data
    his = await api.event_type("waschen", key=BEN)

    assert [host["username"] for host in together["hosts"]] == ["anna"]
    assert [one["email"] for one in together["attendees"]] == [
        "m.vogt@kunde.test",
        "ben@salon.test",
    ]
    assert (await api.book(his, f"{DAY}T09:00:00Z")).said == TAKEN


async def test_reassigning_changes_nothing_here_and_strangers_are_unknown(
    api: Any, sandbox: Sandbox
) -> None:
    sandbox.control("create_team_fixture")
    booked = (await api.book(100, f"{DAY}T09:00:00Z")).data

    same = await api("POST", f"/v2/bookings/{booked['uid']}/reassign")
    stranger = await api("POST", f"/v2/bookings/{booked['uid']}/reassign/77")

    assert same.data["reassignedTo"]["id"] == booked["hosts"][0]["id"]
    assert stranger.said == (404, "User with id=77 was not found in the database")
