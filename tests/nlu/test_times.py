from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from nlu import parse_times
from nlu.explain import brief

CASES = Path(__file__).parent / "cases"
BERLIN = ZoneInfo("Europe/Berlin")
WEDNESDAY = datetime(2026, 3, 11, 10, tzinfo=BERLIN)
TABLES = {
    "days": "de",
    "clock": "de",
    "bounds_and_choices": "de",
    "existing_and_lengths": "de",
    "as_heard": "de",
    "at_the_desk": "de",
    "first_heard": "de",
    "families": "de",
    "english": "en",
    "english_days": "en",
    "english_clock": "en",
    "english_wishes": "en",
    "en_at_the_desk": "en",
    "en_first_heard": "en",
}
"""Tables of `cases/` with their language."""


def _cases() -> list[Any]:
    return [
        pytest.param(case, language, id=f"{table}: {case['say']}")
        for table, language in TABLES.items()
        for case in yaml.safe_load((CASES / f"{table}.yaml").read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("case", "language"), _cases())
def test_what_is_said_means_what_the_table_says(case: dict[str, Any], language: str) -> None:
    means = case["means"] if isinstance(case["means"], list) else [case["means"]]

    heard = parse_times(case["say"], case.get("said", WEDNESDAY).replace(tzinfo=BERLIN), language)

    assert [brief(e) for e in heard] == [str(meaning) for meaning in means]
    readings = [brief(reading) for e in heard for reading in e.alt]
    assert set(case.get("or", ())) <= set(readings)
    assert any(e.conflict for e in heard) == case.get("conflict", False)


RULES = yaml.safe_load((CASES / "rules.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_sentence_in_which_it_fires(rule: str) -> None:
    example = RULES[rule]

    heard = parse_times(example["say"], WEDNESDAY, example.get("language", "de"))

    assert rule in {name for e in heard for name in e.rules}


def test_no_rule_fires_without_a_sentence_of_its_own() -> None:
    fired = {
        name
        for table, language in TABLES.items()
        for case in yaml.safe_load((CASES / f"{table}.yaml").read_text(encoding="utf-8"))
        for e in parse_times(case["say"], WEDNESDAY, language)
        for name in e.rules
    }

    assert fired <= set(RULES)
