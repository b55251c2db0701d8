"""When a host is free, against a model that looks at every single minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from booking_core.adapters.calcom.sandbox.availability import is_free
from booking_core.adapters.calcom.sandbox.records import (
    Booking,
    EventType,
    Records,
    Schedule,
    User,
)
from booking_core.domain.interval import Span

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = [date(2027, 3, 27), date(2027, 3, 28), date(2027, 10, 31)]  # two of them change the clock
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

times = st.integers(0, 23 * 12).map(lambda n: f"{n // 12:02}:{n % 12 * 5:02}")
stretches = st.lists(st.tuples(times, times), min_size=1, max_size=3)
starts = st.integers(0, 24 * 12 - 1)
bookings = st.lists(
    st.tuples(
        starts, st.integers(1, 30), st.sampled_from(["accepted", "cancelled", "pending"]),
        st.booleans(),
    ),
    max_size=5,
)  # fmt: skip
buffers = st.sampled_from([(0, 0), (5, 10), (15, 0)])


def midnight_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)


def event_type(number: int, buffer: tuple[int, int]) -> EventType:
    fields = {"title": "t", "slug": "t", "lengthInMinutes": 30}
    around = {"beforeEventBuffer": buffer[0], "afterEventBuffer": buffer[1]}
    return EventType(id=number, owner_id=1, fields={**fields, **around})


def booking(number: int, span: Span, status: str, kind: int) -> Booking:
    return Booking(
        id=number, uid=str(number), event_type_id=kind, host_id=1, start=span.start, end=span.end,
        status=status, title="", description="", location="", attendees=[], responses={},
        metadata={}, created_at=span.start, updated_at=span.start, ics_uid="",
    )  # fmt: skip


@given(
    day=st.sampled_from(DAYS), hours=stretches, taken=bookings, start=starts,
    minutes=st.integers(1, 24).map(lambda n: n * 5), old=buffers, new=buffers,
)  # fmt: skip
@example(
    day=date(2027, 10, 31), hours=[("02:05", "03:00")], taken=[], start=25, minutes=60,
    old=(0, 0), new=(0, 0),
)  # fmt: skip
@example(
    day=date(2027, 3, 28), hours=[("02:05", "04:00")], taken=[], start=24, minutes=30,
    old=(0, 0), new=(0, 0),
)  # fmt: skip
def test_a_time_is_free_exactly_when_every_minute_of_it_is(
    *,
    day: date,
    hours: list[tuple[str, str]],
    taken: list[tuple[int, int, str, bool]],
    start: int,
    minutes: int,
    old: tuple[int, int],
    new: tuple[int, int],
) -> None:
    user = User(id=1, username="u", name="U", email="u@u.test", default_schedule_id=1)
    availability = [
        {"days": WEEKDAYS, "startTime": first, "endTime": last} for first, last in hours
    ]
    schedule = Schedule(
        id=1, owner_id=1, name="s", time_zone="Europe/Berlin", availability=availability
    )
    records = Records(users={1: user}, schedules={1: schedule})
    records.event_types = {1: event_type(1, old), 2: event_type(2, new)}
    midnight = midnight_of(day)
    for number, (begin, cells, status, buffered) in enumerate(taken):
        span = Span.of_minutes(midnight + timedelta(minutes=5 * begin), 5 * cells)
        records.bookings[str(number)] = booking(number, span, status, 1 if buffered else 2)
    wish = Span.of_minutes(midnight + timedelta(minutes=5 * start), minutes)

    free = is_free(records, user, records.event_types[2], wish)

    in_hours = all(open_at(minute, hours) for minute in minutes_of(wish))
    in_the_way = any(blocks(records, one, wish) for one in records.bookings.values())
    assert free == (in_hours and not in_the_way)


def minutes_of(span: Span) -> list[datetime]:
    return [span.start + timedelta(minutes=n) for n in range(span.minutes)]


def open_at(minute: datetime, hours: list[tuple[str, str]]) -> bool:
    """Hours reach from instant to instant: what a clock shows twice in between is inside twice."""
    day = minute.astimezone(BERLIN).date()
    return any(at(day, first) <= minute < at(day, last) for first, last in hours)


def at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), BERLIN).astimezone(UTC)


def blocks(records: Records, one: Booking, wish: Span) -> bool:
    if one.status != "accepted":
        return False
    theirs, ours = records.event_types[one.event_type_id].fields, records.event_types[2].fields
    before = timedelta(minutes=theirs["beforeEventBuffer"] + ours["afterEventBuffer"])
    after = timedelta(minutes=theirs["afterEventBuffer"] + ours["beforeEventBuffer"])
    return any(one.start - before <= minute < one.end + after for minute in minutes_of(wish))
