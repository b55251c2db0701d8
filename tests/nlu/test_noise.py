"""A model of what speech recognition does to sentences, and how much of it is survived."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from nlu import parse_times
from nlu.explain import brief
from nlu.lexicon import lexicon
from nlu.tokens import fold

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = Path(__file__).parent / "cases"
TABLES = ("days", "clock", "bounds_and_choices", "existing_and_lengths", "as_heard")
WEDNESDAY = datetime(2026, 3, 11, 10, tzinfo=ZoneInfo("Europe/Berlin"))
MOST_LOST = 0.08
HOMOPHONES = {"um": "und", "ein": "n", "einen": "n", "für": "fürn", "den": "dn", "halb": "hallb",
              "Viertel": "viertl", "zwei": "zwo", "heute": "heut"}  # fmt: skip

Noise = "Callable[[list[str], random.Random], list[str]]"


def lost_umlauts(words: list[str], _chance: random.Random) -> list[str]:
    return [word.translate(str.maketrans("äöüÄÖÜ", "aouAOU")).replace("ß", "ss") for word in words]


def written_umlauts(words: list[str], _chance: random.Random) -> list[str]:
    table = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ü": "Ue", "Ä": "Ae"})
    return [word.translate(table) for word in words]


def small_letters(words: list[str], _chance: random.Random) -> list[str]:
    return [word.lower() for word in words]


def doubled_words(words: list[str], chance: random.Random) -> list[str]:
    place = chance.randrange(len(words))
    return [*words[: place + 1], *words[place:]]


def no_punctuation(words: list[str], _chance: random.Random) -> list[str]:
    return [word if any(map(str.isdigit, word)) else word.strip(",.?!") for word in words]


def numbers_as_figures(words: list[str], _chance: random.Random) -> list[str]:
    numbers = lexicon("de").numbers.cardinals
    return [str(numbers.get(fold(word), word)) for word in words]


def hesitation(words: list[str], chance: random.Random) -> list[str]:
    place = chance.randrange(len(words))
    return [*words[:place], "ähm", *words[place:]]


def sound_alikes(words: list[str], chance: random.Random) -> list[str]:
    return [HOMOPHONES.get(word, word) if chance.random() < 0.3 else word for word in words]


NOISES: list[Callable[[list[str], random.Random], list[str]]] = [
    lost_umlauts, written_umlauts, small_letters, doubled_words, no_punctuation,
    numbers_as_figures, hesitation, sound_alikes,
]  # fmt: skip


def cases() -> list[dict[str, Any]]:
    return [
        case
        for table in TABLES
        for case in yaml.safe_load((CASES / f"{table}.yaml").read_text(encoding="utf-8"))
        if case["means"]
    ]


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.__name__)
def test_recognition_errors_of_a_kind_cost_less_than_eight_points(
    noise: Callable[[list[str], random.Random], list[str]],
) -> None:
    chance = random.Random(noise.__name__)  # noqa: S311 - noise is no secret
    lost = []
    all_cases = cases()

    for case in all_cases:
        noisy = " ".join(noise(case["say"].split(), chance))
        means = case["means"] if isinstance(case["means"], list) else [case["means"]]
        heard = [brief(e).removeprefix("about ") for e in parse_times(noisy, WEDNESDAY, "de")]
        if heard != [str(meaning).removeprefix("about ") for meaning in means]:
            lost.append((noisy, means, heard))

    assert len(lost) / len(all_cases) <= MOST_LOST, lost
