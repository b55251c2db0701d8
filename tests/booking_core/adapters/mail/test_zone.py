"""Zones in calendar files, read by a program that knows no zones of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical

from booking_core.adapters.mail.zone import time_zone

ZONES = [
    "Europe/Berlin",
    "Europe/London",
    "Europe/Lisbon",
    "Europe/Moscow",  # sets no clocks any more
    "America/New_York",
    "America/Santiago",  # its summer is around the turn of the year
    "Australia/Lord_Howe",  # sets its clocks by half an hour
    "Asia/Kolkata",
    "Africa/Casablanca",  # sets them by the moon
    "UTC",
]


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("year", [2026, 2027])
def test_the_file_alone_gives_the_offset_of_every_hour_of_the_year(name: str, year: int) -> None:
    text = time_zone(name, year).to_ical().decode()
    read, true = tzical(StringIO(text)).get(name), ZoneInfo(name)
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=h) for h in range(365 * 24)]
    walls = [hour.astimezone(true) for hour in hours if hour.astimezone(true).year == year]

    wrong = [
        wall
        for wall in walls
        # The hour that comes twice has one form only, and means the first time.
        if not wall.fold and wall.replace(tzinfo=read).utcoffset() != wall.utcoffset()
    ]

    assert len(walls) > 8700
    assert wrong == []


def test_clocks_that_are_set_every_year_have_one_rule_a_change() -> None:
    lines = time_zone("Europe/Berlin", 2026).to_ical().decode().split("\r\n")

    rules = [line for line in lines if line.startswith("RRULE")]
    assert rules == [
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    ]
    assert [line for line in lines if line.startswith("DTSTART")] == [
        "DTSTART:19700329T020000",
        "DTSTART:19701025T030000",
    ]


def test_a_zone_without_rules_says_what_holds_that_year() -> None:
    text = time_zone("Africa/Casablanca", 2027).to_ical().decode()

    assert "RRULE" not in text
    assert text.count("BEGIN:STANDARD") + text.count("BEGIN:DAYLIGHT") == 3
