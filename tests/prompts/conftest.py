"""The sentences as they are written, and a value of every kind for each of their places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from importlib.resources import files
from itertools import product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from jinja2 import meta

from prompts import Noun, Option, languages
from prompts.render import compiler

if TYPE_CHECKING:
    from collections.abc import Iterator

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2025, 10, 27)
TODAY_AT_HALF, TOMORROW, CHRISTMAS = (
    datetime(2025, 10, 27, 14, 30, tzinfo=BERLIN),
    datetime(2025, 10, 28, 9, 0, tzinfo=BERLIN),
    datetime(2025, 12, 24, 12, 0, tzinfo=BERLIN),
)
YESTERDAY, FRIDAY, NEW_YEAR = (
    datetime(2025, 10, 26, 11, 0, tzinfo=BERLIN),
    datetime(2025, 10, 31, 17, 45, tzinfo=BERLIN),
    datetime(2026, 1, 2, 8, 5, tzinfo=BERLIN),
)
STARTS = (TODAY_AT_HALF, TOMORROW, CHRISTMAS)
ALL_STARTS = (*STARTS, YESTERDAY, FRIDAY, NEW_YEAR)
CUT = Noun(text="Herrenhaarschnitt", gender="m")
STYLING = Noun(text="Föhnen & Styling (Damen)", gender="n")
NOUNS = (
    Noun(text="Ansatzfärbung", gender="f"),
    CUT,
    STYLING,
    Noun(text="Strähnen / Highlights", gender="pl"),
    Noun(text="Tönung", gender="f", others=(CUT,)),
    Noun(text="Tönung", gender="f", others=(CUT, STYLING)),
)
PEOPLE = ("Emma", "Dilara Yıldız", "MAYR", "{{ name }} <b>*Vogt*</b>", "Jörg Weiß-Sommer")
VISITS = tuple(
    SimpleNamespace(service=noun, start=start, staff="Dilara")
    for noun, start in zip(NOUNS, ALL_STARTS, strict=True)
)
PAIRS = tuple(
    [
        {"service": noun, "staff": staff, "end": end, "name": name}
        for noun, staff, end, name in zip(nouns, ("Emma", "Fabian"), STARTS[1:], names, strict=True)
    ]
    for nouns in ((NOUNS[0], CUT), (CUT, NOUNS[0]))
    for names in (PEOPLE[1:3], PEOPLE[::4], ("Vogt", "Vogt"))
)
CLOCKS = (time(9), time(12), time(14, 30))
SAMPLES: dict[str, tuple[Any, ...]] = {
    "able": ([(NOUNS[0], ["Emma", "Dilara"]), (CUT, ["Emma"])], [(NOUNS[3], ["Dilara"])]),
    "address": ("Hauptstraße 1, 10827 Berlin",),
    "both": PAIRS,
    "callback": (True, False),
    "cents": (50, 100, 8500, 4250, 10001),
    "closes": CLOCKS,
    "compared": ([(NOUNS[0], 8500, 150), (CUT, 0, 45)], [(NOUNS[3], 4250, 60)]),
    "day": (TODAY, date(2025, 10, 28), date(2025, 10, 31), None),
    "days": ([date(2025, 10, 28)], [date(2025, 10, 31), date(2026, 1, 2)]),
    "each": ([(NOUNS[0], 8500), (CUT, 3200)], [(NOUNS[3], 4250)]),
    "earliest": (TODAY_AT_HALF, CHRISTMAS, None),
    "email": ("lena.busch@example.org", "J_M-2+x@example.org"),
    "end": STARTS,
    "examples": (["Ansatzfärbung", "Balayage", "Dauerwelle"], ["Balayage"]),
    "extra": NOUNS,
    "part": NOUNS,
    "first": (date(2025, 11, 1), date(2025, 10, 28), date(2026, 1, 2)),
    "holiday": ("Erster Weihnachtstag", None),
    "hours": (1, 2, 24, 48),
    "kind": ("chair", "basin", "room", "device", None),
    "labels": (["Damen", "Herren", "Kinder"], ["Damen", "Herren"], ["Balayage"]),
    "latest": (date(2026, 1, 25), None),
    "mail": (True, False),
    "minutes": (1, 20, 60, 61, 75, 90, 120, 150, 195),
    "more": (True, False),
    "name": PEOPLE,
    "names": (["Emma", "Fabian", "Oliver"], ["Emma Lindner", "Oliver Petersen"], ["Emma"]),
    "old": NOUNS,
    "one": VISITS,
    "opens": CLOCKS,
    "options": (
        [Option(start=TOMORROW, staff="Emma")],
        [Option(start=TOMORROW), Option(start=TOMORROW.replace(hour=11))],
        [Option(start=TODAY_AT_HALF, staff="Emma"), Option(start=CHRISTMAS, staff="Oliver")],
        [Option(start=FRIDAY, staff="Emma"), Option(start=FRIDAY, staff="Oliver")],
        [Option(start=TOMORROW, staff="Emma"), Option(start=FRIDAY, staff="Emma")],
    ),
    "other": VISITS[::-2],
    "people": (["Emma", "Fabian"], ["Emma Lindner", "Oliver"]),
    "phone": ("+4917604069012", "+493023125011", "+4330123344"),
    "qualified": (["Fabian", "Oliver"], ["Fabian"], []),
    "salon": ("Salon Morgenrot", "Haar & Sinn"),
    "second": (date(2025, 11, 8),),
    "service": NOUNS,
    "since": STARTS,
    "staff": (*PEOPLE[:2], None),
    "start": (*ALL_STARTS, None),
    "stretches": (
        [((1, 2, 4), time(9), time(18)), ((5,), time(9), time(14))],
        [((0, 1, 2, 3, 4, 5), time(8, 30), time(20))],
        [((5,), time(10), time(12))],
    ),
    "text": ("Wann passt es Ihnen?",),
    "today": (TODAY,),
    "until": (CHRISTMAS, TODAY_AT_HALF, None),
    "visit": VISITS,
    "whole": (True, False),
}
MAY_BE_MISSING = {"staff", "start", "day", "until", "minutes"}
"""Only where the sentence asks whether they are there."""


@dataclass(frozen=True)
class Phrasing:
    """One way to say a sentence, as it is written."""

    language: str
    key: str
    number: int
    text: str

    @cached_property
    def variables(self) -> frozenset[str]:
        """What has to be given."""
        parsed = compiler(self.language).parse(self.text)
        return frozenset(meta.find_undeclared_variables(parsed))

    def spoken(self) -> Iterator[tuple[dict[str, Any], str]]:
        """It, with values of every kind."""
        template = compiler(self.language).from_string(self.text)
        names = sorted(self.variables)
        for values in product(*(self._samples(name) for name in names)):
            given = dict(zip(names, values, strict=True))
            if not given.get("whole") or given.get("day"):  # all of which day?
                yield given, " ".join(template.render(given).split())

    def _samples(self, name: str) -> tuple[Any, ...]:
        if self.key == "choose_clock":
            return CLOCKS[1:]
        samples = SAMPLES[name]
        if name not in MAY_BE_MISSING:
            return samples
        optional = f"if {name}" in self.text
        given = tuple(sample for sample in samples if sample is not None)
        return (*given, None) if optional else given


def written(language: str) -> Iterator[Phrasing]:
    """All phrasings of a language."""
    folder = files("prompts") / language
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            for key, phrasings in yaml.safe_load(file.read_text("utf-8")).items():
                for number, text in enumerate(phrasings):
                    yield Phrasing(language, key, number, text)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a `phrasing` runs for each one there is."""
    if "phrasing" in metafunc.fixturenames:
        found = [phrasing for language in languages() for phrasing in written(language)]
        names = [f"{one.language}-{one.key}-{one.number}" for one in found]
        metafunc.parametrize("phrasing", found, ids=names)


@pytest.fixture(scope="session")
def sentences() -> dict[str, dict[str, list[Phrasing]]]:
    """By language and key: the phrasings."""
    found: dict[str, dict[str, list[Phrasing]]] = {}
    for language in languages():
        for phrasing in written(language):
            found.setdefault(language, {}).setdefault(phrasing.key, []).append(phrasing)
    return found
