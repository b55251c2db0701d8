"""A small linear classifier of sentences: hashed pieces of words, whole numbers, no library."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.tokens import Token

BUCKETS = 4096
_PIECE = 4  # letters: "verschieben" and "verschoben" share "vers", "rsch"
_MOST_WORDS = 24
_NEWLINE = b"\n"


class Guess(NamedTuple):
    """The likeliest label, by how much it leads the second, and how much of it is known."""

    label: str
    margin: float
    known: float
    """Share of the words that were heard in training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """Weights of whole numbers, one for each bucket and label."""

    labels: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]
    """One row of weights, one for each label, per bucket."""

    def guess(self, words: Sequence[Token]) -> Guess:
        """What a sentence does, and how sure that is: 0 is not at all."""
        names = pieces([word.folded for word in words])
        found = [_bucket(name) for name in names]
        scores = [sum(column) for column in zip(*(self.rows[f] for f in found), strict=True)]
        if not scores:
            return Guess("", 0.0, 0.0)
        best = max(range(len(scores)), key=scores.__getitem__)
        second = max(score for place, score in enumerate(scores) if place != best)
        own = found[: _count(names)]
        known = sum(any(self.rows[f]) for f in own) / max(len(own), 1)
        return Guess(self.labels[best], (scores[best] - second) / len(found), known)

    def dump(self) -> bytes:
        """The bytes that `load` reads: a line of JSON, then one signed byte a weight."""
        head = json.dumps({"buckets": len(self.rows), "labels": self.labels}).encode()
        weights = bytes(weight & 0xFF for row in self.rows for weight in row)
        return head + _NEWLINE + weights


def load(content: bytes) -> Linear:
    """A classifier from its bytes."""
    head, _, weights = content.partition(_NEWLINE)
    labels = tuple(json.loads(head)["labels"])
    signed = memoryview(weights).cast("b").tolist()
    rows = tuple(tuple(signed[i : i + len(labels)]) for i in range(0, len(signed), len(labels)))
    return Linear(labels=labels, rows=rows)


@lru_cache(maxsize=4)
def packaged(language: str) -> Linear | None:
    """The classifier of a language, if one is shipped."""
    file = files("nlu").joinpath("models", f"intents.{language}.bin")
    return load(file.read_bytes()) if file.is_file() else None


def features(words: Sequence[str]) -> list[int]:
    """The buckets of a sentence."""
    return [_bucket(name) for name in pieces(words)]


def _bucket(name: str) -> int:
    return crc32(name.encode()) % BUCKETS


def _count(names: Sequence[str]) -> int:
    """How many of the names are whole words; they come first."""
    return sum(name.startswith("w ") for name in names)


def pieces(words: Sequence[str]) -> list[str]:
    """Words, pairs of words, and pieces of words, in this order."""
    plain = [word for word in words if word[0].isalpha()][:_MOST_WORDS]
    names = [f"w {word}" for word in plain]
    names += [f"p {a} {b}" for a, b in zip(["^", *plain], [*plain, "$"], strict=True)]
    names += [
        f"c {word[i : i + _PIECE]}"
        for word in (f"<{word}>" for word in plain)
        for i in range(len(word) - _PIECE + 1)
    ]
    return names
