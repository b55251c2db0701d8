"""Every sentence of every language can be said, with every kind of value."""

from __future__ import annotations

from datetime import date, datetime, time
from importlib.resources import files
from itertools import product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from jinja2 import meta

from prompts import (
    MissingValue,
    Noun,
    Option,
    PromptError,
    UnknownLanguage,
    UnknownSentence,
    keys,
    languages,
    problems,
    render,
)
from prompts.render import compiler, variants

if TYPE_CHECKING:
    from collections.abc import Iterator

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2025, 10, 27)
STARTS = (
    datetime(2025, 10, 27, 14, 30, tzinfo=BERLIN),
    datetime(2025, 10, 28, 9, 0, tzinfo=BERLIN),
    datetime(2025, 12, 24, 11, 45, tzinfo=BERLIN),
)
NOUNS = (
    Noun(text="Ansatzfärbung", gender="f"),
    Noun(text="Herrenhaarschnitt", gender="m"),
    Noun(text="Föhnen & Styling (Damen)", gender="n"),
    Noun(text="Strähnen / Highlights", gender="pl"),
    Noun(text="Tönung", gender="f", others=(Noun(text="Herrenhaarschnitt", gender="m"),)),
)
PEOPLE = ("Emma", "Dilara Yıldız", "MAYR", "{{ name }} <b>*Vogt*</b>", "Jörg Weiß-Sommer")
OPTIONS = (
    [Option(start=STARTS[1], staff="Emma")],
    [Option(start=STARTS[1]), Option(start=STARTS[1].replace(hour=11))],
    [Option(start=STARTS[0], staff="Emma"), Option(start=STARTS[2], staff="Oliver")],
)
HOURS = [((1, 2, 4), time(9), time(18)), ((5,), time(9), time(14))]
SAMPLES: dict[str, tuple[Any, ...]] = {
    "address": ("Hauptstraße 1, 10827 Berlin",),
    "callback": (True, False),
    "cents": (8500, 4250),
    "clocked": (True, False),
    "closes": (time(18), time(14, 30)),
    "day": (date(2025, 10, 27), date(2025, 10, 31), None),
    "each": ([(NOUNS[0], 8500), (NOUNS[1], 3200)], [(NOUNS[3], 4250)]),
    "earliest": (STARTS[0], None),
    "extra": NOUNS,
    "old": NOUNS,
    "end": (STARTS[0], STARTS[1]),
    "examples": (["Ansatzfärbung", "Balayage", "Dauerwelle"],),
    "first": (date(2025, 11, 1),),
    "holiday": ("Erster Weihnachtstag", None),
    "kind": ("chair", "basin", "room", "device", None),
    "labels": (["Damen", "Herren", "Kinder"], ["Balayage"]),
    "latest": (date(2026, 1, 25), None),
    "mail": (True, False),
    "minutes": (20, 45, 60, 90, 135, 150, 220),
    "name": PEOPLE,
    "names": (["Emma Lindner", "Oliver Petersen"], ["Emma"]),
    "opens": (time(9),),
    "options": OPTIONS,
    "phone": ("+4917604069012", "+493023125011", "+4330123344"),
    "qualified": (["Fabian", "Oliver"], []),
    "salon": ("Salon Morgenrot", "Haar & Sinn"),
    "second": (date(2025, 11, 8),),
    "service": NOUNS,
    "staff": (*PEOPLE[:2], None),
    "start": (*STARTS, None),
    "since": STARTS,
    "stretches": (HOURS,),
    "text": ("Wann passt es Ihnen?",),
    "today": (TODAY,),
    "until": (STARTS[2], None),
    "whole": (True, False),
}
VISITS = tuple(
    SimpleNamespace(service=noun, start=start, staff="Dilara")
    for noun, start in product(NOUNS, STARTS)
)
SAMPLES |= {
    "hours": (24, 48, 2),
    "more": (True, False),
    "one": VISITS,
    "other": VISITS[::-4],
    "visit": VISITS,
}
CLOCKS = {"first": (time(14, 15),), "second": (time(15, 15),)}
REQUIRED = {"staff", "start", "day", "until"}
"""May be missing only where the sentence asks whether they are there."""


def sources() -> Iterator[Any]:
    for language in languages():
        for file in (files("prompts") / language).iterdir():
            for key, phrasings in yaml.safe_load(file.read_text("utf-8")).items():
                for index, phrasing in enumerate(phrasings):
                    yield pytest.param(language, key, phrasing, id=f"{language}-{key}-{index}")


def values_of(key: str, phrasing: str) -> Iterator[dict[str, Any]]:
    names = sorted(meta.find_undeclared_variables(compiler("de").parse(phrasing)))
    choices = [_samples(key, name, phrasing) for name in names]
    return (dict(zip(names, values, strict=True)) for values in product(*choices))


def _samples(key: str, name: str, phrasing: str) -> tuple[Any, ...]:
    samples = CLOCKS[name] if key == "choose_clock" else SAMPLES[name]
    asks = f"if {name}" in phrasing
    if name in REQUIRED and not asks:
        return tuple(sample for sample in samples if sample is not None)
    return samples


@pytest.mark.inc(111)
@pytest.mark.inc(121)
@pytest.mark.parametrize(("language", "key", "phrasing"), [*sources()])
def test_every_phrasing_is_fit_to_be_said_with_every_kind_of_value(
    language: str, key: str, phrasing: str
) -> None:
    for values in values_of(key, phrasing):
        if values.get("whole") and not values.get("day"):
            continue  # all of which day?
        for seed in range(2 * variants(key, language)):
            words = render(key, _all(values), language=language, seed=str(seed))
            assert problems(words) == (), words


def _all(values: dict[str, Any]) -> dict[str, Any]:
    """Other phrasings of the same sentence may use more of what is given."""
    spare = {name: samples[0] for name, samples in SAMPLES.items()}
    return {**spare, **values}


def test_the_same_seed_says_the_same_and_others_vary() -> None:
    values = {"salon": "Salon Morgenrot"}
    said = [render("greeting", values, language="de", seed=str(seed)) for seed in range(20)]
    again = [render("greeting", values, language="de", seed=str(seed)) for seed in range(20)]

    assert said == again
    assert len(set(said)) == variants("greeting", "de")


def test_an_unknown_sentence_is_named() -> None:
    with pytest.raises(UnknownSentence, match="'joke' in 'de'"):
        render("joke", {}, language="de", seed="")


def test_a_missing_value_is_named_with_its_sentence() -> None:
    with pytest.raises(MissingValue, match=r"'greeting'.*'salon' is undefined"):
        render("greeting", {}, language="de", seed="")


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(UnknownLanguage, match="'tlh'"):
        render("greeting", {"salon": "x"}, language="tlh", seed="")


def test_all_faults_are_of_one_family() -> None:
    for kind in (UnknownLanguage, UnknownSentence, MissingValue):
        assert issubclass(kind, PromptError)


def test_nothing_that_was_heard_can_bring_markup_into_speech() -> None:
    words = render("unknown_staff", {"name": "{{ x }} <b>[Vogt]</b>"}, language="de", seed="")

    assert problems(words) == ()


@pytest.mark.parametrize("key", ["booked", "booked_goodbye"])
def test_only_results_say_booked(key: str) -> None:
    claims = {
        name
        for name in keys("de")
        for source in [_source(name)]
        if "gebucht" in source and "nichts gebucht" not in source
    }

    assert key in claims
    assert claims == {"booked", "booked_goodbye"}


@pytest.mark.inc(64)
def test_fillers_promise_nothing() -> None:
    for key in ("filler_search", "filler_booking", "watchdog_1", "watchdog_2", "work_running"):
        for word in ("frei", "gebucht", "vergeben", "verfügbar", "reserviert"):
            assert word not in _source(key)


def _source(key: str) -> str:
    for file in (files("prompts") / "de").iterdir():
        found = yaml.safe_load(file.read_text("utf-8"))
        if key in found:
            return " ".join(found[key])
    raise AssertionError(key)
