"""What always holds for English times, whatever is said: laws beside the tables."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nlu import Context, Expecting, Grain, Role, TimeExpression, Vocabulary, parse_times, understand
from nlu.calendar import next_weekday
from nlu.lexicon import lexicon

BERLIN = ZoneInfo("Europe/Berlin")
ONES = ["oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
        "eighteen", "nineteen"]  # fmt: skip
TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty"}
FIRST = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth"}
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December"]  # fmt: skip
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
BEFORE = ["hello", "well", "um", "please", "if possible", "I would say", "good morning", "okay"]
BEHIND = ["please", "thank you", "if possible", "that would be great", "thanks"]
WISHES = ["on Friday at half past ten", "the day after tomorrow in the afternoon",
          "not on Tuesday", "after four pm", "on April twelfth", "next week on Wednesday",
          "a week on Saturday", "between nine and noon"]  # fmt: skip

moments = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2031, 12, 31),  # noqa: DTZ001 - the strategy adds the zone
    timezones=st.just(BERLIN),
)
slow_machine = settings(deadline=None)
days = st.dates(date(2024, 1, 1), date(2031, 12, 31))


def number(value: int) -> str:
    if value < 20:
        return ONES[value]
    tens, ones = value // 10 * 10, value % 10
    return f"{TENS[tens]} {ONES[ones]}" if ones else TENS[tens]


def ordinal(value: int) -> str:
    if value in FIRST:
        return FIRST[value]
    if value < 20:
        return f"{ONES[value]}th"
    tens, ones = value // 10 * 10, value % 10
    return f"{TENS[tens]} {ordinal(ones)}" if ones else f"{TENS[tens][:-1]}ieth"


def minutes(value: int) -> str:
    if not value:
        return ""
    return f" oh {ONES[value]}" if value < 10 else f" {number(value)}"


def readings(text: str, now: datetime) -> set[object]:
    (heard,) = parse_times(text, now, "en")
    return {heard.start, *(other.start for other in heard.alt)}


def core(heard: list[TimeExpression]) -> list[object]:
    return [(e.start, e.end, e.grain, e.open, e.pod, e.role) for e in heard]


@slow_machine
@given(st.integers(1, 12), st.integers(0, 59), moments)
def test_every_minute_said_in_words_is_understood(hour: int, minute: int, now: datetime) -> None:
    assume(hour != minute)  # "ten ten" is a stutter
    morning, evening = time(hour % 12, minute), time(hour % 12 + 12, minute)

    assert readings(f"at {number(hour)}{minutes(minute)}", now) == {morning, evening}


@slow_machine
@given(st.integers(1, 12), st.integers(0, 59), st.sampled_from(["am", "pm"]), moments)
def test_am_and_pm_leave_no_doubt(hour: int, minute: int, half: str, now: datetime) -> None:
    assume(hour != minute)
    meant = time(hour % 12 + (12 if half == "pm" else 0), minute)

    assert readings(f"{number(hour)}{minutes(minute)} {half}", now) == {meant}


@slow_machine
@given(st.integers(1, 12), st.sampled_from(range(1, 31)), moments)
def test_past_counts_forwards_and_to_counts_backwards(
    hour: int, minute: int, now: datetime
) -> None:
    start = datetime(2026, 1, 1, hour, tzinfo=BERLIN)
    word = "half" if minute == 30 else "quarter" if minute == 15 else f"{number(minute)} minutes"

    def dial(text: str) -> set[tuple[int, int]]:
        return {(t.hour % 12, t.minute) for t in readings(text, now) if isinstance(t, time)}

    past, to = (start + timedelta(minutes=sign * minute) for sign in (1, -1))
    assert dial(f"at {word} past {number(hour)}") == {(past.hour % 12, past.minute)}
    if minute != 30:
        assert dial(f"at {word} to {number(hour)}") == {(to.hour % 12, to.minute)}


@slow_machine
@given(days, moments)
def test_a_date_without_a_year_is_never_past(day: date, now: datetime) -> None:
    (heard,) = parse_times(f"on {MONTHS[day.month - 1]} {ordinal(day.day)}", now, "en")

    assert isinstance(heard.start, datetime)
    assert heard.start.date() >= now.date()
    assert (heard.start.day, heard.start.month) == (day.day, day.month)


@slow_machine
@given(days, moments)
def test_all_ways_to_say_a_date_mean_the_same_day(day: date, now: datetime) -> None:
    month = MONTHS[day.month - 1]
    said = [
        f"on {month} {ordinal(day.day)}",
        f"on the {ordinal(day.day)} of {month}",
        f"{month} the {ordinal(day.day)}",
        f"{day.day} {month}",
        f"{month} {day.day}",
    ]

    heard = {parse_times(text, now, "en")[0].start for text in said}

    assert len(heard) == 1


@slow_machine
@given(days)
def test_weekday_and_date_that_agree_are_one_day_without_doubt(day: date) -> None:
    now = datetime(day.year, day.month, day.day, 8, tzinfo=BERLIN) - timedelta(30)
    text = f"{WEEKDAYS[day.weekday()]} the {ordinal(day.day)} of {MONTHS[day.month - 1]}"

    (heard,) = parse_times(text, now, "en")

    assert isinstance(heard.start, datetime)
    assert heard.start.date() == day
    assert not heard.conflict


@slow_machine
@given(days, st.integers(1, 6))
def test_weekday_and_date_that_contradict_are_asked_about(day: date, off: int) -> None:
    now = datetime(day.year, day.month, day.day, 8, tzinfo=BERLIN) - timedelta(30)
    wrong = WEEKDAYS[(day.weekday() + off) % 7]

    (heard,) = parse_times(f"{wrong}, {MONTHS[day.month - 1]} {ordinal(day.day)}", now, "en")

    assert heard.conflict


@slow_machine
@given(st.sampled_from(range(7)), moments)
def test_weeks_are_counted_from_the_next_day_of_that_name(weekday: int, now: datetime) -> None:
    name, monday = WEEKDAYS[weekday], now.date() - timedelta(now.weekday())
    coming = next_weekday(now.date(), weekday)

    def day(text: str) -> date:
        (heard,) = parse_times(text, now, "en")
        assert isinstance(heard.start, datetime)
        return heard.start.date()

    assert day(f"on {name}") == day(f"this coming {name}") == coming
    assert day(f"a week on {name}") == day(f"{name} week") == coming + timedelta(7)
    assert day(f"a week from {name}") == day(f"two {name}s from now") == coming + timedelta(7)
    assert day(f"{name} of next week") == monday + timedelta(7 + weekday)
    assert day(f"a fortnight on {name}") == coming + timedelta(14)


@slow_machine
@given(
    st.sampled_from(WISHES),
    st.lists(st.sampled_from(BEFORE), max_size=4),
    st.lists(st.sampled_from(BEHIND), max_size=3),
)
def test_polite_words_around_a_time_change_nothing(
    wish: str, before: list[str], behind: list[str]
) -> None:
    now = datetime(2026, 3, 11, 10, tzinfo=BERLIN)

    grown = parse_times(", ".join([*before, wish, *behind]), now, "en")

    assert core(grown) == core(parse_times(wish, now, "en"))


@slow_machine
@given(st.sampled_from(["not on Monday", "I can't do Friday", "except Tuesdays"]), moments)
def test_what_is_refused_is_never_a_wish(text: str, now: datetime) -> None:
    assert {e.role for e in parse_times(text, now, "en")} == {Role.REJECT}


WORDS = """
at on in the a of half past quarter to ten o'clock Monday next week or no not from until by and
between May first second weeks days Easter . , ? - 3/4 14:30 today tomorrow morning early late
later appointment cancel move Emma my name is haircut yes double dot zero oh alpha like plus end
beginning every last twenty hundred thousand couple ago hence fortnight week after before than
since noon am pm ish anyone but with don't mind twenty-first 24 2026/04/07 650-650-6500 ½
"""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.sampled_from(WORDS.split()), max_size=40).map(" ".join),
    st.sampled_from(list(Expecting)),
    moments,
)
def test_no_english_input_raises(
    vocabulary: Vocabulary, text: str, expecting: Expecting, now: datetime
) -> None:
    context = Context(now=now, language="en", expecting=expecting, agent_said=text)

    for expression in understand(text, vocabulary, context).times:
        expression.to_contract()
        assert expression.span is not None
        first, last = expression.span
        assert expression.text == text[first:last]


@pytest.mark.parametrize("truth", ["true", "false"])
def test_no_word_of_the_data_is_read_as_true_or_false(truth: str) -> None:
    """YAML reads yes, no, on and off as truth values unless they stand in quotes."""
    assert lexicon("en").kinds(truth) == ({},)


def test_a_length_said_in_parts_adds_up() -> None:
    now = datetime(2026, 3, 11, 10, tzinfo=BERLIN)
    said = {
        "an hour and a half": 90,
        "one and a half hours": 90,
        "an hour and thirty minutes": 90,
        "an hour and a quarter": 75,
        "two and three quarter hours": 165,
        "three quarters of an hour": 45,
    }

    heard = {text: parse_times(text, now, "en") for text in said}

    assert all(e.grain is Grain.DURATION for found in heard.values() for e in found)
    assert {text: [e.duration_s for e in found] for text, found in heard.items()} == {
        text: [60 * length] for text, length in said.items()
    }
