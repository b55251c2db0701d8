"""Percentiles of what was measured, as a table."""

from __future__ import annotations

from statistics import median_high, quantiles
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def print_percentiles(title: str, rows: Mapping[str, Sequence[float]]) -> None:
    """One row for each series of milliseconds: median, 95th, 99th percentile, longest, number."""
    table = Table(title=title)
    table.add_column("what")
    for heading in ("p50", "p95", "p99", "longest", "n"):
        table.add_column(heading, justify="right")
    for name, series in rows.items():
        cuts = quantiles(series, n=100, method="inclusive")
        shown = (f"{value:.2f} ms" for value in (cuts[49], cuts[94], cuts[98], max(series)))
        table.add_row(name, *shown, str(len(series)))
    Console().print(table)


def print_counts(
    title: str, headings: Sequence[str], rows: Mapping[str, Sequence[tuple[int, ...]]]
) -> None:
    """One row for each series of counts: of each kind the median, and the most if it is more."""
    table = Table(title=title)
    table.add_column("what")
    for heading in headings:
        table.add_column(heading, justify="right")
    for name, series in rows.items():
        table.add_row(name, *map(_usual_and_most, zip(*series, strict=True)))
    Console().print(table)


def _usual_and_most(counts: tuple[int, ...]) -> str:
    usual, most = median_high(counts), max(counts)
    return str(usual) if most == usual else f"{usual} (up to {most})"
