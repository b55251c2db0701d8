"""How much is said in one turn: two short sentences and a question.

>>> sentences("Am Freitag, den 27. November, um 11 Uhr 30. Passt das?")
('Am Freitag, den 27. November, um 11 Uhr 30.', 'Passt das?')
>>> statements("Am Freitag, den 27. November, um 11 Uhr 30. Passt das?")
1
>>> without_questions("Ihr Termin ist gebucht. Kann ich sonst noch etwas für Sie tun?")
'Ihr Termin ist gebucht.'
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from prompts.render import languages, month_names

MOST_STATEMENTS: Final = 2
"""Besides the question."""
MOST_QUESTIONS: Final = 1
MOST_WORDS: Final = 50
"""Of a whole turn; a result and the next read-back together are the longest there is."""
_END = re.compile(r"[.!?]+(?=\s|$)")


@lru_cache(maxsize=64)  # a turn is looked at from several sides
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a turn; "27. November" ends none."""
    ends = [end.end() for end in _END.finditer(text) if not _is_ordinal(text, end)]
    starts = [0, *ends]
    parts = (text[start:end].strip() for start, end in zip(starts, [*ends, len(text)], strict=True))
    return tuple(part for part in parts if part)


def statements(text: str) -> int:
    """How many sentences ask nothing."""
    return sum(not is_question(one) for one in sentences(text))


def is_brief(text: str, *, most: int = MOST_STATEMENTS) -> bool:
    """Whether one can keep all of this in mind; `most` sentences besides the question."""
    return statements(text) <= most and len(text.split()) <= MOST_WORDS


def is_question(sentence: str) -> bool:
    """Whether this one sentence asks something."""
    return sentence.endswith("?")


def without_questions(text: str) -> str:
    """What is left when nothing is asked."""
    return " ".join(one for one in sentences(text) if not is_question(one))


def _is_ordinal(text: str, end: re.Match[str]) -> bool:
    before, behind = text[: end.start()], text[end.end() :].lstrip()
    return before[-1:].isdigit() and behind.startswith(_months())


@cache
def _months() -> tuple[str, ...]:
    return tuple(name for language in languages() for name in month_names(language))
