"""What bookings rely on, of the scripted calendar as of the real client towards a Cal.com."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from booking_core.domain.errors import CalendarRefused, CalendarTaken
from booking_core.domain.interval import Span
from booking_core.domain.labels import segment_label
from booking_core.ports import SegmentBooking, Whereabouts


@pytest.fixture(params=["scripted", "calcom"])
def calendar(request: pytest.FixtureRequest, world: Any) -> Any:
    if request.param == "scripted":
        return world.calendar
    return request.getfixturevalue("calcom_parts").calendar


@pytest.fixture
def booking(visits: Any, new_id: Any) -> Any:
    """Makes requests for segment A of a visit of its own, or of the one named."""

    def make(start: int = 0, *, index: int = 1, group: Any = None) -> SegmentBooking:
        order = visits.order(visits.plan(start))
        segment = order.plan.segments[index - 1]
        return SegmentBooking(
            salon=visits.salon,
            group=group or new_id(),
            version=1,
            attempt=1,
            segment=segment,
            service_label=segment_label(visits.salon, segment),
            customer=order.customer,
        )

    return make


async def test_what_is_booked_is_found_whatever_the_attempt(calendar: Any, booking: Any) -> None:
    wish = booking()

    uid = await calendar.book(wish)

    assert list(await calendar.find(wish)) == [uid]
    assert list(await calendar.find(replace(wish, attempt=2))) == [uid]


async def test_what_belongs_to_others_is_not_found(
    calendar: Any, booking: Any, new_id: Any
) -> None:
    wish = booking()
    await calendar.book(wish)

    assert not await calendar.find(replace(wish, group=new_id()))
    assert not await calendar.find(replace(wish, version=2))
    assert not await calendar.find(booking(index=3, group=wish.group))


async def test_the_same_request_again_is_refused_as_taken(calendar: Any, booking: Any) -> None:
    wish = booking()
    uid = await calendar.book(wish)

    with pytest.raises(CalendarTaken):
        await calendar.book(replace(wish, attempt=2))

    assert list(await calendar.find(wish)) == [uid]


async def test_an_overlapping_request_is_refused_as_taken(calendar: Any, booking: Any) -> None:
    await calendar.book(booking(0))

    with pytest.raises(CalendarTaken):
        await calendar.book(booking(15))


async def test_what_only_touches_is_booked(calendar: Any, booking: Any) -> None:
    await calendar.book(booking(0))

    assert await calendar.book(booking(30))


async def test_cancelling_frees_the_time_and_may_be_repeated(calendar: Any, booking: Any) -> None:
    wish = booking()
    salon = wish.salon
    uid = await calendar.book(wish)

    for _ in range(2):
        await calendar.cancel(salon, uid, reason="not complete")
    again = await calendar.book(wish)

    assert again != uid
    assert list(await calendar.find(wish)) == [again]


async def test_cancelling_what_was_never_booked_is_no_error(
    calendar: Any, visits: Any, booking: Any
) -> None:
    wish = booking()
    uid = await calendar.book(wish)

    await calendar.cancel(visits.salon, "neverWasThere1234567890", reason="not complete")

    assert list(await calendar.find(wish)) == [uid]


async def test_a_group_is_all_its_live_bookings_that_start_in_the_window(
    calendar: Any, booking: Any
) -> None:
    first = booking()
    group, salon = first.group, first.salon
    uids = [await calendar.book(booking(index=index, group=group)) for index in (4, 3, 1)]
    await calendar.book(booking(600))
    await calendar.cancel(salon, uids[1], reason="not complete")
    visit = booking(index=4).segment.span
    whole = Span(first.segment.span.start, visit.end)
    beginning = Span(first.segment.span.start, visit.start)

    assert sorted(await calendar.find_group(salon, group, whole)) == sorted([uids[0], uids[2]])
    assert list(await calendar.find_group(salon, group, beginning)) == [uids[2]]


async def test_a_shifted_booking_has_another_uid_and_its_old_time_is_free(
    calendar: Any, booking: Any
) -> None:
    here, there = booking(0), booking(300)
    there = replace(there, group=here.group)
    uid = await calendar.book(here)

    moved = await calendar.shift(there, uid)

    assert moved != uid
    assert await calendar.book(booking(0))
    with pytest.raises(CalendarTaken):
        await calendar.book(booking(300))


async def test_a_booking_may_be_shifted_over_its_own_time_and_to_where_it_is(
    calendar: Any, booking: Any
) -> None:
    here, later = booking(0), booking(15)
    later = replace(later, group=here.group)
    first = await calendar.book(here)

    second = await calendar.shift(later, first)
    third = await calendar.shift(later, second)

    assert len({first, second, third}) == 3
    start = later.segment.span.start
    assert await calendar.trace(here.salon, first) == Whereabouts(uid=third, start=start)


async def test_a_shift_to_somebody_elses_time_is_refused_and_leaves_the_booking(
    calendar: Any, booking: Any
) -> None:
    here, there = booking(0), booking(300)
    uid = await calendar.book(here)
    await calendar.book(there)

    with pytest.raises(CalendarTaken):
        await calendar.shift(replace(there, group=here.group), uid)

    assert list(await calendar.find(here)) == [uid]


async def test_a_uid_is_used_up_by_a_shift(calendar: Any, booking: Any) -> None:
    here, there = booking(0), booking(300)
    there = replace(there, group=here.group)
    uid = await calendar.book(here)
    moved = await calendar.shift(there, uid)

    with pytest.raises(CalendarRefused):
        await calendar.shift(replace(booking(600), group=here.group), uid)

    assert await calendar.trace(here.salon, uid) == Whereabouts(
        uid=moved, start=there.segment.span.start
    )


async def test_what_was_shifted_is_not_what_was_booked_there_at_first(
    calendar: Any, booking: Any
) -> None:
    """It still says what it said when it was made: only the uid tells what it is now."""
    here = booking(0)
    there = replace(booking(300), group=here.group)
    await calendar.shift(there, await calendar.book(here))

    assert not await calendar.find(here)
    assert not await calendar.find(there)


async def test_cancelling_follows_a_booking_to_where_it_was_shifted(
    calendar: Any, booking: Any
) -> None:
    here = booking(0)
    there = replace(booking(300), group=here.group)
    uid = await calendar.book(here)
    await calendar.shift(there, uid)

    await calendar.cancel(here.salon, uid, reason="not wanted any more")

    assert await calendar.trace(here.salon, uid) is None
    assert await calendar.book(booking(300))


async def test_what_is_cancelled_or_was_never_there_leaves_no_trace(
    calendar: Any, booking: Any
) -> None:
    here = booking(0)
    uid = await calendar.book(here)
    await calendar.cancel(here.salon, uid, reason="not wanted any more")

    assert await calendar.trace(here.salon, uid) is None
    assert await calendar.trace(here.salon, "neverWasThere1234567890") is None
    with pytest.raises(CalendarRefused):
        await calendar.shift(here, uid)
