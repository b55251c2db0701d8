"""Trains the classifier of intents from sentences of our own: `python -m nlu.training.train`.

The same sentences and seed give the same bytes.
"""

from __future__ import annotations

import random
import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from nlu.linear import BUCKETS, Linear, features
from nlu.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LANGUAGES = ("de", "en")
SEED = 20261122
EPOCHS = 8
PER_LINE = 30
_CHOICE = re.compile(r"\(([^)]*)\)")
_MOST = 127
Example = tuple[list[int], int]


def main() -> None:
    """Write the models of all languages."""
    for language in LANGUAGES:
        write(language)


def write(language: str) -> None:
    """Write the model of a language beside the package's other models."""
    target = Path(__file__).parents[1] / "models" / f"intents.{language}.bin"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(train(sentences(language)).dump())


def sentences(language: str, seed: int = SEED) -> dict[str, list[str]]:
    """What is learned from: sentences by intent, drawn from the lines of the training file."""
    file = Path(__file__).with_name(f"intents.{language}.yaml")
    lines = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {
        label: [text for line in drawn for text in _drawn(line, seed)]
        for label, drawn in lines.items()
    }


def train(examples: Mapping[str, Sequence[str]], seed: int = SEED) -> Linear:
    """An averaged perceptron over the buckets of the sentences."""
    chance = random.Random(seed)  # noqa: S311 - training is no secret
    labels = tuple(sorted(examples))
    known = [
        (features([token.folded for token in tokens(text)]), place)
        for place, label in enumerate(labels)
        for text in examples[label]
    ]
    return Linear(labels=labels, rows=_rounded(_averaged(known, len(labels), chance)))


def _averaged(known: list[Example], labels: int, chance: random.Random) -> list[list[float]]:
    """The mean of the weights over all steps: it forgets what only the last sentences wanted."""
    weights = [[0.0] * labels for _ in range(BUCKETS)]
    late = [[0.0] * labels for _ in range(BUCKETS)]
    step = 0
    for _ in range(EPOCHS):
        chance.shuffle(known)
        for found, right in known:
            step += 1
            scores = [sum(column) for column in zip(*(weights[f] for f in found), strict=True)]
            guess = max(range(labels), key=scores.__getitem__)
            if guess == right:
                continue
            for bucket in found:
                weights[bucket][right] += 1
                weights[bucket][guess] -= 1
                late[bucket][right] += step
                late[bucket][guess] -= step
    return [
        [weight - lateness / step for weight, lateness in zip(row, other, strict=True)]
        for row, other in zip(weights, late, strict=True)
    ]


def _rounded(weights: list[list[float]]) -> tuple[tuple[int, ...], ...]:
    most = max(abs(weight) for row in weights for weight in row) or 1.0
    return tuple(tuple(round(_MOST * weight / most) for weight in row) for row in weights)


def _drawn(line: str, seed: int) -> list[str]:
    """A few of the sentences that a line with choices stands for, whatever the other lines are."""
    chance = random.Random(f"{seed} {line}")  # noqa: S311 - training is no secret
    parts = _CHOICE.split(line)
    options = [part.split("|") if place % 2 else [part] for place, part in enumerate(parts)]
    every = list(product(*options))
    chosen = chance.sample(every, min(PER_LINE, len(every)))
    return [" ".join("".join(words).split()) for words in chosen]


if __name__ == "__main__":
    main()
