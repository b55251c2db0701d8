"""What we speak in English, we understand: the same day, time and length come back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu import Grain, TimeExpression, parse_times
from prompts.en import speak
from prompts.speak import Option

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 10, 27, 8, 0, tzinfo=BERLIN)
YEAR = 365
slow_machine = settings(deadline=None)
starts = st.builds(
    lambda days, hour, minute: datetime.combine(
        NOW.date() + timedelta(days=days), time(hour, minute), BERLIN
    ),
    st.integers(0, 90),
    st.integers(8, 20),
    st.sampled_from(range(0, 60, 5)),
)


def days_of(heard: list[TimeExpression]) -> set[date]:
    """The days that are named; saying one day twice is one day."""
    return {said.start.date() for said in heard if isinstance(said.start, datetime)}


@slow_machine
@given(start=starts)
def test_a_spoken_moment_is_understood_as_that_moment(start: datetime) -> None:
    spoken = speak.moment(start, NOW.date())

    heard = parse_times(spoken, NOW, "en")

    assert [expression.start for expression in heard] == [start], spoken
    assert not heard[0].conflict


@pytest.mark.parametrize("day_of_year", range(1, YEAR))
def test_every_day_of_a_year_is_understood_at_another_minute_of_the_day(day_of_year: int) -> None:
    minutes = day_of_year * 7 % (24 * 60)
    day = NOW.date() + timedelta(day_of_year)
    start = datetime.combine(day, time(minutes // 60, minutes % 60), BERLIN)
    there = start.astimezone(ZoneInfo("UTC")).astimezone(BERLIN)

    (heard,) = parse_times(speak.moment(start, NOW.date()), NOW, "en")

    assert heard.start == there


def test_every_minute_of_a_day_is_understood_without_a_second_reading() -> None:
    minutes = [time(minute // 60, minute % 60) for minute in range(24 * 60)]

    heard = {clock: parse_times(f"at {speak.clock(clock)}", NOW, "en") for clock in minutes}

    assert {clock: [e.start for e in found] for clock, found in heard.items()} == {
        clock: [clock] for clock in minutes
    }
    assert not any(e.alt for found in heard.values() for e in found)


@slow_machine
@given(days=st.integers(0, 90))
def test_a_spoken_day_is_understood_as_that_day(days: int) -> None:
    day = NOW.date() + timedelta(days=days)

    heard = parse_times(speak.on_day(day, NOW.date()), NOW, "en")

    assert days_of(heard) == {day}


@slow_machine
@given(days=st.integers(1, 6))
def test_a_day_said_short_is_the_next_of_its_name(days: int) -> None:
    day = NOW.date() + timedelta(days=days)

    heard = parse_times(speak.short_day(day, NOW.date()), NOW, "en")

    assert days_of(heard) == {day}


@slow_machine
@given(minutes=st.sampled_from(range(5, 600, 5)))
def test_a_spoken_length_is_understood_as_that_length(minutes: int) -> None:
    (heard,) = parse_times(speak.duration(minutes), NOW, "en")

    assert heard.grain is Grain.DURATION
    assert heard.duration_s == 60 * minutes


@slow_machine
@given(first=starts, second=starts)
def test_two_offered_times_are_both_understood(first: datetime, second: datetime) -> None:
    options = [Option(start=start) for start in sorted({first, second})]

    heard = parse_times(speak.choices(options, NOW.date()), NOW, "en")

    assert [expression.start for expression in heard] == [option.start for option in options]


def test_a_price_is_no_time() -> None:
    said = [speak.price(cents) for cents in range(500, 25_000, 250)]

    assert [parse_times(text, NOW, "en") for text in said] == [[]] * len(said)


def test_who_does_it_is_said_once_where_it_is_the_same_person() -> None:
    morning = NOW.replace(hour=9)
    options = [Option(start=morning.replace(hour=hour), staff="Emma") for hour in (9, 11)]

    said = speak.choices(options, NOW.date())

    assert said == "today, Monday, October 27th, at 9 am or at 11 am with Emma"


def test_each_person_is_named_where_they_differ() -> None:
    options = [
        Option(start=NOW.replace(hour=9), staff="Emma"),
        Option(start=NOW.replace(hour=11), staff="Fabian"),
    ]

    said = speak.choices(options, NOW.date())

    assert said == "today, Monday, October 27th, at 9 am with Emma or at 11 am with Fabian"
