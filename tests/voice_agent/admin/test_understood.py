"""What was understood is told in words of the page's language, not in names of fields."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args
from zoneinfo import ZoneInfo

import pytest

from nlu import Context, Intent, understand
from nlu.meaning import PartOfDay, Understanding
from voice_agent.admin.rendering import LANGUAGES, texts
from voice_agent.admin.understood import deeds, meaning
from voice_agent.admin.understood_times import time_words
from voice_agent.dialogue.actions import Action
from voice_agent.dialogue.notes import summary
from voice_agent.dialogue.vocabulary import vocabulary_of

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon

MORNING = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Europe/Berlin"))  # a Tuesday


def heard(said: str, salon: Salon, language: str = "de", shown_in: str = "") -> dict[str, str]:
    context = Context(now=MORNING, language=language)
    parts = summary(understand(said, vocabulary_of(salon), context))
    return dict(meaning(parts, salon, texts(shown_in or language)))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("morgen gegen halb drei", "„morgen gegen halb drei“: Mi 25.11., 14:30"),
        ("am 3. Dezember nach 16 Uhr", "„3. Dezember nach 16 Uhr“: ab Do 03.12., 16:00"),
        (
            "nächste Woche vormittags",
            "„nächste Woche vormittags“: Mo 30.11. - So 06.12. vormittags",
        ),
        ("nicht am Freitag", "„Freitag“: nicht Fr 27.11."),
        ("zwischen zehn und zwölf", "„zehn und zwölf“: 10:00 - 12:00"),
        ("eine Stunde später", "„eine Stunde später“: 60 min später"),
        ("früher", "früher"),
        ("so bald wie möglich", "„so bald wie möglich“: so bald wie möglich"),
        ("Freitag, den 3. Dezember", "„Freitag, den 3. Dezember“: Do 03.12. oder Fr 04.12."),
        ("montags oder mittwochs", "„montags“: Montag; „mittwochs“: Mittwoch"),
    ],
)
def test_times_are_told_as_they_were_said_and_as_they_were_taken(
    said: str, meant: str, demo_salon: Salon
) -> None:
    assert heard(said, demo_salon)["Zeit"] == meant


def test_a_page_in_english_tells_a_german_call_in_english(demo_salon: Salon) -> None:
    told = heard("Ansatzfärbung morgen um 14 Uhr bei Emma", demo_salon, shown_in="en")

    assert told["Time"] == "“morgen um 14 Uhr”: We 25/11, 14:00"
    assert "Emma Lindner" in told["Person"]
    assert "book" in told["Intent"]


def test_the_wish_is_told_before_who_it_is(demo_salon: Salon) -> None:
    noted = {"name": "Wiebke", "times": [{"start": "T10:00:00", "grain": "hour"}], "intents": []}

    assert meaning(noted | {"intents": ["book"]}, demo_salon, texts("de")) == [
        ("Absicht", "buchen"),
        ("Zeit", "10:00"),
        ("Name", "Wiebke"),
    ]


def test_a_yes_and_a_choice_are_words(demo_salon: Salon) -> None:
    assert meaning({"yes_no": "yes"}, demo_salon, texts("de")) == [("Ja oder Nein", "ja")]
    assert meaning({"choice": 2}, demo_salon, texts("en")) == [("Choice", "option 2")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_can_be_understood_or_done_has_words(language: str) -> None:
    known = texts(language).sentences
    parts = {"intents", "services", "staff", "times", "name", "phone", "email", "yes_no", "choice"}
    wanted = (
        {f"heard_{part}" for part in parts}
        | {f"intent_{intent.value}" for intent in Intent}
        | {f"part_{part.value}" for part in PartOfDay}
        | {f"deed_{action.__name__}" for action in get_args(Action)}
    )

    assert parts <= {field.name for field in fields(Understanding)}
    assert wanted - known.keys() == {"deed_Say"}  # it stands beside it


@pytest.mark.parametrize("part", ["nonsense", "times"])
def test_what_an_older_or_newer_server_has_noted_is_no_error(part: str, demo_salon: Salon) -> None:
    strange: dict[str, Any] = {"nonsense": 7, "times": [{"grain": "century", "start": None}, {}]}

    assert isinstance(meaning({part: strange[part]}, demo_salon, texts("de")), list)
    assert deeds(["Say greeting", "Teleport", "Teleport"], texts("de")) == ["Teleport"]


def test_a_time_without_words_is_told_by_its_meaning() -> None:
    assert time_words({"start": "T14:30:00", "grain": "minute"}, texts("de")) == "14:30"
