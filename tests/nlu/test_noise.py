"""How much of what is understood survives the errors of speech recognition."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from nlu import Context, Expecting, Option, Vocabulary, parse_times, understand
from nlu.explain import brief
from nlu.training.noise import NOISES, damaged

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

CASES = Path(__file__).parent / "cases"
TIMES = (
    "days", "clock", "bounds_and_choices", "existing_and_lengths", "as_heard", "at_the_desk",
    "first_heard",
)  # fmt: skip
TURNS = (
    "services", "staff", "answers", "wishes", "corrections", "company", "at_the_desk_turns",
    "first_heard_turns",
)  # fmt: skip
BERLIN = ZoneInfo("Europe/Berlin")
WEDNESDAY = datetime(2026, 3, 11, 10, tzinfo=BERLIN)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=BERLIN)
OFFERED = (
    Option(start=MONDAY.replace(hour=9, minute=30) + timedelta(1), staff_id="Emma"),
    Option(start=MONDAY.replace(hour=16, minute=45) + timedelta(1), staff_id="Fabian"),
)
MOST_LOST = 0.08
SEEDS = ("one", "two", "three")


def cases(*tables: str) -> list[dict[str, Any]]:
    return [
        case
        for table in tables
        for case in yaml.safe_load((CASES / f"{table}.yaml").read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("noise", NOISES["de"], ids=lambda noise: noise.__name__)
def test_recognition_errors_of_a_kind_cost_less_than_eight_points_of_times(
    noise: Callable[[list[str], random.Random], list[str]],
) -> None:
    every = [case for case in cases(*TIMES) if case["means"]]
    lost = []

    for case in every:
        noisy = damaged(case["say"], noise.__name__, noise)
        means = case["means"] if isinstance(case["means"], list) else [case["means"]]
        now = case.get("said", WEDNESDAY).replace(tzinfo=BERLIN)
        heard = [brief(e).removeprefix("about ") for e in parse_times(noisy, now, "de")]
        if heard != [str(meaning).removeprefix("about ") for meaning in means]:
            lost.append((noisy, means, heard))

    assert len(lost) / len(every) < MOST_LOST, lost


@pytest.mark.parametrize("seed", SEEDS)
def test_any_one_recognition_error_costs_less_than_eight_points_of_whole_turns(
    seed: str, vocabulary: Vocabulary
) -> None:
    every = cases(*TURNS)
    changed = [
        (case["say"], noisy)
        for case in every
        if (noisy := damaged(case["say"], seed)) != case["say"]
        and values(noisy, case, vocabulary) != values(case["say"], case, vocabulary)
    ]

    assert len(changed) / len(every) < MOST_LOST, changed


def values(text: str, case: dict[str, Any], vocabulary: Vocabulary) -> tuple[object, ...]:
    """What a booking would be made of: the whole of it has to survive."""
    context = Context(
        now=MONDAY,
        expecting=Expecting(case.get("asked", "open")),
        options=OFFERED if case.get("offered") else (),
    )
    heard = understand(text, vocabulary, context)
    return (
        tuple(mention.accepted for mention in heard.services),
        tuple((mention.wish, mention.accepted) for mention in heard.staff),
        tuple(brief(e).removeprefix("about ") for e in heard.times),
        heard.yes_no,
        heard.choice,
    )
