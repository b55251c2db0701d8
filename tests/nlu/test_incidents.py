"""Incidents of the predecessor that understanding must never repeat."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from nlu import Context, Expecting, Grain, Open, PartOfDay, Vocabulary, parse_times, understand
from nlu.names import sounds_alike

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = [datetime(2026, 3, 9, 10, tzinfo=BERLIN) + timedelta(day) for day in range(7)]
NAMES = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
NO_NAMES = [
    "guten Tag", "Guten Morgen", "Hallo", "Hallo?", "mein Name", "mein Name ist", "ich hätte",
    "Ich hätte gern", "nein", "Nein danke", "ja", "Ja genau", "Acht Uhr", "acht Uhr", "anonym",
    "Anonym", "Moment", "Einen Augenblick", "Wie bitte", "Danke", "Bitte", "Tschüss", "Termin",
    "einen Termin", "Haarschnitt", "Damenhaarschnitt", "Dauerwelle", "Morgen", "morgen um zehn",
    "Freitag um neun", "Was kostet das", "Haben Sie meinen Namen?", "Warum?", "Äh", "Ähm",
    "Genau", "Richtig", "Stimmt", "Okay", "Super", "Perfekt", "Vielen Dank", "Guten Abend",
    "Auf Wiederhören", "Ich weiß nicht", "Egal", "Keine Ahnung", "Und", "Also", "Frage",
    "Eine Frage", "Sind Sie noch da?", "Heute", "Übermorgen", "Nachmittags", "Halb drei",
    "Zum zweiten Mal", "Der Erste", "Ihr erster Vorschlag", "Alles klar", "Gern",
]  # fmt: skip


def days_of(text: str, now: datetime) -> list[date]:
    return [e.start.date() for e in parse_times(text, now, "de") if isinstance(e.start, datetime)]


@pytest.mark.inc(26)
@pytest.mark.parametrize("now", WEEK, ids=NAMES)
@pytest.mark.parametrize("weekday", range(7), ids=NAMES)
def test_every_phrase_for_a_weekday_follows_the_written_rule(now: datetime, weekday: int) -> None:
    name = NAMES[weekday]
    monday = now.date() - timedelta(now.weekday())
    coming = monday + timedelta(weekday + (0 if weekday > now.weekday() else 7))

    assert days_of(name, now) == [coming]
    assert days_of(f"diesen {name}", now) == [coming]
    assert days_of(f"nächsten {name}", now) == [coming]
    assert days_of(f"nächste Woche {name}", now) == [monday + timedelta(7 + weekday)]
    assert days_of(f"übernächsten {name}", now) == [coming + timedelta(7)]


@pytest.mark.inc(28)
def test_an_ordinal_date_is_of_this_year_before_it_and_of_the_next_after_it() -> None:
    before = datetime(2026, 10, 8, 9, tzinfo=BERLIN)

    assert days_of("am neunten Zehnten", before) == [date(2026, 10, 9)]
    assert days_of("am neunten Zehnten", before + timedelta(2)) == [date(2027, 10, 9)]


@pytest.mark.inc(29)
def test_a_garbled_month_is_decided_by_its_weekday_and_asked_about() -> None:
    now = datetime(2026, 9, 14, 9, tzinfo=BERLIN)

    (heard,) = parse_times("Donnerstag, der fünfzehnte Punkt eins", now, "de")

    assert heard.start == datetime(2026, 10, 15, tzinfo=BERLIN)
    assert heard.conflict


@pytest.mark.inc(32)
def test_a_date_said_on_that_day_is_today() -> None:
    now = datetime(2026, 11, 7, 17, tzinfo=BERLIN)

    assert days_of("am siebten November", now) == [date(2026, 11, 7)]


@pytest.mark.inc(33)
def test_a_vague_week_with_a_part_of_day_is_a_value() -> None:
    (heard,) = parse_times("irgendwann in dieser Woche nachmittags", WEEK[1], "de")

    assert heard.grain is Grain.WEEK
    assert heard.pod is PartOfDay.AFTERNOON


@pytest.mark.inc(34)
@pytest.mark.parametrize("text", ["", "Guten Tag", "ich hätte gern einen Termin", "bei Emma bitte"])
def test_no_time_is_invented(text: str) -> None:
    assert parse_times(text, WEEK[0], "de") == []


@pytest.mark.inc(35)
def test_a_clock_time_without_a_day_stays_without_a_day() -> None:
    (heard,) = parse_times("gegen vierzehn Uhr", datetime(2026, 3, 9, 15, 41, tzinfo=BERLIN), "de")

    assert not isinstance(heard.start, datetime)
    assert heard.about


@pytest.mark.inc(36)
@pytest.mark.parametrize(
    ("text", "hour"),
    [("fünfzehn fünfzehn Uhr", 15), ("vier vierzehn Uhr", 14), ("neun neun Uhr", 9)],
)
def test_a_stutter_is_one_hour(text: str, hour: int) -> None:
    (heard,) = parse_times(text, WEEK[0], "de")

    assert heard.start is not None
    assert not isinstance(heard.start, datetime)
    assert (heard.start.hour, heard.start.minute) == (hour, 0)


@pytest.mark.inc(37)
def test_eight_in_figures_of_words_is_never_the_evening_by_itself() -> None:
    (heard,) = parse_times("acht Uhr fünfunddreißig", WEEK[0], "de")

    assert str(heard.start) == "08:35:00"


@pytest.mark.inc(93)
def test_no_service_is_understood_where_none_was_said(vocabulary: Vocabulary) -> None:
    heard = understand("Freitag um zehn bei Emma", vocabulary, Context(now=WEEK[0]))

    assert heard.services == ()


@pytest.mark.inc(95)
def test_all_words_of_the_catalogue_lead_to_their_service(vocabulary: Vocabulary) -> None:
    context = Context(now=WEEK[0], expecting=Expecting.SERVICE)

    for service in vocabulary.services:
        for words in (service.name, *service.sure, *service.heard):
            heard = understand(words, vocabulary, context)
            assert [m.accepted for m in heard.services] == [service.id], words
        for words in service.weak:
            found = understand(words, vocabulary, context).services
            assert service.id in {c.id for m in found for c in m.candidates}, words
            assert all(mention.accepted is None for mention in found), words


@pytest.mark.inc(102)
@pytest.mark.parametrize("expecting", [Expecting.NAME, Expecting.OPEN])
@pytest.mark.parametrize("text", NO_NAMES)
def test_what_is_no_name_is_never_taken_for_one(
    vocabulary: Vocabulary, text: str, expecting: Expecting
) -> None:
    assert understand(text, vocabulary, Context(now=WEEK[0], expecting=expecting)).name is None


@pytest.mark.inc(102)
def test_a_weekday_is_a_name_once_it_is_introduced_as_one(vocabulary: Vocabulary) -> None:
    heard = understand("mein Name ist Freitag", vocabulary, Context(now=WEEK[0]))

    assert heard.name is not None
    assert heard.name.text == "Freitag"
    assert heard.times == ()


@pytest.mark.inc(104)
def test_two_spellings_of_a_heard_name_sound_alike() -> None:
    assert sounds_alike("Reinert", "Reinhardt")
    assert not sounds_alike("Reinert", "Seidel")


@pytest.mark.inc(106)
@pytest.mark.inc(107)
def test_moving_tells_the_old_time_from_the_new_one() -> None:
    old, new = parse_times("den um neun bitte auf halb elf", WEEK[0], "de")

    assert old.role == "existing"
    assert new.role == "want"


def test_leaving_by_six_bounds_the_end_of_the_visit() -> None:
    (heard,) = parse_times("um fünf muss ich wieder weg", WEEK[0], "de")

    assert heard.open is Open.UNTIL
    assert heard.of_end
