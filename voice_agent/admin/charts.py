"""Bars as plain SVG: a title, a description, and the same figures as a table beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    Figures = Sequence[tuple[str, float]]

HEIGHT, BAR, GAP, FOOT, HEAD = 120, 22, 6, 16, 16
NAME, LENGTH, BEHIND = 150, 360, 40
"""Lying bars: room for what they are called, the longest of them, and for its value."""
MANY = 12
"""With more bars than that, only every so many is labelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar with its two texts, in units of the drawing."""

    label: str
    value: float
    shown: str
    x: float
    y: float
    width: float
    height: float
    label_at: tuple[float, float] | None
    """None = there is no room for it."""
    value_at: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars side by side, or one below the other."""

    key: str
    """Of its title among the sentences."""
    bars: tuple[Bar, ...]
    width: int
    height: int
    lying: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be seen."""
        return not any(bar.value for bar in self.bars)


def chart(key: str, figures: Figures) -> Chart:
    """Bars that stand in an order of their own, days say; the highest fills the height."""
    every = max(1, -(-len(figures) // MANY))
    foot = HEAD + HEIGHT
    bars = []
    for n, (label, value) in enumerate(figures):
        height = round(HEIGHT * value / _highest(figures), 1)
        x = n * (BAR + GAP)
        bars.append(
            Bar(
                label=label,
                value=value,
                shown=f"{value:g}",
                x=x,
                y=foot - height,
                width=BAR,
                height=height,
                label_at=(x + BAR / 2, foot + 12) if n % every == 0 else None,
                value_at=(x + BAR / 2, foot - height - 3),
            )
        )
    return Chart(
        key=key,
        bars=tuple(bars),
        width=max(1, len(figures)) * (BAR + GAP),
        height=foot + FOOT,
    )


def rows(key: str, figures: Figures) -> Chart:
    """Bars with names, which lie, so that all of them can be read."""
    bars = []
    for n, (label, value) in enumerate(figures):
        width = round(LENGTH * value / _highest(figures), 1)
        y = n * (BAR + GAP)
        line = y + BAR * 0.7
        bars.append(
            Bar(
                label=label,
                value=value,
                shown=f"{value:g}",
                x=NAME + GAP,
                y=y,
                width=width,
                height=BAR,
                label_at=(NAME, line),
                value_at=(NAME + GAP + width + GAP, line),
            )
        )
    return Chart(
        key=key,
        bars=tuple(bars),
        width=NAME + LENGTH + BEHIND,
        height=max(1, len(figures)) * (BAR + GAP),
        lying=True,
    )


def _highest(figures: Figures) -> float:
    return max((value for _, value in figures), default=0) or 1
