"""The classifier of intents: what it adds to the rules, and that it can be made again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from nlu import Intent, Understanding, understand
from nlu.linear import load, packaged
from nlu.tokens import tokens
from nlu.training.train import sentences, train

if TYPE_CHECKING:
    from nlu import Context, Vocabulary

UNHEARD = {
    "de": Path(__file__).parent / "unheard.yaml",
    "en": Path(__file__).parent / "unheard_en.yaml",
}
MOST_BYTES = 1_000_000
"""Of all languages together."""
LEAST_GAIN = 0.15
LEAST_F1 = 0.5
NOTHING = {Intent.OTHER, Intent.FRAGMENT}


def unheard(language: str) -> list[tuple[str, str]]:
    by_intent = yaml.safe_load(UNHEARD[language].read_text(encoding="utf-8"))
    return [(intent, text) for intent, texts in by_intent.items() for text in texts]


def half_of(text: str) -> int:
    """By a hash: nobody chose which sentences set the thresholds (0) and which only report (1)."""
    return sha256(text.encode()).digest()[0] % 2


def macro_f1(pairs: list[tuple[str, str]]) -> float:
    """The mean F1 over the intents that are really there; pairs of (meant, heard)."""
    right = Counter(meant for meant, heard in pairs if meant == heard)
    meant, heard = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    return sum(2 * right[one] / (meant[one] + heard[one]) for one in meant) / len(meant)


@pytest.mark.parametrize("language", UNHEARD)
def test_training_again_gives_the_same_bytes(language: str) -> None:
    shipped = files("nlu").joinpath("models", f"intents.{language}.bin").read_bytes()

    again = train(sentences(language)).dump()

    assert again == shipped


def test_all_classifiers_together_are_small() -> None:
    models = [file for file in files("nlu").joinpath("models").iterdir() if file.is_file()]

    assert len(models) == len(UNHEARD)
    assert sum(len(file.read_bytes()) for file in models) < MOST_BYTES


def test_a_classifier_survives_its_own_bytes() -> None:
    model = packaged("de")
    assert model is not None

    assert load(model.dump()) == model


@pytest.mark.parametrize("language", UNHEARD)
def test_no_sentence_is_both_learned_from_and_measured_with(language: str) -> None:
    learned = {text.casefold() for texts in sentences(language).values() for text in texts}

    assert learned.isdisjoint(text.casefold() for _, text in unheard(language))


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("language", UNHEARD)
def test_the_classifier_understands_more_than_the_rules_alone(
    language: str, half: int, vocabulary: Vocabulary, monday_morning: Context
) -> None:
    monday_morning = replace(monday_morning, language=language)

    def f1(context: Context) -> float:
        said = [(meant, text) for meant, text in unheard(language) if half_of(text) == half]
        heard = [(meant, understand(text, vocabulary, context)) for meant, text in said]
        return macro_f1([(meant, one.intent.value) for meant, one in heard])

    with_it, without = f1(monday_morning), f1(replace(monday_morning, learned=False))

    assert with_it >= LEAST_F1
    assert with_it - without >= LEAST_GAIN


@pytest.mark.parametrize("text", ["blubb krz fnord wibble quux", "xq", "1 2 3 4 5", "…", ""])
def test_words_nobody_has_heard_are_nothing(
    text: str, vocabulary: Vocabulary, monday_morning: Context
) -> None:
    heard: Understanding = understand(text, vocabulary, monday_morning)

    assert heard.intent in NOTHING | {Intent.INFORM}


def test_guesses_say_how_much_of_the_sentence_is_known() -> None:
    model = packaged("de")
    assert model is not None

    strange = model.guess(tokens("fnordelig wabbelt xanderloo"))
    plain = model.guess(tokens("ich muss leider meinen Termin absagen"))

    assert strange.known < plain.known == 1
    assert plain.label == "cancel"
