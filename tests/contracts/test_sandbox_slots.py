"""Slots and reservations: advice that is two seconds old, and holds that hold nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.adapters.calcom.sandbox.grid import slot_starts
from booking_core.domain.interval import Span

DAY = "2026-11-26"
WRONG_START = "start property is wrong,start must be a valid ISO 8601 date string "
TEN = f"{DAY}T09:00:00Z"
BERLIN = ZoneInfo("Europe/Berlin")


def clock(answer: Any) -> list[str]:
    return [slot["start"][11:16] for slots in answer.data.values() for slot in slots]


async def slots(api: Any, event_type: int, first: str, last: str, **more: object) -> list[str]:
    query = "&".join(f"{name}={value}" for name, value in more.items())
    window = f"start={DAY}T{first}:00%2B01:00&end={DAY}T{last}:00%2B01:00"
    path = f"/v2/slots?eventTypeId={event_type}&{window}&timeZone=Europe/Berlin&{query}"
    return clock(await api("GET", path, key=None))


async def schedule(api: Any, *hours: tuple[str, str], **more: object) -> int:
    body = {
        "name": "Dienst",
        "timeZone": "Europe/Berlin",
        "isDefault": False,
        "availability": [
            {"days": ["Thursday"], "startTime": first, "endTime": last} for first, last in hours
        ],
    }
    made = await api("POST", "/v2/schedules", {**body, **more}, version="2024-06-11")
    return int(made.data["id"])


async def test_a_slot_ends_before_the_window_does(api: Any) -> None:
    cut = await api.event_type("schnitt", slotInterval=15)

    assert await slots(api, cut, "10:00", "11:00") == ["10:00", "10:15", "10:30"]


@pytest.mark.parametrize(
    ("minutes", "interval", "expected"),
    [
        (40, None, ["08:20", "09:00", "09:40", "10:20", "13:00", "13:40"]),
        (25, None, ["08:10", "08:35", "09:00", "09:25", "09:50", "10:15", "10:40", "13:00",
                    "13:25", "13:50"]),
        (45, 20, ["08:20", "08:40", "09:00", "09:20", "09:40", "10:00", "10:20", "13:00",
                  "13:20", "13:40"]),
    ],
)  # fmt: skip
async def test_the_first_slot_stands_on_a_round_minute_and_the_next_follow_in_steps(
    api: Any, minutes: int, interval: int | None, expected: list[str]
) -> None:
    hours = await schedule(api, ("08:10", "11:05"), ("13:00", "14:30"))
    kind = await api.event_type("art", minutes, slotInterval=interval, scheduleId=hours)

    assert await slots(api, kind, "00:00", "23:00") == expected


async def test_the_very_same_question_is_answered_from_a_cache_for_two_seconds(api: Any) -> None:
    cut = await api.event_type("schnitt", slotInterval=30)
    before = await slots(api, cut, "10:00", "12:00")
    await api.book(cut, TEN)

    same = await slots(api, cut, "10:00", "12:00")
    other = await slots(api, cut, "10:00", "11:30")

    assert before == same == ["10:00", "10:30", "11:00", "11:30"]
    assert other == ["10:30", "11:00"]


async def test_a_day_with_special_hours_is_answered_whole_even_outside_of_the_window(
    api: Any,
) -> None:
    special = [{"date": DAY, "startTime": "12:00", "endTime": "13:00"}]
    hours = await schedule(api, ("09:00", "18:00"), overrides=special)
    cut = await api.event_type("schnitt", slotInterval=30, scheduleId=hours)

    assert await slots(api, cut, "09:00", "10:00") == ["12:00", "12:30"]


async def test_buffers_keep_other_event_types_away_but_do_not_shorten_the_day(api: Any) -> None:
    plain = await api.event_type("schlicht", slotInterval=15)
    buffered = await api.event_type("puffer", beforeEventBuffer=15, afterEventBuffer=15)
    await api.book(buffered, TEN)

    beside = await api.book(plain, f"{DAY}T09:30:00Z")

    assert beside.status == 400
    assert await slots(api, plain, "09:00", "11:30") == ["09:00", "09:15", "10:45", "11:00"]


async def test_a_reservation_hides_a_slot_of_every_event_type_but_does_not_lock_it(
    api: Any,
) -> None:
    cut, colour = await api.event_type("schnitt"), await api.event_type("farbe")
    wish = {"eventTypeId": cut, "slotStart": TEN}
    held = await api("POST", "/v2/slots/reservations", wish, key=None)

    again = await api("POST", "/v2/slots/reservations", wish)
    offered = await slots(api, colour, "10:00", "11:00")
    booked = await api.book(cut, TEN)
    kept = await api("GET", f"/v2/slots/reservations/{held.data['reservationUid']}")

    assert held.status == 201
    assert again.status == 422
    assert offered == ["10:30"]
    assert booked.status == 201
    assert kept.data is not None


async def test_a_rolling_window_limits_what_is_shown_not_what_is_booked(api: Any) -> None:
    soon = {"type": "calendarDays", "value": 1, "rolling": True}
    cut = await api.event_type("bald", bookingWindow=soon)

    assert await slots(api, cut, "10:00", "12:00") == []
    assert (await api.book(cut, TEN)).status == 201


MOMENT = datetime(2026, 11, 26, tzinfo=UTC)
STRETCHES = st.lists(st.integers(0, 1439), min_size=2, max_size=8, unique=True).map(sorted)


@given(STRETCHES, st.integers(5, 90), st.sampled_from([None, 5, 7, 10, 15, 20, 30, 60]))
def test_every_slot_lies_in_one_free_stretch_and_none_starts_within_anothers_step(
    edges: list[int], minutes: int, every: int | None
) -> None:
    pairs = zip(edges[::2], edges[1::2], strict=False)
    free = [
        Span(MOMENT + timedelta(minutes=first), MOMENT + timedelta(minutes=last))
        for first, last in pairs
    ]

    starts = slot_starts(free, minutes=minutes, every=every, offset=0, earliest=MOMENT, zone=BERLIN)

    step = timedelta(minutes=every or minutes)
    assert all(any(span.covers(Span.of_minutes(s, minutes)) for span in free) for s in starts)
    assert all(later - earlier >= step for earlier, later in pairwise(starts))


async def test_days_and_offsets_follow_the_zone_that_was_asked_for(api: Any) -> None:
    late = await api.schedule(("22:00", "23:59"), timeZone="UTC")
    cut = await api.event_type("schnitt", 60, slotInterval=60, scheduleId=late)
    path = f"/v2/slots?eventTypeId={cut}&start={DAY}&end=2026-11-27"

    utc = (await api("GET", path, key=None)).data
    berlin = (await api("GET", f"{path}&timeZone=Europe/Berlin&format=range", key=None)).data

    assert utc == {DAY: [{"start": f"{DAY}T22:00:00.000Z"}]}
    assert berlin == {
        DAY: [{"start": f"{DAY}T23:00:00.000+01:00", "end": "2026-11-27T00:00:00.000+01:00"}]
    }


async def test_a_day_without_a_clock_time_is_a_day_of_utc(api: Any) -> None:
    early = await api.schedule(("00:00", "02:00"))
    cut = await api.event_type("schnitt", 60, slotInterval=60, scheduleId=early)

    assert await api.slots(cut, DAY, DAY) == ["01:00"]
    assert await api.slots(cut, "2026-11-25", "2026-11-25") == ["00:00"]


async def test_any_length_may_be_asked_for(api: Any) -> None:
    hours = await api.schedule(("09:00", "11:00"))
    cut = await api.event_type("schnitt", slotInterval=30, scheduleId=hours)

    window = (f"{DAY}T00:00:00Z", f"{DAY}T23:00:00Z")
    assert await api.slots(cut, *window, duration=90) == ["09:00", "09:30"]
    assert await api.slots(cut, *window, duration=50) == ["09:00", "09:30", "10:00"]


async def test_notice_and_the_present_hide_slots(api: Any) -> None:
    soon = await api.event_type("bald", minimumBookingNotice=120)
    now = await api.event_type("jetzt")

    today = ("2026-11-24T08:00:00Z", "2026-11-24T14:00:00Z")
    assert (await api.slots(soon, *today))[0] == "12:15"
    assert (await api.slots(now, *today))[0] == "10:15"
    assert await api.slots(now, "2026-11-20", "2026-11-23") == []


async def test_a_booking_that_is_to_be_moved_is_not_in_its_own_way(api: Any) -> None:
    cut = await api.event_type("schnitt", slotInterval=30)
    uid = (await api.book(cut, TEN)).data["uid"]

    window = (TEN, f"{DAY}T10:00:00Z")
    assert await api.slots(cut, *window) == ["10:30"]
    assert await api.slots(cut, *window, bookingUidToReschedule=uid) == ["10:00", "10:30"]


async def test_some_event_types_only_show_the_first_slot_of_a_day_but_take_every_other(
    api: Any,
) -> None:
    first = await api.event_type("erster", slotInterval=60, onlyShowFirstAvailableSlot=True)

    assert await api.slots(first, DAY, "2026-11-27") == ["09:00", "09:00"]
    assert (await api.book(first, f"{DAY}T12:00:00Z")).status == 201


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("start={day}", "end property is wrong,end must be a valid ISO 8601 date string "),
        ("start=x&end={day}", WRONG_START),
        (
            "start={day}&end={day}&timeZone=Bern",
            "timeZone property is wrong,timeZone must be a valid IANA time-zone ",
        ),
        ("start={day}&end={day}&foo=1", "foo property is wrong,property foo should not exist "),
    ],
)  # fmt: skip
async def test_a_question_for_slots_is_refused_in_one_flat_sentence(
    api: Any, query: str, said: str
) -> None:
    cut = await api.event_type("schnitt")

    answer = await api("GET", f"/v2/slots?eventTypeId={cut}&{query.format(day=DAY)}", key=None)

    assert answer.said == (400, said)


async def test_slots_of_nothing_are_404_and_of_no_time_are_none(api: Any) -> None:
    cut = await api.event_type("schnitt")
    window = f"start={DAY}&end={DAY}"

    unknown = await api("GET", f"/v2/slots?eventTypeId=4711&{window}")
    nobody = await api("GET", f"/v2/slots?eventTypeSlug=x&username=niemand&{window}")
    backwards = await api("GET", f"/v2/slots?eventTypeId={cut}&start={DAY}&end=2026-11-25")
    unnamed = await api("GET", f"/v2/slots?{window}")

    assert unknown.said == (404, "Event Type not found")
    assert nobody.said == (404, "User with username niemand not found")
    assert backwards.body == {"data": {}, "status": "success"}
    assert unnamed.status == 400
    assert "The array must contain at least 2 elements." in unnamed.message


@pytest.mark.parametrize("uid", ["", "nobody-has-this-one"])
async def test_the_order_of_a_question_does_not_matter_to_the_cache(api: Any, uid: str) -> None:
    cut = await api.event_type("schnitt", slotInterval=30)
    first = f"/v2/slots?eventTypeId={cut}&start={TEN}&end={DAY}T10:00:00Z"
    again = f"/v2/slots?end={DAY}T10:00:00Z&start={TEN}&eventTypeId={cut}"
    before = (await api("GET", first)).data
    await api.book(cut, TEN)

    assert (await api("GET", again)).data == before
    other = await api("GET", f"{again}&bookingUidToReschedule={uid}")
    assert len(other.data[DAY]) == 1
