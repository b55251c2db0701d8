"""What can be wrong with a sentence.

PromptError
├── UnknownLanguage     nothing is written in this language
├── UnknownSentence     no sentence of this key
├── MissingValue        the sentence needs a value it was not given
└── BadPhrasing         the data itself is broken
"""

from __future__ import annotations


class PromptError(Exception):
    """A sentence cannot be said."""


class UnknownLanguage(PromptError):
    """No sentences are written in this language."""


class UnknownSentence(PromptError):
    """There is no sentence of this key."""


class MissingValue(PromptError):
    """A value the sentence needs was not given."""


class BadPhrasing(PromptError):
    """The sentences of a language contradict themselves."""
