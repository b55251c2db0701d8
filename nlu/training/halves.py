"""Whether rules were fitted to sentences: labelled sets in two halves that nobody chose.

`python -m nlu.training.halves DATA`, where DATA holds `nlu/` and `calls/` with their scorers.
A rule for how people speak serves both halves of a set alike.
"""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from nlu import parse_times

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

_DEFAULT_NOW = "2025-10-27T09:00:00"
_FEWEST = 20
"""Halves with fewer sentences tell nothing."""


class Gap(NamedTuple):
    """The share understood in both halves of a set, in per cent."""

    name: str
    counts: tuple[int, int]
    shares: tuple[float, float]

    @property
    def points(self) -> float:
        """How far the halves lie apart."""
        return abs(self.shares[0] - self.shares[1])

    @property
    def by_chance(self) -> float:
        """So far two halves of one kind lie apart in two cases of three."""
        p = sum(n * s for n, s in zip(self.counts, self.shares, strict=True)) / sum(self.counts)
        return math.sqrt(p * (100 - p) * sum(1 / n for n in self.counts))


def main(data: Path) -> None:
    """Print both halves of every set."""
    scorer = _scorer(data / "nlu" / "score.py")
    sys.stdout.write(f"{'set':22}{'n':>12}{'start %':>16}{'gap':>7}{'by chance':>11}\n")
    for gap in gaps(sorted((data / "nlu" / "dev").glob("*.jsonl")), scorer):
        both = "/".join(map(str, gap.counts))
        shares = " / ".join(f"{share:.1f}" for share in gap.shares)
        sys.stdout.write(f"{gap.name:22}{both:>12}{shares:>16}{gap.points:7.1f}")
        sys.stdout.write(f"{gap.by_chance:11.1f}\n")


def gaps(files: Sequence[Path], scorer: ModuleType) -> Iterator[Gap]:
    """The halves of the sets that have values; sets with spans only are left out."""
    for file in files:
        records = [r for r in scorer.load(str(file)) if "expected" in r]
        halves = [[r for r in records if half_of(r["text"]) == half] for half in (0, 1)]
        scored = [scorer.score_set(half, _answers(half))[0] for half in halves if half]
        counts = tuple(sum(not r.get("out_of_scope") for r in half) for half in halves)
        if min(counts) >= _FEWEST:
            shares = tuple(scorer.share(summary, "start") for summary in scored)
            yield Gap(file.stem, (counts[0], counts[1]), (shares[0], shares[1]))


def half_of(text: str) -> int:
    """0 or 1, by a hash of the text alone."""
    return sha256(text.encode()).digest()[0] % 2


def _answers(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {r["id"]: {"pred": json.loads(json.dumps(_contracts(r)))} for r in records}


def _contracts(record: dict[str, Any]) -> list[dict[str, Any]]:
    now = datetime.fromisoformat(record.get("ref") or _DEFAULT_NOW)
    zone = ZoneInfo(record.get("tz") or "Europe/Berlin")
    heard = parse_times(record["text"], now.replace(tzinfo=zone), record["lang"][:2])
    return [one.to_contract() for one in heard]


def _scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    spec.loader.exec_module(module)
    sys.dont_write_bytecode = writes
    return module


if __name__ == "__main__":
    main(Path(sys.argv[1]))
