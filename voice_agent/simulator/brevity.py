"""How much is said at once: two short sentences and a question, no more than can be kept in mind.

>>> too_much("Gern. Das geht. Es ist frei. Passt das?")
('3 sentences before the question',)
>>> too_much("Ich schaue kurz nach. Das geht. Es ist frei. Passt das?")
()
"""

from __future__ import annotations

from functools import cache

from prompts import languages, render
from prompts.brevity import (
    MOST_QUESTIONS,
    MOST_STATEMENTS,
    MOST_WORDS,
    is_question,
    sentences,
)
from prompts.render import variants

_WAITING = (
    *("filler_search", "filler_booking", "filler_change"),
    *("watchdog_1", "watchdog_2", "work_running"),
)


def too_much(text: str) -> tuple[str, ...]:
    """What is too much of this turn; what is said to pass the time does not count."""
    said = sentences(_without_waiting(text))
    questions = sum(is_question(one) and one not in _presence() for one in said)
    others = len(said) - questions
    words = sum(len(one.split()) for one in said)
    found = []
    if others > MOST_STATEMENTS:
        found.append(f"{others} sentences before the question")
    if questions > MOST_QUESTIONS:
        found.append(f"{questions} questions")
    if words > MOST_WORDS:
        found.append(f"{words} words")
    return tuple(found)


def _without_waiting(text: str) -> str:
    for filler in _fillers():
        text = text.replace(filler, " ")
    return text


@cache
def _presence() -> tuple[str, ...]:
    """Asked only to hear whether anybody is there."""
    return _phrasings("silence_1")


@cache
def _fillers() -> tuple[str, ...]:
    """Every phrasing of what is said while work is running."""
    return _phrasings(*_WAITING)


def _phrasings(*keys: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            render(key, {}, language=language, seed=str(seed))
            for language in languages()
            for key in keys
            for seed in range(8 * variants(key, language))
        )
    )
