"""A few words that decide between two things the policy can do; the words themselves are data."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from importlib.resources import files

import yaml


class Topic(StrEnum):
    """What a sentence touches."""

    HUMAN = "human"
    """Whether somebody real is speaking."""
    ADDRESS = "address"
    WHO = "who"
    """Who would do it."""
    WHY = "why"
    BOTH = "both"
    """One service besides the other."""
    INSTEAD = "instead"
    """One service in place of the other."""


def touches(text: str, topic: Topic, language: str) -> bool:
    """Whether these words are about the topic.

    >>> touches("Sind Sie ein Mensch?", Topic.HUMAN, "de")
    True
    >>> touches("Und noch eine Aufbaukur dazu.", Topic.BOTH, "de")
    True
    """
    pattern = _patterns(language).get(topic)
    return bool(pattern and pattern.search(text.casefold()))


@cache
def _patterns(language: str) -> dict[Topic, re.Pattern[str]]:
    written = (files("voice_agent.dialogue") / "topics.yaml").read_text("utf-8")
    words: dict[str, list[str]] = yaml.safe_load(written).get(language, {})
    return {Topic(topic): _pattern(beginnings) for topic, beginnings in words.items()}


def _pattern(beginnings: list[str]) -> re.Pattern[str]:
    # A short word like "KI" only counts alone: "Kinder" begins with it.
    words = [f"{re.escape(b)}\\b" if len(b) < 4 else re.escape(b) for b in beginnings]  # noqa: PLR2004
    return re.compile(rf"\b(?:{'|'.join(words)})")
