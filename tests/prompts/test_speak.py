"""What we speak, we understand: the same day, time and length come back from the parser."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu import Grain, TimeExpression, parse_times
from prompts import speak

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 10, 27, 8, 0, tzinfo=BERLIN)
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


@pytest.mark.inc(31)
@given(start=starts)
def test_a_spoken_moment_is_understood_as_that_moment(start: datetime) -> None:
    spoken = speak.moment(start, NOW.date())

    heard = parse_times(spoken, NOW, "de")

    assert heard[-1].start == start, spoken
    assert days_of(heard) == {start.date()}
    assert not any(expression.conflict for expression in heard)


@given(clock=st.builds(time, st.integers(13, 20), st.integers(0, 59)))
def test_a_spoken_clock_is_understood_as_that_time(clock: time) -> None:
    (heard,) = parse_times(f"um {speak.clock(clock)}", NOW, "de")

    assert heard.start == clock


@given(days=st.integers(0, 90))
def test_a_spoken_day_is_understood_as_that_day(days: int) -> None:
    day = NOW.date() + timedelta(days=days)

    heard = parse_times(speak.on_day(day, NOW.date()), NOW, "de")

    assert days_of(heard) == {day}


@given(minutes=st.sampled_from(range(5, 600, 5)))
def test_a_spoken_length_is_understood_as_that_length(minutes: int) -> None:
    (heard,) = parse_times(f"das dauert {speak.duration(minutes)}", NOW, "de")

    assert (heard.grain, heard.duration_s) == (Grain.DURATION, minutes * 60)


@given(
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
)
def test_uhr_is_never_said_twice(hour: int, minute: int) -> None:
    assert speak.clock(time(hour, minute)).count("Uhr") == 1


def test_today_and_tomorrow_are_said_with_weekday_and_date() -> None:
    today = date(2025, 10, 27)

    assert speak.on_day(today, today) == "heute, Montag, den 27. Oktober"
    assert speak.on_day(today + timedelta(days=1), today).startswith("morgen, Dienstag")
    assert speak.on_day(today + timedelta(days=2), today) == "am Mittwoch, den 29. Oktober"
