"""How much is said at once: two short sentences and a question, no more than can be kept in mind.

>>> sentences("Am Freitag, den 27. November, um 11 Uhr 30. Passt das?")
('Am Freitag, den 27. November, um 11 Uhr 30.', 'Passt das?')
>>> too_much("Gern. Das geht. Es ist frei. Passt das?")
('3 sentences before the question',)
>>> too_much("Ich schaue kurz nach. Das geht. Es ist frei. Passt das?")
()
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from prompts import languages, month_names, render
from prompts.render import variants

MOST_SENTENCES: Final = 2
"""Besides the question."""
MOST_QUESTIONS: Final = 1
MOST_WORDS: Final = 50
"""Of a whole turn; a result and the next read-back together are the longest there is."""
_WAITING = (
    *("filler_search", "filler_booking", "filler_change"),
    *("watchdog_1", "watchdog_2", "work_running"),
)
_END = re.compile(r"[.!?]+(?=\s|$)")


def too_much(text: str) -> tuple[str, ...]:
    """What is too much of this turn; what is said to pass the time does not count."""
    said = sentences(_without_waiting(text))
    questions = sum(one.endswith("?") and one not in _presence() for one in said)
    others = len(said) - questions
    words = sum(len(one.split()) for one in said)
    found = []
    if others > MOST_SENTENCES:
        found.append(f"{others} sentences before the question")
    if questions > MOST_QUESTIONS:
        found.append(f"{questions} questions")
    if words > MOST_WORDS:
        found.append(f"{words} words")
    return tuple(found)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a turn; "27. November" ends none."""
    ends = [end.end() for end in _END.finditer(text) if not _is_ordinal(text, end)]
    starts = [0, *ends]
    parts = (text[start:end].strip() for start, end in zip(starts, [*ends, len(text)], strict=True))
    return tuple(part for part in parts if part)


def _is_ordinal(text: str, end: re.Match[str]) -> bool:
    before, behind = text[: end.start()], text[end.end() :].lstrip()
    return before[-1:].isdigit() and behind.startswith(_months())


def _without_waiting(text: str) -> str:
    for filler in _fillers():
        text = text.replace(filler, " ")
    return text


@cache
def _presence() -> tuple[str, ...]:
    """Asked only to hear whether anybody is there."""
    return _phrasings("silence_1")


@cache
def _months() -> tuple[str, ...]:
    return tuple(name for language in languages() for name in month_names(language))


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
