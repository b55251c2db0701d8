"""What a crowd of callers has met with: numbers for people and for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from voice_agent.simulator.callers.goals import CHANGES, Errand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from voice_agent.simulator.callers.crowd import Terms
    from voice_agent.simulator.callers.verdict import Outcome

CLEAN_REACH, NOISY_REACH = 0.98, 0.92
BESIDE = frozenset({*CHANGES, Errand.CALLBACK, Errand.WAIT, Errand.ASK})
"""What else a telephone rings for; two requests in one call are a story of their own."""
PERCENTILES = (50, 95, 99)
SHOWN = 12
"""Conversations that are printed; all of them are saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All calls of a simulation."""

    terms: Terms
    outcomes: Sequence[Outcome]
    seconds: float

    @property
    def success(self) -> float:
        """Share of the callers who got what they wanted."""
        good = sum(not outcome.failures for outcome in self.outcomes)
        return good / len(self.outcomes) if self.outcomes else 0.0

    @property
    def reach(self) -> float:
        """What share there should be."""
        return NOISY_REACH if self.terms.noise else CLEAN_REACH

    @property
    def fine(self) -> bool:
        """Whether everything is as it has to be."""
        facts = self.facts()
        strict = (
            *("untrue", "orphans", "duplicates", "disorder", "protocol", "asked_again"),
            "too_long",
        )
        clearly = () if self.terms.noise else ("in_another_language",)
        return self.success >= self.reach and not any(facts[name] for name in (*strict, *clearly))

    def facts(self) -> dict[str, Any]:
        """Everything counted, for programs."""
        outcomes = self.outcomes
        short = [o.turns for o in outcomes if o.errand in BESIDE and not (o.gave_up or o.broke_off)]
        waits = [ms for outcome in outcomes for ms in outcome.waits_ms]
        booked = [o.turns_to_book for o in outcomes if o.turns_to_book is not None]
        at_once = [
            o.turns_to_book
            for o in outcomes
            if o.turns_to_book is not None and o.said_at_once and not o.changed
        ]
        return {
            "calls": len(outcomes),
            "seed": self.terms.seed,
            "noise": self.terms.noise,
            "faults": self.terms.faults,
            "success": round(self.success, 4),
            "booked": sum(outcome.booked for outcome in outcomes),
            "gave_up": sum(outcome.gave_up for outcome in outcomes),
            "told_of_failure": sum(outcome.told_of_failure for outcome in outcomes),
            "broke_off": sum(outcome.broke_off for outcome in outcomes),
            "caller_turns_median": median(booked) if booked else None,
            "caller_turns_median_all_at_once": median(at_once) if at_once else None,
            "calls_all_at_once": len(at_once),
            "caller_turns_median_others": median(short) if short else None,
            "asked_again": sum(len(outcome.asked_again) for outcome in outcomes),
            "misread": sum(outcome.misread for outcome in outcomes),
            "in_another_language": sum(len(outcome.foreign) for outcome in outcomes),
            "too_long": sum(len(outcome.too_long) for outcome in outcomes),
            "untrue": sum(len(outcome.untrue) for outcome in outcomes),
            "orphans": sum(len(outcome.orphans) for outcome in outcomes),
            "duplicates": sum(outcome.duplicates for outcome in outcomes),
            "disorder": sum(len(outcome.disorder) for outcome in outcomes),
            "protocol": sum(len(outcome.protocol) for outcome in outcomes),
            "silences_over_2_s": sum(outcome.silences for outcome in outcomes),
            "first_words_ms": _percentiles(waits),
            "calls_per_second": round(len(outcomes) / self.seconds, 1) if self.seconds else None,
            "calls_by_language": dict(Counter(o.language for o in outcomes)),
            "failed_by_language": dict(Counter(o.language for o in outcomes if o.failures)),
            "calls_by_goal": dict(Counter(o.errand for o in outcomes)),
            "failed_by_goal": dict(Counter(o.errand for o in outcomes if o.failures)),
            "failed_by_mood": dict(Counter(o.mood for o in outcomes if o.failures)),
        }


def print_report(console: Console, report: Report) -> None:
    """The numbers, and the first conversations that went wrong."""
    bad = [outcome for outcome in report.outcomes if not outcome.passed]
    for outcome in bad[:SHOWN]:
        console.print(Text(f"call {outcome.number}, {outcome.mood}, {outcome.errand}", "bold red"))
        for line in outcome.lines:
            console.print(Text(f"  {line}", "dim"))
        for complaint in outcome.complaints:
            console.print(Text(f"  - {complaint}", "red"))
    table = Table.grid(padding=(0, 2))
    for name, value in report.facts().items():
        table.add_row(name.replace("_", " "), Text(_shown(value)))
    console.print(table)
    if report.terms.save and bad:
        console.print(f"{len(bad)} calls are saved in {report.terms.save}")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {one}" for key, one in value.items()) or "-"
    return "-" if value is None else str(value)


def _percentiles(waits: Sequence[float]) -> dict[str, float]:
    if len(waits) < 2:  # noqa: PLR2004 - quantiles need two
        return {}
    cuts = quantiles(waits, n=100)
    return {f"p{p}": round(cuts[p - 1], 1) for p in PERCENTILES} | {"max": round(max(waits), 1)}
