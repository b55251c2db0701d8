"""Bars as plain SVG: a title, a description, and the same figures as a table beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HEIGHT, BAR, GAP, FOOT, HEAD = 120, 22, 6, 16, 16
MANY = 12
"""With more bars than that, only every so many is labelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar, in units of the drawing; its top is where its value is."""

    label: str
    value: float
    shown: str
    x: int
    y: float
    height: float
    is_labelled: bool

    @property
    def middle(self) -> float:
        """Where its label is centred."""
        return self.x + BAR / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars side by side."""

    key: str
    """Of its title among the sentences."""
    bars: tuple[Bar, ...]
    width: int
    height: int = HEIGHT + FOOT + HEAD
    foot: int = HEIGHT + HEAD

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be seen."""
        return not any(bar.value for bar in self.bars)


def chart(key: str, figures: Sequence[tuple[str, float]], *, unit: str = "") -> Chart:
    """Label and value of each bar, none negative; the highest fills the height."""
    highest = max((value for _, value in figures), default=0) or 1
    every = max(1, -(-len(figures) // MANY))
    bars = []
    for n, (label, value) in enumerate(figures):
        height = round(HEIGHT * value / highest, 1)
        bars.append(
            Bar(
                label=label,
                value=value,
                shown=f"{value:g}{unit}",
                x=n * (BAR + GAP),
                y=HEAD + HEIGHT - height,
                height=height,
                is_labelled=n % every == 0,
            )
        )
    return Chart(key=key, bars=tuple(bars), width=max(1, len(figures)) * (BAR + GAP))
