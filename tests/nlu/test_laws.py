from __future__ import annotations

import time as stopwatch
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu import Context, Expecting, Grain, Role, Vocabulary, parse_times, understand
from nlu.calendar import next_weekday
from nlu.explain import explain
from nlu.resolve import resolve

BERLIN = ZoneInfo("Europe/Berlin")
ONES = ["", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn",
        "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn",
        "neunzehn"]  # fmt: skip
TENS = {20: "zwanzig", 30: "dreißig", 40: "vierzig", 50: "fünfzig"}
MONTHS = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
          "Oktober", "November", "Dezember"]  # fmt: skip
WEEKDAYS = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
POLITE = ["ja", "also", "ähm", "bitte", "wenn es geht", "ich würde sagen", "guten Tag", "gern"]

moments = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2031, 12, 31),  # noqa: DTZ001 - the strategy adds the zone
    timezones=st.just(BERLIN),
)
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))


def number(value: int) -> str:
    if value < 20:
        return ONES[value] or "null"
    tens, ones = value // 10 * 10, value % 10
    return f"{ONES[ones]}und{TENS[tens]}" if ones else TENS[tens]


def as_minute(value: int) -> str:
    return "eins" if value == 1 else number(value)


def ordinal(value: int) -> str:
    irregular = {1: "ersten", 3: "dritten", 7: "siebten", 8: "achten"}
    return irregular.get(value, number(value) + ("ten" if value < 20 else "sten"))


def spoken(clock: time) -> str:
    return f"{number(clock.hour)} Uhr {as_minute(clock.minute) if clock.minute else ''}".strip()


def readings(text: str, now: datetime) -> set[object]:
    (heard,) = parse_times(text, now, "de")
    return {heard.start, *(other.start for other in heard.alt)}


@given(clocks, moments)
def test_every_minute_said_in_full_is_understood(clock: time, now: datetime) -> None:
    twelve_hours = time((clock.hour + 12) % 24, clock.minute)

    heard = readings(f"um {spoken(clock)}", now)

    assert clock in heard
    assert heard <= {clock, twelve_hours}


@given(st.integers(13, 23), st.integers(0, 59), moments)
def test_hours_above_twelve_leave_no_doubt(hour: int, minute: int, now: datetime) -> None:
    assert readings(spoken(time(hour, minute)), now) == {time(hour, minute)}


@given(st.integers(1, 12), moments)
def test_half_and_quarters_lie_where_germans_put_them(hour: int, now: datetime) -> None:
    word = "eins" if hour == 1 else number(hour)
    start = datetime(2026, 1, 1, hour, tzinfo=BERLIN)

    def on_the_dial(text: str, minutes: int) -> bool:
        meant = (start + timedelta(minutes=minutes)).time()
        return {t.replace(hour=t.hour % 12) for t in readings(text, now)} == {
            meant.replace(hour=meant.hour % 12)
        }

    assert on_the_dial(f"um halb {word}", -30)
    assert on_the_dial(f"um dreiviertel {word}", -15)
    assert on_the_dial(f"Viertel vor {word}", -15)
    assert on_the_dial(f"Viertel nach {word}", 15)
    assert on_the_dial(f"fünf vor halb {word}", -35)
    assert on_the_dial(f"zehn nach halb {word}", -20)
    assert on_the_dial(f"zwanzig vor {word}", -20)


@given(st.dates(date(2024, 1, 1), date(2031, 12, 31)), moments)
def test_a_date_without_a_year_is_never_past(day: date, now: datetime) -> None:
    (heard,) = parse_times(f"am {ordinal(day.day)} {MONTHS[day.month - 1]}", now, "de")

    assert isinstance(heard.start, datetime)
    assert heard.start.date() >= now.date()
    assert (heard.start.day, heard.start.month) == (day.day, day.month)


@given(st.dates(date(2024, 1, 1), date(2031, 12, 31)), moments)
def test_all_ways_to_say_a_date_mean_the_same_day(day: date, now: datetime) -> None:
    said = [
        f"am {ordinal(day.day)} {MONTHS[day.month - 1]}",
        f"am {ordinal(day.day)} {ordinal(day.month)}",
        f"am {day.day}. {MONTHS[day.month - 1]}",
        f"am {day.day}.{day.month}.",
        f"den {ordinal(day.day).capitalize()} {ordinal(day.month).capitalize()}",
    ]

    heard = {parse_times(text, now, "de")[0].start for text in said}

    assert len(heard) == 1


@given(st.dates(date(2025, 1, 1), date(2031, 12, 31)))
def test_weekday_and_date_that_agree_are_one_day_without_doubt(day: date) -> None:
    now = datetime(day.year, day.month, day.day, 8, tzinfo=BERLIN) - timedelta(30)
    text = f"{WEEKDAYS[day.weekday()]}, den {ordinal(day.day)} {MONTHS[day.month - 1]} {day.year}"

    (heard,) = parse_times(text, now, "de")

    assert isinstance(heard.start, datetime)
    assert heard.start.date() == day
    assert not heard.conflict


@given(st.dates(date(2025, 1, 1), date(2031, 12, 31)), st.integers(1, 6))
def test_weekday_and_date_that_contradict_are_asked_about(day: date, off: int) -> None:
    now = datetime(day.year, day.month, day.day, 8, tzinfo=BERLIN) - timedelta(30)
    wrong = WEEKDAYS[(day.weekday() + off) % 7]
    text = f"{wrong}, den {ordinal(day.day)} {MONTHS[day.month - 1]} {day.year}"

    (heard,) = parse_times(text, now, "de")

    assert heard.conflict
    assert {e.start.weekday() for e in heard.alt if isinstance(e.start, datetime)} == {
        (day.weekday() + off) % 7
    }


@given(st.sampled_from(range(7)), moments)
def test_a_weekday_is_the_next_one_and_next_week_is_the_calendar_week(
    weekday: int, now: datetime
) -> None:
    name = WEEKDAYS[weekday]
    monday = now.date() - timedelta(now.weekday())

    def day(text: str) -> date:
        (heard,) = parse_times(text, now, "de")
        assert isinstance(heard.start, datetime)
        return heard.start.date()

    assert day(f"am {name}") == day(f"kommenden {name}") == next_weekday(now.date(), weekday)
    assert day(f"nächste Woche {name}") == monday + timedelta(7 + weekday)
    assert day(f"{name} übernächster Woche") == monday + timedelta(14 + weekday)
    assert day(f"{name} in einer Woche") == next_weekday(now.date(), weekday) + timedelta(7)
    assert day(f"diese Woche {name}") == monday + timedelta(weekday)


@given(
    st.sampled_from(["am Freitag um halb elf", "übermorgen nachmittag", "nicht am Dienstag",
                     "ab sechzehn Uhr", "am zwölften dritten", "nächste Woche Mittwoch"]),
    st.lists(st.sampled_from(POLITE), max_size=4),
    st.lists(st.sampled_from(["bitte", "gern", "wenn möglich", "danke"]), max_size=3),
)  # fmt: skip
def test_polite_words_around_a_time_change_nothing(
    wish: str, before: list[str], behind: list[str]
) -> None:
    now = datetime(2026, 3, 11, 10, tzinfo=BERLIN)
    plain = [(e.start, e.end, e.grain, e.open, e.pod, e.role) for e in parse_times(wish, now, "de")]

    grown = parse_times(", ".join([*before, wish, *behind]), now, "de")

    assert [(e.start, e.end, e.grain, e.open, e.pod, e.role) for e in grown] == plain


@given(moments)
def test_everything_understood_is_aware_and_in_the_zone_of_now(now: datetime) -> None:
    text = "morgen um halb drei oder am Wochenende, notfalls in zwei Stunden oder ab dem Zehnten"

    for heard in parse_times(text, now, "de"):
        for moment in (heard.start, heard.end):
            assert not isinstance(moment, datetime) or moment.tzinfo is BERLIN


def test_an_hour_from_now_is_an_hour_where_the_clocks_change() -> None:
    now = datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN)

    (heard,) = parse_times("in einer Stunde", now, "de")

    assert heard.start == datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN)


def test_a_wall_time_that_does_not_exist_is_moved_forward() -> None:
    now = datetime(2026, 3, 28, 12, tzinfo=BERLIN)

    (heard,) = parse_times("morgen um 02:30", now, "de")

    assert heard.start == datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN)


VOCABULARY = """
am um halb viertel vor nach drei zehn Uhr Montag nächste Woche oder nein nicht bis ab von und
zwischen Mai ersten zweiten in Stunden Tagen Ostern . , ? - 12 3.4. 14:30 den der heute morgen
früh später Termin absagen verschieben auf bei Emma mein Name ist Haarschnitt ja doppel at punkt
null eins Anton wie plus Ende Anfang jeden letzten Hälfte zwanzig hundert tausend Viertelstunde
anderthalb kurz so gegen außer sondern statt KW Advent Minuten
"""
words = st.sampled_from(VOCABULARY.split())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.one_of(st.text(max_size=300), st.lists(words, max_size=40).map(" ".join)),
    st.sampled_from(list(Expecting)),
    moments,
)
def test_no_input_raises(
    vocabulary: Vocabulary, text: str, expecting: Expecting, now: datetime
) -> None:
    heard = understand(text, vocabulary, Context(now=now, expecting=expecting, agent_said=text))

    for expression in heard.times:
        expression.to_contract()
        assert expression.span is not None
        first, last = expression.span
        assert expression.text == text[first:last]
    assert explain(heard)


@pytest.mark.parametrize(
    "text",
    ["zehn " * 4000, "am Montag oder " * 2000, "." * 20_000, "ein" * 8000, "1" * 20_000,
     "a punkt " * 3000, "zweiundzwanzig" * 2000, "von bis " * 3000, "M A " * 5000, "ä" * 9999],
)  # fmt: skip
def test_long_input_takes_a_moment_and_no_more(text: str, vocabulary: Vocabulary) -> None:
    context = Context(now=datetime(2026, 3, 11, 10, tzinfo=BERLIN))
    begin = stopwatch.process_time()

    understand(text, vocabulary, context)

    assert stopwatch.process_time() - begin < 1


@given(st.sampled_from(["nicht am Montag", "außer Freitag", "abends kann ich nicht"]), moments)
def test_what_is_refused_is_never_a_wish(text: str, now: datetime) -> None:
    assert {e.role for e in parse_times(text, now, "de")} == {Role.REJECT}


def test_days_the_calendar_lacks_are_not_understood() -> None:
    now = datetime(2026, 3, 11, 10, tzinfo=BERLIN)

    assert parse_times("am dreißigsten Februar", now, "de") == []
    assert parse_times("am 31.4.", now, "de") == []


def test_resolving_beyond_the_calendar_gives_nothing() -> None:
    from nlu.days import DayWords

    assert resolve(DayWords(offset=10**9), date(2026, 3, 11)) is None


def test_a_week_keeps_its_grain() -> None:
    now = datetime(2026, 3, 11, 10, tzinfo=BERLIN)

    assert [e.grain for e in parse_times("nächste Woche", now, "de")] == [Grain.WEEK]
