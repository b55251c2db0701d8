"""What callers say about time, as wishes: with the real parser, and with what was talked about."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from nlu import parse_times
from voice_agent.dialogue.readings import names_start
from voice_agent.dialogue.scene import Scene
from voice_agent.dialogue.wish import Days, Hours, Wish, on, spans, time_wishes
from voice_agent.dialogue.wishes import Talk, Times, times_of

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 10, 27, 9, tzinfo=BERLIN)
THURSDAY = datetime(2025, 10, 30, 11, tzinfo=BERLIN)
TALK = Talk(wishes=(on(THURSDAY.date(), Hours(at=time(11))),), starts=(THURSDAY,))


@pytest.fixture
def scene(demo_salon: Salon) -> Scene:
    return Scene(salon=demo_salon, now=NOW, call_id="call_7")


def heard(text: str, scene: Scene, talk: Talk | None = None) -> Times:
    return times_of(parse_times(text, NOW, "de"), talk or Talk(), scene)


def starts(text: str, scene: Scene, talk: Talk | None = None) -> list[str]:
    """Exact starts as they are, windows with both ends."""
    wishes = time_wishes(heard(text, scene, talk).wishes, scene)
    return [
        f"{wish.at:%a %d %H:%M}"
        if wish.at
        else f"{wish.window.start:%a %d %H:%M} - {wish.window.end:%a %d %H:%M}"
        for wish in wishes
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("morgen um 14 Uhr", ["Tue 28 14:00"]),
        ("am Freitag um elf oder zwölf Uhr", ["Fri 31 11:00", "Fri 31 12:00"]),
        ("Dienstag oder Mittwoch um zehn", ["Tue 28 10:00", "Wed 29 10:00"]),
        ("am Freitag ab 16 Uhr", ["Fri 31 16:00 - Sat 01 00:00"]),
        ("am Samstag zwischen neun und elf", ["Sat 01 09:00 - Sat 01 11:00"]),
        ("am Samstag früh", ["Sat 01 06:00 - Sat 01 10:30"]),
        ("am Mittwoch vormittags", ["Wed 29 08:00 - Wed 29 12:00"]),
        ("nächste Woche", ["Mon 03 00:00 - Mon 10 00:00"]),
        ("gegen drei am Dienstag", ["Tue 28 15:00", "Tue 28 14:30 - Tue 28 15:35"]),
        ("der nächste freie Termin", []),
        ("der nächste freie Termin am Samstag", ["Sat 01 00:00 - Sun 02 00:00"]),
    ],
)
def test_words_become_wishes(text: str, expected: list[str], scene: Scene) -> None:
    assert starts(text, scene) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("halb drei", ["Thu 30 14:30"]),
        ("um zwölf", ["Thu 30 12:00"]),
        ("doch lieber Freitag", ["Fri 31 11:00", "Fri 31 00:00 - Sat 01 00:00"]),
        ("eine Stunde später", ["Thu 30 12:00"]),
        ("eine Woche später", ["Thu 06 11:00", "Thu 06 00:00 - Fri 07 00:00"]),
        ("später", ["Thu 30 11:30 - Fri 31 00:00"]),
        ("früher", ["Thu 30 00:00 - Thu 30 11:00"]),
        ("vormittags", ["Thu 30 08:00 - Thu 30 12:00"]),
    ],
)
def test_what_is_left_out_comes_from_what_is_talked_about(
    text: str, expected: list[str], scene: Scene
) -> None:
    assert starts(text, scene, TALK) == expected


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("früher", "11:00", None),
        ("eine Stunde früher", "11:00", None),
        ("später", None, "11:30"),
        ("eine Stunde später", None, "11:01"),
        ("halb drei", None, None),
    ],
)
def test_earlier_and_later_hold_for_alternatives_too(
    text: str, before: str | None, after: str | None, scene: Scene
) -> None:
    wish, *_ = time_wishes(heard(text, scene, TALK).wishes, scene)

    bounds = [moment and f"{moment:%H:%M}" for moment in (wish.before, wish.after)]
    assert bounds == [before, after]


@pytest.mark.inc(35)
def test_a_time_without_a_day_is_the_next_day_with_that_time(scene: Scene) -> None:
    found = starts("um zehn Uhr zwanzig", scene)

    assert found[0] == "Mon 27 10:20"


@pytest.mark.inc(33)
def test_part_of_day_over_a_week_is_cut_day_by_day(scene: Scene) -> None:
    found = starts("nächste Woche nachmittags", scene)

    assert found[:2] == ["Mon 03 13:00 - Mon 03 17:00", "Tue 04 13:00 - Tue 04 17:00"]
    assert len(found) == 7


def test_two_honest_readings_are_both_kept(scene: Scene) -> None:
    times = heard("nächsten Samstag um zehn", scene)

    assert times.readings is not None
    assert [wish.days.first.day for wish in times.readings if wish.days] == [1, 8]
    assert not times.conflict


@pytest.mark.inc(29)
def test_weekday_against_date_is_a_conflict(scene: Scene) -> None:
    times = heard("Mittwoch, den achtzehnten November, um neun", scene)

    assert times.conflict
    assert times.readings is not None


def test_a_reading_on_a_closed_day_is_no_reading(scene: Scene) -> None:
    today_is_monday = heard("am Montag um drei", scene)

    assert today_is_monday.readings is None


def test_evening_readings_outside_opening_hours_are_not_asked_about(scene: Scene) -> None:
    times = heard("am Mittwoch um acht", scene)

    assert times.readings is None


def test_a_time_that_is_over_stays_what_it_was(scene: Scene) -> None:
    late = Scene(salon=scene.salon, now=NOW.replace(day=28, hour=12), call_id="call_7")

    times = times_of(parse_times("heute um zehn", late.now, "de"), Talk(), late)

    assert [wish.hours.at for wish in times.wishes if wish.hours] == [time(10)]


def test_an_excluded_day_is_all_of_that_day(scene: Scene) -> None:
    (avoided,) = heard("nicht am Mittwoch", scene).avoid
    (span,) = spans(avoided, scene)

    assert (span.start.date(), span.minutes) == (date(2025, 10, 29), 24 * 60)


def test_an_excluded_time_is_that_of_the_day_in_question(scene: Scene) -> None:
    (avoided,) = heard("nicht um elf", scene, TALK).avoid
    (span,) = spans(avoided, scene)

    assert span.start == THURSDAY


def test_an_excluded_part_of_day_holds_for_every_day(scene: Scene) -> None:
    avoided = Wish(hours=Hours(start=time(17), end=time(22)))

    assert len(spans(avoided, scene)) == scene.salon.branch.horizon_days + 1


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("um elf", True),
        ("am Donnerstag", True),
        ("am Donnerstag um elf", True),
        ("vormittags", True),
        ("um zwölf", False),
        ("am Freitag", False),
        ("nächste Woche", False),
        ("eine Stunde später", False),
        ("so bald wie möglich", False),
    ],
)
def test_a_time_that_fits_an_offer_chooses_it(text: str, fits: bool) -> None:  # noqa: FBT001 - expected value
    assert names_start(parse_times(text, NOW, "de"), THURSDAY) is fits


def test_days_refuse_to_end_before_they_begin() -> None:
    with pytest.raises(ValueError, match="end after they begin"):
        Days(first=date(2025, 10, 28), last=date(2025, 10, 27))


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2025, 10, 26)])
def test_a_day_is_whole_when_the_clocks_change(day: date, demo_salon: Salon) -> None:
    before = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    scene = Scene(salon=demo_salon, now=before, call_id="call_7")

    (wish,) = time_wishes((on(day),), scene)

    assert wish.window.minutes in {23 * 60, 25 * 60}


def test_weekday_said_alone_lies_in_the_week_being_talked_about(scene: Scene) -> None:
    next_week = Talk(wishes=(Wish(days=Days(first=date(2025, 11, 3), last=date(2025, 11, 9))),))

    assert starts("Mittwoch um zehn", scene, next_week) == ["Wed 05 10:00"]
    assert starts("Mittwoch oder Donnerstag um elf", scene, next_week) == [
        "Wed 05 11:00",
        "Thu 06 11:00",
    ]


def test_weekday_of_an_offer_is_that_very_day_also_where_it_is_todays_own(scene: Scene) -> None:
    offered = datetime(2025, 11, 3, 9, tzinfo=BERLIN)  # a Monday, and so is today
    talk = Talk(wishes=(on(offered.date()),), table=(offered,))

    times = heard("Montag um zwölf", scene, talk)

    assert times.readings is None
    assert [wish.days for wish in times.wishes] == [on(offered.date()).days]


@pytest.mark.parametrize("text", ["Mittwoch, den 29. Oktober", "diesen Mittwoch", "morgen"])
def test_day_said_more_exactly_leaves_the_week_being_talked_about(text: str, scene: Scene) -> None:
    next_week = Talk(wishes=(Wish(days=Days(first=date(2025, 11, 3), last=date(2025, 11, 9))),))

    wishes = heard(text, scene, next_week).wishes

    assert all(wish.days and wish.days.last < date(2025, 11, 3) for wish in wishes)


def test_a_named_week_lasts_until_another_day_is_said_exactly(scene: Scene) -> None:
    named = heard("nächste Woche Mittwoch um zehn", scene)
    later = Talk(wishes=named.wishes, stretch=named.stretch)
    weekday, exactly = heard("lieber Freitag", scene, later), heard("morgen", scene, later)

    assert [wish.days for wish in weekday.wishes][:1] == [on(date(2025, 11, 7)).days]
    assert weekday.stretch == named.stretch
    assert exactly.stretch is None
