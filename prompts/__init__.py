"""Every sentence the agent says: data, and the few rules that turn times and prices into words."""

from prompts.errors import MissingValue, PromptError, UnknownLanguage, UnknownSentence
from prompts.lint import problems
from prompts.render import keys, languages, render
from prompts.tongue import Case, Noun, Option

__all__ = [
    "Case",
    "MissingValue",
    "Noun",
    "Option",
    "PromptError",
    "UnknownLanguage",
    "UnknownSentence",
    "keys",
    "languages",
    "problems",
    "render",
]
