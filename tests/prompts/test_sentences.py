"""Every sentence of every language can be said, with every kind of value."""

from __future__ import annotations

import re
from typing import Any

import pytest

from prompts import Noun, problems, render
from prompts.speak import MONTHS, definite
from prompts.tongue import Case

MOST_SENTENCES = 2
MOST_WORDS = 34
_ORDINAL = re.compile(rf"\d+\. (?={'|'.join(MONTHS)})")
_ONE = re.compile(r"\b(?:1 (?:Minuten|Stunden|minutes|hours|euros)|eine (?:Minuten|Stunden))\b")


@pytest.mark.inc(111)
@pytest.mark.inc(121)
def test_every_phrasing_is_fit_to_be_said_with_every_kind_of_value(phrasing: Any) -> None:
    for _, words in phrasing.spoken():
        assert problems(words) == (), words
        assert not _ONE.search(words), words


def test_every_phrasing_is_short(phrasing: Any) -> None:
    for values, words in phrasing.spoken():
        ends = re.findall(r"[.?!](?=\s|$)", _ORDINAL.sub("", words))
        assert len(ends) <= MOST_SENTENCES, words
        if not any(_is_long(value) for value in values.values()):
            assert len(words.split()) <= MOST_WORDS, words


def _is_long(value: Any) -> bool:
    """Names that bring many words themselves, and numbers read out digit by digit."""
    noun = getattr(value, "service", value)
    if isinstance(noun, Noun):
        return bool(noun.others) or " " in noun.text
    return isinstance(value, str) and value.startswith(("+", "{{"))


def test_every_german_sentence_exists_in_english(sentences: dict[str, dict[str, Any]]) -> None:
    missing = sorted(sentences["de"].keys() - sentences["en"].keys())
    unknown = sorted(sentences["en"].keys() - sentences["de"].keys())

    assert (missing, unknown) == ([], [])


def test_an_english_sentence_needs_nothing_the_german_one_does_not(
    sentences: dict[str, dict[str, Any]],
) -> None:
    for key, phrasings in sentences["en"].items():
        german = {name for one in sentences["de"][key] for name in one.variables}
        english = {name for one in phrasings for name in one.variables}
        assert english <= german | {"today"}, key


def test_english_varies_wherever_german_does(sentences: dict[str, dict[str, Any]]) -> None:
    varied = {key for key, phrasings in sentences["de"].items() if len(phrasings) > 1}
    canned = {key for key in varied if len(sentences["en"][key]) == 1}

    assert canned <= {"who"}


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_first_sentence_names_the_salon_and_says_that_no_human_speaks(
    language: str, sentences: dict[str, dict[str, Any]]
) -> None:
    told = {"de": "digitalen? Assistentin", "en": "digital assistant"}[language]

    for phrasing in sentences[language]["greeting"]:
        for values, words in phrasing.spoken():
            first = re.split(r"(?<=[.?!]) ", words)[0]
            assert values["salon"].split()[0] in first
            assert re.search(told, first), first


@pytest.mark.parametrize(
    ("key", "text", "gender", "words"),
    [
        ("check_service", "Herrenhaarschnitt", "m", "Meinen Sie den Herrenhaarschnitt?"),
        ("check_service", "Föhnen", "n", "Meinen Sie das Föhnen?"),
        ("check_service", "Strähnen", "pl", "Meinen Sie die Strähnen?"),
        ("price", "Strähnen", "pl", "Die Strähnen kosten 85 Euro."),
        ("price", "Ansatzfärbung", "f", "Die Ansatzfärbung kostet 85 Euro."),
        ("duration", "Strähnen", "pl", "Die Strähnen dauern eineinhalb Stunden."),
        ("service_offered", "Herrenhaarschnitt", "m", "Ja, den Herrenhaarschnitt machen wir."),
    ],
)
def test_articles_and_verbs_fit_the_service(key: str, text: str, gender: str, words: str) -> None:
    values = {"service": Noun(text=text, gender=gender), "cents": 8500, "minutes": 90}

    assert render(key, values, language="de", seed="") == words


@pytest.mark.parametrize(
    ("text", "gender", "words"),
    [
        ("Ansatzfärbung", "f", "Gern, eine Ansatzfärbung."),
        ("Herrenhaarschnitt", "m", "Gern, ein Herrenhaarschnitt."),
        ("Strähnen", "pl", "Gern, Strähnen."),
    ],
)
def test_a_wished_service_is_taken_up_with_its_article(text: str, gender: str, words: str) -> None:
    service = Noun(text=text, gender=gender)
    said = {
        render("ask_time_for", {"service": service}, language="de", seed=str(seed))
        for seed in range(20)
    }

    assert any(one.startswith(words) for one in said), said


@pytest.mark.parametrize(
    ("gender", "case", "article"),
    [
        ("m", Case.NOMINATIVE, "der"),
        ("m", Case.ACCUSATIVE, "den"),
        ("m", Case.DATIVE, "dem"),
        ("f", Case.ACCUSATIVE, "die"),
        ("f", Case.DATIVE, "der"),
        ("n", Case.ACCUSATIVE, "das"),
        ("n", Case.DATIVE, "dem"),
        ("pl", Case.ACCUSATIVE, "die"),
        ("pl", Case.DATIVE, "den"),
    ],
)
def test_articles_follow_gender_and_case(gender: str, case: Case, article: str) -> None:
    assert definite(Noun(text="Färben", gender=gender), case) == f"{article} Färben"


BOOKED = ["booked", "booked_both", "booked_both_goodbye", "booked_going_on", "booked_goodbye"]


@pytest.mark.parametrize("key", BOOKED)
def test_only_results_say_booked(key: str, sentences: dict[str, dict[str, Any]]) -> None:
    for language, word in {"de": "gebucht", "en": "is booked"}.items():
        claims = {
            name
            for name, phrasings in sentences[language].items()
            for source in [" ".join(one.text for one in phrasings)]
            if word in re.sub(r"(?:nichts gebucht|nothing is booked)", "", source)
        }
        assert key in claims
        assert claims == set(BOOKED)


@pytest.mark.inc(64)
def test_fillers_promise_nothing(sentences: dict[str, dict[str, Any]]) -> None:
    promises = {
        "de": ("frei", "gebucht", "vergeben", "verfügbar", "reserviert"),
        "en": ("free", "booked", "taken", "available", "reserved"),
    }
    for key in ("filler_search", "filler_booking", "watchdog_1", "watchdog_2", "work_running"):
        for language, words in promises.items():
            said = " ".join(one.text for one in sentences[language][key])
            assert not any(word in said for word in words)
