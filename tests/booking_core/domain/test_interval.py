"""Spans of time, above all on the two days on which the clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.errors import InvalidTime
from booking_core.domain.interval import Span, merge, shift, subtract

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = (datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC))

moments = st.builds(
    lambda night, minutes: (night + timedelta(minutes=minutes)).astimezone(BERLIN),
    st.sampled_from(NIGHTS),
    st.integers(-120, 240),
)


def first(clock: str) -> datetime:
    """On 25 October, before the clock is put back."""
    return datetime.fromisoformat(f"2026-10-25T{clock}").replace(tzinfo=BERLIN)


def again(clock: str) -> datetime:
    """The same reading an hour later."""
    return first(clock).replace(fold=1)


def instants(span: Span) -> tuple[float, float]:
    return span.start.timestamp(), span.end.timestamp()


def test_a_span_may_begin_before_the_clock_is_put_back_and_end_after() -> None:
    span = Span(first("02:50"), again("02:10"))

    assert span.minutes == 20


def test_a_span_that_ends_on_the_first_reading_after_starting_on_the_second_is_refused() -> None:
    with pytest.raises(InvalidTime):
        Span(again("02:10"), first("02:50"))


def test_both_readings_of_one_clock_time_do_not_overlap() -> None:
    assert not Span(first("02:00"), first("02:30")).overlaps(Span(again("02:00"), again("02:30")))


def test_an_instant_of_the_second_reading_is_not_in_the_first() -> None:
    span = Span(first("02:00"), first("02:30"))

    assert span.contains(first("02:10"))
    assert not span.contains(again("02:10"))


def test_a_clock_time_that_march_skips_is_the_instant_python_takes_it_for() -> None:
    skipped = datetime(2027, 3, 28, 2, 30, tzinfo=BERLIN)

    assert Span(skipped, datetime(2027, 3, 28, 3, 45, tzinfo=BERLIN)).minutes == 15
    with pytest.raises(InvalidTime):
        Span(skipped, datetime(2027, 3, 28, 3, 15, tzinfo=BERLIN))


def test_other_times_keep_their_zone() -> None:
    span = Span(first("01:00"), first("04:00"))

    assert span.start.tzinfo is BERLIN
    assert span.minutes == 4 * 60


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=1)), BERLIN])
def test_a_span_without_any_length_is_refused_with_its_times(zone: timezone | ZoneInfo) -> None:
    moment = datetime(2026, 11, 25, 9, tzinfo=zone)

    with pytest.raises(InvalidTime) as refused:
        Span(moment, moment)

    assert refused.value.facts == {"start": moment, "end": moment}


def test_a_time_without_a_zone_is_refused() -> None:
    aware, naive = datetime(2026, 11, 25, 9, tzinfo=UTC), datetime(2026, 11, 25, 10)  # noqa: DTZ001 - what is refused

    for start, end in ((aware, naive), (naive - timedelta(hours=2), aware)):
        with pytest.raises(InvalidTime, match="needs a zone"):
            Span(start, end)


@given(moments, moments)
def test_a_span_is_one_exactly_if_its_end_happens_later(start: datetime, end: datetime) -> None:
    later = end.timestamp() > start.timestamp()

    try:
        span = Span(start, end)
    except InvalidTime:
        assert not later
        return
    assert later
    assert instants(span) == (start.timestamp(), end.timestamp())


@given(st.lists(st.tuples(moments, st.integers(1, 200)), min_size=2, max_size=6), moments)
def test_everything_compares_as_it_does_in_utc(
    drawn: list[tuple[datetime, int]], moment: datetime
) -> None:
    spans = [Span.of_minutes(start, minutes) for start, minutes in drawn]
    plain = [Span(s.start.astimezone(UTC), s.end.astimezone(UTC)) for s in spans]
    one, other = spans[:2]

    assert one.overlaps(other) == plain[0].overlaps(plain[1])
    assert one.covers(other) == plain[0].covers(plain[1])
    assert one.contains(moment) == plain[0].contains(moment.astimezone(UTC))
    assert [instants(s) for s in sorted(spans)] == [instants(s) for s in sorted(plain)]
    assert [instants(s) for s in merge(spans)] == [instants(s) for s in merge(plain)]
    assert [instants(s) for s in subtract(one, spans[1:])] == [
        instants(s) for s in subtract(plain[0], plain[1:])
    ]


@given(moments, st.integers(-300, 300))
def test_shifting_moves_by_elapsed_minutes(moment: datetime, minutes: int) -> None:
    moved = shift(moment, minutes)

    assert moved.timestamp() - moment.timestamp() == minutes * 60
    assert moved.tzinfo is BERLIN
