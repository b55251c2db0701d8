"""Comparing what was said with what a file expects: without regard to case and white space."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def contains(text: str, wanted: str) -> bool:
    """Whether the wanted words stand in the text.

    >>> contains("Am Dienstag,  um 14 Uhr.", "dienstag, um")
    True
    """
    return _plain(wanted) in _plain(text)


def contains_any(text: str, alternatives: Sequence[str]) -> bool:
    """Whether one of the alternatives stands in the text."""
    return any(contains(text, wanted) for wanted in alternatives)


def quoted(alternatives: Sequence[str]) -> str:
    """Alternatives for a reader: "Dienstag" or "morgen"."""
    return " or ".join(f'"{wanted}"' for wanted in alternatives)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
