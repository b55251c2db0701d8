"""How a key becomes words: which phrasing, and what is said when it cannot be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from prompts import (
    MissingValue,
    Option,
    PromptError,
    UnknownLanguage,
    UnknownSentence,
    languages,
    problems,
    render,
)
from prompts.brevity import statements
from prompts.render import variants


def test_the_same_seed_says_the_same_and_others_vary() -> None:
    values = {"salon": "Salon Morgenrot"}
    said = [render("greeting", values, language="de", seed=str(seed)) for seed in range(20)]
    again = [render("greeting", values, language="de", seed=str(seed)) for seed in range(20)]

    assert said == again
    assert len(set(said)) == variants("greeting", "de")


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("key", ["offer_one", "offer_some"])
def test_an_offer_in_brief_is_a_question_alone(key: str, language: str) -> None:
    nine = datetime(2025, 10, 28, 9, tzinfo=UTC)
    options = [Option(start=nine), Option(start=nine.replace(hour=11))]
    values = {"options": options[: 1 if key == "offer_one" else 2], "today": nine.date()}
    said = [render(key, values, language=language, seed=str(n), brief=True) for n in range(9)]

    assert len(set(said)) == 1
    assert statements(said[0]) == 0


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
