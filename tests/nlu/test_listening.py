from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from nlu import (
    Context,
    Expecting,
    Grain,
    Intent,
    Option,
    StaffWords,
    Vocabulary,
    understand,
)
from nlu.answers import to_jsonl
from nlu.explain import explain

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_whole_wish_in_one_breath_is_understood(
    vocabulary: Vocabulary, monday_morning: Context
) -> None:
    heard = understand(
        "Seidel, guten Tag, Dauerwelle am Freitag um halb elf beim Oliver",
        vocabulary,
        monday_morning,
    )

    assert heard.intent is Intent.BOOK
    assert [mention.accepted for mention in heard.services] == ["441"]
    assert [mention.accepted for mention in heard.staff] == ["Oliver"]
    assert heard.name is not None
    assert heard.name.text == "Seidel"
    assert [e.start for e in heard.times] == [datetime(2026, 11, 27, 10, 30, tzinfo=BERLIN)]
    assert heard.times[0].grain is Grain.MINUTE


def test_nothing_said_means_nothing_understood(
    vocabulary: Vocabulary, monday_morning: Context
) -> None:
    heard = understand("", vocabulary, monday_morning)

    assert heard.intent is Intent.OTHER
    assert (heard.services, heard.staff, heard.times, heard.name) == ((), (), (), None)
    assert heard.yes_no is None


def test_two_people_of_one_name_are_both_meant(monday_morning: Context) -> None:
    team = Vocabulary(
        staff=(
            StaffWords(id="a", first_name="Emma", last_name="Lindner"),
            StaffWords(id="b", first_name="Emma", last_name="Sommer"),
        )
    )

    (first_name,) = understand("zu Emma bitte", team, monday_morning).staff
    (full_name,) = understand("zu Emma Sommer bitte", team, monday_morning).staff

    assert {candidate.id for candidate in first_name.candidates} == {"a", "b"}
    assert first_name.accepted is None
    assert full_name.accepted == "b"


def test_a_customer_may_be_called_like_somebody_of_the_staff(
    vocabulary: Vocabulary, monday_morning: Context
) -> None:
    heard = understand(
        "Mein Name ist Emma Seidel, ich möchte zu Fabian", vocabulary, monday_morning
    )

    assert heard.name is not None
    assert heard.name.text == "Emma Seidel"
    assert [mention.accepted for mention in heard.staff] == ["Fabian"]


def test_the_options_on_the_table_decide_between_morning_and_evening(
    vocabulary: Vocabulary, monday_morning: Context
) -> None:
    evening = monday_morning.now.replace(hour=19, minute=30)
    context = replace(monday_morning, expecting=Expecting.CHOICE, options=(Option(start=evening),))

    (heard,) = understand("halb acht passt mir", vocabulary, context).times

    assert heard.start == evening.time()
    assert heard.alt == ()


def test_a_bare_number_is_an_hour_only_where_a_time_was_asked_for(
    vocabulary: Vocabulary, monday_morning: Context
) -> None:
    asked = replace(monday_morning, expecting=Expecting.TIME)

    assert understand("elf", vocabulary, monday_morning).times == ()
    assert [e.start for e in understand("elf", vocabulary, asked).times] == [time(11)]


def test_an_answer_line_names_services_and_staff(
    vocabulary: Vocabulary, monday_morning: Context
) -> None:
    sure = understand("Dauerwelle morgen um elf bei Oliver", vocabulary, monday_morning)
    unsure = understand("einmal föhnen", vocabulary, monday_morning)

    line = to_jsonl(sure, vocabulary, "7", 0.1234)

    assert (line["id"], line["intent"], line["ms"]) == ("7", "book", 0.123)
    assert (line["service"], line["staff"]) == ("Dauerwelle", "Oliver Petersen")
    assert line["times"][0]["start"] == "2026-11-24T11:00:00"
    assert to_jsonl(unsure, vocabulary, "8", 0)["service"] == [
        "Föhnen & Styling Herren",
        "Föhnen & Styling Damen",
    ]


def test_what_was_understood_is_explained_with_its_rules(
    vocabulary: Vocabulary, monday_morning: Context
) -> None:
    heard = understand("Kur am Freitag um halb drei bei Ema", vocabulary, monday_morning)

    lines = explain(heard).splitlines()

    assert lines[0] == "Kur am Freitag um halb drei bei Ema"
    assert any("service  43 0.70, 44 0.70" in line for line in lines)
    assert any("2026-11-27 14:30" in line and "half_hour" in line for line in lines)
    assert any("or 2026-11-27 02:30" in line for line in lines)
