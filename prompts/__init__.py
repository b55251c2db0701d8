"""Every sentence the agent says: data, and the few rules that turn times and prices into words."""

from prompts.errors import MissingValue, PromptError, UnknownLanguage, UnknownSentence
from prompts.lint import problems
from prompts.render import day_name, keys, languages, month_names, render
from prompts.tongue import Case, Noun, Option

__all__ = [
    "Case",
    "MissingValue",
    "Noun",
    "Option",
    "PromptError",
    "UnknownLanguage",
    "UnknownSentence",
    "day_name",
    "keys",
    "languages",
    "month_names",
    "problems",
    "render",
]
