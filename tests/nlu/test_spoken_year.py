"""What the agent says about times is understood as the same time: a whole year of minutes.

A run takes every eleventh minute, another one each day, so that no day and no minute of the day is
left out; `NLU_LAW=all` takes all 525,600 in both languages.
"""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu import Context, TimeExpression, Vocabulary, parse_times, understand
from prompts import speak as german
from prompts.en import speak as english

if TYPE_CHECKING:
    from types import ModuleType

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YEAR = datetime(2026, 1, 1, 8, tzinfo=BERLIN)
MINUTES_OF_DAY = 1440
FIRST_HOUR_OF_DAY = 7
STRIDE = 1 if os.environ.get("NLU_LAW") == "all" else 11
"""Every minute of the day is met on every 11th day; each day meets 131 of them."""
TONGUES = [pytest.param("de", german, id="german"), pytest.param("en", english, id="english")]
FILLERS = {
    "de": ["ja", "also", "ähm", "bitte", "wenn es geht", "gern", "sagen wir", "danke"],
    "en": ["well", "um", "please", "so", "thanks"],
}
WISHES = ["Damenhaarschnitt am Freitag um halb elf bei Emma", "Dauerwelle übermorgen um vier",
          "Herrenhaarschnitt nächste Woche Mittwoch, nicht bei Oliver"]  # fmt: skip


def heard_as(text: str, now: datetime, language: str) -> set[object]:
    found = parse_times(text, now, language)
    return {e.start for one in found for e in (one, *one.alt)}


@pytest.mark.timeout(0 if STRIDE == 1 else 120)
@pytest.mark.parametrize(("language", "speak"), TONGUES)
@pytest.mark.parametrize("first", range(0, 366, 61))
def test_every_moment_of_a_year_is_understood_as_it_is_spoken(
    language: str, speak: ModuleType, first: int
) -> None:
    lost = []

    for day in range(first, min(first + 61, 365)):
        now = NEW_YEAR + timedelta(days=day)
        for minute in range(day % STRIDE, MINUTES_OF_DAY, STRIDE):
            start = now.replace(hour=minute // 60, minute=minute % 60) + timedelta(days=3)
            said = speak.moment(start, now.date())
            heard = parse_times(said, now, language)
            if not is_understood(heard, start) and not is_skipped(start):
                lost.append((said, start, heard))

    assert lost == []


def is_understood(heard: list[TimeExpression], start: datetime) -> bool:
    """By day without a doubt; before seven the hours of the afternoon are the likelier ones."""
    if len(heard) != 1:
        return False
    readings = [heard[0].start, *(other.start for other in heard[0].alt)]
    others = {start + timedelta(hours=hours) for hours in (-12, 0, 12)}
    likeliest = readings[:1] if start.hour >= FIRST_HOUR_OF_DAY else readings
    return start in likeliest and others.issuperset(readings)


def is_skipped(start: datetime) -> bool:
    """An hour that the clocks leave out in spring is nobody's appointment."""
    there_and_back = datetime.fromtimestamp(start.timestamp(), BERLIN)
    return there_and_back.replace(tzinfo=None) != start.replace(tzinfo=None)


@pytest.mark.parametrize(("language", "speak"), TONGUES)
def test_every_day_of_two_years_is_understood_as_it_is_spoken(
    language: str, speak: ModuleType
) -> None:
    today = date(2026, 5, 12)
    now = datetime(2026, 5, 12, 10, tzinfo=BERLIN)
    days = [today + timedelta(days=ahead) for ahead in range(360)]

    lost = [day for day in days if not is_heard(speak.full_day(day), day, now, language)]

    assert lost == []


def is_heard(said: str, day: date, now: datetime, language: str) -> bool:
    starts = heard_as(said, now, language)
    return {start.date() for start in starts if isinstance(start, datetime)} == {day}


@given(
    st.dates(date(2025, 1, 1), date(2031, 12, 31)),
    st.integers(0, 24 * 60 - 1),
    st.integers(0, 360),
)
@pytest.mark.parametrize(("language", "speak"), TONGUES)
def test_a_spoken_date_never_becomes_a_past_one(
    language: str, speak: Any, today: date, minute: int, ahead: int
) -> None:
    now = datetime(today.year, today.month, today.day, tzinfo=BERLIN) + timedelta(minutes=minute)
    day = now.date() + timedelta(days=ahead)

    for start in heard_as(speak.calendar_day(day), now, language):
        assert not isinstance(start, datetime) or start.date() >= now.date()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from(WISHES),
    st.lists(st.sampled_from(FILLERS["de"]), max_size=3),
    st.lists(st.sampled_from(["bitte", "gern", "danke", "wenn möglich"]), max_size=2),
)
def test_polite_words_around_a_wish_change_none_of_its_parts(
    vocabulary: Vocabulary, wish: str, before: list[str], behind: list[str]
) -> None:
    context = Context(now=NEW_YEAR)

    def parts(text: str) -> tuple[object, ...]:
        heard = understand(text, vocabulary, context)
        times = [(e.start, e.end, e.grain, e.role) for e in heard.times]
        staff = [(m.wish, m.accepted) for m in heard.staff]
        return times, staff, [m.accepted for m in heard.services], heard.name, heard.intent

    assert parts(", ".join([*before, wish, *behind])) == parts(wish)
