"""A conversation changes its language when the caller does, and not for a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nlu.languages import spoken_language

SPOKEN = ["de", "en"]
_FILE = Path(__file__).parent / "cases" / "languages.yaml"
CASES: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["say"] for case in CASES])
def test_the_language_of_a_sentence(case: dict[str, Any]) -> None:
    spoken = spoken_language(case["say"], case.get("so_far", "de"), SPOKEN)

    assert spoken.lasting == case["goes_on"]
    if "heard" in case:
        assert spoken.heard == case["heard"]


@given(text=st.text(max_size=60))
def test_a_salon_that_speaks_one_language_stays_with_it(text: str) -> None:
    spoken = spoken_language(text, "de", ["de"])

    assert (spoken.heard, spoken.lasting) == ("de", "de")


@given(text=st.text(max_size=60))
def test_only_spoken_languages_are_chosen(text: str) -> None:
    spoken = spoken_language(text, "de", SPOKEN)

    assert {spoken.heard, spoken.lasting} <= set(SPOKEN)
